"""Profiles of nested columns: values, nulls at each level and lengths of lists, in many layouts."""

import os

import pyarrow as pa
import pyarrow.parquet as pq

import families
from harness import workdir
from nesting import file_faults
from test_matrix import values_only
from weir import profile

LAYOUTS = {
    "plain": {"use_dictionary": False},
    "dictionary": {"use_dictionary": True},
    "tiny pages": {"use_dictionary": False, "data_page_size": 40, "write_batch_size": 7},
    "tiny pages, v2": {"use_dictionary": False, "data_page_size": 40, "write_batch_size": 7,
                       "data_page_version": "2.0"},
    "v2, zstd": {"use_dictionary": False, "data_page_version": "2.0", "compression": "ZSTD"},
    "checksums": {"use_dictionary": False, "write_page_checksum": True, "compression": "GZIP"},
    "row groups": {"use_dictionary": False, "row_group_size": 61},
    "no statistics": {"use_dictionary": False, "write_statistics": False},
}


def checked(path, table):
    report = profile(path, "--top", "16")
    faults = file_faults(path, table, report)
    assert not faults, f"{path}: {len(faults)} faults\n" + "\n".join(faults[:20])
    return report


def test_profiles():
    for family in ("lists", "structs", "numbers", "temporal", "decimals", "texts", "fixed"):
        table = families.FAMILIES[family](400)
        directory = workdir(f"nested-{family}")
        for label, options in LAYOUTS.items():
            path = os.path.join(directory, label.replace(" ", "-") + ".parquet")
            pq.write_table(table, path, **options)
            yield f"{family}, {label}", lambda p=path, t=table: checked(p, t) and None


def test_int96():
    table = families.int96(400)
    directory = workdir("nested-int96")
    path = os.path.join(directory, "int96.parquet")
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)
    checked(path, pq.read_table(path, use_threads=False))


def test_layout_does_not_matter():
    """Pages, codecs and slices of files change nothing; row groups begin blocks anew."""
    table = families.lists(900)
    directory = workdir("nested-layouts")
    texts = set()
    for codec in ("NONE", "SNAPPY", "ZSTD"):
        for version in ("1.0", "2.0"):
            for page in (40, 1 << 30):
                path = os.path.join(directory, f"{codec}-{version}-{page}.parquet")
                pq.write_table(table, path, compression=codec, data_page_version=version,
                               data_page_size=page, use_dictionary=False, write_batch_size=11)
                texts.add(values_only(profile(path)))
    assert len(texts) == 1, f"{len(texts)} different reports of the same rows"


def test_long_lists():
    """Lists of 0, 1 and 100,000 elements; entries by the million."""
    directory = workdir("nested-long")
    lengths = [0, 1, 100_000, 3, 0, 70_000, 1] * 4 + [1] * 30_000
    offsets = pa.array([0] + list(_sums(lengths)), pa.int32())
    total = sum(lengths)
    values = pa.array([i % 1000 for i in range(total)], pa.int64())
    table = pa.table({"x": pa.ListArray.from_arrays(offsets, values)})
    for label, options in (("one", {}), ("pages", {"data_page_size": 1000}),
                           ("v2", {"data_page_version": "2.0", "compression": "ZSTD"})):
        path = os.path.join(directory, f"{label}.parquet")
        pq.write_table(table, path, **options)

        def case(path=path):
            report = profile(path, budget="16MiB")
            column = report["columns"][0]
            assert column["count"] == total, column["count"]
            one = column["nesting"]["lists"][0]
            wanted = {"lists": len(lengths), "empty": 8, "elements": total, "length_min": 0,
                      "length_max": 100_000, "nulls": 0}
            assert {k: one[k] for k in wanted} == wanted, one

        yield label, case


def _sums(lengths):
    total = 0
    for length in lengths:
        total += length
        yield total


def test_files_of_one_set():
    """A column that a later file lacks has a null a row at its outermost level."""
    directory = workdir("nested-files")
    whole = families.lists(200)
    pq.write_table(whole, os.path.join(directory, "a.parquet"))
    pq.write_table(whole.select(["flat", "ints"]), os.path.join(directory, "b.parquet"))
    report = profile(directory)
    words = next(c for c in report["columns"] if c["name"] == "words.list.element")
    alone = next(c for c in profile(os.path.join(directory, "a.parquet"))["columns"]
                 if c["name"] == "words.list.element")
    assert words["count"] == alone["count"], (words["count"], alone["count"])
    assert words["nulls"] == alone["nulls"] + 200
    assert words["rows"] == 400
    assert words["nesting"]["levels"][0]["absent"] == \
        alone["nesting"]["levels"][0]["absent"] + 200
