#!/usr/bin/env python3
"""weir profile on each data set of the benchmark, in a hard memory cgroup of exactly the budget.

cgroup.py --data DIR [--divisor N] [--sets narrow,wide] [--budgets 64MiB,16MiB,8MiB]

DIR is where `make bench` keeps its data (tests/bench/sets.py); sets that are not there are made,
with an N-th of the rows, for which another DIR should be given. The files leave the page cache before each
run, so that what is read again is charged to the group. A run must end with 0, unkilled, and print
the same bytes as one outside; a budget that is too small must be refused. Prints a table; exits
with 1 where something is not as it must be, with 0 and a word where no group can be made.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "python"))

import sets  # noqa: E402
from cgroup import Cgroup  # noqa: E402
from harness import Skip  # noqa: E402

SETS = ["narrow", "narrow-zstd", "nulls", "strings", "wide", "huge", "tall", "tall-zstd"]
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
TOUCH = ("import mmap; m = mmap.mmap(-1, {bytes}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
         "for at in range(0, {bytes}, 4096): m[at] = 1")


def bytes_of(text):
    for unit, factor in UNITS.items():
        if text.endswith(unit):
            return int(text[:-len(unit)]) * factor
    return int(text)


def drop(directory):
    """Out of the page cache with the files of a set."""
    for name in os.listdir(directory):
        fd = os.open(os.path.join(directory, name), os.O_RDONLY)
        try:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)


def digest(text):
    report = json.loads(text)
    for key in ("memory", "elapsed_seconds"):
        report.pop(key, None)
    return hashlib.sha256(json.dumps(report).encode()).hexdigest()[:12]


def measure(weir, path, budget, wanted):
    """A row of the table, and whether all is as it must be."""
    command = [weir, "profile", "-f", "json", "-m", str(budget), path]
    plan = json.loads(subprocess.run([weir, "plan", "-f", "json", *command[4:]],
                                     capture_output=True, text=True, check=False).stdout)
    with Cgroup() as group:
        drop(path)
        begun = time.monotonic()
        done = group.run(budget, *command, timeout=3600)
        seconds = time.monotonic() - begun
        peak, kills = group.peak(), group.kills()
        cache = group.number("memory.stat", "file" if group.is_v2 else "total_cache")
    row = {"exit": done.returncode, "seconds": seconds, "charged": peak, "cache": cache,
           "kills": kills, "rss": None, "faults": None, "bytes": "-"}
    if not plan["fits"]:
        row["bytes"] = f"refused, needs {plan['minimum_bytes']}"
        return row, done.returncode == 3 and done.stdout == "" and kills == 0
    if done.returncode != 0:
        row["bytes"] = done.stderr.strip()[:80]
        return row, False
    memory = json.loads(done.stdout)["memory"]
    row["rss"] = memory["peak_rss_bytes"]
    row["faults"] = memory["minor_faults"] + memory["major_faults"]
    same = digest(done.stdout) == wanted
    row["bytes"] = "the same" if same else "DIFFERENT"
    return row, same and kills == 0 and row["rss"] <= budget


def canary(budget):
    """A process that touches more than the limit is killed: the group bites."""
    with Cgroup() as group:
        done = group.run(budget, sys.executable, "-c", TOUCH.format(bytes=2 * budget))
        return done.returncode in (-9, 137)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--data", required=True)
    parser.add_argument("--divisor", type=int, default=1)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--budgets", default="64MiB,16MiB,8MiB")
    arguments = parser.parse_args()
    try:
        good = canary(32 << 20)
    except Skip as why:
        print(f"cgroup: skipped: {why}")
        return 0
    print(f"a process that touches twice its limit is killed: {'yes' if good else 'NO'}")
    head = f"{'set':<12} {'budget':>8} {'exit':>4} {'seconds':>8} {'peak RSS':>10} {'charged':>10}"
    print(f"{head} {'of it cache':>11} {'faults':>6} {'kills':>5}  result")
    for name in arguments.sets.split(","):
        path = os.path.join(arguments.data, name)
        if not os.path.exists(os.path.join(path, "DONE")):
            sets.make(arguments.data, name, arguments.divisor)
        free = subprocess.run([arguments.weir, "profile", "-f", "json", "-m", "64MiB", path],
                              capture_output=True, text=True, check=True)
        for budget in arguments.budgets.split(","):
            row, is_right = measure(arguments.weir, path, bytes_of(budget), digest(free.stdout))
            good &= is_right
            print(f"{name:<12} {budget:>8} {row['exit']:>4} {row['seconds']:>8.2f} "
                  f"{row['rss'] or '-':>10} {row['charged']:>10} {row['cache']:>11} "
                  f"{'-' if row['faults'] is None else row['faults']:>6} {row['kills']:>5}  "
                  f"{row['bytes']}{'' if is_right else '  WRONG'}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
