"""More rows than sketches hold: approximate figures keep their bounds; layouts that share row
groups give the same bits; several files are one data set."""

import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from compare import report_faults
from data import few_table, mixed_table
from harness import workdir
from layouts import write
from test_matrix import truths_of, values_only
from truth import Truth, column_of
from weir import generate, profile

ROWS = 150_000


def faults_of(report, truths):
    faults = report_faults(truths, report)
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:25])


def test_sketches():
    table = few_table(ROWS)
    truths = truths_of(table)
    directory = workdir("large")
    texts = {}
    for codec in ("NONE", "SNAPPY", "ZSTD"):
        for dictionary in (True, False):
            name = f"{codec}-{'dict' if dictionary else 'plain'}"
            path = write(table, directory, name, {
                "compression": codec, "use_dictionary": dictionary, "row_group_size": 60_000,
                "data_page_size": 100_000 if dictionary else 1 << 20})

            def case(path=path, dictionary=dictionary):
                report = profile(path, "--top", "16", budget="32MiB")
                faults_of(report, truths)
                text = values_only(report)
                # A dictionary feeds (value, weight): other blocks, other draws.
                assert text == texts.setdefault(dictionary, text), "same values, other report"

            yield name, case

    def quantiles():
        path = write(table, directory, "more", {"compression": "SNAPPY"})
        wanted = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1]
        report = profile(path, "--quantiles", ",".join(str(q) for q in wanted), "--top", "16")
        faults_of(report, truths)
        for column in report["columns"]:
            if column["quantiles"]:
                assert [float(e["q"]) for e in column["quantiles"]] == wanted, column["name"]

    yield "many quantiles", quantiles

    def coarse():
        path = write(table, directory, "coarse", {"compression": "SNAPPY"})
        report = profile(path, "--rank-error", "0.01", "--top", "16", budget="16MiB")
        faults_of(report, truths)

    yield "rank error 1 %", coarse

    def seeds():
        path = write(table, directory, "seeds", {"compression": "SNAPPY"})
        a, b, c = (values_only(profile(path, "--seed", s)) for s in ("1", "1", "2"))
        assert a == b, "the same seed gave other bits"
        assert a != c, "another seed changed nothing"
        faults_of(profile(path, "--seed", "2", "--top", "16"), truths)

    yield "seeds", seeds


def test_many_files_equal_one_table():
    table = mixed_table(3000, nulls=("none", "some"))
    truths = truths_of(table)
    directory = workdir("files")
    paths = []
    for i in range(0, 3000, 250):
        paths.append(write(table.slice(i, 250), directory, f"part-{i:05}", {
            "compression": ["SNAPPY", "ZSTD", "NONE", "GZIP"][i // 250 % 4],
            "data_page_version": ["1.0", "2.0"][i // 250 % 2],
            "store_decimal_as_integer": True}))
    text = None
    for how, arguments in (("directory", [directory]), ("list of paths", paths),
                           ("glob", [directory + "/*.parquet"])):
        report = profile(arguments, "--top", "16")
        assert report["files"] == 12 and report["rows"] == 3000
        faults_of(report, truths)
        text = text or values_only(report)
        assert values_only(report) == text, f"{how} differs"
    with open(directory + "/list.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(paths) + "\n")
    assert values_only(profile("@" + directory + "/list.txt", "--top", "16")) == text


def test_column_missing_in_a_later_file_counts_as_null():
    directory = workdir("missing")
    table = mixed_table(600, nulls=("some",))
    pq.write_table(table, directory + "/a.parquet", store_decimal_as_integer=True)
    pq.write_table(table.drop_columns(["int32_some", "string_some", "double_some"]),
                   directory + "/b.parquet", store_decimal_as_integer=True)
    both = pa.concat_tables([pq.read_table(directory + "/a.parquet"),
                             pq.read_table(directory + "/b.parquet")], promote_options="default")
    faults_of(profile(directory, "--top", "16"), truths_of(both))


def test_order_of_columns_in_a_later_file_does_not_matter():
    directory = workdir("order")
    table = mixed_table(500, nulls=("some",))
    pq.write_table(table, directory + "/a.parquet", store_decimal_as_integer=True)
    turned = table.select(list(reversed(table.column_names)))
    pq.write_table(turned, directory + "/b.parquet", store_decimal_as_integer=True)
    both = pa.concat_tables([table, turned.select(table.column_names)])
    faults_of(profile(directory, "--top", "16"), truths_of(both))


def test_many_row_groups():
    directory = workdir("groups")
    table = few_table(20_000)
    path = write(table, directory, "groups", {"row_group_size": 16, "compression": "SNAPPY"})
    report = profile(path, "--top", "16", budget="16MiB")
    assert report["row_groups"] == 1250
    faults_of(report, truths_of(table))


def test_generated_data_against_duckdb():
    directory = workdir("duckdb")
    generate(directory, rows=200_000, files=3, codec="mixed", row_group=50_000, crc=True)
    report = profile(directory, budget="24MiB")
    check_against_duckdb(report, f"'{directory}/*.parquet'")


def check_against_duckdb(report, source):
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    for column in report["columns"]:
        name = '"' + column["name"] + '"'
        row = connection.execute(
            f"select count({name}), count(*), count(distinct {name}) from {source}").fetchall()[0]
        assert (column["count"], column["rows"]) == row[:2], f"{name}: {row}"
        if column["distinct"]["exact"]:
            nan = 1 if column.get("nans") else 0
            assert column["distinct"]["value"] == row[2] - nan, f"{name}: distinct {row[2]}"
        kind = connection.execute(f"select typeof({name}) from {source} limit 1").fetchall()[0][0]
        if kind in ("BIGINT", "INTEGER", "DECIMAL(12,2)"):
            low, high, total = connection.execute(
                f"select min({name}), max({name}), sum({name}) from {source}").fetchall()[0]
            assert str(column["min"]) == str(low) and str(column["max"]) == str(high), name
            scale = 100 if kind.startswith("DECIMAL") else 1  # sums are in stored units
            assert int(column["sum"]) == total * scale, f"{name}: sum {column['sum']} {total}"
        elif kind in ("DOUBLE", "FLOAT"):
            # DuckDB's plain sum loses digits; fsum compensates.
            low, high, total = connection.execute(
                f"select min(x), max(x), fsum(x) from (select {name}::double x from {source}) "
                "where not isnan(x)").fetchall()[0]
            assert float(column["min"]) == low and float(column["max"]) == high, name
            assert abs(float(column["sum"]) - total) <= 1e-11 * abs(total), f"{name}: {total}"
        elif kind == "VARCHAR":
            low, high = connection.execute(
                f"select min({name}), max({name}) from {source}").fetchall()[0]
            assert column["min"] == low and column["max"] == high, f"{name}: {low} {high}"


def test_layout_of_generated_data_does_not_matter():
    directory = workdir("relaid")
    text = None
    for i, options in enumerate((
            {"codec": "none", "page_bytes": 0}, {"codec": "snappy", "page_bytes": 200},
            {"codec": "zstd", "page_bytes": 5000, "page_version": 2, "crc": True},
            {"codec": "snappy", "page_bytes": 70_000, "page_version": 2})):
        path = f"{directory}/{i}"
        generate(path, rows=30_000, row_group=10_000, **options)
        found = values_only(profile(path, budget="24MiB"))
        text = text or found
        assert found == text, f"layout {options} gives other numbers"


def test_writers():
    """Files of DuckDB and polars, truth read back by pyarrow."""
    directory = workdir("writers")
    source = few_table(30_000)
    mixed = mixed_table(1500, nulls=("none", "some")).drop_columns(
        [f"{t}_{n}" for t in ("time_ns", "time_ms") for n in ("none", "some")])
    pq.write_table(source, directory + "/source.parquet")
    pq.write_table(mixed, directory + "/mixed.parquet")
    connection = duckdb.connect()
    written = {}
    for table in ("source", "mixed"):
        for codec in ("snappy", "zstd", "gzip", "uncompressed", "lz4_raw"):
            path = f"{directory}/duckdb-{table}-{codec}.parquet"
            connection.execute(f"copy (from '{directory}/{table}.parquet') to '{path}' "
                               f"(format parquet, codec '{codec}', row_group_size 8192)")
            written[f"duckdb-{table}-{codec}"] = path
    import polars
    for table in ("source", "mixed"):
        frame = polars.read_parquet(f"{directory}/{table}.parquet")
        for codec in ("zstd", "snappy", "gzip", "uncompressed", "lz4"):
            path = f"{directory}/polars-{table}-{codec}.parquet"
            try:
                frame.write_parquet(path, compression=codec, row_group_size=7000)
            except Exception as error:  # a codec that this build of polars lacks
                print(f"note: polars {codec}: {error}")
                continue
            written[f"polars-{table}-{codec}"] = path
    for name, path in written.items():

        def case(path=path):
            schema = pq.ParquetFile(path).schema
            readable = [schema.column(i).name for i in range(len(schema))
                        if schema.column(i).physical_type != "FIXED_LEN_BYTE_ARRAY"]
            table = pq.read_table(path, columns=readable)
            truths = {n: Truth(column_of(n, table[n])) for n in readable}
            report = profile(path, "--top", "16", "--columns", ",".join(readable))
            faults_of(report, truths)

        yield name, case


def test_json_is_what_the_schema_promises():
    directory = workdir("json")
    path = write(few_table(20_000), directory, "few", {})
    report = profile(path)
    text = json.dumps(report, default=str)
    assert report["schema_version"] == 1 and report["complete"] is True, text[:300]
    assert isinstance(report["weir"], str) and isinstance(report["elapsed_seconds"], (int, float)) \
        or str(report["elapsed_seconds"]), text[:300]
    for column in report["columns"]:
        for key in ("name", "physical_type", "logical_type", "rows", "count", "nulls", "min", "max",
                    "distinct", "quantiles", "top", "pages", "crc"):
            assert key in column, f"{column['name']}: {key} is missing"
        assert set(column["crc"]) >= {"ok", "absent", "bad"}, column["crc"]
        assert set(column["distinct"]) >= {"value", "exact", "relative_error"}
        for entry in column["quantiles"] or []:
            assert set(entry) >= {"q", "value", "rank_error", "exact"}, entry
            assert entry["exact"] == (float(entry["rank_error"]) == 0), entry
