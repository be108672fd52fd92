"""What assertions cost: the same profiles by a build with them and one without.

asserts.py WITH WITHOUT DATA [--runs N] [--percent MAX]

WITH and WITHOUT are programs, DATA a folder of data sets. Runs alternate on one core; the smallest
user CPU time of each is taken, as everything that disturbs makes a run longer. Where valgrind is at
hand, the instructions of one more run are counted, fifty times as slow; they are the same each time,
so they decide, and the time is only told. Exits with 1 when the assertions cost more than MAX
percent over all sets, or when the reports differ.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile


def user_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def instructions(program, data, folder):
    """Those of a whole run: under valgrind, which the seal would not let work."""
    counts = os.path.join(folder, "callgrind.out")
    subprocess.run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={counts}", program,
                    "profile", "-q", "--no-seal", "--threads", "1", "-m", "1GiB", "-f", "json",
                    "-o", os.path.join(folder, "counted.json"), data], check=True)
    with open(counts, encoding="utf-8") as file:
        return int(re.search(r"^totals: (\d+)", file.read(), re.M)[1])


def report_of(path):
    with open(path, encoding="utf-8") as file:
        return json.dumps(json.load(file)["columns"])


def measure(programs, data, runs, folder):
    """The smallest user CPU seconds of each program."""
    best = [float("inf")] * len(programs)
    outputs = [os.path.join(folder, f"{i}.json") for i in range(len(programs))]
    for _ in range(runs):
        for i, program in enumerate(programs):
            best[i] = min(best[i], user_seconds(
                [program, "profile", "-q", "--threads", "1", "-m", "64MiB", "-f", "json",
                 "-o", outputs[i], data]))
    if len({report_of(output) for output in outputs}) != 1:
        sys.exit(f"asserts: {data}: the programs report different things")
    return best


def say(name, seconds, counts):
    """A line of the table; returns the percent that decide."""
    cost = 100 * (seconds[0] / seconds[1] - 1) if seconds[1] > 0 else 0.0  # too short to tell
    line = f"{name:20} {seconds[0]:7.3f} s with, {seconds[1]:7.3f} s without: {cost:+5.1f} %"
    if counts[1]:
        cost = 100 * (counts[0] / counts[1] - 1)
        line += f"; {counts[0] / 1e6:9.1f} M instructions, {counts[1] / 1e6:9.1f} M: {cost:+6.2f} %"
    print(line, flush=True)
    return cost


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs=2, metavar="PROGRAM")
    parser.add_argument("data")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--percent", type=float, default=3.0)
    parser.add_argument("--no-count", action="store_true", help="the time alone")
    args = parser.parse_args()
    sets = sorted(entry.path for entry in os.scandir(args.data)
                  if entry.is_dir() and any(name.endswith(".parquet")
                                            for name in os.listdir(entry.path)))
    if not sets:
        sys.exit(f"asserts: no data sets in {args.data}; tests/bench/peers.py --data makes them")
    counted = not args.no_count and shutil.which("valgrind") is not None
    total, counts = [0.0, 0.0], [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        for path in sets:
            best = measure(args.programs, path, args.runs, folder)
            total = [total[i] + best[i] for i in range(2)]
            count = [0, 0]
            if counted:
                count = [instructions(program, path, folder) for program in args.programs]
                counts = [counts[i] + count[i] for i in range(2)]
            say(os.path.basename(path), best, count)
    cost = say("all", total, counts)
    return 1 if cost > args.percent else 0


if __name__ == "__main__":
    sys.exit(main())
