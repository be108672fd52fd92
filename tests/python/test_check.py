"""weir check: files that are right agree, and each wrong statement is told, and nothing else."""

import datetime
import decimal
import json
import os
import random
import struct

import duckdb
import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import thrift_edit as thrift
from harness import Skip, workdir
from test_corpus import corpus
from weir import profile, weir


def check(path, *options, code=None, budget="64MiB"):
    """The parsed report of `weir check -f json`."""
    run = weir("check", "-f", "json", "-m", budget, *options, path)
    assert code is None or run.code == code, f"exit {run.code}, not {code}: {run.say()} {run.out}"
    assert run.code in (0, 1, 4), run.say()
    report = run.json
    found = [f for f in report["findings"] if "error" not in f]
    assert report["disagreements"] == len(found), run.out
    if run.code == 0:
        assert not report["findings"] and report["complete"], run.out
    report["exit"] = run.code
    return report


def whats(report):
    return [finding.get("what", "error") for finding in report["findings"]]


# --- Files that are right. ----------------------------------------------------------------------

def table(rows, seed=7):
    """Every type, with NaN, both zeros, infinities, nulls, long and empty texts, lists, structs."""
    rng = np.random.default_rng(seed)
    coin = random.Random(seed)

    def nulls(values, share=0.1):
        return [None if coin.random() < share else value for value in values]

    floats = rng.normal(size=rows)
    floats[::17], floats[5::31], floats[6::31], floats[3::97] = np.nan, 0.0, -0.0, np.inf
    whole = rng.integers(-10**12, 10**12, rows).tolist()
    lists = [None if coin.random() < .1 else nulls(rng.integers(0, 9, coin.randrange(5)).tolist())
             for _ in range(rows)]
    day = datetime.date(2000, 1, 1)
    columns = {
        "i8": pa.array(nulls(rng.integers(-100, 100, rows).tolist()), pa.int8()),
        "u32": pa.array(rng.integers(0, 2**32, rows).astype("u4")),
        "u64": pa.array(rng.integers(0, 2**63, rows).astype("u8") * 2 + 1),
        "i64": pa.array(nulls(rng.integers(-2**62, 2**62, rows).tolist())),
        "low": pa.array(rng.integers(0, 7, rows).astype("i4")),
        "f32": pa.array(floats.astype("f4")),
        "f64": pa.array(nulls(floats.tolist(), .3), pa.float64()),
        "f16": pa.array(floats.astype("f2")),
        "nans": pa.array(np.full(rows, np.nan)),
        "zeros": pa.array(np.where(rng.random(rows) < .5, 0.0, -0.0)),
        "bool": pa.array(nulls((rng.random(rows) < .5).tolist())),
        "text": pa.array(nulls([f"v{x}" for x in rng.integers(0, 900, rows)] )),
        "long": pa.array(["x" * 70 + str(x) for x in rng.integers(0, 10**6, rows)]),
        "fixed": pa.array([rng.bytes(5) for _ in range(rows)], pa.binary(5)),
        "date": pa.array(nulls([day + datetime.timedelta(x % 9999) for x in range(rows)])),
        "time": pa.array(rng.integers(0, 2**50, rows), pa.timestamp("us")),
        "dec9": pa.array([decimal.Decimal(x % 10**9).scaleb(-2) for x in whole],
                         pa.decimal128(9, 2)),
        "dec30": pa.array([decimal.Decimal(x * 10**9).scaleb(-5) for x in whole],
                          pa.decimal128(30, 5)),
        "dec60": pa.array([decimal.Decimal(x * 10**40) for x in whole], pa.decimal256(60, 0)),
        "none": pa.array([None] * rows, pa.int32()),
        "list": pa.array(lists, pa.list_(pa.int32())),
        "texts": pa.array([x and [y if y is None else f"s{y}" for y in x] for x in lists],
                          pa.list_(pa.string())),
        "group": pa.array([{"a": x, "b": str(x)} if x % 5 else None for x in whole],
                          pa.struct([("a", pa.int64()), ("b", pa.string())])),
    }
    return pa.table(columns)


def test_files_by_pyarrow_agree():
    directory = workdir("check_pyarrow")
    data = table(2500)
    for version in ("1.0", "2.0"):
        for number, (codec, dictionary, index, crc, page) in enumerate((
                ("NONE", True, True, True, 1000), ("SNAPPY", False, True, False, 1000),
                ("ZSTD", True, False, True, 1 << 20), ("SNAPPY", True, True, False, 300),
                ("GZIP", False, False, False, 1 << 20))):

            def case(version=version, codec=codec, dictionary=dictionary, index=index, crc=crc,
                     page=page, number=number):
                path = os.path.join(directory, f"{version}-{number}.parquet")
                pq.write_table(data, path, data_page_version=version, compression=codec,
                               use_dictionary=dictionary, write_page_index=index,
                               write_page_checksum=crc, data_page_size=page, row_group_size=1200)
                report = check(path, code=0)
                assert report["column_chunks"] == 3 * 24 and report["statements"] > 800, report
                if crc:
                    path = os.path.join(directory, f"{version}-{number}.parquet")
                    assert sum(c["crc"]["ok"] for c in profile(path)["columns"]) > 0

            yield f"{version} {codec} {page}", case


def test_files_by_duckdb_agree():
    directory = workdir("check_duckdb")
    data = table(2500).drop_columns(["f16", "dec60"])
    connection = duckdb.connect()
    connection.register("data", data)
    for version in ("V1", "V2"):
        for codec in ("uncompressed", "snappy", "zstd"):

            def case(version=version, codec=codec):
                path = os.path.join(directory, f"{version}-{codec}.parquet")
                connection.sql(f"COPY data TO '{path}' (FORMAT parquet, CODEC {codec}, "
                               f"PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)")
                report = check(path, code=0)
                assert report["statements"] > 400, report

            yield f"{version} {codec}", case


def test_files_by_polars_agree():
    directory = workdir("check_polars")
    frame = polars.from_arrow(table(2500).drop_columns(["f16", "dec60"]))
    for statistics in ("full", True, False):
        for page in (None, 1000):

            def case(statistics=statistics, page=page):
                path = os.path.join(directory, f"{statistics}-{page}.parquet")
                frame.write_parquet(path, statistics=statistics, data_page_size=page,
                                    row_group_size=1200)
                report = check(path, code=0)
                assert report["statements"] > 400, report

            yield f"{statistics} {page}", case


def test_work_for_large_dictionaries_is_bounded():
    """A dictionary of 3 MB for each of 900 pages: the pages are not looked at one by one."""
    path = os.path.join(workdir("check_dictionary"), "large.parquet")
    values = np.random.default_rng(1).permutation(400_000)
    pq.write_table(pa.table({"x": values}), path, dictionary_pagesize_limit=1 << 30,
                   data_page_size=2000, write_page_index=True, write_batch_size=200)
    report = check(path, code=0)
    assert report["chunks_without_page_bounds"] == 1 and report["elapsed_seconds"] < 5, report
    assert "page bounds of 1" in weir("check", path).err


def test_several_files_of_different_schemas():
    directory = workdir("check_many")
    pq.write_table(pa.table({"a": [1, 2]}), os.path.join(directory, "a.parquet"))
    pq.write_table(pa.table({"b": ["x"], "c": [1.5]}), os.path.join(directory, "b.parquet"))
    report = check(directory, code=0)
    assert report["files"] == 2 and report["column_chunks"] == 3
    with open(os.path.join(directory, "c.parquet"), "wb") as file:
        file.write(b"PAR1 and so on")
    report = check(directory, "--keep-going", code=4)
    assert report["files"] == 2 and report["unreadable"] == 1 and whats(report) == ["error"]
    run = weir("check", directory)
    assert run.code == 4 and run.out == b"" and "c.parquet" in run.err, run.say()


# --- Files that lie. ----------------------------------------------------------------------------

# Field numbers in parquet.thrift.
ROWS, GROUPS = 3, 4
STATISTICS, SIZES = 12, 16


class Lies:
    """One file, changed again and again."""

    def __init__(self, name, data, **options):
        self.directory = workdir(name)
        self.path = os.path.join(self.directory, "true.parquet")
        options = {"write_page_index": True, "compression": "NONE", "data_page_size": 600,
                   "row_group_size": 500, "write_batch_size": 50, **options}
        pq.write_table(data, self.path, **options)
        self.columns = [pq.ParquetFile(self.path).metadata.row_group(0).column(c).path_in_schema
                        for c in range(pq.ParquetFile(self.path).metadata.num_columns)]
        check(self.path, code=0)

    def at(self, column):
        return self.columns.index(column)

    def tell(self, change, *options):
        file = thrift.File(self.path)
        change(file)
        path = file.write(os.path.join(self.directory, "lie.parquet"))
        return check(path, *options)

    def wrong(self, change, what, column=None, group=1, page=None, options=()):
        """The change gives this finding and no other."""
        report = self.tell(change, *options)
        assert report["exit"] == 1 and whats(report) == [what], \
            f"{what}: exit {report['exit']}: {report['findings']}"
        finding = report["findings"][0]
        assert finding["column"] == column, finding
        assert finding["row_group"] == group, finding
        assert page is None or finding["page"] == page, finding
        return finding

    def right(self, change, *options):
        report = self.tell(change, *options)
        assert report["exit"] == 0, report["findings"]


def add(struct_of, field, more):
    """A change that adds to a number."""
    def change(file):
        part = struct_of(file)
        part.change(field, part[field] + more)
    return change


def lies():
    if not hasattr(lies, "made"):
        lies.made = Lies("check_lies", table(1000))
    return lies.made


def test_counts_and_sizes():
    made = lies()
    text = made.at("text")
    for more in (1, -1):
        def group(file):
            return file.group(1)

        def meta(file):
            return file.meta(1, text)

        for field, what in ((2, "RowGroup.total_byte_size"), (6, "RowGroup.total_compressed_size"),
                            (5, "RowGroup.file_offset")):
            def case(field=field, what=what, more=more):
                finding = made.wrong(add(group, field, more), what)
                assert finding["stated"] - finding["found"] == more, finding

            yield f"{what} {more:+}", case

        def ordinal(more=more):
            made.right(lambda file: file.group(1).put(7, thrift.I16, 1))
            made.wrong(lambda file: file.group(1).put(7, thrift.I16, 1 + more), "RowGroup.ordinal")

        yield f"RowGroup.ordinal {more:+}", ordinal

        def rows(more=more):
            finding = made.wrong(add(lambda file: file.footer, ROWS, more), "FileMetaData.num_rows",
                                 group=None)
            assert (finding["stated"], finding["found"]) == (1000 + more, 1000), finding

        yield f"FileMetaData.num_rows {more:+}", rows

        def group_rows(more=more):
            report = made.tell(add(group, 3, more), "-c", "text,i8")
            assert sorted(whats(report)) == ["FileMetaData.num_rows"] + 2 * ["RowGroup.num_rows"]

        yield f"RowGroup.num_rows {more:+}", group_rows

        for field, what in ((5, "ColumnMetaData.num_values"),
                            (6, "ColumnMetaData.total_uncompressed_size"),
                            (7, "ColumnMetaData.total_compressed_size")):
            def size(field=field, what=what, more=more):
                finding = made.wrong(add(meta, field, more), what, "text")
                assert finding["stated"] - finding["found"] == more, finding

            yield f"{what} {more:+}", size


def test_places_and_encodings():
    made = lies()
    text = made.at("text")

    def data_page(file):
        file.meta(1, text).change(9, file.meta(1, text)[9] + 1)

    yield "data_page_offset", lambda: made.wrong(data_page, "ColumnMetaData.data_page_offset",
                                                 "text")

    def path_of(file):
        file.meta(1, text).change(3, [b"txet"])

    yield "path_in_schema", lambda: made.wrong(
        path_of, "ColumnMetaData.path_in_schema: the schema has another path here", "text")

    def too_few(file):
        file.meta(1, text).change(2, [0, 3])

    def too_many(file):
        file.meta(1, text).change(2, file.meta(1, text)[2] + [7])

    yield "encodings missing", lambda: made.wrong(too_few, "ColumnMetaData.encodings", "text")
    yield "encodings beyond", lambda: made.wrong(too_many, "ColumnMetaData.encodings", "text")

    def pages(file):
        stats = file.meta(1, text)[13][-1]
        stats.change(3, stats[3] + 1)

    yield "encoding_stats", lambda: made.wrong(pages, "ColumnMetaData.encoding_stats", "text")

    def overlap(file):
        # The same pages twice: as the next column's.
        file.chunk(1, made.at("u32")).change(3, file.meta(1, made.at("i8")))

    def overlapping():
        report = made.tell(overlap)
        assert "a column chunk overlaps the one before" in whats(report), report["findings"]

    yield "overlap", overlapping


def statistic_of(made, column, group=1):
    return lambda file: file.meta(group, made.at(column))[STATISTICS]


def test_statistics_counts():
    made = lies()
    for column in ("i8", "f64", "text", "none", "list.list.element", "group.b"):
        for more in (1, -1):
            def case(column=column, more=more):
                finding = made.wrong(add(statistic_of(made, column), 3, more),
                                     "Statistics.null_count", column)
                assert finding["stated"] - finding["found"] == more, finding

            yield f"null_count {column} {more:+}", case

    def nans(column, delta):
        def change(file):
            statistics = file.meta(1, made.at(column))[STATISTICS]
            values = pq.read_table(made.path, columns=[column])[column].to_pylist()[500:]
            count = sum(1 for v in values if v is not None and v != v)
            statistics.put(9, thrift.I64, count + delta)
        return change

    for column in ("f32", "f64", "f16", "zeros"):
        yield f"nan_count {column}", lambda c=column: made.right(nans(c, 0))
        yield f"nan_count {column} +1", lambda c=column: made.wrong(nans(c, 1),
                                                                    "Statistics.nan_count", c)

    def distinct(column, delta):
        def change(file):
            statistics = file.meta(1, made.at(column))[STATISTICS]
            values = pq.read_table(made.path, columns=[column])[column].to_pylist()[500:]
            statistics.put(4, thrift.I64, len({v for v in values if v is not None}) + delta)
        return change

    for column in ("i8", "low", "text", "bool", "date", "long", "dec9", "fixed", "none"):
        yield f"distinct_count {column}", lambda c=column: made.right(distinct(c, 0))
        for more in (1, -1):
            yield f"distinct_count {column} {more:+}", lambda c=column, m=more: made.wrong(
                distinct(c, m), "Statistics.distinct_count", c)


def test_distinct_estimates():
    """Beyond 1024 values only what the sketch excludes is told: five standard errors are 8 %."""
    data = pa.table({"x": pa.array(np.arange(20000))})
    made = Lies("check_distinct", data, row_group_size=20000)

    def distinct(count):
        return lambda file: file.meta(0, 0)[STATISTICS].put(4, thrift.I64, count)

    for count in (20000, 19500, 20500):
        made.right(distinct(count))
    for count in (10000, 1, 30000):
        made.wrong(distinct(count), "Statistics.distinct_count", "x", group=0)


def stepped(kind, value, more):
    """The next larger or smaller value, as stored."""
    if kind in ("f4", "f8"):
        number = np.frombuffer(value, "<" + kind)[0]
        number = np.nextafter(number, number.dtype.type(np.inf if more > 0 else -np.inf))
        return number.tobytes() if np.isfinite(number) else None
    if kind == "big":
        width = len(value)
        number = int.from_bytes(value, "big", signed=True) + more
        return number.to_bytes(width, "big", signed=True)
    if kind == "bool":
        return bytes([1 - value[0]]) if value[0] == (more < 0) else None
    if kind == "bytes":
        if more > 0:
            return value + b"\0"
        return value[:-1] if value else None
    if kind == "fixed":
        number = int.from_bytes(value, "big") + more
        return number.to_bytes(len(value), "big") if 0 <= number < 256**len(value) else None
    signed = kind[0] == "i"
    number = int.from_bytes(value, "little", signed=signed) + more
    return number.to_bytes(len(value), "little", signed=signed)


KINDS = {"i8": "i4", "u32": "u4", "u64": "u8", "i64": "i8", "low": "i4", "f32": "f4",
         "bool": "bool", "text": "bytes", "fixed": "fixed", "date": "i4", "time": "i8",
         "dec9": "big", "dec30": "big", "list.list.element": "i4", "group.a": "i8",
         "group.b": "bytes", "texts.list.element": "bytes"}


def test_statistics_bounds():
    """Each bound moved by the smallest step, both ways: told, but for bounds that only have to
    bound."""
    made = lies()
    for column, kind in KINDS.items():
        for field, flag, name in ((6, 8, "min_value"), (5, 7, "max_value")):
            for more in (1, -1):
                def case(column=column, kind=kind, field=field, flag=flag, name=name, more=more):
                    inwards = (more > 0) == (name == "min_value")
                    value = statistic_of(made, column)(thrift.File(made.path))[field]
                    other = stepped(kind, value, more)
                    if other is None:
                        raise Skip("nothing lies beyond")

                    def change(exact):
                        def moved(file):
                            statistics = statistic_of(made, column)(file)
                            statistics.drop(1)  # the deprecated ones are judged apart
                            statistics.drop(2)
                            statistics.change(field, other)
                            statistics.drop(flag)
                            if exact is not None:
                                statistics.put(flag, thrift.TRUE, exact)
                        return moved

                    what = "Statistics." + name
                    made.wrong(change(True), what, column)
                    loose = kind in ("bytes", "fixed")
                    if inwards:
                        made.wrong(change(False), what, column)
                        made.wrong(change(None), what, column)
                    else:
                        made.right(change(False))
                        if loose:
                            made.right(change(None))
                        else:
                            made.wrong(change(None), what, column)

                yield f"{column} {name} {more:+}", case


def test_deprecated_bounds():
    made = lies()

    def bounds(column, low, high):
        def change(file):
            statistics = statistic_of(made, column)(file)
            statistics.put(2, thrift.BINARY, low(statistics[6]))
            statistics.put(1, thrift.BINARY, high(statistics[5]))
        return change

    def same(value):
        return value

    for column in ("i8", "i64", "f32", "date"):
        kind = KINDS[column]
        made.right(bounds(column, same, same))
        made.wrong(bounds(column, lambda v, k=kind: stepped(k, v, 1), same), "Statistics.min",
                   column)
        made.wrong(bounds(column, same, lambda v, k=kind: stepped(k, v, -1)), "Statistics.max",
                   column)
    # Signed order is not that of unsigned integers and texts: their old bounds mean nothing.
    for column in ("u32", "text", "fixed"):
        made.right(bounds(column, lambda v: v[::-1], lambda v: v[::-1]))


def test_bounds_that_mean_nothing():
    made = lies()

    def nonsense(orders):
        def change(file):
            for column in ("i8", "text"):
                statistics = statistic_of(made, column)(file)
                statistics.drop(1)
                statistics.drop(2)
                statistics.change(6, statistics[5] + b"" if column == "text" else b"\x7f\0\0\0")
                file.chunk(1, made.at(column)).drop(6)  # nor does the page index
                file.chunk(1, made.at(column)).drop(7)
            orders(file.footer)
        return change

    made.right(nonsense(lambda footer: footer.drop(7)))
    unknown = thrift.Struct([[9, thrift.STRUCT, thrift.Struct()]])
    made.right(nonsense(lambda footer: footer.change(7, [unknown] * len(made.columns))))
    report = made.tell(nonsense(lambda footer: None))
    assert whats(report) == ["Statistics.min_value"] * 2, report["findings"]

    def width(file):
        statistics = statistic_of(made, "i64")(file)
        statistics.drop(1)
        statistics.drop(2)
        statistics.change(6, statistics[6] + b"\0")

    finding = made.wrong(width, "Statistics.min_value", "i64")
    assert finding["stated"] is None, finding


def test_float_bounds():
    """NaN is ignored in TYPE_ORDER, -0 and +0 are one; in total order both count."""
    zero, minus, nan = struct.pack("<d", 0.0), struct.pack("<d", -0.0), struct.pack("<d", np.nan)
    one = struct.pack("<d", 1.0)
    data = pa.table({"x": pa.array([0.0, -0.0, np.nan, 1.0]), "n": pa.array([np.nan] * 4)})
    made = Lies("check_floats", data, row_group_size=4)

    def bounds(low, high, order=None, column=0, nans=None):
        def change(file):
            statistics = file.meta(0, column)[STATISTICS]
            statistics.fields = []
            statistics.put(6, thrift.BINARY, low)
            statistics.put(5, thrift.BINARY, high)
            if nans is not None:
                statistics.put(9, thrift.I64, nans)
            for c in range(2):
                file.chunk(0, c).drop(6)
                file.chunk(0, c).drop(7)
            if order is not None:
                kind = thrift.Struct([[order, thrift.STRUCT, thrift.Struct()]])
                file.footer.change(7, [kind] * 2)
        return change

    for low in (zero, minus):
        made.right(bounds(low, one))
    made.right(bounds(nan, one))
    made.right(bounds(minus, nan))
    made.wrong(bounds(nan, one, nans=1), "Statistics.min_value", "x", group=0)
    made.right(bounds(minus, one, order=2, nans=1))
    made.wrong(bounds(zero, one, order=2, nans=1), "Statistics.min_value", "x", group=0)
    made.wrong(bounds(minus, nan, order=2, nans=1), "Statistics.max_value", "x", group=0)
    made.right(bounds(nan, nan, order=2, column=1, nans=4))
    made.right(bounds(nan, nan, column=1))
    report = made.tell(bounds(zero, one, order=2, column=1, nans=4))
    assert whats(report) == ["Statistics.min_value", "Statistics.max_value"], report["findings"]


def test_size_statistics():
    made = lies()
    for column in ("text", "texts.list.element", "group.b"):
        sizes = lambda file, c=column: file.meta(1, made.at(c))[SIZES]
        yield f"unencoded {column}", lambda c=column, s=sizes: made.wrong(
            add(s, 1, 1), "SizeStatistics.unencoded_byte_array_data_bytes", c)
    for column in ("list.list.element", "texts.list.element"):
        for field, name in ((2, "repetition"), (3, "definition")):
            def case(column=column, field=field, name=name):
                stated = thrift.File(made.path).meta(1, made.at(column))[SIZES][field]
                for level in range(len(stated)):
                    def change(file, level=level):
                        part = file.meta(1, made.at(column))[SIZES]
                        part[field][level] += 1
                    made.wrong(change, f"SizeStatistics.{name}_level_histogram", column)

                def longer(file):
                    file.meta(1, made.at(column))[SIZES][field].append(0)
                made.wrong(longer, f"SizeStatistics.{name}_level_histogram (length)", column)

            yield f"{name} {column}", case


def test_page_index():
    made = lies()
    file = thrift.File(made.path)

    def change_of(column, columns, how):
        def change(file):
            index = file.index(1, made.at(column), columns)
            how(index)
            file.put_index(1, made.at(column), columns, index)
        return change

    def location(field):
        def how(index):
            index[1][1].change(field, index[1][1][field] + 1)
        return how

    for column in ("i8", "text", "list.list.element"):
        dictionary = 1 if file.meta(1, made.at(column)).has(11) else 0
        for field, name in ((1, "offset"), (2, "compressed_page_size"), (3, "first_row_index")):
            yield f"{name} {column}", lambda c=column, f=field, n=name, d=dictionary: made.wrong(
                change_of(c, False, location(f)), "PageLocation." + n, c, page=1 + d)

    def element(field, position, more):
        def how(index):
            values = index[field]
            values[position] = values[position] + more if not isinstance(values[position], bool) \
                else not values[position]
        return how

    for column, field, name in (("i8", 5, "null_counts"), ("text", 5, "null_counts"),
                                ("list.list.element", 5, "null_counts"),
                                ("list.list.element", 6, "repetition_level_histograms"),
                                ("list.list.element", 7, "definition_level_histograms")):
        yield f"{name} {column}", lambda c=column, f=field, n=name: made.wrong(
            change_of(c, True, element(f, 1, 1)), "ColumnIndex." + n, c)
    yield "null_pages", lambda: made.wrong(change_of("u32", True, element(1, 1, 1)),
                                           "ColumnIndex.null_pages", "u32")
    yield "unencoded", lambda: made.wrong(
        change_of("text", False, element(2, 0, 1)),
        "OffsetIndex.unencoded_byte_array_data_bytes", "text")

    def bound(field, column, more):
        def how(index):
            values = index[field]
            values[1] = stepped(KINDS[column], values[1], more)
            index.change(4, 0)  # the other bounds may be in order with the old one only
            if values[1] is None:
                raise Skip("nothing lies beyond")
        return how

    for column in ("i8", "u32", "i64", "f32", "text", "fixed", "time", "dec30",
                   "list.list.element"):
        for field, name, inwards in ((2, "min_values", 1), (3, "max_values", -1)):
            def case(column=column, field=field, name=name, inwards=inwards):
                made.wrong(change_of(column, True, bound(field, column, inwards)),
                           "ColumnIndex." + name, column)
                made.right(change_of(column, True, bound(field, column, -inwards)))

            yield f"{name} {column}", case

    def shorter(index):
        index[1].pop()

    def order(index):
        index.change(4, 1)

    yield "length", lambda: made.wrong(change_of("u32", True, shorter),
                                       "ColumnIndex.null_pages (length)", "u32")
    yield "order", lambda: made.wrong(
        change_of("u32", True, order),
        "ColumnIndex.boundary_order: the bounds are not ascending", "u32")

    def outside(file):
        file.chunk(1, made.at("u32")).change(6, 1 << 40)

    def unreadable():
        report = made.tell(outside, "--keep-going")
        assert report["exit"] == 4 and report["unreadable"] == 1, report

    yield "outside", unreadable


def test_orders_of_bounds():
    data = pa.table({"up": pa.array(np.arange(3000)), "down": pa.array(np.arange(3000)[::-1])})
    made = Lies("check_orders", data, row_group_size=3000, use_dictionary=False,
                write_batch_size=100)
    file = thrift.File(made.path)
    assert [file.index(0, c, True)[4] for c in range(2)] == [1, 2], "pyarrow knows the orders"

    def swapped(column, order):
        def change(file):
            index = file.index(0, column, True)
            index.change(4, order)
            file.put_index(0, column, True, index)
        return change

    made.wrong(swapped(0, 2), "ColumnIndex.boundary_order: the bounds are not descending", "up",
               group=0)
    made.wrong(swapped(1, 1), "ColumnIndex.boundary_order: the bounds are not ascending", "down",
               group=0)
    made.right(swapped(0, 0))


def test_statistics_of_page_headers():
    directory = workdir("check_page_headers")
    path = os.path.join(directory, "true.parquet")
    frame = polars.from_arrow(table(1000).select(["i64", "f64", "text"]))
    frame.write_parquet(path, statistics="full", data_page_size=1000, row_group_size=500,
                        compression="uncompressed")
    check(path, code=0)
    for column, kind in ((0, "i8"), (1, "f8"), (2, "bytes")):
        for field, name in ((3, "null_count"), (6, "min_value"), (5, "max_value")):
            def case(column=column, kind=kind, field=field, name=name):
                file = thrift.File(path)
                pages = [p for p in file.pages(1, column) if p[1].has(5) or p[1].has(8)]
                offset, header, body = pages[1]
                statistics = header[5][5] if header.has(5) else header[8][8]
                if not statistics.has(field):
                    raise Skip("Polars does not write it")
                if field == 3:
                    statistics.change(3, statistics[3] ^ 1)
                elif kind == "bytes":
                    wrong = b"~" if field == 6 else b"!"
                    statistics.change(field, wrong * len(statistics[field]))
                else:
                    statistics.change(field, stepped(kind, statistics[field],
                                                     1 if field == 6 else -1))
                file.put_header(offset, body, header)
                report = check(file.write(os.path.join(directory, "lie.parquet")), code=1)
                assert whats(report) == ["Statistics." + name], report["findings"]
                assert report["findings"][0]["page"] is not None

            yield f"{name} {column}", case


def test_counts_of_page_headers():
    made = Lies("check_v2", table(200).select(["i64", "list"]), data_page_version="2.0",
                use_dictionary=False, row_group_size=100, write_page_index=False)
    for column in range(2):
        def change(file, column=column):
            offset, header, body = list(file.pages(1, column))[0]
            header[8].change(3, header[8][3] - 1)
            file.put_header(offset, body, header)

        finding = made.wrong(change, "DataPageHeaderV2.num_rows", made.columns[column], page=0)
        assert finding["stated"] == finding["found"] - 1, finding

    def nulls(file):
        offset, header, body = list(file.pages(1, 1))[0]
        header[8].change(2, header[8][2] - 1)
        file.put_header(offset, body, header)

    made.wrong(nulls, "DataPageHeaderV2.num_nulls", made.columns[1], page=0)


def test_checksums():
    made = Lies("check_crc", table(600).select(["i64", "text", "f64"]), write_page_checksum=True,
                use_dictionary=["text"])
    for column in range(3):
        for number in range(2):
            def header(column=column, number=number):
                def change(file):
                    offset, page, body = list(file.pages(0, column))[number]
                    page.change(4, page[4] ^ 1)
                    file.put_header(offset, body, page)
                finding = made.wrong(change, "PageHeader.crc", made.columns[column], group=0,
                                     page=number)
                assert int(finding["stated"], 16) ^ int(finding["found"], 16) in (1, 3), finding

            yield f"header {column} {number}", header

    def body():
        def change(file):
            _, page, at = list(file.pages(0, 0))[0]
            file.data[at + page[3] - 1] ^= 0x40  # the last byte of the last value
        report = made.tell(change)
        assert report["exit"] == 1 and "PageHeader.crc" in whats(report), report["findings"]

    yield "body", body


# --- The program. -------------------------------------------------------------------------------

def test_one_line_a_disagreement():
    made = lies()

    def change(file):
        file.footer.change(ROWS, 999)
        statistics = statistic_of(made, "text")(file)
        statistics.change(3, statistics[3] + 1)
        statistics.change(6, b"zzz")

    file = thrift.File(made.path)
    change(file)
    path = file.write(os.path.join(made.directory, "lines.parquet"))
    run = weir("check", path)
    lines = run.out.decode().splitlines()
    assert run.code == 1 and len(lines) == 3, run.out
    nulls = statistic_of(made, "text")(thrift.File(made.path))[3]
    assert lines[0] == f'{path}: column "text", row group 1: Statistics.null_count: ' \
                       f'the file says {nulls + 1}, the data say {nulls}', lines[0]
    assert lines[1].startswith(f'{path}: column "text", row group 1: Statistics.min_value: the file'
                               ' says'), lines[1]
    assert '"zzz"' in lines[1] and '"v' in lines[1], lines[1]
    assert lines[2] == f"{path}: FileMetaData.num_rows: the file says 999, the data say 1000"
    assert "3 of" in run.err and len(run.err.splitlines()) == 1, run.err
    quiet = weir("check", "-q", path)
    assert quiet.code == 1 and quiet.out == run.out and quiet.err == "", quiet.say()
    good = weir("check", "-q", made.path)
    assert good.code == 0 and good.out == b"" and good.err == "", good.say()
    target = os.path.join(made.directory, "out.txt")
    written = weir("check", "-q", "-o", target, path)
    with open(target, "rb") as out:
        assert written.code == 1 and written.out == b"" and out.read() == run.out


def test_budgets_change_nothing():
    """From the smallest budget on: the same findings; one byte less is refused."""
    made = lies()

    def change(file):
        for column in ("i8", "text", "texts.list.element", "group.b"):
            statistics = statistic_of(made, column)(file)
            statistics.change(3, statistics[3] + 1)

    file = thrift.File(made.path)
    change(file)
    path = file.write(os.path.join(made.directory, "budget.parquet"))
    refused = weir("check", "-m", "1MiB", path)
    assert refused.code == 3 and refused.out == b"", refused.say()
    least = int(refused.err.split("options need ")[1].split(" ")[0])
    assert weir("check", "-m", str(least - 1), path).code == 3
    wanted = sorted(json.dumps(f) for f in check(path, code=1)["findings"])
    assert len(wanted) == 4
    for budget in (least, least + 4096, least + 65536, 8 << 20):
        report = check(path, code=1, budget=str(budget))
        assert sorted(json.dumps(f) for f in report["findings"]) == wanted, budget
    assert check(path, code=1, budget=str(least))["memory"]["batches"] > 1


def test_columns_are_selected():
    made = lies()

    def change(file):
        for column in ("i8", "text"):
            statistics = statistic_of(made, column)(file)
            statistics.change(3, statistics[3] + 1)

    assert [f["column"] for f in made.tell(change, "-c", "i*")["findings"]] == ["i8"]
    assert [f["column"] for f in made.tell(change, "-x", "i*")["findings"]] == ["text"]
    made.right(change, "-x", "i8,text")


def test_profile_warns():
    made = lies()

    def change(file):
        file.footer.change(ROWS, 7)
        for group in range(2):
            for column in ("i8", "text"):
                statistics = statistic_of(made, column, group)(file)
                statistics.change(3, statistics[3] + 1)

    assert profile(made.path)["warnings"] == []
    file = thrift.File(made.path)
    change(file)
    path = file.write(os.path.join(made.directory, "warn.parquet"))
    for threads in ("1", "3"):
        run = weir("profile", "-f", "json", "-j", threads, path)
        assert run.code == 0, run.say()
        rows, nulls = run.json["warnings"]
        assert (rows["what"], rows["count"], rows["stated"], rows["found"]) == \
            ("FileMetaData.num_rows", 1, 7, 1000), rows
        assert (nulls["what"], nulls["count"], nulls["column"], nulls["row_group"]) == \
            ("Statistics.null_count", 4, "i8", 0), nulls
        lines = run.err.splitlines()
        assert len(lines) == 2 and all(x.startswith("weir: warning: ") for x in lines), run.err
        assert "3 more" in lines[1], lines
    assert weir("profile", "-q", path).err == ""


# --- Public files. ------------------------------------------------------------------------------

# What is wrong with them is documented, or can be seen with another reader: see the comments.
PUBLIC = {
    # README: damaged on purpose. The page index is from parquet-mr 1.13, which wrote null_pages =
    # true and null_counts = -1 where it kept no statistics.
    "datapage_v1-corrupt-checksum": {"ColumnIndex.null_pages", "ColumnIndex.null_counts",
                                     "PageHeader.crc"},
    "datapage_v1-snappy-compressed-checksum": {"ColumnIndex.null_pages", "ColumnIndex.null_counts"},
    "datapage_v1-uncompressed-checksum": {"ColumnIndex.null_pages", "ColumnIndex.null_counts"},
    "rle-dict-uncompressed-corrupt-checksum": {"PageHeader.crc"},
    "repeated_no_annotation": {"FileMetaData.num_rows"},
    # No encodings are listed.
    "byte_array_decimal": {"ColumnMetaData.encodings"},
    "nation.dict-malformed": {"ColumnMetaData.encodings", "RowGroup.total_byte_size"},
    # Impala 1.3 lists PLAIN_DICTIONARY for a BOOLEAN column.
    "alltypes_dictionary": {"ColumnMetaData.encodings"},
    "alltypes_plain": {"ColumnMetaData.encodings"},
    "alltypes_plain.snappy": {"ColumnMetaData.encodings", "RowGroup.total_byte_size"},
    # Old parquet-cpp and parquet-rs add up something else, and parquet-cpp 1.5.1 gives the end of
    # the first column chunk as the row group's offset.
    "list_columns": {"RowGroup.total_byte_size"},
    "nan_in_stats": {"RowGroup.total_byte_size"},
    "single_nan": {"RowGroup.total_byte_size"},
    "rle_boolean_encoding": {"RowGroup.total_byte_size"},
    "nested_structs.rust": {"RowGroup.total_byte_size"},
    "lz4_raw_compressed": {"RowGroup.file_offset"},
    "lz4_raw_compressed_larger": {"RowGroup.file_offset"},
    "non_hadoop_lz4_compressed": {"RowGroup.total_byte_size", "RowGroup.file_offset"},
}


def test_public_files():
    root = corpus()
    if root is None:
        raise Skip("WEIR_CORPUS does not name the public test files")
    directory = os.path.join(root, "parquet-testing", "data")
    wrong = []
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".parquet"):
            continue
        report = check(os.path.join(directory, name), "--keep-going")
        got = set(whats(report))
        if got != PUBLIC.get(name[:-len(".parquet")], set()):
            wrong.append(f"{name}: {sorted(got)}")
    assert not wrong, "\n".join(wrong)
    overlapping = check(os.path.join(root, "42.parquet"), code=1)
    assert whats(overlapping) == ["a column chunk overlaps the one before"]


def test_encrypted_columns_are_named():
    root = corpus()
    if root is None:
        raise Skip("WEIR_CORPUS does not name the public test files")
    path = os.path.join(root, "parquet-testing/data",
                        "encrypt_columns_plaintext_footer.parquet.encrypted")
    report = check(path, "--keep-going", code=4)
    errors = [f["error"] for f in report["findings"]]
    assert report["unreadable"] == 2 and len(errors) == 2, report["findings"]
    assert "float_field" in errors[0] and "double_field" in errors[1], errors
    assert all("encryption" in error for error in errors)
    assert report["column_chunks"] == 6, report
