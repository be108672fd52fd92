#!/usr/bin/env python3
"""User CPU of DuckDB's SUMMARIZE and of weir on the same file, alternating, one thread each.

    build/venv/bin/python tests/bench/against_duckdb.py [--runs N] [--weir build/weir] FILE...

Prints the median user seconds of each and the ratio pair by pair. weir runs twice: with all
statistics, and with those that SUMMARIZE has too (no top values). DuckDB's start and import are
not counted: its seconds are taken around the query alone, weir's are those of the whole process.
"""
import argparse
import os
import statistics
import subprocess
import sys

QUERY = """
import duckdb, resource, sys
connection = duckdb.connect()
connection.execute("SET threads = 1; SET enable_progress_bar = false")
before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
connection.execute(f"SUMMARIZE SELECT * FROM '{sys.argv[1]}'").fetchall()
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime - before, after.ru_maxrss)
"""


def user_seconds(command):
    """User CPU and peak RSS in KiB of a child that this call waits for."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    return usage.ru_utime


def duckdb_seconds(path):
    out = subprocess.run([sys.executable, "-c", QUERY, path], check=True, capture_output=True,
                         text=True).stdout.split()
    return float(out[0]), int(out[1])


def compare(weir, path, runs):
    base = [weir, "profile", "--quiet", "--threads", "1", "--mem-budget", "16MiB", "-f", "json"]
    same = base + ["--stats", "moments,quantiles,distinct", path]
    everything = base + [path]
    user_seconds(everything)
    figures = []
    for _ in range(runs):
        duck, rss = duckdb_seconds(path)
        figures.append((duck, user_seconds(everything), user_seconds(same), rss))
    medians = [statistics.median(column) for column in zip(*figures)]
    ratio_all = statistics.median(f[0] / f[1] for f in figures)
    ratio_same = statistics.median(f[0] / f[2] for f in figures)
    print(f"{path}: DuckDB {medians[0]:.2f} s ({medians[3] / 1024:.0f} MiB), "
          f"weir all {medians[1]:.2f} s (x{ratio_all:.1f}), "
          f"same statistics {medians[2]:.2f} s (x{ratio_same:.1f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    for path in arguments.files:
        compare(arguments.weir, path, arguments.runs)


if __name__ == "__main__":
    main()
