"""What a person reads: medians of the runs, ratios taken run by run, and what to make of them."""

import statistics

HEAD = (f"{'':26} {'cores':>5} {'runs':>4} {'user s':>8} {'wall s':>8} {'peak MiB':>9} "
        f"{'Mvalues/s':>9} {'user/weir':>9}")

# User CPU of the peer over weir's on one core, all statistics: what is aimed at.
SUMMARIZE_GOALS = {"narrow": 30, "tall": 30, "wide": 30, "strings": 10, "nulls": 30, "huge": 30,
                   "narrow-zstd": 30, "tall-zstd": 15}
FASTEST_GOAL = 5
# Peers with the statistics of weir, and with those of weir without top values.
SAME = ("duckdb-sql", "polars-list-top", "polars-list-top-streaming")
SAME_WITHOUT_TOP = ("polars-list", "polars-list-streaming", "pyarrow")
DECODE_GOALS = {"none": 4.0, "snappy": 2.0, "zstd": 1.3}
LANES_GOAL = 1.8


def median_of(runs, field):
    return statistics.median(run[field] for run in runs)


def ratio(runs, base, fields=("user",)):
    """Median of the ratios within a run, None where either has none."""
    pairs = [(sum(a[f] for f in fields), sum(b[f] for f in fields))
             for a, b in zip(runs, base) if "failed" not in a and "failed" not in b]
    return statistics.median(a / b for a, b in pairs if b > 0) if pairs else None


def row(name, cores, runs, base, values):
    failed = [run["failed"] for run in runs if "failed" in run]
    if failed:
        return f"{name:26} {cores:>5} {'':>4} {failed[0]}"
    times = ratio(runs, base)
    wall = median_of(runs, "wall")
    return (f"{name:26} {cores:>5} {len(runs):>4} {median_of(runs, 'user'):>8.3f} {wall:>8.3f} "
            f"{max(run['peak_bytes'] for run in runs) / 2**20:>9.1f} {values / wall / 1e6:>9.1f} "
            f"{f'{times:.2f}' if times else '':>9}")


def print_set(name, about, rows, values, results):
    """`results`: {(peer, cores): runs}."""
    print(f"\n{name}: {about}; {rows:,} rows, {values:,} values")
    print(HEAD)
    for (peer, cores), runs in sorted(results.items(), key=lambda item: item[0][1]):
        if runs:
            print(row(peer, cores, runs, results.get(("weir", cores), []), values), flush=True)


def verdict(ok, text):
    print(f"  {'reached' if ok else 'MISSED '}  {text}")


def print_fastest(results, weir, peers, what):
    """How the peer that takes the fewest user seconds compares, on one core."""
    found = [(ratio(runs, results[(weir, 1)]), peer) for (peer, cores), runs in results.items()
             if cores == 1 and peer in peers and runs and "failed" not in runs[0]]
    if found:
        times, peer = min(found)
        verdict(times >= FASTEST_GOAL, f"fastest peer with {what} ({peer}) / {weir}, user CPU: "
                f"{times:.1f}, at least {FASTEST_GOAL}")


def print_goals(name, compression, results):
    """One line a goal on this set, on one core unless it says otherwise."""
    weir = results.get(("weir", 1), [])
    if not weir or "failed" in weir[0]:
        return
    summarize = results.get(("duckdb-summarize", 1), [])
    if summarize and "failed" not in summarize[0]:
        times, goal = ratio(summarize, weir), SUMMARIZE_GOALS[name]
        verdict(times >= goal, f"DuckDB SUMMARIZE / weir, user CPU: {times:.1f}, at least {goal}")
    print_fastest(results, "weir", SAME, "the same statistics")
    print_fastest(results, "weir without top", SAME_WITHOUT_TOP, "the same but top values")
    decode = results.get(("weir decode only", 1), [])
    if decode and "failed" not in decode[0]:
        times = ratio(weir, decode, ("user", "system"))
        goal = DECODE_GOALS[compression]
        verdict(times <= goal, f"weir / its decode only, user and system CPU: {times:.2f}, at most "
                f"{goal} ({compression})")
    two = results.get(("weir", 2), [])
    if name == "tall" and two and "failed" not in two[0]:
        times = ratio(weir, two, ("wall",))
        verdict(times >= LANES_GOAL,
                f"wall of 1 lane / 2 lanes: {times:.2f}, at least {LANES_GOAL}")
