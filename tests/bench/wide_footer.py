#!/usr/bin/env python3
"""A file of 10,000 columns by 1,000 row groups, two rows a page: 0.25 GB of pages, 0.7 of footer.

    build/venv/bin/python tests/bench/wide_footer.py [--columns N] [--groups N] [--keep] [--dir DIR]

Prints seconds and peak RSS of `weir plan` (all columns), `weir plan` and `weir profile` of ten
columns, each within 8 MiB, best of three; fails where a peak is above 8 MiB, a run takes 3 s or
more, or a figure is wrong. The file needs 1 GB of disk and is removed afterwards.
"""

import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "python"))

import wide  # noqa: E402
from harness import TMP  # noqa: E402
from weir import WEIR  # noqa: E402

BUDGET = 8 << 20
SECONDS_MAX = 3.0


def run(directory, arguments):
    """(seconds, CPU seconds, peak RSS, stdout) of weir under /usr/bin/time, from a small shell."""
    peak, out = (os.path.join(directory, name) for name in ("peak", "out"))
    command = " ".join(["/usr/bin/time", "-f", "'%M %U %S'", "-o", peak, WEIR, *arguments])
    begun = time.monotonic()
    subprocess.run(["sh", "-c", f"{command} >{out}"], check=True)
    took = time.monotonic() - begun
    with open(peak, encoding="ascii") as file:
        kib, user, system = file.read().split()
    with open(out, encoding="utf-8") as file:
        return took, float(user) + float(system), int(kib) << 10, file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=1_000)
    parser.add_argument("--dir", default=os.path.join(TMP, "wide-footer"))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    path = os.path.join(options.dir, "wide.parquet")
    begun = time.monotonic()
    footer = wide.write(path, options.columns, options.groups)
    print(f"{options.columns} columns x {options.groups} row groups: footer of {footer:,} bytes, "
          f"file of {os.path.getsize(path):,}, written in {time.monotonic() - begun:.1f} s")
    step = max(1, options.columns // 10)
    chosen = list(range(0, options.columns, step))[:10]
    ten = ["--columns", ",".join(wide.name_of(c) for c in chosen)]
    budget = ["-f", "json", "--mem-budget", str(BUDGET)]
    bad = False
    for label, arguments in (("plan, all columns", ["plan", *budget, path]),
                             ("plan, 10 columns", ["plan", *budget, *ten, path]),
                             ("profile, 10 columns", ["profile", *budget, *ten, path])):
        runs = [run(options.dir, arguments) for _ in range(3)]
        seconds, cpu, peak, text = min(runs)
        failed = seconds >= SECONDS_MAX or max(r[2] for r in runs) > BUDGET
        report = json.loads(text)
        if label.startswith("profile"):
            for c, column in zip(chosen, report["columns"]):
                got = tuple(int(column[key]) for key in ("min", "max", "sum"))
                failed |= got != wide.expected(c, options.groups)
        bad |= failed
        print(f"{label}: {seconds:.2f} s ({cpu:.2f} s of CPU), peak RSS {peak / 1024:,.0f} KiB of "
              f"{BUDGET / 1024:,.0f}{'  <- missed' if failed else ''}")
    if not options.keep:
        os.remove(path)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
