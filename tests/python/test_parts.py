"""A file of more rows than one part has: any number of threads and any budget print the same bytes,
lanes share a column, and the exact figures are those that numpy finds.

Parts of small files are tested in tests/test_parts.c.
"""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness import workdir
from weir import plan, weir, without_measurements

SEED = 5
ROWS = 9_000_000  # two parts
GROUP_ROWS = 700_000
THREADS = (1, 2, 3, 8)


def write():
    """Draws that are cheap, distinct and not in order; the file takes 12 bytes a row."""
    rng = np.random.default_rng(SEED)
    ints = rng.integers(-2**31, 2**31 - 1, ROWS, dtype=np.int32)
    reals = ints[::-1].astype(np.float64) * np.float64(1.0 / 3.0) + 1e6
    path = os.path.join(workdir("parts"), "parts.parquet")
    pq.write_table(pa.table({"ints": ints, "reals": reals}), path, row_group_size=GROUP_ROWS,
                   compression="NONE", use_dictionary=False, write_statistics=False)
    return path, ints, reals


def reports(path, *options, threads=THREADS):
    """One for each number of threads and budget, the smallest that works among them."""
    smallest = plan(path, *options).json["minimum_bytes"]
    for lanes in threads:
        for budget in (smallest, "64MiB"):
            run = weir("profile", "-f", "json", "-j", lanes, "--mem-budget", budget, *options,
                       path)
            assert run.code == 0, run.say()
            yield run.json


def assert_alike(path, *options, **how):
    first = None
    lanes = set()
    for report in reports(path, *options, **how):
        lanes.add(report["memory"]["lanes"])
        first = first or report
        assert without_measurements(report) == without_measurements(first)
    return first, lanes


def test_threads_and_budgets_change_nothing():
    path, ints, reals = write()
    report, lanes = assert_alike(path)
    assert lanes == {1, 2}, lanes
    for column, values in zip(report["columns"], (ints, reals)):
        assert column["count"] == ROWS
        assert float(column["min"]) == values.min() and float(column["max"]) == values.max()
        assert column["negatives"] == (values < 0).sum()
        for quantile in column["quantiles"]:
            value, q = float(quantile["value"]), float(quantile["q"])
            low, high = (values < value).mean(), (values <= value).mean()
            assert low - float(quantile["rank_error"]) <= q <= high + float(quantile["rank_error"])
    assert int(report["columns"][0]["sum"]) == int(ints.sum(dtype=np.int64))
    # One column alone is shared as well.
    alone, lanes = assert_alike(path, "--columns", "reals", threads=(1, 8))
    assert lanes == {1, 2}, lanes
    os.remove(path)
    for got, want in zip(alone["columns"][0].items(), report["columns"][1].items()):
        if got[0] not in ("quantiles", "top"):  # another place in the file's selection
            assert got == want, (got, want)
