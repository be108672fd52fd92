"""A file of more rows than one part has: any number of threads and any budget print the same bytes,
lanes share its column, and the exact figures are those that numpy finds.

Parts of small files are tested in tests/test_parts.c.
"""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness import workdir
from weir import plan, weir, without_measurements

SEED = 5
ROWS = 68_000_000  # two parts
GROUP_ROWS = 3_000_000
RUNS = ((1, None), (2, "64MiB"), (3, None), (8, "64MiB"))  # None: the smallest budget


def write():
    rng = np.random.default_rng(SEED)
    values = rng.integers(-2**31, 2**31 - 1, ROWS, dtype=np.int32)
    path = os.path.join(workdir("parts"), "parts.parquet")
    pq.write_table(pa.table({"ints": values}), path, row_group_size=GROUP_ROWS,
                   compression="NONE", use_dictionary=False, write_statistics=False)
    return path, values


def assert_figures(column, values):
    assert column["count"] == ROWS
    assert column["min"] == values.min() and column["max"] == values.max()
    assert column["negatives"] == np.count_nonzero(values < 0)
    assert int(column["sum"]) == int(values.sum(dtype=np.int64))
    for quantile in column["quantiles"][::3]:
        value, q = float(quantile["value"]), float(quantile["q"])
        low = np.count_nonzero(values < value) / ROWS
        high = np.count_nonzero(values <= value) / ROWS
        assert low - float(quantile["rank_error"]) <= q <= high + float(quantile["rank_error"])


def test_threads_and_budgets_change_nothing():
    path, values = write()
    smallest = plan(path).json["minimum_bytes"]
    reports = []
    for threads, budget in RUNS:
        run = weir("profile", "-f", "json", "-j", threads, "--mem-budget", budget or smallest,
                   path)
        assert run.code == 0, run.say()
        reports.append(run.json)
        assert without_measurements(run.json) == without_measurements(reports[0])
    os.remove(path)
    assert [report["memory"]["lanes"] for report in reports] == [1, 2, 1, 2]
    assert_figures(reports[0]["columns"][0], values)
