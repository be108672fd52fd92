"""Time and memory of weir against the number of rows."""

import json
import os

import numpy as np

import measure
import sets
import table

# The kernel adds up resident pages per CPU and looks at the sum now and then.
PEAK_SLACK = 64 << 10
RUNS_MIN = 5


def measured(options, command_of):
    """Time and memory of weir on the first 1, 3, 10, 30 and 100 million rows of the tall set."""
    parts = sets.SETS["tall"].rows(options.divisor)
    cpus = sorted(os.sched_getaffinity(0))
    points = {}
    for _ in range(max(options.runs, RUNS_MIN)):
        for files in range(1, len(parts) + 1):
            paths = sets.paths_of(options.data, "tall", options.divisor, files)
            if files not in points:
                measure.warm(paths)
            run = measure.run(command_of(paths), cpus[:1],
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
    planned = {runs[0]["memory"]["planned_bytes"] for runs in points.values()}
    table.verdict(len(planned) == 1 and max(peaks) - min(peaks) <= PEAK_SLACK, "memory is flat: "
                  f"planned {max(planned) - min(planned):,} bytes apart, peak RSS "
                  f"{max(peaks) - min(peaks):,}, which the kernel counts to {PEAK_SLACK:,}")
    return {str(count): runs for count, runs in zip(rows, points.values())}


def fit(rows, seconds):
    """Line through the points, by relative least squares: (slope, start)."""
    weights = 1 / np.array(seconds)
    matrix = np.stack([np.array(rows) * weights, weights], axis=1)
    slope, start = np.linalg.lstsq(matrix, np.ones(len(rows)), rcond=None)[0]
    return slope, max(start, 0.0)
