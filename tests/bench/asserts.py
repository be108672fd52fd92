"""What assertions cost: the same profiles by a build with them and one without.

asserts.py WITH WITHOUT DATA [--runs N] [--percent MAX]

WITH and WITHOUT are programs, DATA a folder of data sets. Runs alternate on one core; the smallest
user CPU time of each counts, as everything that disturbs makes a run longer. Exits with 1 when the
assertions cost more than MAX percent over all sets, or when the reports differ.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile


def user_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs=2, metavar="PROGRAM")
    parser.add_argument("data")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--percent", type=float, default=3.0)
    args = parser.parse_args()
    sets = sorted(entry.path for entry in os.scandir(args.data)
                  if entry.is_dir() and any(name.endswith(".parquet")
                                            for name in os.listdir(entry.path)))
    if not sets:
        sys.exit(f"asserts: no data sets in {args.data}; tests/bench/peers.py --data makes them")
    total = [0.0, 0.0]
    with tempfile.TemporaryDirectory() as folder:
        for path in sets:
            best = measure(args.programs, path, args.runs, folder)
            total = [total[i] + best[i] for i in range(2)]
            print(f"{os.path.basename(path):12} {best[0]:7.3f} s with, {best[1]:7.3f} s without: "
                  f"{100 * (best[0] / best[1] - 1):+5.1f} %", flush=True)
    cost = 100 * (total[0] / total[1] - 1)
    print(f"{'all':12} {total[0]:7.3f} s with, {total[1]:7.3f} s without: {cost:+5.1f} %")
    return 1 if cost > args.percent else 0


if __name__ == "__main__":
    sys.exit(main())
