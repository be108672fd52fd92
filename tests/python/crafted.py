"""What the tests of crafted files share: columns, layouts, and the comparison with what weir and
pyarrow read."""

import os

import pyarrow.parquet as pq

import encode as e
import shapes
from craft import OPTIONAL, Node, Wish, Writer
from weir import weir


def canonical(value):
    """Expected JSON of plain Python values."""
    if isinstance(value, dict):
        return {name: canonical(v) for name, v in value.items()}
    if isinstance(value, list):
        return [canonical(v) for v in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return shapes.integer(value)
    return shapes.octets(value) if isinstance(value, bytes) else shapes.real(value)


def cat(path):
    run = weir("cat", "-f", "jsonl", "--mem-budget", "256MiB", path)
    assert run.code == 0, f"{path}: exit {run.code}: {run.err.strip()}"
    return shapes.parse_lines(run.out)


def check(path, wanted, pyarrow_reads=True):
    if pyarrow_reads:
        back = shapes.rows_of(pq.read_table(path, use_threads=False))
        fault = shapes.difference(wanted, back)
        assert fault is None, f"{path}: pyarrow disagrees with the test: {fault}"
    fault = shapes.difference(wanted, cat(path), wanted[0] if wanted else None)
    assert fault is None, f"{path}: {fault}"
    os.remove(path)


def every(cases):
    """Runs (label, function) pairs; all failures in one message."""
    wrong = []
    for label, function in cases:
        try:
            function()
        except Exception as error:
            wrong.append(f"{label}: {error!r}"[:500])
    assert not wrong, f"{len(wrong)} failed\n" + "\n".join(wrong[:12])


def flat(kind, values, show=None, repetition=OPTIONAL, **node):
    """One column `x`: nodes, rows, and what must be printed."""
    show = show or canonical
    return ([Node("x", repetition, kind, **node)], [{"x": v} for v in values],
            [{"x": None if v is None else show(v)} for v in values])


def layouts(encodings):
    """Each encoding in pages of versions 1 and 2, one or many, in several codecs."""
    turn = 0
    for encoding in encodings:
        for version in (1, 2):
            for rows in (None, 3, 50):
                turn += 1
                codec = (e.UNCOMPRESSED, e.SNAPPY, e.GZIP, e.ZSTD, e.LZ4_RAW, e.BROTLI)[turn % 6]
                yield f"{encoding}-v{version}-{rows}", Wish(
                    (encoding,), codec, version=version, rows_per_page=rows,
                    checksum=turn % 2 == 0)


def in_layouts(directory, name, column, encodings, pyarrow_reads=True):
    nodes, rows, wanted = column
    for label, wish in layouts(encodings):
        path = os.path.join(directory, f"{name}-{label}.parquet")

        def case(path=path, wish=wish):
            Writer(nodes).group(rows, default=wish).write(path)
            check(path, wanted, pyarrow_reads)

        yield f"{name}-{label}", case


def some(rng, count, make):
    return [None if rng.random() < 0.2 else make() for _ in range(count)]
