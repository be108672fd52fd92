#!/usr/bin/env python3
"""weir beside DuckDB, polars, pyarrow and pandas: user CPU, wall, peak RSS, and ratios to weir.

    build/venv/bin/python tests/bench/peers.py [--data DIR] [--sets a,b] [--peers x,y] [--runs 5]
        [--cores 1,2] [--quick] [--growth] [--json FILE] [--limit SECONDS] [--peer-memory GIB]

Makes its data once (--data, default build/bench-data), then runs everything in turn, run after run,
with a warm page cache, pinned to so many cores, with as many threads. Figures are medians; ratios
are taken within a run. A peer that is not installed, exceeds a limit or fails has a row saying so.
"""

import argparse
import json
import os
import subprocess
import sys

import measure
import table

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PEERS = ("duckdb-summarize", "duckdb-sql", "polars-describe", "polars-describe-streaming",
         "polars-list", "polars-list-streaming", "pyarrow", "pyarrow-acero", "pandas")
MIB = 1 << 20
QUICK_DIVISOR = 20
NOTES = """
weir's seconds are those of the whole process; the peers' are those of the work alone, without the
interpreter's start and imports. Peak RSS is the whole process's (VmHWM), the largest of the runs.
  weir                 every statistic, 64 MiB
  weir small           the same in the smallest budget of 8, 16 MiB that works; same bits
  weir as SUMMARIZE    --stats moments,quantiles,distinct: no top values
  weir decode only     the same reader, nothing done with the values, one thread
  duckdb-summarize     count, nulls, min, max, mean, std, quartiles, distinct
  duckdb-sql           weir's statistics but UTF-8 validity; approx_quantile, approx_top_k
  polars-describe      count, nulls, mean, std, min, max, 7 exact quantiles of numbers
  polars-list          weir's statistics but top values and UTF-8 validity; quantiles exact
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

    def weirs(self, cores):
        """(row, command) of what weir is measured at."""
        o, paths = self.options, self.paths
        yield "weir", weir_command(o, cores, paths, 64 * MIB)
        yield "weir small", weir_command(o, cores, paths, self.small)
        yield "weir as SUMMARIZE", weir_command(o, cores, paths, 64 * MIB,
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
            self.report = self.report if hasattr(self, "report") else bits(report)
            self.columns.setdefault("weir", weir_columns(report, self.kinds))
            self.versions["weir"] = report["weir"]
            if bits(report) != self.report:
                self.complain(f"weir, {cores} cores: other figures than on the first run")
        elif row == "weir small" and bits(json.loads(outputs[row])) != self.report:
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
        run = measure.run([sys.executable, os.path.join(HERE, "child.py"), peer, str(cores),
                           *self.paths], self.cpus[:cores], self.limits, thread_limits(cores,
                                                                                      self.kinds))
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
        return bool(runs) and runs[0]["wall"] > self.options.slow and \
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
        self.results = dict(sorted(self.results.items(), key=lambda item: item[0][1]))
        self.bad += disagreements(self.columns, self.kinds)


def thread_limits(cores, kinds):
    names = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
             "NUMEXPR_NUM_THREADS")
    return {"BENCH_KINDS": json.dumps(kinds), **dict.fromkeys(names, str(cores))}


def bits(report):
    """The report without what tells of the run instead of the data."""
    return json.dumps({k: v for k, v in report.items() if k not in ("memory", "seconds")})


def weir_columns(report, kinds):
    """What weir found, in the terms of child.py."""
    import datetime
    import child
    parse = {"time": datetime.datetime.fromisoformat, "date": datetime.date.fromisoformat,
             "int": int}
    found = {}
    for (name, kind), column in zip(kinds, report["columns"]):
        low, high = (child.common(parse.get(kind, lambda x: x)(column[f])) for f in ("min", "max"))
        mean = column["mean"] if kind in ("int", "float") else None
        found[name] = dict(zip(child.FIELDS, (column["count"], column["nulls"], low, high, mean)))
    return found


def close(a, b, kind):
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return True
    if isinstance(a, str) or isinstance(b, str):
        return a[:64] == b[:64]
    # Describing peers hand whole numbers through doubles, and DuckDB prints FLOAT with few digits.
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-6)


def disagreements(columns, kinds):
    """Where a peer's counts, extremes or means are not weir's."""
    bad = []
    for peer, found in columns.items():
        for name, kind in kinds:
            for field, value in found.get(name, {}).items():
                want = columns["weir"][name][field]
                if not close(value, want, kind):
                    bad.append(f"{peer}: {field} of {name} is {value}, weir says {want}")
    return bad[:20]


def growth(options, sets):
    """Time and memory of weir on the first 1, 3, 10, 30 and 100 million rows of the tall set."""
    parts = sets.SETS["tall"].rows(options.divisor)
    points = {}
    for _ in range(options.runs):
        for files in range(1, len(parts) + 1):
            paths = sets.paths_of(options.data, "tall", options.divisor, files)
            if files not in points:
                measure.warm(paths)
            run = measure.run(weir_command(options, 1, paths, 64 * MIB), [0],
                              measure.Limits(options.limit, options.peer_memory))
            memory = json.loads(run.pop("output"))["memory"]
            points.setdefault(files, []).append({**run, "memory": memory})
    print("\ngrowth: the tall set cut short, one core, 64 MiB")
    print(f"{'rows':>12} {'user s':>9} {'ns/value':>9} {'to the fit':>10} {'peak RSS bytes':>15}"
          f" {'planned bytes':>14}")
    rows = [sum(parts[:files]) for files in points]
    seconds = [table.median_of(runs, "user") for runs in points.values()]
    slope, start = fit(rows, seconds)
    peaks = set()
    for count, took, runs in zip(rows, seconds, points.values()):
        peak = max(run["memory"]["peak_rss_bytes"] for run in runs)
        peaks.add(peak)
        print(f"{count:>12,} {took:>9.3f} {took / count / 4 * 1e9:>9.2f} "
              f"{took / (start + slope * count) - 1:>+10.1%} {peak:>15,} "
              f"{runs[0]['memory']['planned_bytes']:>14,}")
    off = max(abs(took / (start + slope * count) - 1) for count, took in zip(rows, seconds))
    table.verdict(off <= 0.1, f"time is linear in rows: within {off:.1%} of "
                  f"{start * 1e3:.1f} ms + {slope * 1e9:.2f} ns a row, at most 10 %")
    table.verdict(len(peaks) == 1, f"peak RSS is flat: {max(peaks) - min(peaks):,} bytes apart")
    return {str(count): runs for count, runs in zip(rows, points.values())}


def fit(rows, seconds):
    """Line through the points, by relative least squares: (slope, start)."""
    import numpy as np
    weights = 1 / np.array(seconds)
    matrix = np.stack([np.array(rows) * weights, weights], axis=1)
    slope, start = np.linalg.lstsq(matrix, np.ones(len(rows)), rcond=None)[0]
    return slope, max(start, 0.0)


def prepare(options, sets):
    """Makes the data, or says what is in the way."""
    wanted = list(options.sets) + (["tall"] if options.growth and "tall" not in options.sets else [])
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
    words = lambda text: text.split(",")
    parser.add_argument("--data", help="where the data is made and kept")
    parser.add_argument("--sets", type=words, help="default: all")
    parser.add_argument("--peers", type=words, default=list(PEERS), help="'' for none")
    parser.add_argument("--cores", type=lambda text: [int(x) for x in text.split(",")])
    parser.add_argument("--runs", type=int)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows, one run")
    parser.add_argument("--growth", action="store_true", help="and time and memory against rows")
    parser.add_argument("--json", help="all runs, for programs")
    parser.add_argument("--limit", type=float, help="seconds a run may take")
    parser.add_argument("--peer-memory", type=float, help="GiB a run may take")
    parser.add_argument("--slow", type=float, default=60, help="a peer whose first run takes more "
                        "seconds gets --slow-runs")
    parser.add_argument("--slow-runs", type=int, default=1)
    parser.add_argument("--weir", default=os.path.join(ROOT, "build/weir"))
    parser.add_argument("--decode", default=os.path.join(ROOT, "build/bench/bench_reader"))
    return parser.parse_args()


def settle(options, sets):
    quick = options.quick
    options.divisor = QUICK_DIVISOR if quick else 1
    options.data = options.data or os.path.join(ROOT, "build/bench-data")
    options.data = os.path.join(options.data, "quick") if quick else options.data
    options.sets = options.sets if options.sets is not None else list(sets.SETS)
    options.sets = [name for name in options.sets if name]
    options.peers = [name for name in options.peers if name]
    options.cores = options.cores or ([1] if quick else [1, 2])
    options.runs = options.runs or (1 if quick else 5)
    options.limit = options.limit or (5 if quick else 600)
    options.peer_memory = (options.peer_memory or 0.6 * measure.memory_available() / 2**30) * 2**30
    cpus = len(os.sched_getaffinity(0))
    for name, known in ((n, sets.SETS) for n in options.sets):
        if name not in known:
            sys.exit(f"peers: no set {name}; there are {', '.join(known)}")
    for name in options.peers:
        if name not in PEERS:
            sys.exit(f"peers: no peer {name}; there are {', '.join(PEERS)}")
    if max(options.cores) > cpus:
        print(f"only {cpus} cores here: rows for {max(options.cores)} are left out")
        options.cores = [cores for cores in options.cores if cores <= cpus]


def main():
    options = arguments()
    lacking = measure.needed_tools()
    if lacking:
        sys.exit(f"peers: install {', '.join(lacking)}")
    try:
        import child
        import sets
    except ModuleNotFoundError as error:
        sys.exit(f"peers: the data needs Python's {error.name}")
    settle(options, sets)
    prepare(options, sets)
    about = measure.machine()
    print(f"{about['cpu']}, {about['cores']} cores, {about['memory']}, Linux {about['kernel']}; "
          f"medians of {options.runs} alternating runs", flush=True)
    saved = {"machine": about, "runs": options.runs, "sets": {}}
    versions, bad = {}, []
    for name in options.sets:
        paths = sets.paths_of(options.data, name, options.divisor)
        kinds = child.kinds_of(paths[0])
        bench = Bench(options, name, paths, kinds)
        bench.all()
        rows = sum(sets.SETS[name].rows(options.divisor))
        table.print_set(name, sets.SETS[name].about, rows, rows * len(kinds), bench.results)
        table.print_goals(name, sets.SETS[name].options["compression"], bench.results)
        for text in bench.bad:
            print(f"  WRONG    {text}")
        versions.update(bench.versions)
        bad += bench.bad
        saved["sets"][name] = {"rows": rows, "values": rows * len(kinds), "wrong": bench.bad,
                               "results": {f"{p}@{c}": r for (p, c), r in bench.results.items()}}
    if options.growth:
        saved["growth"] = growth(options, sets)
    print("\n" + ", ".join(f"{name} {version}" for name, version in versions.items()) + NOTES)
    saved["versions"] = versions
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(saved, file, indent=1)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
