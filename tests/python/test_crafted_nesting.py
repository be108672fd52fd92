"""Legal files that no common writer makes, written by craft.py: lists and maps of every age, levels
in deprecated encodings, pages that begin in the middle of a row, any names, no rows."""

import os
import random

import encode as e
from craft import LIST_TYPE, MAP, MAP_KEY_VALUE, OPTIONAL, REPEATED, REQUIRED, Node, Wish, Writer, \
    logical
from crafted import canonical, check, every, flat, some
from harness import workdir

SEED = 20267
DICTIONARY = (e.RLE_DICTIONARY,)
I32 = e.INT32


def nested_cases(rng):
    """(name, nodes, rows, wanted): list and map forms of every age."""
    def numbers():
        return [rng.randrange(100) for _ in range(rng.randrange(4))]

    lists = [numbers() for _ in range(40)]
    maybe = [None if rng.random() < 0.3 else numbers() for _ in range(40)]
    yield ("repeated", [Node("x", REPEATED, I32)], [{"x": v} for v in lists],
           [{"x": v} for v in lists])
    pairs = [[{"a": n, "b": None if n % 3 else n * 2} for n in v] for v in lists]
    yield ("repeated group", [Node("x", REPEATED, children=[Node("a", REQUIRED, I32),
                                                            Node("b", OPTIONAL, I32)])],
           [{"x": v} for v in pairs], [{"x": v} for v in pairs])
    yield ("repeated in a group", [Node("g", OPTIONAL, children=[
        Node("x", REPEATED, I32), Node("y", OPTIONAL, I32)])],
           [{"g": None if v is None else {"x": v, "y": len(v) or None}} for v in maybe],
           [{"g": None if v is None else {"x": v, "y": len(v) or None}} for v in maybe])
    for label, annotation in (("", {"converted": LIST_TYPE}),
                              (", logical", {"logical": logical(3)})):
        yield ("two levels" + label, [Node("x", OPTIONAL, children=[Node("element", REPEATED, I32)],
                                           **annotation)],
               [{"x": None if v is None else {"element": v}} for v in maybe],
               [{"x": v} for v in maybe])
        for inner, item in (("list", "element"), ("bag", "array_element"), ("a", "b")):
            yield (f"three levels {inner}" + label,
                   [Node("x", OPTIONAL, children=[Node(inner, REPEATED, children=[
                       Node(item, OPTIONAL, I32)])], **annotation)],
                   [{"x": None if v is None else {inner: [{item: n if n % 4 else None}
                                                          for n in v]}} for v in maybe],
                   [{"x": None if v is None else [n if n % 4 else None for n in v]}
                    for v in maybe])
    yield ("two levels of groups", [Node("x", OPTIONAL, converted=LIST_TYPE, children=[
        Node("element", REPEATED, children=[Node("a", REQUIRED, I32), Node("b", OPTIONAL, I32)])])],
           [{"x": {"element": v}} for v in pairs], [{"x": v} for v in pairs])
    for name in ("array", "x_tuple"):  # one field, but it is the element all the same
        yield (f"two levels named {name}", [Node("x", OPTIONAL, converted=LIST_TYPE, children=[
            Node(name, REPEATED, children=[Node("a", REQUIRED, I32)])])],
               [{"x": {name: [{"a": n} for n in v]}} for v in lists],
               [{"x": [{"a": n} for n in v]} for v in lists])
    yield ("two levels twice", [Node("x", REQUIRED, converted=LIST_TYPE, children=[
        Node("array", REPEATED, converted=LIST_TYPE, children=[Node("array", REPEATED, I32)])])],
           [{"x": {"array": [{"array": v}, {"array": []}] if len(v) % 2 else []}} for v in lists],
           [{"x": [v, []] if len(v) % 2 else []} for v in lists])
    yield from map_cases(rng)
    yield from deep_cases()


def map_cases(rng):
    entries = [None if rng.random() < 0.2 else
               [(n, None if rng.random() < 0.3 else n + 5) for n in range(rng.randrange(4))]
               for _ in range(40)]
    wanted = [{"x": None if m is None else [{"key": k, "value": v} for k, v in m]} for m in entries]
    for label, outer, inner in (
            ("map", {"converted": MAP}, {}), ("map, logical", {"logical": logical(2)}, {}),
            ("map, both", {"converted": MAP}, {"converted": MAP_KEY_VALUE}),
            ("map, key-value outside", {"converted": MAP_KEY_VALUE}, {})):
        for group, key, value in (("key_value", "key", "value"), ("map", "key", "value"),
                                  ("entries", "k", "v")):
            yield (f"{label} {group}", [Node("x", OPTIONAL, children=[
                Node(group, REPEATED, children=[Node(key, REQUIRED, I32),
                                                Node(value, OPTIONAL, I32)], **inner)], **outer)],
                   [{"x": None if m is None else {group: [{key: k, value: v} for k, v in m]}}
                    for m in entries], wanted)
    yield ("map without value", [Node("x", OPTIONAL, converted=MAP, children=[
        Node("key_value", REPEATED, children=[Node("key", REQUIRED, I32)])])],
           [{"x": None if m is None else {"key_value": [{"key": k} for k, _ in m]}}
            for m in entries],
           [{"x": None if m is None else [k for k, _ in m]} for m in entries])


def deep_cases():
    node = Node("leaf", OPTIONAL, I32)
    for depth in range(30):
        node = Node(f"g{depth}", OPTIONAL if depth % 2 else REQUIRED, children=[node])
    rows, wanted = [], []
    for cut in range(31):
        inside, shown = cut, cut
        for depth in range(30):
            gone = depth % 2 and depth == cut
            inside = None if gone else {"leaf" if depth == 0 else f"g{depth - 1}": inside}
            shown = inside
        rows.append({"g29": inside})
        wanted.append({"g29": shown})
    yield "30 groups", [node], rows, wanted
    node = Node("element", OPTIONAL, I32)
    for depth in range(8):
        node = Node(f"x{depth}" if depth == 7 else "element", OPTIONAL, converted=LIST_TYPE,
                    children=[Node("list", REPEATED, children=[node])])
    rows, wanted = [], []
    for cut in range(9):
        inside, shown = (7, 7)
        for depth in range(8):
            if depth == cut:
                inside, shown = None, None
            else:
                inside = {"list": [{"element": inside}, {"element": inside}][:1 + depth % 2]}
                shown = [shown, shown][:1 + depth % 2]
        rows.append({"x7": inside})
        wanted.append({"x7": shown})
    rows.append({"x7": {"list": []}})
    wanted.append({"x7": []})
    yield "8 lists", [node], rows, wanted


def test_nesting():
    directory = workdir("crafted/nesting")
    for number, (name, nodes, rows, wanted) in enumerate(nested_cases(random.Random(SEED + 5))):
        cases = []
        for label, wish in (
                ("one", Wish()), ("many", Wish(rows_per_page=3, checksum=True)),
                ("v2", Wish(version=2, rows_per_page=5, codec=e.SNAPPY)),
                ("bit-packed", Wish(level_encoding=e.BIT_PACKED, rows_per_page=7)),
                ("mid-row", Wish(entries_per_page=4, encodings=DICTIONARY)),
                ("delta", Wish((e.DELTA_BINARY_PACKED,), codec=e.ZSTD, rows_per_page=11))):
            path = os.path.join(directory, f"{number}-{label}.parquet")
            # pyarrow unpacks BIT_PACKED levels from the wrong end: Encodings.md wants the most
            # significant bit first
            reads = label != "bit-packed"

            def case(path=path, nodes=nodes, rows=rows, wanted=wanted, wish=wish, reads=reads):
                Writer(nodes).group(rows[:20], default=wish).group([]).group(
                    rows[20:], default=wish).write(path)
                check(path, [canonical(row) for row in wanted], reads)

            cases.append((label, case))
        yield name, lambda cases=cases: every(cases)


def test_bit_packed_levels():
    """Of flat columns; and as a mere label where there are no levels, as old writers have it."""
    directory = workdir("crafted/levels")
    rng = random.Random(SEED + 10)
    for repetition in (OPTIONAL, REQUIRED):
        for count in (1, 7, 8, 9, 64, 300):
            values = some(rng, count, lambda: rng.randrange(99))
            if repetition == REQUIRED:
                values = [v or 0 for v in values]
            nodes, rows, wanted = flat(e.INT32, values, repetition=repetition)
            for codec in (e.UNCOMPRESSED, e.GZIP):
                path = os.path.join(directory, f"{repetition}-{count}-{codec}.parquet")

                def case(path=path, nodes=nodes, rows=rows, wanted=wanted, codec=codec,
                         reads=repetition == REQUIRED):
                    wish = Wish(level_encoding=e.BIT_PACKED, codec=codec, rows_per_page=50)
                    Writer(nodes).group(rows, default=wish).write(path)
                    check(path, wanted, reads)

                yield f"{repetition} x {count}, codec {codec}", case


def test_no_rows():
    directory = workdir("crafted/nothing")
    nodes = [Node("a", OPTIONAL, e.INT32), Node("b", REPEATED, e.BYTE_ARRAY)]

    def groups(*sizes, default=Wish()):
        path = os.path.join(directory, f"{'-'.join(map(str, sizes))}.parquet")
        writer, wanted = Writer(nodes), []
        for size in sizes:
            rows = [{"a": i, "b": [b"x"] * (i % 3)} for i in range(size)]
            writer.group(rows, default=default)
            wanted += [canonical(row) for row in rows]
        writer.write(path)
        check(path, wanted)

    for sizes in ((), (0,), (0, 0), (0, 5, 0), (5, 0, 7), (1,)):
        yield f"groups of {sizes}", lambda s=sizes: groups(*s)
        yield f"groups of {sizes}, dictionary", lambda s=sizes: groups(
            *s, default=Wish(DICTIONARY))


NAMES = ["a.b", "", "with space", 'quo"te', "back\\slash", "\u00fcml\u00e4ut", "line\nbreak",
         "a", "list", "element", "\U0001f600", "x" * 300, "key_value", "0"]


def test_names():
    """Any name is a key of the object, whatever it looks like."""
    directory = workdir("crafted/names")
    nodes = [Node(n, OPTIONAL, e.INT32) for n in NAMES if n != "a"] + [
        Node("a", OPTIONAL, children=[Node(n, OPTIONAL, e.INT64) for n in NAMES])]
    rows = [{**{n: i if i % 2 else None for n in NAMES if n != "a"},
             "a": {n: len(n) * i for n in NAMES} if i % 3 else None} for i in range(7)]
    path = os.path.join(directory, "names.parquet")
    Writer(nodes).group(rows).write(path)
    check(path, [canonical(row) for row in rows])
