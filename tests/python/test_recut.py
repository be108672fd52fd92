"""The same rows cut otherwise give the same bytes of a report: row groups, pages, versions, codecs.

A dictionary hands its entries out with counts, chunk by chunk, so with dictionaries row groups may
be cut freely only where all distinct values are kept (at most 1024 of them). Slices of I/O are cut
in tests/test_recut.c.
"""

import json
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq

import families
from data import few_table
from harness import workdir
from test_encodings import WISHES, leaves
from weir import profile

LAYOUT_FIELDS = ("pages", "crc", "compressed_bytes")
ROWS = 9_000
GROUPS = (1 << 20, 4096, 1000, 777, 61)
CODECS = ("NONE", "SNAPPY", "ZSTD", "GZIP", "LZ4", "BROTLI")
PAGES = ({"data_page_size": 1 << 30}, {"data_page_size": 5_000}, {"data_page_size": 300,
                                                                 "write_batch_size": 50})


def columns_of(path):
    """{name: text of its report}, without what tells of the layout."""
    report = profile(path, "--top", "16")
    return {column["name"]: json.dumps({k: v for k, v in column.items() if k not in LAYOUT_FIELDS},
                                       default=str) for column in report["columns"]}


def differing(wanted, got):
    """Names and fields that differ."""
    assert list(wanted) == list(got), "other columns"
    found = []
    for name, text in wanted.items():
        if got[name] != text:
            old, new = json.loads(text), json.loads(got[name])
            fields = [k for k in old if old[k] != new[k]]
            found.append(f"{name}: {', '.join(fields)}")
    return found


def same_report(table, directory, cuts):
    """cuts: options of the writer; the first gives what the others must."""
    wanted, wrong = None, []
    path = os.path.join(directory, "cut.parquet")
    for options in cuts:
        pq.write_table(table, path, **options)
        got = columns_of(path)
        wanted = wanted or got
        differs = differing(wanted, got)
        if differs:
            shown = {k: v for k, v in options.items() if k != "column_encoding"}
            wrong.append(f"{len(differs)} of {len(got)} columns, {shown}: {differs[:4]}")
    assert not wrong, "\n".join(wrong)


def cuts(groups, count, **fixed):
    """A plain layout, then `count` random ones."""
    yield {"compression": "NONE", "row_group_size": 1 << 20, **PAGES[0], **fixed}
    for group in groups:  # one at a time first, so that a failure says what does it
        yield {"compression": "NONE", "row_group_size": group, **PAGES[0], **fixed}
    for codec in CODECS:
        yield {"compression": codec, "row_group_size": 1 << 20, **PAGES[0], **fixed}
    rng = random.Random(count)
    for _ in range(count):
        yield {"compression": rng.choice(CODECS), "row_group_size": rng.choice(groups),
               "data_page_version": rng.choice(("1.0", "2.0")),
               "write_page_checksum": rng.random() < 0.5, **rng.choice(PAGES), **fixed}


def tables():
    rows = {"decimals": 3_000, "fixed": 2_000, "lists": 2_500, "structs": 2_500, "texts": 6_000}
    for family, make in families.FAMILIES.items():
        yield family, make(rows.get(family, ROWS)), {}
    yield "int96", families.int96(3_000), {"use_deprecated_int96_timestamps": True}
    yield "large", few_table(30_000), {}


def test_without_dictionaries():
    directory = workdir("recut-plain")
    for name, table, fixed in tables():
        yield name, lambda t=table, f=fixed: same_report(
            t, directory, cuts(GROUPS, 6, use_dictionary=False, **f))


def test_encodings_are_layout_too():
    """PLAIN, DELTA and BYTE_STREAM_SPLIT hold the same values."""
    directory = workdir("recut-encodings")
    for name, table, fixed in tables():
        if name == "int96":
            continue
        kinds = leaves(table, **fixed)

        def encodings(kinds=kinds, fixed=fixed):
            for wish in WISHES.values():
                chosen = {path: wish.get(kind, "PLAIN") for path, kind in kinds.items()}
                for page in PAGES:
                    yield {"use_dictionary": False, "column_encoding": chosen, **page, **fixed}

        yield name, lambda t=table, e=encodings: same_report(t, directory, e())


def few_distinct(rows):
    """Every kind of column with at most 1024 distinct values."""
    rng = random.Random(families.SEED)
    fields = []
    for family in ("numbers", "temporal", "decimals", "texts", "fixed"):
        table = families.FAMILIES[family](200)
        picks = pa.array([rng.randrange(200) for _ in range(rows)])
        views = [n for n in table.column_names if n.endswith("_view")]  # pyarrow takes none of them
        fields += table.drop_columns(views).take(picks).columns
    table = families.numbers(1000)
    for name in ("double", "int64", "float"):
        fields.append(table[name].take(pa.array([rng.randrange(1000) for _ in range(rows)])))
    return pa.table({f"c{i}": column for i, column in enumerate(fields)})


def test_few_distinct_values_with_dictionaries():
    directory = workdir("recut-few")
    table = few_distinct(4_000)
    fixed = {"use_dictionary": True, "store_decimal_as_integer": True}
    yield "row groups", lambda: same_report(table, directory, cuts(GROUPS, 6, **fixed))
    yield "dictionary or not", lambda: same_report(table, directory, (
        {"use_dictionary": dictionary, "store_decimal_as_integer": True} for dictionary in
        (True, False)))


def test_with_dictionaries():
    """Row groups stay; pages, codecs and versions change."""
    directory = workdir("recut-dictionary")
    for name, table, fixed in tables():
        for group in (1 << 20, 777):
            yield f"{name}, row groups of {group}", lambda t=table, f=fixed, g=group: same_report(
                t, directory, with_groups(g, f))


def with_groups(group, fixed):
    for options in cuts((group,), 6, use_dictionary=True, **fixed):
        yield {**options, "row_group_size": group}
