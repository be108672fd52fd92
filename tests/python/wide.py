"""Wide files with tiny pages, made fast: a row group is one array of bytes, of which only offsets
and values change.

Column c is INT32 where c is even, FLOAT where it is odd; row r of row group g holds c + 2g + r. All
offsets are at least 2^27, behind a hole in the file, so that each takes five bytes as a varint.
"""

import struct

import numpy as np

import encode as e
from craft import BINARY, I32, I64, LIST, STRUCT, thrift_struct

HOLE = 1 << 27
ROWS = 2  # of a row group


def name_of(column):
    return f"column_{column:05}"


def _marked(offset):
    """The five bytes of an offset."""
    data = e.zigzag(offset)
    assert len(data) == 5, offset
    return data


def _page(kind):
    header = thrift_struct([(1, I32, 0), (2, I32, 4 * ROWS), (3, I32, 4 * ROWS), (5, STRUCT, [
        (1, I32, ROWS), (2, I32, e.PLAIN), (3, I32, e.RLE), (4, I32, e.RLE)])])
    return header + bytes(4 * ROWS)


def _chunk(column, kind):
    """Metadata as a common writer has them, with statistics that are not looked at."""
    low = bytes(4)
    statistics = [(3, I64, 0), (5, BINARY, low), (6, BINARY, low)]
    mark = HOLE + 1
    metadata = [(1, I32, kind), (2, LIST, (I32, [e.PLAIN, e.RLE])),
                (3, LIST, (BINARY, [name_of(column)])), (4, I32, e.UNCOMPRESSED), (5, I64, ROWS),
                (6, I64, len(_page(kind))), (7, I64, len(_page(kind))), (9, I64, mark),
                (12, STRUCT, statistics),
                (13, LIST, (STRUCT, [[(1, I32, 0), (2, I32, e.PLAIN), (3, I32, 1)]]))]
    data = thrift_struct([(2, I64, mark), (3, STRUCT, metadata)])
    at = [i for i in range(len(data)) if data.startswith(_marked(mark), i)]
    assert len(at) == 2, at
    return data, at


def _varints(offsets):
    """Offsets as zigzag varints of five bytes, one row each."""
    value = offsets.astype(np.uint64) << np.uint64(1)
    shifts = np.arange(5, dtype=np.uint64) * np.uint64(7)
    septets = (value[:, None] >> shifts) & np.uint64(0x7F)
    septets[:, :4] |= np.uint64(0x80)
    return septets.astype(np.uint8)


def _schema(columns):
    root = [(4, BINARY, "schema"), (5, I32, columns)]
    leaves = [[(1, I32, e.FLOAT if c % 2 else e.INT32), (3, I32, 0), (4, BINARY, name_of(c))]
              for c in range(columns)]
    return [root] + leaves


def write(path, columns, groups):
    """Returns the size of the footer."""
    kinds = [e.FLOAT if c % 2 else e.INT32 for c in range(columns)]
    pages = np.frombuffer(b"".join(_page(k) for k in kinds), np.uint8).reshape(columns, -1).copy()
    chunks = [_chunk(c, k) for c, k in enumerate(kinds)]
    at = chunks[0][1]
    chunks = np.frombuffer(b"".join(c for c, _ in chunks), np.uint8).reshape(columns, -1).copy()
    page_bytes = pages.shape[1]
    numbers = np.arange(columns)
    with open(path, "wb") as file:
        file.write(b"PAR1")
        file.seek(HOLE)
        for group in range(groups):
            values = numbers[:, None] + 2 * group + np.arange(ROWS)[None, :]
            stored = np.where(numbers[:, None] % 2 == 1, values.astype("<f4").view("<i4"),
                              values.astype("<i4")).astype("<i4")
            pages[:, -4 * ROWS:] = stored.view(np.uint8).reshape(columns, -1)
            file.write(pages.tobytes())
        footer = file.tell()
        whole = thrift_struct([(1, I32, 1), (2, LIST, (STRUCT, _schema(columns))),
                               (3, I64, ROWS * groups)])
        file.write(whole[:-1])  # without its end: more fields follow
        file.write(bytes([1 << 4 | LIST]) + _list_of(groups))
        for group in range(groups):
            offsets = HOLE + (group * columns + numbers) * page_bytes
            for where in at:
                chunks[:, where:where + 5] = _varints(offsets)
            file.write(bytes([1 << 4 | LIST]) + _list_of(columns) + chunks.tobytes())
            file.write(bytes([1 << 4 | I64]) + e.zigzag(columns * page_bytes)
                       + bytes([1 << 4 | I64]) + e.zigzag(ROWS) + b"\0")
        file.write(bytes([2 << 4 | BINARY]) + e.varint(5) + b"tests" + b"\0")
        size = file.tell() - footer
        file.write(struct.pack("<I", size) + b"PAR1")
    return size


def _list_of(count):
    """The head of a list of structs."""
    return bytes([count << 4 | STRUCT]) if count < 15 else bytes([0xF0 | STRUCT]) + e.varint(count)


def expected(column, groups):
    """(minimum, maximum, sum) of a column."""
    count = ROWS * groups
    return column, column + count - 1, count * column + count * (count - 1) // 2
