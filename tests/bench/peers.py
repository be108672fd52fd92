#!/usr/bin/env python3
"""weir beside DuckDB, polars, pyarrow and pandas: user CPU, wall, peak RSS, and ratios to weir.

    build/venv/bin/python tests/bench/peers.py [--data DIR] [--sets a,b] [--peers x,y] [--runs 5]
        [--cores 1,2] [--quick] [--growth] [--json FILE] [--limit SECONDS] [--peer-memory GIB]

Makes its data once (--data, default build/bench-data), then runs everything in turn, run after run,
with a warm page cache, pinned to so many cores, with as many threads. Figures are medians; ratios
are taken within a run. A peer whose first run is slow gets fewer runs (--slow); one that is not
installed, exceeds a limit or fails has a row that says so.
"""

import argparse
import json
import os
import subprocess
import sys

import measure
import table

try:
    import agree
    import growth
    import sets
    import terms
except ModuleNotFoundError as error:
    sys.exit(f"peers: making the data needs Python's {error.name}")

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PEERS = ("duckdb-summarize", "duckdb-sql", "polars-describe", "polars-describe-streaming",
         "polars-list", "polars-list-streaming", "polars-list-top", "polars-list-top-streaming",
         "pyarrow", "pyarrow-acero", "pandas")
MIB = 1 << 20
QUICK_PEERS = ("duckdb-summarize", "duckdb-sql", "polars-list", "polars-list-streaming",
               "polars-list-top", "pyarrow-acero", "pandas")
QUICK_SETS = ("narrow", "tall", "strings", "nulls", "wide", "huge")
QUICK_DIVISOR = 20
NOTES = """
weir's seconds are those of the whole process; the peers' are those of the work alone, without the
interpreter's start and imports. Peak RSS is the whole process's (VmHWM), the largest of the runs.
  weir                 every statistic, 64 MiB
  weir small           the same in the smallest budget of 8, 16 MiB that works; same bits
  weir without top     --stats moments,quantiles,distinct
  weir decode only     the same reader, nothing done with the values, one thread
  duckdb-summarize     count, nulls, min, max, mean, std, quartiles, distinct
  duckdb-sql           weir's statistics but UTF-8 validity; approx_quantile, approx_top_k
  polars-describe      count, nulls, mean, std, min, max, 7 exact quantiles of numbers
  polars-list          weir's statistics but top values and UTF-8 validity; quantiles exact
  polars-list-top      the same with top values, by value_counts
  pyarrow              row group by row group: weir's statistics but top values and UTF-8 validity;
                       t-digests of t-digests; distinct values up to 100,000 a column
  pyarrow-acero        one streaming aggregation: as pyarrow, without distinct values
  pandas               describe(include="all"): count, mean, std, min, max, 7 exact quantiles of
                       numbers; count, unique, top of strings; no nulls"""


def weir_command(options, cores, paths, budget, more=()):
    return [options.weir, "profile", "-q", "-f", "json", "-j", str(cores), "-m", str(budget),
            *more, *paths]


def small_budget(options, paths):
    """8 MiB, or the next of 16, 32 MiB that `weir plan` says works."""
    done = subprocess.run([options.weir, "plan", "-f", "json", *paths], check=True,
                          capture_output=True, text=True)
    minimum = json.loads(done.stdout)["minimum_bytes"]
    return next(mib * MIB for mib in (8, 16, 32, 64) if mib * MIB >= minimum)


class Bench:
    """The runs on one set."""

    def __init__(self, options, name, paths, kinds):
        self.options, self.name, self.paths, self.kinds = options, name, paths, kinds
        self.small = small_budget(options, paths)
        self.limits = measure.Limits(options.limit, options.peer_memory)
        self.cpus = sorted(os.sched_getaffinity(0))
        self.results = {}
        self.columns = {}
        self.bad = []
        self.versions = {}
        self.report = None  # what weir said first

    def weirs(self, cores):
        """(row, command) of what weir is measured at."""
        o, paths = self.options, self.paths
        yield "weir", weir_command(o, cores, paths, 64 * MIB)
        yield "weir small", weir_command(o, cores, paths, self.small)
        yield "weir without top", weir_command(o, cores, paths, 64 * MIB,
                                                ("--stats", "moments,quantiles,distinct"))
        if cores == 1:
            yield "weir decode only", [o.decode, *paths]

    def run_weirs(self, cores):
        outputs = {}
        for row, command in self.weirs(cores):
            run = measure.run(command, self.cpus[:cores], self.limits)
            outputs[row] = run.pop("output", None)
            self.results.setdefault((row, cores), []).append(run)
            self.check_weir(row, cores, run, outputs)

    def check_weir(self, row, cores, run, outputs):
        if "failed" in run:
            self.complain(f"{row}: {run['failed']}")
            return
        budget = {"weir": 64 * MIB, "weir small": self.small}.get(row)
        if budget and run["peak_bytes"] > budget:
            self.complain(f"{row}, {cores} cores: peak RSS of {run['peak_bytes']:,} bytes is more "
                          f"than the budget of {budget:,}")
        if row == "weir":
            report = json.loads(outputs[row])
            self.report = self.report or agree.bits(report)
            self.columns.setdefault("weir", agree.weir_columns(report, self.kinds))
            self.versions["weir"] = report["weir"]
            if agree.bits(report) != self.report:
                self.complain(f"weir, {cores} cores: other figures than on the first run")
        elif row == "weir small" and agree.bits(json.loads(outputs[row])) != self.report:
            self.complain(f"weir, {cores} cores, {self.small // MIB} MiB: other figures than in "
                          "64 MiB")

    def run_peer(self, peer, cores):
        runs = self.results.setdefault((peer, cores), [])
        if self.over(runs):
            return
        # A peer that failed on one core does not get another chance on two.
        first = self.results.get((peer, 1), [])
        if cores > 1 and first and "failed" in first[0]:
            del self.results[(peer, cores)]
            return
        command = [sys.executable, os.path.join(HERE, "child.py"), peer, str(cores), *self.paths]
        run = measure.run(command, self.cpus[:cores], self.limits,
                          environment_of(cores, self.kinds))
        said = json.loads(run.pop("output").splitlines()[-1]) if "output" in run else {}
        if "missing" in said:
            run = {"failed": f"not installed: {said['missing']}"}
        elif said:
            run.update({field: said[field] for field in ("user", "system", "wall")})
            self.columns.setdefault(peer, said["columns"])
            self.versions[peer.split("-")[0]] = said["version"]
        runs.append(run)

    def over(self, runs):
        """Whether a peer has had its runs: slow ones get fewer."""
        if runs and "failed" in runs[0]:
            return True
        return bool(runs) and runs[0]["user"] > self.options.slow and \
            len(runs) >= self.options.slow_runs

    def complain(self, text):
        if text not in self.bad:
            self.bad.append(text)

    def all(self):
        measure.warm(self.paths)
        for turn in range(self.options.runs):
            for cores in self.options.cores:
                self.run_weirs(cores)
                for peer in self.options.peers:
                    self.run_peer(peer, cores)
            if sys.stderr.isatty():
                print(f"\r{self.name}: run {turn + 1} of {self.options.runs}  ", end="",
                      file=sys.stderr, flush=True)
        self.bad += agree.disagreements(self.columns, self.kinds)


def environment_of(cores, kinds):
    """What a peer's process is told: so many threads, and the kinds of the columns."""
    names = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
             "NUMEXPR_NUM_THREADS")
    return {"BENCH_KINDS": json.dumps(kinds), **dict.fromkeys(names, str(cores))}


def prepare(options):
    """Makes the data, or says what is in the way."""
    wanted = list(dict.fromkeys([*options.sets, *(["tall"] if options.growth else [])]))
    missing, free = (sets.missing_bytes(options.data, wanted, options.divisor),
                     sets.free_bytes(options.data))
    if missing > free:
        sys.exit(f"peers: the data takes {missing / 1e9:.1f} GB in {options.data}, where "
                 f"{free / 1e9:.1f} GB are free; name another with --data, or fewer --sets")
    if missing:
        print(f"making data: up to {missing / 1e9:.1f} GB in {options.data}", flush=True)
    for name in wanted:
        sets.make(options.data, name, options.divisor)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    def words(text):
        return [word for word in text.split(",") if word]

    parser.add_argument("--data", help="where the data is made and kept")
    parser.add_argument("--sets", type=words, help="default: all")
    parser.add_argument("--peers", type=words, help="default: all; '' for none")
    parser.add_argument("--cores", type=lambda text: [int(word) for word in words(text)],
                        help="default: 1,2")
    parser.add_argument("--runs", type=int, help="default: 5")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows, fewer "
                        "sets and peers, one core, one run")
    parser.add_argument("--growth", action="store_true", help="and time and memory against rows")
    parser.add_argument("--json", help="all runs, for programs")
    parser.add_argument("--limit", type=float, help="CPU seconds a run may take")
    parser.add_argument("--peer-memory", type=float, help="GiB a run may take")
    parser.add_argument("--slow", type=float, default=60, help="a peer whose first run takes more "
                        "user seconds gets --slow-runs")
    parser.add_argument("--slow-runs", type=int, default=1)
    parser.add_argument("--weir", default=os.path.join(ROOT, "build/weir"))
    parser.add_argument("--decode", default=os.path.join(ROOT, "build/bench/bench_reader"))
    return parser.parse_args()


def settle(options):
    quick = options.quick
    options.divisor = QUICK_DIVISOR if quick else 1
    options.data = options.data or os.path.join(ROOT, "build/bench-data")
    options.data = os.path.join(options.data, "quick") if quick else options.data
    if options.sets is None:
        options.sets = list(QUICK_SETS if quick else sets.SETS)
    if options.peers is None:
        options.peers = list(QUICK_PEERS if quick else PEERS)
    options.cores = options.cores or ([1] if quick else [1, 2])
    options.runs = options.runs or (1 if quick else 5)
    options.limit = options.limit or (10 if quick else 600)
    options.peer_memory = (options.peer_memory or 0.6 * measure.memory_available() / 2**30) * 2**30
    cpus = len(os.sched_getaffinity(0))
    for what, names, known in (("set", options.sets, sets.SETS), ("peer", options.peers, PEERS)):
        for name in names:
            if name not in known:
                sys.exit(f"peers: no {what} {name}; there are {', '.join(known)}")
    if max(options.cores) > cpus:
        print(f"only {cpus} cores here: rows for {max(options.cores)} are left out")
        options.cores = [cores for cores in options.cores if cores <= cpus]


def run_set(options, name, saved):
    """Measures one set and prints its part of the table."""
    paths = sets.paths_of(options.data, name, options.divisor)
    kinds = terms.kinds_of(paths[0])
    bench = Bench(options, name, paths, kinds)
    try:
        bench.all()
    finally:  # interrupted, what there is
        rows = sum(sets.SETS[name].rows(options.divisor))
        table.print_set(name, sets.SETS[name].about, rows, rows * len(kinds), bench.results)
    table.print_goals(name, sets.SETS[name].options["compression"], bench.results)
    for text in bench.bad:
        print(f"  WRONG    {text}", flush=True)
    saved["versions"].update(bench.versions)
    saved["sets"][name] = {"rows": rows, "values": rows * len(kinds), "wrong": bench.bad,
                           "results": {f"{p}@{c}": r for (p, c), r in bench.results.items()}}


def main():
    options = arguments()
    lacking = measure.needed_tools()
    if lacking:
        sys.exit(f"peers: install {', '.join(lacking)}")
    settle(options)
    prepare(options)
    about = measure.machine()
    print(f"{about['cpu']}, {about['cores']} cores, {about['memory']}, Linux {about['kernel']}; "
          f"medians of {options.runs} alternating runs", flush=True)
    saved = {"machine": about, "runs": options.runs, "versions": {}, "sets": {}}
    try:
        for name in options.sets:
            run_set(options, name, saved)
        if options.growth:
            saved["growth"] = growth.measured(
                options, lambda paths: weir_command(options, 1, paths, 64 * MIB))
    except KeyboardInterrupt:
        print("interrupted")
    print("\n" + ", ".join(f"{k} {v}" for k, v in sorted(saved["versions"].items())) + NOTES)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(saved, file, indent=1)
    sys.exit(any(found["wrong"] for found in saved["sets"].values()))


if __name__ == "__main__":
    main()
