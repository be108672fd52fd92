"""Every file of parquet-testing, each with its verdict: read exactly, or refused (and why:
test_corpus_refused.py).

A file that no table names fails. Values come from the notes beside the files (README.md, .md,
_expect.csv), from columns that hold the same values twice, and otherwise from pyarrow.
"""

import csv
import os
import resource
import time

import pyarrow as pa
import pyarrow.parquet as pq

import shapes
from corpora import corpus, data, files_below, needed, skipped
from nesting import file_faults, leaves_of
from test_corpus_refused import (BAD, CHECKSUMS, ENCRYPTED_FOOTERS, NOT_PARQUET, PLAINTEXT_FOOTERS)
from weir import SANITIZED, profile, weir

BUDGET = "32MiB"
CAT_BUDGET = "1GiB"

# pyarrow reads them as they are; so does weir, and finds the same figures.
READ = """
alltypes_dictionary alltypes_plain alltypes_plain.snappy alltypes_tiny_pages
alltypes_tiny_pages_plain binary binary_truncated_min_max byte_array_decimal byte_stream_split.zstd
byte_stream_split_extended.gzip column_chunk_key_value_metadata concatenated_gzip_members
data_index_bloom_encoding_stats data_index_bloom_encoding_with_length
datapage_v1-snappy-compressed-checksum datapage_v1-uncompressed-checksum datapage_v2.snappy
datapage_v2_empty_datapage.snappy delta_binary_packed delta_byte_array
delta_encoding_optional_column delta_encoding_required_column delta_length_byte_array
dict-page-offset-zero fixed_length_byte_array fixed_length_decimal fixed_length_decimal_legacy
float16_nonzeros_and_nans float16_zeros_and_nans floating_orders_nan_count hadoop_lz4_compressed
hadoop_lz4_compressed_larger int32_decimal int32_with_null_pages int64_decimal list_columns
lz4_raw_compressed lz4_raw_compressed_larger map_no_value nan_in_stats nation.dict-malformed
nested_lists.snappy nested_maps.snappy nested_structs.rust non_hadoop_lz4_compressed
nonnullable.impala null_list nullable.impala nulls.snappy old_list_structure overflow_i16_page_cnt
page_v2_empty_compressed plain-dict-uncompressed-checksum repeated_no_annotation
repeated_primitive_no_list rle-dict-snappy-checksum rle_boolean_encoding single_nan sort_columns
unknown-logical-type
geospatial/crs-arbitrary-value geospatial/crs-default geospatial/crs-geography
geospatial/crs-projjson geospatial/crs-srid geospatial/geography-lines geospatial/geography-points
geospatial/geography-polygons geospatial/geospatial geospatial/geospatial-with-nan
""".split()

# Read, but with values that pyarrow does not give: see the tests below.
OTHERWISE = ["int96_from_spark", "incorrect_map_schema", "large_string_map.brotli"]

def test_no_file_is_left_out():
    top = os.path.join(needed(), "parquet-testing")
    named = {name + ".parquet" for name in (*READ, *OTHERWISE, *CHECKSUMS)}
    named |= {name + ".parquet.encrypted" for name in (*ENCRYPTED_FOOTERS, *PLAINTEXT_FOOTERS)}
    named |= set(NOT_PARQUET)
    found = set(files_below(top, "data"))
    assert found <= named, f"no verdict for {sorted(found - named)}"
    assert named <= found, f"not there: {sorted(named - found)}"
    bad = {name + ".parquet" for name in BAD} | {"ARROW-GH-43605.parquet", "README.md"}
    assert set(files_below(top, "bad_data")) == bad


def cat(path, *options):
    run = weir("cat", "-f", "jsonl", "--mem-budget", CAT_BUDGET, *options, path)
    assert run.code == 0, f"exit {run.code}: {run.err.strip()}"
    return shapes.parse_lines(run.out)


def same_cells(path, wanted):
    fault = shapes.difference(wanted, cat(path), wanted[0] if wanted else None)
    assert fault is None, f"{path}: {fault}"


def same_as_pyarrow(path):
    table = pq.read_table(path, use_threads=False)
    same_cells(path, shapes.rows_of(table))
    report = profile(path, "--top", "16", budget=BUDGET)
    faults = file_faults(path, table, report)
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:15])


def test_read():
    if corpus() is None:
        yield "corpus", skipped
        return
    for name in READ:
        yield name, lambda n=name: same_as_pyarrow(data(n))


# --- What the notes beside the files say -----------------------------------------------------

FACTS = {
    "concatenated_gzip_members": {"long_col": {"count": 513, "sum": 131841, "min": 1, "max": 513}},
    "int32_with_null_pages": {"int32_field": {
        "rows": 1000, "nulls": 275, "min": -2136906554, "max": 2145722375,
        "mean": "-17080351.168275863"}},
    "fixed_length_byte_array": {"flba_field": {"rows": 1000, "nulls": 105}},
    "nation.dict-malformed": {"name": {"count": 25, "min": "ALGERIA", "max": "VIETNAM"}},
    "dict-page-offset-zero": {"l_partkey": {"count": 39, "min": 1552, "max": 1552}},
    "rle_boolean_encoding": {"datatype_boolean": {"rows": 68, "count": 62, "sum": 36}},
    "overflow_i16_page_cnt": {"inc": {"count": 40000, "sum": 0, "pages": 40000}},
    "page_v2_empty_compressed": {"integer_column": {"rows": 10, "nulls": 10}},
    "datapage_v2_empty_datapage.snappy": {"value": {"rows": 1, "nulls": 1}},
    "nan_in_stats": {"x": {"count": 2, "nans": 1, "min": 1, "max": 1}},
    "single_nan": {"mycol": {"rows": 1, "nulls": 1}},
    "delta_binary_packed": {"bitwidth64": {"count": 200, "sum": "-151748008046027313152"}},
    "datapage_v1-uncompressed-checksum": {"a": {"count": 5120, "sum": 43118090240,
                                                "crc": {"ok": 2, "absent": 0, "bad": 0}}},
    "byte_array_decimal": {"value": {"count": 24, "min": "1.00", "max": "24.00", "mean": 1250}},
    "column_chunk_key_value_metadata": {"column1": {"rows": 0}},
    "repeated_no_annotation": {"id": {"rows": 6}},
    "float16_nonzeros_and_nans": {"x": {"rows": 8, "nulls": 1, "nans": 1, "min": -2, "max": 2}},
    "hadoop_lz4_compressed_larger": {"a": {"count": 10000}},
    "map_no_value": {"my_map.key_value.key": {"count": 9, "sum": 45},
                     "my_map.key_value.value": {"count": 0, "nulls": 9},
                     "my_map_no_v.key_value.key": {"count": 9, "sum": 45}},
    "old_list_structure": {"a.array.array": {"count": 4, "sum": 10}},
}


def test_facts():
    if corpus() is None:
        yield "corpus", skipped
        return
    for name, columns in FACTS.items():

        def case(name=name, columns=columns):
            report = profile(data(name), budget=BUDGET)
            got = {column["name"]: column for column in report["columns"]}
            for column, wanted in columns.items():
                assert column in got, f"no column {column}, but {list(got)}"
                for key, value in wanted.items():
                    assert str(got[column][key]) == str(value), \
                        f"{column}: {key}: {got[column][key]}, not {value}"

        yield name, case


def csv_text(value):
    """A cell as the _expect.csv files write it."""
    return "" if value is None else value.removeprefix("#")


def test_expected_csv():
    if corpus() is None:
        yield "corpus", skipped
        return
    for name in ("delta_binary_packed", "delta_byte_array", "delta_encoding_optional_column",
                 "delta_encoding_required_column"):

        def case(name=name):
            with open(data(name, "_expect.csv"), encoding="utf-8", newline="") as file:
                lines = list(csv.reader(file))
            rows = cat(data(name))
            assert len(rows) == len(lines) - 1, len(rows)
            for number, (row, line) in enumerate(zip(rows, lines[1:])):
                got = [csv_text(value) for value in row.values()]
                assert got == line, f"row {number}: {got}, not {line}"

        yield name, case


def test_twin_columns():
    """Each column in BYTE_STREAM_SPLIT equals its PLAIN twin."""
    rows = cat(data("byte_stream_split_extended.gzip"))
    plain = [name for name in rows[0] if name.endswith("_plain")]
    assert len(rows) == 200 and len(plain) == 7, list(rows[0])
    report = profile(data("byte_stream_split_extended.gzip"), budget=BUDGET)
    got = {column["name"]: column for column in report["columns"]}
    for name in plain:
        twin = name.removesuffix("plain") + "byte_stream_split"
        assert [row[name] for row in rows] == [row[twin] for row in rows], name
        for key in set(got[name]) - {"name", "compressed_bytes", "pages", "crc"}:
            assert got[name][key] == got[twin][key], f"{name}: {key}"


def test_normal_distribution():
    """README: standard normals; notes of others give the moments."""
    report = profile(data("byte_stream_split.zstd"), budget=BUDGET)
    column = report["columns"][0]
    assert column["name"] == "f32" and column["count"] == 300
    assert abs(float(column["mean"]) - 0.0275295764) < 1e-9, column["mean"]
    assert abs(float(column["std"]) - 1.0023733306) < 1e-9, column["std"]


def test_nan_counts():
    """50 values a column; what is NaN is in the footer's nan_count: 0, 4, 10, 0 and 0 a group."""
    report = profile(data("floating_orders_nan_count"), budget=BUDGET)
    for column in report["columns"]:
        assert (column["count"], column["nans"]) == (50, 14), column["name"]


def test_int96_from_spark():
    """The year 290000 is beyond 64 bits of nanoseconds; microseconds hold it."""
    micros = [1704141296123456, 1704070800000000, 253402225200000000, 1735599600000000, None,
              9089380393200000000]  # Spark lets the days wrap at 64 bits of microseconds
    # INT96 counts nanoseconds: nine digits where they are not zero
    wanted = [None if m is None else shapes.timestamp(m * 1000, "ns") for m in micros]
    path = data("int96_from_spark")
    same_cells(path, [{"a": w} for w in wanted])
    column = profile(path, budget=BUDGET)["columns"][0]
    assert (column["count"], column["nulls"]) == (5, 1)
    assert (column["min"], column["max"]) == (wanted[1], wanted[5]), column
    assert str(column["sum"]) == str(1000 * sum(m for m in micros if m)), column["sum"]


def test_incorrect_map_schema():
    """Optional keys, as Presto wrote them: pyarrow refuses, the values are clear all the same (in
    the order of the file, which DuckDB shows too)."""
    same_cells(data("incorrect_map_schema"),
               [{"my_map": [{"key": "parent", "value": "another"},
                            {"key": "name", "value": "report"}]}])
    report = profile(data("incorrect_map_schema"), budget=BUDGET)
    assert [c["count"] for c in report["columns"]] == [2, 2]


def test_large_string_map():
    """A dictionary page and a data page of 1 GiB each, of one string of 2^30 bytes."""
    report = profile(data("large_string_map.brotli"), budget=BUDGET, timeout=120)
    key, value = report["columns"]
    assert key["name"] == "arr.key_value.key" and key["count"] == 2, key
    strings = key["strings"]
    assert strings["length_min"] == strings["length_max"] == 1 << 30, strings
    assert key["distinct"]["value"] == 1 and key["distinct"]["exact"], key["distinct"]
    assert key["min"] == key["max"] == "a" * 64 and key["min_cut"] and key["max_cut"], key
    assert (value["count"], value["sum"], value["distinct"]["value"]) == (2, 2, 1), value


def test_zero_bit_width():
    """ARROW-GH-43605: indices of no bits into a dictionary of one entry are legal."""
    path = os.path.join(needed(), "parquet-testing", "bad_data", "ARROW-GH-43605.parquet")
    column = profile(path, budget=BUDGET)["columns"][0]
    assert (column["count"], column["nulls"], column["sum"], column["zeros"]) == \
        (21186, 0, 0, 21186), column
    same_as_pyarrow(path)


def test_forty_two():
    """42,279 bytes that hold 622,770,257,630,000 values."""
    path = os.path.join(needed(), "42.parquet")
    total = 622_770_257_630_000
    seconds, walls = [], []
    while len(seconds) < 6 or (min(seconds) >= 0.1 and len(seconds) < 40 and not SANITIZED):
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        report = profile(path, budget="8MiB")
        walls.append(time.monotonic() - begun)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    column = report["columns"][0]
    wanted = {"count": total, "nulls": 0, "sum": total * (2**63 - 1), "min": 2**63 - 1,
              "max": 2**63 - 1, "std": 0}
    for key, value in wanted.items():
        assert str(column[key]) == str(value), f"{key}: {column[key]}, not {value}"
    assert float(column["mean"]) == float(2**63 - 1), column["mean"]
    print(f"note: {min(walls):.3f} s, {min(seconds):.3f} s of CPU")
    assert SANITIZED or min(seconds) < 0.1, f"{min(seconds):.3f} s of CPU"


def test_hidden_nulls_are_counted():
    """The leaves that the tables above compare have entries enough to mean something."""
    leaves = leaves_of(pq.read_table(data("nullable.impala"), use_threads=False))
    assert len(leaves) > 10 and isinstance(leaves[0].values[0], pa.Array)
    assert any(sum(leaf.absent) > 3 for leaf in leaves)
