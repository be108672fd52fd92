"""cat of nested columns: CSV, chosen leaves, files that differ, files that lie, rows of any size."""

import csv
import io
import json
import os
import random
import re

import pyarrow as pa
import pyarrow.parquet as pq

from harness import workdir
from layouts import write
from weir import weir

SEED = 20268


def nested_table(rows, seed=SEED):
    rng = random.Random(seed)

    def some(value):
        return None if rng.random() < 0.2 else value

    def lists(make):
        return some([some(make()) for _ in range(rng.randrange(4))])

    texts = ["", "a,b", 'say "hi"', "line\nbreak", "\u00e4\u6771"]
    table = {
        "id": pa.array(range(rows), pa.int64()),
        "list": pa.array([lists(lambda: rng.randrange(100)) for _ in range(rows)],
                         pa.list_(pa.int32())),
        "struct": pa.array([some({"a": some(i), "b": some(rng.choice(texts))})
                            for i in range(rows)],
                           pa.struct([("a", pa.int64()), ("b", pa.string())])),
        "map": pa.array([some([(rng.choice(texts), lists(rng.random))
                               for _ in range(rng.randrange(3))]) for _ in range(rows)],
                        pa.map_(pa.string(), pa.list_(pa.float64()))),
        "deep": pa.array([lists(lambda: {"x": lists(lambda: lists(lambda: rng.choice(texts))),
                                         "y": some(rng.randrange(9))}) for _ in range(rows)],
                         pa.list_(pa.struct([("x", pa.list_(pa.list_(pa.string()))),
                                             ("y", pa.int8())]))),
    }
    return pa.table(table)


def plain(value):
    """As JSON shows it: pairs of a map become objects."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, tuple):
        return {"key": value[0], "value": plain(value[1])}
    return value


def lines(*arguments):
    run = weir("cat", "--mem-budget", "1GiB", *arguments)
    assert run.code == 0, run.say()
    return [json.loads(line) for line in run.out.decode("utf-8").splitlines()]


def test_rows_agree_with_pyarrow():
    directory = workdir("cat-nested")
    table = nested_table(500)
    wanted = [plain(row) for row in table.to_pylist()]
    for version in ("1.0", "2.0"):
        for page in (40, 1 << 20):
            path = write(table, directory, f"{version}-{page}",
                         {"data_page_version": version, "data_page_size": page,
                          "write_batch_size": 5, "row_group_size": 190})
            assert lines(path) == wanted, path


def test_csv_holds_the_json_of_nested_columns():
    path = write(nested_table(300), workdir("cat-nested-csv"), "nested", {})
    run = weir("cat", "-f", "csv", "--mem-budget", "1GiB", path)
    assert run.code == 0, run.say()
    rows = list(csv.reader(io.StringIO(run.out.decode("utf-8"), newline="")))
    wanted = lines(path)
    assert rows[0] == list(wanted[0]) and len(rows) == len(wanted) + 1
    for row, cells in zip(rows[1:], wanted):
        for name, text in zip(rows[0], row):
            assert (json.loads(text) if text else None) == cells[name], (name, text)


def test_chosen_leaves_only():
    path = write(nested_table(50), workdir("cat-nested-columns"), "nested", {})
    every = lines(path)

    def without(value, keys):
        if isinstance(value, list):
            return [without(inner, keys) for inner in value]
        if isinstance(value, dict):
            return {k: without(v, keys) for k, v in value.items() if k not in keys}
        return value

    for chosen, columns, dropped in (("struct.a", ["struct"], {"b"}), ("map.*.key", ["map"], {"value"}),
                                     ("map.key_value.value,id", ["id", "map"], {"key"}),
                                     ("deep.list.element.x", ["deep"], {"y"}), ("deep", ["deep"], ())):
        wanted = [{name: without(row[name], dropped) for name in columns} for row in every]
        assert lines("--columns", chosen, path) == wanted, chosen


def test_fields_that_a_file_lacks_are_null():
    directory = workdir("cat-nested-files")
    whole = nested_table(40)
    rows = whole.to_pylist()
    partly = pa.table({
        "id": whole["id"],
        "struct": pa.array([row["struct"] and {"a": row["struct"]["a"]} for row in rows]),
        "deep": pa.array([row["deep"] and [one and {"x": one["x"]} for one in row["deep"]]
                          for row in rows],
                         pa.list_(pa.struct([("x", pa.list_(pa.list_(pa.string())))]))),
    })
    first, second = write(whole, directory, "1", {}), write(partly, directory, "2", {})
    wanted = [plain(row) for row in rows]
    for row in rows:
        row = plain(row)
        row["list"] = row["map"] = None
        if row["struct"]:
            row["struct"]["b"] = None
        for one in row["deep"] or []:
            if one:
                one["y"] = None
        wanted.append(row)
    assert lines(first, second) == wanted


def level_patched(directory, old, new):
    """A file of 30 rows [{"a": .., "b": null}], the last in a row group of its own whose levels of
    `b` are changed."""
    kind = pa.list_(pa.struct([("a", pa.int32()), ("b", pa.int32())]))
    table = pa.table({"l": pa.array([[{"a": i, "b": None}] for i in range(30)], kind)})
    path = os.path.join(directory, "lie.parquet")
    pq.write_table(table, path, row_group_size=29, compression="NONE", use_dictionary=False,
                   write_statistics=False)
    with open(path, "rb") as file:
        data = bytearray(file.read())
    # repetition 0, then definition 3 (b is null), once each: runs behind their lengths
    section = bytes([2, 0, 0, 0, 2, 0, 2, 0, 0, 0, 2])
    at = data.index(section + bytes([old]))
    assert data.find(section + bytes([old]), at + 1) < 0
    data[at + len(section)] = new
    with open(path, "wb") as file:
        file.write(data)
    return path


def test_columns_that_disagree_are_named_and_rows_before_them_printed():
    for new in (0, 1, 2):
        path = level_patched(workdir("cat-nested-lie"), 3, new)
        for form in ("jsonl", "csv"):
            run = weir("cat", "-f", form, path)
            assert run.code == 4, run.say()
            assert "l.list.element.a" in run.err and "l.list.element.b" in run.err, run.err
            rows = run.out.decode("utf-8").splitlines()
            assert len(rows) == 29 + (form == "csv"), (new, rows[-2:])
            if form == "jsonl":
                assert [json.loads(row)["l"][0]["a"] for row in rows] == list(range(29))


def test_a_row_of_any_size_in_the_smallest_budget():
    """One row of 200,000 elements: the smallest budget is that of a row of one."""
    directory = workdir("cat-nested-large")
    kind = pa.list_(pa.struct([("a", pa.int32()), ("b", pa.list_(pa.int16()))]))
    least = {}
    for count in (10, 200_000):
        inner = pa.array(range(count), pa.int32())
        offsets = pa.array([i // 2 for i in range(count + 1)], pa.int32())
        lists = pa.ListArray.from_arrays(offsets, pa.array([i % 7 for i in range(count // 2)],
                                                           pa.int16()))
        column = pa.ListArray.from_arrays(
            pa.array([0, count], pa.int32()),
            pa.StructArray.from_arrays([inner, lists], fields=list(kind.value_type)))
        path = write(pa.table({"l": column}), directory, str(count),
                     {"use_dictionary": False, "data_page_size": 4096})
        refused = weir("cat", "--mem-budget", "1MiB", path)
        assert refused.code == 3, refused.say()
        least[count] = int(re.search(r"need (\d+) bytes", refused.err).group(1))
        assert weir("cat", "--mem-budget", least[count] - 1, path).code == 3
        run = weir("cat", "--mem-budget", least[count], path)
        assert run.code == 0, run.say()
        (row,) = (json.loads(line) for line in run.out.splitlines())
        wanted = [{"a": i, "b": [i // 2 % 7] if i % 2 else []} for i in range(count)]
        assert row == {"l": wanted}, f"{count} elements: {len(row['l'])}"
    assert least[200_000] <= least[10] + (1 << 20), least
