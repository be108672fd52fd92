"""Wide files of many row groups: memory depends on neither, and the figures are right. The full
size of 10,000 columns by 1,000 row groups is for tests/bench/wide_footer.py."""

import os

import pyarrow.parquet as pq

import wide
from harness import workdir
from printed import number
from weir import peak_of, plan, profile

BUDGET = 8 << 20
SLACK = 64 << 10  # of a peak: tables of pages and stack that are touched by chance
TEN = ",".join(wide.name_of(c) for c in range(0, 10))


def check_columns(report, groups, columns):
    got = {column["name"]: column for column in report["columns"]}
    for c in columns:
        column = got[wide.name_of(c)]
        low, high, total = wide.expected(c, groups)
        found = tuple(int(number(column[key])) for key in ("min", "max", "sum"))
        assert found == (low, high, total), f"{column['name']}: {found}"
        assert column["count"] == wide.ROWS * groups and column["pages"] == groups, column


# The kernel adds up resident pages per CPU and looks at the sum now and then: single runs of a few
# milliseconds are sometimes seen too small.
RUNS = 3


def test_memory_is_flat():
    directory = workdir("wide")
    path = os.path.join(directory, "wide.parquet")
    peaks, plans = {}, {}
    for columns, groups in ((10, 10), (1000, 10), (10, 100), (1000, 100)):
        wide.write(path, columns, groups)
        shape = f"{columns} x {groups}"
        plans[shape] = plan(path, "--columns", TEN, "--threads", "1").json["planned_bytes"]
        runs = []
        for _ in range(RUNS):
            report = profile(path, "--columns", TEN, "--threads", "1", budget=str(BUDGET))
            check_columns(report, groups, range(10))
            runs.append((report["memory"]["peak_rss_bytes"],
                         peak_of("plan", "--mem-budget", str(BUDGET), path),
                         peak_of("plan", "--mem-budget", str(BUDGET), "--columns", TEN, path)))
        peaks[shape] = [max(each) for each in zip(*runs)]
    os.remove(path)
    assert len(set(plans.values())) == 1, plans
    for each in zip(*peaks.values()):
        assert max(each) <= BUDGET and max(each) - min(each) <= SLACK, peaks


def test_all_columns():
    """Batch by batch, every column is there and right."""
    directory = workdir("wide-all")
    path = os.path.join(directory, "wide.parquet")
    wide.write(path, 1000, 20)
    report = profile(path, budget=str(BUDGET))
    assert report["memory"]["batches"] > 10, report["memory"]
    assert [c["name"] for c in report["columns"]] == [wide.name_of(c) for c in range(1000)]
    check_columns(report, 20, range(1000))
    os.remove(path)


def test_the_writer_writes_parquet():
    """What pyarrow reads is what is expected."""
    path = os.path.join(workdir("wide-writer"), "wide.parquet")
    wide.write(path, 20, 16)
    table = pq.read_table(path, use_threads=False)
    assert (table.num_rows, table.num_columns) == (wide.ROWS * 16, 20)
    for c in range(20):
        values = table[wide.name_of(c)].to_pylist()
        assert values == [c + i for i in range(wide.ROWS * 16)], values[:5]
    os.remove(path)
