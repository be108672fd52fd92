"""Files of more rows than one part has: any number of threads and any budget print the same bytes,
lanes share a column, and the exact figures are those that numpy finds.

Parts of small files are tested in tests/test_parts.c.
"""

import os
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness import workdir
from weir import plan, weir, without_measurements

SEED = 5
ROWS = 1_000_000  # of distinct values, at the start and at the end
GROUP_ROWS = 170_000
CONSTANT_ROWS = 1 << 22  # of a row group that is one run
CONSTANT_GROUPS = 33  # enough for two parts
THREADS = (1, 2, 3, 8)


def write():
    """A directory of three files: distinct values, long runs of one value, distinct values."""
    rng = np.random.default_rng(SEED)
    ints = rng.integers(-2**31, 2**31 - 1, 2 * ROWS, dtype=np.int32)
    reals = ints[::-1].astype(np.float64) * np.float64(1.0 / 3.0) + 1e6
    folder = workdir("parts")
    for name, rows in (("a", slice(0, ROWS)), ("c", slice(ROWS, None))):
        pq.write_table(pa.table({"ints": ints[rows], "reals": reals[rows]}),
                       os.path.join(folder, name + ".parquet"), row_group_size=GROUP_ROWS,
                       compression="NONE", use_dictionary=False, write_statistics=False)
    run = pa.table({"ints": np.full(CONSTANT_ROWS, 7, np.int32),
                    "reals": np.full(CONSTANT_ROWS, 0.5)})
    with pq.ParquetWriter(os.path.join(folder, "b.parquet"), run.schema) as writer:
        for _ in range(CONSTANT_GROUPS):
            writer.write_table(run, row_group_size=CONSTANT_ROWS)
    return folder, (ints, 7), (reals, 0.5)


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
    repeated = CONSTANT_ROWS * CONSTANT_GROUPS
    total = 2 * ROWS + repeated
    report, lanes = assert_alike(path)
    assert lanes == {1, 2}, lanes
    for wanted in (1, 2):
        promised = plan(path, "-j", wanted).json
        assert promised["parts"] == 2 and promised["lanes"] == wanted, promised
        assert promised["lanes_share_columns"] == (wanted == 2), promised
    for column, (values, constant) in zip(report["columns"], (ints, reals)):
        assert column["count"] == total
        assert float(column["min"]) == values.min() and float(column["max"]) == values.max()
        assert column["negatives"] == (values < 0).sum()
        for quantile in column["quantiles"]:
            value, q = float(quantile["value"]), float(quantile["q"])
            low = ((values < value).sum() + repeated * (constant < value)) / total
            high = ((values <= value).sum() + repeated * (constant <= value)) / total
            assert low - float(quantile["rank_error"]) <= q <= high + float(quantile["rank_error"])
    assert int(report["columns"][0]["sum"]) == int(ints[0].sum(dtype=np.int64)) + 7 * repeated
    # One column alone is shared as well.
    alone, lanes = assert_alike(path, "--columns", "reals", threads=(1, 8))
    assert lanes == {1, 2}, lanes
    shutil.rmtree(path)
    for got, want in zip(alone["columns"][0].items(), report["columns"][1].items()):
        if got[0] not in ("quantiles", "top"):  # another place in the file's selection
            assert got == want, (got, want)
