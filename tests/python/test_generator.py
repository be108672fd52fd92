"""weir-gen writes what pyarrow and DuckDB read, the same rows in every layout."""

import os

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harness import workdir
from weir import generate


def rows_of(paths):
    table = pa.concat_tables([pq.read_table(p, page_checksum_verification=True) for p in paths])
    return table, [repr(row) for row in table.to_pylist()]


def test_layouts_hold_the_same_rows():
    directory = workdir("gen")
    first, wanted = rows_of(generate(directory + "/a", rows=4000, codec="none"))
    layouts = ({"codec": "snappy", "page_bytes": 64, "row_group": 900, "crc": True, "files": 3},
               {"codec": "zstd", "page_bytes": 0, "page_version": 2, "crc": True},
               {"codec": "mixed", "page_bytes": 700, "page_version": 2, "files": 2},
               {"codec": "snappy", "row_group": 1, "rows": 4000})
    for i, options in enumerate(layouts):
        paths = generate(f"{directory}/{i}", **{"rows": 4000, **options})
        table, got = rows_of(paths)
        assert table.schema == first.schema and got == wanted, options
        count, total = duckdb.sql(
            f"select count(*), sum(id) from '{directory}/{i}/*.parquet'").fetchall()[0]
        assert (count, total) == (4000, 4000 * 4001 // 2), options


def test_footer_statistics_are_true():
    directory = workdir("gen-footer")
    for path in generate(directory, rows=5000, row_group=1500, files=2):
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            for i, name in enumerate(table.column_names):
                column = table[name]
                statistics = file.metadata.row_group(group).column(i).statistics
                assert statistics.null_count == column.null_count, name
                if pa.types.is_floating(column.type):
                    column = column.filter(pc.invert(pc.is_nan(column)))
                low_high = pc.min_max(column).as_py()
                assert (statistics.min, statistics.max) == (low_high["min"], low_high["max"]), name


def test_no_rows_and_wide_files():
    directory = workdir("gen-wide")
    table, _ = rows_of(generate(directory + "/zero", rows=0))
    assert table.num_rows == 0 and table.num_columns == 12
    (path,) = generate(directory + "/wide", rows=50, columns="doubles:1200")
    table = pq.read_table(path)
    assert table.num_columns == 1200 and table.num_rows == 50
    assert os.path.getsize(path) > 50 * 1200


def test_repeatable():
    directory = workdir("gen-again")
    (a,) = generate(directory + "/a", rows=3000, seed=5)
    (b,) = generate(directory + "/b", rows=3000, seed=5)
    (c,) = generate(directory + "/c", rows=3000, seed=6)
    with open(a, "rb") as x, open(b, "rb") as y, open(c, "rb") as z:
        first, same, other = x.read(), y.read(), z.read()
    assert first == same and first != other
