"""Some 2,400 files of pyarrow, DuckDB and polars: types x encodings x codecs x versions of data
pages x nesting x sizes of pages. `weir cat` prints exactly the values that went in.

What no writer here makes (BIT_PACKED levels, decimals in BYTE_ARRAY, INTERVAL, maps without
values, ...) is in test_crafted.py.
"""

import os
import random
import re

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import families
import shapes
from harness import workdir
from weir import peak_of, weir

CODECS = ("NONE", "SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD")
VERSIONS = ("1.0", "2.0")
PAGES = {
    "tiny": {"data_page_size": 40, "write_batch_size": 7},
    "some": {"data_page_size": 700, "write_batch_size": 64},
    "one": {"data_page_size": 1 << 30},
}
ROWS = {"numbers": 300, "temporal": 150, "decimals": 90, "texts": 150, "fixed": 60, "lists": 90,
        "structs": 90}

# Which encoding a wish means for a physical type; the rest is PLAIN.
WISHES = {
    "plain": {},
    "delta": {"BOOLEAN": "RLE", "INT32": "DELTA_BINARY_PACKED", "INT64": "DELTA_BINARY_PACKED",
              "FLOAT": "BYTE_STREAM_SPLIT", "DOUBLE": "BYTE_STREAM_SPLIT",
              "BYTE_ARRAY": "DELTA_LENGTH_BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY": "DELTA_BYTE_ARRAY"},
    "split": {"INT32": "BYTE_STREAM_SPLIT", "INT64": "BYTE_STREAM_SPLIT",
              "FLOAT": "BYTE_STREAM_SPLIT", "DOUBLE": "BYTE_STREAM_SPLIT",
              "FIXED_LEN_BYTE_ARRAY": "BYTE_STREAM_SPLIT", "BYTE_ARRAY": "DELTA_BYTE_ARRAY"},
}
ENCODINGS = ("dictionary", "fallback", *WISHES)

written = {"files": 0, "columns": 0}


def leaves(table, **options):
    """Path and physical type of each column of the file that pyarrow makes of a table."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.slice(0, 0), sink, **options)
    schema = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return {schema.column(i).path: schema.column(i).physical_type for i in range(len(schema))}


def encoding_options(name, table, **options):
    if name == "dictionary":
        return {"use_dictionary": True}
    if name == "fallback":  # gives up the dictionary in the middle of a chunk
        return {"use_dictionary": True, "dictionary_pagesize_limit": 64}
    wish = WISHES[name]
    chosen = {path: wish.get(kind, "PLAIN") for path, kind in leaves(table, **options).items()}
    return {"use_dictionary": False, "column_encoding": chosen}


def turning(turn):
    """Options that are no dimension of their own: they take turns."""
    return {"write_page_checksum": turn % 2 == 0, "write_statistics": turn % 3 != 0,
            "write_page_index": turn % 5 == 0, "use_compliant_nested_type": turn % 7 != 0,
            "store_schema": turn % 4 != 1, "row_group_size": (1 << 20, 37, 64)[turn % 3]}


def check_cat(path, table, wanted):
    """Removes the file when all is well."""
    written["files"] += 1
    written["columns"] += table.num_columns
    run = weir("cat", "-f", "jsonl", "--mem-budget", "1GiB", path)
    assert run.code == 0, f"exit {run.code}: {run.err.strip()}"
    fault = shapes.difference(wanted, shapes.parse_lines(run.out), table.column_names)
    assert fault is None, f"{path}: {fault}"
    if written["files"] % 20 == 0 and "duckdb" not in path:
        as_pyarrow_reads(path, wanted)
    os.remove(path)


def as_pyarrow_reads(path, wanted):
    """The file is what we think it is."""
    try:
        table = pq.read_table(path, use_threads=False)
    except OSError as error:  # dictionary types from DELTA encodings
        assert "Not yet implemented" in str(error), error
        return
    assert shapes.difference(wanted, shapes.rows_of(table)) is None, f"{path}: pyarrow differs"


def all_of(jobs):
    """Runs (path, table, wanted) checks; says how many failed and how."""
    wrong = []
    count = 0
    for path, table, wanted in jobs:
        count += 1
        try:
            check_cat(path, table, wanted)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, f"{len(wrong)} of {count} files\n" + "\n".join(w[:400] for w in wrong[:8])


def write_all(directory, table, wanted, encoding, storage, turn):
    """One table in one encoding: every codec, data page version and size of pages."""
    chosen = encoding_options(encoding, table, **storage)
    for codec in CODECS:
        for version in VERSIONS:
            for page, page_options in PAGES.items():
                turn += 1
                options = {**turning(turn), **storage, "compression": codec,
                           "data_page_version": version, **page_options}
                if not options["use_compliant_nested_type"]:  # paths of columns change
                    chosen_here = encoding_options(encoding, table, **storage,
                                                   use_compliant_nested_type=False)
                else:
                    chosen_here = chosen
                path = os.path.join(directory, f"{encoding}-{codec}-v{version[0]}-{page}.parquet")
                some, rows = (table, wanted) if codec != "BROTLI" else thinned(table, wanted, turn)
                pq.write_table(some, path, **options, **chosen_here)
                yield path, some, rows


def thinned(table, wanted, turn):
    """Every fourth column: a brotli decoder takes megabytes a column, all of which are touched."""
    names = table.column_names[turn % 4::4]
    return table.select(names), [{name: row[name] for name in names} for row in wanted]


def test_pyarrow():
    turn = 0
    for family, make in families.FAMILIES.items():
        table = make(ROWS[family])
        wanted = shapes.rows_of(table)
        storages = {"": {}}
        if family == "decimals":
            storages = {"": {}, " as integers": {"store_decimal_as_integer": True}}
        for label, storage in storages.items():
            directory = workdir(f"encodings/{family}{label.replace(' ', '-')}")
            for encoding in ENCODINGS:
                turn += 1
                yield (f"{family}{label}, {encoding}",
                       lambda d=directory, t=table, w=wanted, e=encoding, s=storage, n=turn:
                       all_of(write_all(d, t, w, e, s, n)))


def test_pyarrow_int96():
    table = families.int96(120)
    wanted = shapes.rows_of(table)
    # INT96 holds nanoseconds since midnight, so they are shown where they are not zero.
    for unit in ("s", "ms", "us"):
        for row, line in enumerate(shapes.cells(table[f"ts_{unit}"].cast(pa.timestamp("ns")))):
            wanted[row][f"ts_{unit}"] = line
        required = table[f"ts_{unit}_required"].cast(pa.timestamp("ns"))
        for row, line in enumerate(shapes.cells(required)):
            wanted[row][f"ts_{unit}_required"] = line
    directory = workdir("encodings/int96")
    storage = {"use_deprecated_int96_timestamps": True}
    for encoding in ("dictionary", "fallback", "plain"):
        yield encoding, lambda e=encoding: all_of(
            write_all(directory, table, wanted, e, storage, 1))


def test_pyarrow_large_decimals():
    table = families.large_decimals(60)
    wanted = shapes.rows_of(table)
    directory = workdir("encodings/large")
    for encoding in ENCODINGS:
        yield encoding, lambda e=encoding: all_of(
            job for job in write_all(directory, table, wanted, e, {}, 2) if "-some" in job[0])


# Around the sizes of bit-packed groups, mini-blocks and blocks of deltas, and blocks of weir.
ALONE_ROWS = (0, 1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129, 130, 255, 256, 257, 511, 513,
              1023, 1025, 2049, 4097)


def test_pyarrow_one_column():
    """Each column of each family in a file of its own, with other numbers of rows."""
    turn = 0
    sizes = random.Random(families.SEED)
    for family, make in families.FAMILIES.items():
        names = make(1).column_names
        if family in ("fixed", "decimals"):
            names = names[::3]

        def jobs(family=family, names=names, start=turn):
            directory = workdir(f"encodings/alone-{family}")
            most = 600 if family in ("lists", "structs") else 5000
            rows = [r for r in ALONE_ROWS if r < most]
            tables = {r: families.FAMILIES[family](r, seed=r) for r in sizes.sample(rows, 5)}
            count = start
            for name in names:
                for encoding in ("dictionary", "delta", "split", "plain"):
                    for version in VERSIONS:
                        count += 1
                        table = list(tables.values())[count % len(tables)].select([name])
                        options = {**turning(count), "compression": CODECS[count % len(CODECS)],
                                   "data_page_version": version,
                                   **list(PAGES.values())[count % 3 if table.num_rows < 600 else 1]}
                        storage = {"store_decimal_as_integer": count % 2 == 0,
                                   "use_compliant_nested_type": options.pop(
                                       "use_compliant_nested_type")}
                        path = os.path.join(directory, f"{name}-{encoding}-{version[0]}.parquet")
                        pq.write_table(table, path, **options, **storage,
                                       **encoding_options(encoding, table, **storage))
                        yield path, table, shapes.rows_of(table)

        turn += 97
        yield family, lambda jobs=jobs: all_of(jobs())


DUCKDB_CODECS = ("uncompressed", "snappy", "zstd", "gzip", "brotli", "lz4_raw")


def duckdb_layouts(connection, directory, query):
    """A query's rows in each codec and version, with dictionaries and without."""
    for version in ("V1", "V2"):
        for codec in DUCKDB_CODECS:
            for limit in (0, 100_000):
                path = os.path.join(directory, f"{version}-{codec}-{limit}.parquet")
                connection.execute(f"copy ({query}) to '{path}' (format parquet, codec '{codec}', "
                                   f"parquet_version {version}, dictionary_size_limit {limit})")
                yield path


def duckdb_opened():
    connection = duckdb.connect()
    connection.execute("SET threads=1; SET TimeZone='UTC'")
    return connection


def test_duckdb():
    """The tables that went in are the truth: pyarrow refuses what DuckDB writes for INT32 as
    DELTA_BINARY_PACKED in its version V2, deltas of 33 bits, which other readers take."""
    connection = duckdb_opened()
    for family in ("numbers", "decimals", "texts", "lists", "structs"):
        table = families.FAMILIES[family](ROWS[family])
        table = table.drop_columns([n for n in table.column_names if n in ("nothing", "category")])
        directory = workdir(f"encodings/duckdb-{family}")

        def jobs(table=table, directory=directory):
            source = os.path.join(directory, "source.parquet")
            pq.write_table(table, source)
            wanted = shapes.rows_of(table)
            for path in duckdb_layouts(connection, directory, f"from '{source}'"):
                yield path, table, wanted

        yield family, lambda jobs=jobs: all_of(jobs())


DUCKDB_TYPES = {
    "date": "date '1992-01-01' + range::int * 37", "timetz": "'10:00:00.5+02'::timetz",
    "time": "time '00:00:00' + interval (range * 777) millisecond",
    "time_ns": "'01:02:03.123456789'::time_ns",
    "ts": "timestamp '1969-12-01' + interval (range * 10000019) millisecond",
    "ts_s": "(timestamp '1992-01-01' + interval (range) hour)::timestamp_s",
    "ts_ms": "(timestamp '1902-01-01' + interval (range * 1001) millisecond)::timestamp_ms",
    "ts_ns": "make_timestamp_ns(1694224001123456789 + range * 1000000007)",
    "tstz": "timestamptz '1992-01-01 00:00:00+00' + interval (range * 7) day",
    "uuid": "md5(range::varchar)::uuid", "enum": "(['a', 'bc', 'd'][1 + range % 3])"
    "::enum('a', 'bc', 'd')", "huge": "(range * 3)::hugeint", "bit": "range::int::bit",
    "json": "json_object('n', range)", "blob": "unhex(md5(range::varchar))",
    "dec38": "(range * 1.5)::decimal(38, 10)", "dec18": "(range * -1.5)::decimal(18, 3)",
    "dec9": "(range * 1.25)::decimal(9, 2)", "dec4": "(range / 8)::decimal(4, 1)",
    "map": "map([range % 5, 7], ['a', null])", "union_": "union_value(a := range)",
    "array": "array_value(1, null, range)", "struct": "{'a': range, 'b': [{'c': range::varchar}]}",
    "geometry": "('POINT (1 ' || range || ')')::geometry",
}


def test_duckdb_types():
    connection = duckdb_opened()
    directory = workdir("encodings/duckdb-types")
    for nulls in (0, 3):

        def jobs(nulls=nulls):
            # A null ARRAY has entries with repetition level 1 below a list that is not there:
            # against the specification, and pyarrow stumbles over them.
            columns = ", ".join(
                f"if(range % 7 < {0 if name == 'array' else nulls}, null, {expression}) as {name}"
                for name, expression in DUCKDB_TYPES.items())
            for path in duckdb_layouts(connection, directory,
                                       f"select {columns} from range(200)"):
                table = pq.read_table(path, use_threads=False)
                yield path, table, shapes.rows_of(table)

        yield f"{nulls} of 7 null", lambda jobs=jobs: all_of(jobs())


def test_polars():
    for family in ("numbers", "temporal", "decimals", "texts", "lists", "structs"):
        table = families.FAMILIES[family](ROWS[family])
        table = table.drop_columns([n for n in table.column_names if n in (
            "nothing", "json", "map", "map_of_lists", "maps", "map_of_pairs")
            or n.startswith(("time_", "date_far"))])
        directory = workdir(f"encodings/polars-{family}")

        def jobs(table=table, directory=directory):
            frame = polars.from_arrow(table)
            for codec in ("uncompressed", "snappy", "zstd", "gzip", "brotli", "lz4"):
                for page in (50, 1000, None):
                    for group in (None, 41):
                        path = os.path.join(directory, f"{codec}-{page}-{group}.parquet")
                        frame.write_parquet(path, compression=codec, data_page_size=page,
                                            row_group_size=group, statistics=page != 50)
                        back = pq.read_table(path, use_threads=False)
                        yield path, back, shapes.rows_of(back)

        yield family, lambda jobs=jobs: all_of(jobs())


def test_cat_within_its_budget():
    """The smallest budget is named, and holds."""
    directory = workdir("encodings/budget")
    for family, make in families.FAMILIES.items():

        def case(family=family, make=make):
            table = make(200)
            for codec in CODECS:
                path = os.path.join(directory, f"{family}-{codec}.parquet")
                pq.write_table(table, path, compression=codec)
                refused = weir("cat", "--mem-budget", "2MiB", path)
                assert refused.code == 3 and not refused.out, refused.say()
                need = int(re.search(r"need (\d+) bytes", refused.err)[1])
                peak = peak_of("cat", "--mem-budget", need, path)
                assert peak <= need, f"{path}: peak RSS {peak} above {need}"
                assert weir("cat", "--mem-budget", need - 1, path).code == 3

        yield family, case


def test_enough_files():
    print(f"note: {written['files']} files, {written['columns']} columns")
    assert written["files"] >= 2000, f"only {written['files']} files"
