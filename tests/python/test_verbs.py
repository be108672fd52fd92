"""plan, schema, cat and the formats besides JSON: what they print is true and can be parsed."""

import csv
import io
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq

from data import few_table, mixed_table
from harness import workdir
from layouts import layouts, write
from weir import generate, plan, profile, weir

CODECS = {"UNCOMPRESSED": "uncompressed", "LZ4_RAW": "lz4_raw", "LZ4": "lz4_raw"}


def test_plan_adds_up():
    """With the smallest budget, which holds the reserve of this very program, and with more."""
    directory = workdir("plans")
    generate(directory, rows=20_000, files=2, codec="mixed")
    for options in ([], ["--threads", "1"], ["--stats", "moments"], ["--rank-error", "0.01"],
                    ["--columns", "id,price"]):
        least = plan(directory, *options, budget="1GiB").json["minimum_bytes"]
        for budget in (str(least), "64MiB", "1GiB"):
            report = plan(directory, *options, budget=budget).json
            total = sum(term["bytes"] for term in report["terms"])
            assert total == report["planned_bytes"] <= report["budget_bytes"], (options, budget)
            assert report["minimum_bytes"] <= report["budget_bytes"]
            assert all(term["name"] and term["why"] for term in report["terms"]), report["terms"]
            memory = profile(directory, *options, budget=budget)["memory"]
            for key in ("planned_bytes", "minimum_bytes", "batches", "lanes"):
                assert memory[key] == report[key], f"{key}: plan {report[key]}, run {memory[key]}"


def test_schema_agrees_with_pyarrow():
    directory = workdir("schema")
    table = mixed_table(900)
    for name, options in layouts():
        path = write(table, directory, name, options)

        def case(path=path):
            run = weir("schema", "-f", "json", path)
            assert run.code == 0, run.say()
            (report,) = run.json["files"]
            meta = pq.ParquetFile(path).metadata
            assert (report["rows"], report["row_groups"], report["columns"]) == (
                meta.num_rows, meta.num_row_groups, meta.num_columns)
            assert report["footer_bytes"] in (meta.serialized_size, meta.serialized_size + 8)
            leaves = [node for node in report["schema"] if "physical_type" in node]
            for index, leaf in enumerate(leaves):
                chunks = [meta.row_group(g).column(index) for g in range(meta.num_row_groups)]
                assert leaf["name"] == chunks[0].path_in_schema
                assert leaf["physical_type"] == chunks[0].physical_type
                assert leaf["values"] == sum(c.num_values for c in chunks)
                assert leaf["compressed_bytes"] == sum(c.total_compressed_size for c in chunks)
                assert leaf["uncompressed_bytes"] == sum(c.total_uncompressed_size for c in chunks)
                codec = chunks[0].compression
                assert leaf["codecs"] == [CODECS.get(codec, codec.lower())], leaf
                wanted = sorted({e.lower() for c in chunks for e in c.encodings})
                assert sorted(leaf["encodings"]) == wanted, leaf

        yield name, case


def test_schema_of_nested_columns_and_their_pages():
    directory = workdir("schema-nested")
    table = pa.table({
        "flat": pa.array(range(300), pa.int64()),
        "list": pa.array([[i, None][: i % 3] for i in range(300)], pa.list_(pa.int32())),
        "deep": pa.array([[{"m": [("k", [b"x"] * (i % 4))]}] for i in range(300)],
                         pa.list_(pa.struct([("m", pa.map_(pa.string(), pa.list_(pa.binary())))]))),
    })
    for version in ("1.0", "2.0"):
        path = write(table, directory, version, {"data_page_version": version, "data_page_size": 64,
                                                 "write_batch_size": 16, "row_group_size": 110})
        run = weir("schema", "-f", "json", "--pages", path)
        assert run.code == 0, run.say()
        (report,) = run.json["files"]
        file = pq.ParquetFile(path)
        leaves = [node for node in report["schema"] if "physical_type" in node]
        for index, leaf in enumerate(leaves):
            column = file.schema.column(index)
            assert leaf["definition_max"] == column.max_definition_level, leaf
            assert leaf["repetition_max"] == column.max_repetition_level, leaf
        for group in range(file.num_row_groups):
            for index in range(len(leaves)):
                chunk = file.metadata.row_group(group).column(index)
                pages = [page for page in report["pages"]
                         if (page["row_group"], page["column"]) == (group, index)]
                data = [page for page in pages if page["type"].startswith("data")]
                assert [page["page"] for page in pages] == list(range(len(pages)))
                assert {page["type"] for page in data} == {"data_v2" if version == "2.0" else "data"}
                assert sum(page["values"] for page in data) == chunk.num_values
                for key in ("compressed", "uncompressed"):
                    header = (getattr(chunk, f"total_{key}_size")
                              - sum(page[f"{key}_bytes"] for page in pages))
                    assert 8 * len(pages) <= header <= 120 * len(pages), (key, header, chunk)
        text = weir("schema", "--pages", path)
        assert text.code == 0 and len(text.out.splitlines()) == (
            len(report["schema"]) + 3 + len(report["pages"])), text.out.decode()


def test_csv_holds_the_same_cells_as_json_lines():
    directory = workdir("csv")
    path = write(mixed_table(200, nulls=("some",)), directory, "mixed",
                 {"store_decimal_as_integer": True})
    lines = weir("cat", "-f", "jsonl", "--mem-budget", "1GiB", path)
    table = weir("cat", "-f", "csv", "--mem-budget", "1GiB", path)
    assert lines.code == 0 and table.code == 0, (lines.say(), table.say())
    rows = list(csv.reader(io.StringIO(table.out.decode("utf-8", "surrogateescape"), newline="")))
    cells = [json.loads(line, parse_float=str, parse_int=str) for line in
             lines.out.decode("utf-8").splitlines()]
    assert rows[0] == list(cells[0]) and len(rows) == 201
    for row, cell in zip(rows[1:], cells):
        for name, text in zip(rows[0], row):
            value = cell[name]
            if isinstance(value, bool):
                value = str(value).lower()
            if isinstance(value, dict):  # bytes that are not UTF-8
                continue
            assert text == ("" if value is None else value), (name, text, value)


def test_profile_as_csv_has_a_line_a_column():
    directory = workdir("profile-csv")
    path = write(few_table(3000), directory, "few", {})
    run = weir("profile", "-f", "csv", path)
    rows = list(csv.DictReader(io.StringIO(run.out.decode("utf-8"), newline="")))
    report = profile(path)
    assert [row["name"] for row in rows] == [column["name"] for column in report["columns"]]
    for row, column in zip(rows, report["columns"]):
        for key in ("rows", "count", "nulls"):
            assert int(row[key]) == column[key], (key, row)
        if isinstance(column["mean"], (int, float)) or column["mean"] is not None:
            assert float(row["mean"]) == float(column["mean"]), row


def test_choosing_columns():
    directory = workdir("columns")
    path = write(few_table(500), directory, "few", {})
    every = [c["name"] for c in profile(path)["columns"]]
    for options, wanted in (
            (["--columns", "few,word"], ["few", "word"]),
            (["--columns", "word,few"], ["few", "word"]),
            (["--columns", "s*"], [n for n in every if n.startswith("s")]),
            (["--exclude", "s*,key"], [n for n in every if n[0] != "s" and n != "key"]),
            (["--columns", "*e*", "--exclude", "*n*"],
             [n for n in every if "e" in n and "n" not in n])):
        got = [c["name"] for c in profile(path, *options)["columns"]]
        assert got == wanted, (options, got)
        run = weir("cat", "-n", "1", "--mem-budget", "1GiB", *options, path)
        assert run.code == 0 and list(json.loads(run.out)) == wanted, run.say()


def test_names_that_match_nothing():
    """Said before the row groups are read, which are broken here; but a later file may have the
    column, as long as the first one has any that are wanted."""
    directory = workdir("nothing")
    path = write(few_table(500), directory, "few", {})
    with open(path, "rb") as file:
        data = bytearray(file.read())
    whole = pq.ParquetFile(path).metadata
    at = data.rindex(b"few", 0, data.rindex(b"ARROW:schema"))  # path of the last row group's chunk
    data[at - 2] ^= 0xFF
    broken = os.path.join(directory, "broken.parquet")
    with open(broken, "wb") as file:
        file.write(data)
    assert whole.num_row_groups > 0 and weir("plan", broken).code == 4
    for options, said in ((["--columns", "few,wort"], 'no column matches "wort"; did you mean word?'),
                          (["--exclude", "*"], "--exclude leaves no column")):
        for verb in ("plan", "profile", "cat"):
            run = weir(verb, *options, broken)
            assert run.code == 2 and said in run.err, run.say()
    for name in "ab":
        pq.write_table(pa.table({name: [1, 2], "both": [3, 4]}), f"{directory}/{name}.parquet")
    run = weir("plan", "a.parquet", "b.parquet", "--columns", "both,b", cwd=directory)
    assert run.code == 0 and 'column "b" is not in the first file' in run.err, run.say()
    run = weir("plan", "a.parquet", "b.parquet", "--columns", "b", cwd=directory)
    assert run.code == 2 and 'a.parquet: no column matches "b"' in run.err, run.say()


def test_limit_of_cat():
    directory = workdir("limit")
    path = write(few_table(500), directory, "few", {"row_group_size": 90})
    for rows in (0, 1, 89, 90, 91, 500, 501):
        run = weir("cat", "-n", str(rows), "--mem-budget", "1GiB", path)
        assert run.code == 0 and len(run.out.splitlines()) == min(rows, 500), (rows, run.say())


def test_names_of_every_kind():
    directory = workdir("names")
    names = ["n" * 3000, 'q "quoted" \\ back', "\u00fc\u00f1\u00ee", "line\nbreak\ttab\x01", "",
             "a.b", "comma,x", "\U0001f600"]
    path = write(pa.table({name: [1, 2] for name in names}), directory, "names", {})
    assert [c["name"] for c in profile(path)["columns"]] == names
    for form in ("table", "csv", "md"):
        run = weir("profile", "-f", form, path)
        assert run.code == 0 and not run.err, run.say()
        text = run.out.decode("utf-8")
        assert "\x01" not in text or form == "csv", f"a control character in {form}"
    for verb in ("schema", "plan"):
        assert weir(verb, path).code == 0
    run = weir("cat", "--mem-budget", "1GiB", path)
    assert list(json.loads(run.out.splitlines()[0])) == names, run.say()


def test_paths_of_every_kind():
    directory = workdir("paths")
    for name in ("b [1].parquet", "a*.parquet", "\u00fc space.parquet", "-dash.parquet"):
        pq.write_table(pa.table({"x": [len(name)]}), os.path.join(directory, name))
        run = weir("profile", "-f", "json", "--", os.path.join(directory, name))
        assert run.code == 0 and run.json["files"] == 1, f"{name}: {run.say()}"
        run = weir("profile", "-f", "json", "--", name, cwd=directory)
        assert run.code == 0 and run.json["files"] == 1, f"{name}: {run.say()}"
    assert profile(directory)["files"] == 4
    with open(directory + "/list", "w", encoding="utf-8") as file:
        file.write(f"{directory}/a*.parquet\n\n{directory}/b [1].parquet")
    assert profile("@" + directory + "/list")["files"] == 2
