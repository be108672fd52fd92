"""Writes Parquet files that no library writes any more, or none writes yet.

A schema is a tree of nodes; rows are Python values: a dict for a group, a list for a repeated node,
None for an optional node that is absent. `Writer` shreds them into levels and writes pages by the
wishes of each leaf; every part can be bent.
"""

import struct
import zlib
from dataclasses import dataclass, field

import encode as e

REQUIRED, OPTIONAL, REPEATED = range(3)

# --- Thrift compact protocol: a value is (type, content) -------------------------------------

TRUE, FALSE, I8, I32, I64, BINARY, LIST, STRUCT = 1, 2, 3, 5, 6, 8, 9, 12


def thrift_value(kind, content):
    if kind in (I32, I64):
        return e.zigzag(content)
    if kind == I8:
        return bytes([content & 255])
    if kind == BINARY:
        data = content.encode() if isinstance(content, str) else content
        return e.varint(len(data)) + data
    if kind == LIST:
        element, items = content
        head = bytes([len(items) << 4 | element]) if len(items) < 15 else (
            bytes([0xF0 | element]) + e.varint(len(items)))
        return head + b"".join(thrift_value(element, item) for item in items)
    return thrift_struct(content)


def thrift_struct(fields):
    """fields: (id, type, content); content None leaves the field out."""
    out, last = bytearray(), 0
    for number, kind, content in fields:
        if content is None:
            continue
        if kind in (TRUE, FALSE):
            kind = TRUE if content else FALSE
        delta = number - last
        out += bytes([delta << 4 | kind]) if 0 < delta < 16 else bytes([kind]) + e.zigzag(number)
        last = number
        if kind not in (TRUE, FALSE):
            out += thrift_value(kind, content)
    return bytes(out + b"\0")


# --- Schema ----------------------------------------------------------------------------------

UTF8, MAP, MAP_KEY_VALUE, LIST_TYPE, ENUM, DECIMAL, DATE = range(7)
TIME_MILLIS, TIME_MICROS, TIMESTAMP_MILLIS, TIMESTAMP_MICROS = range(7, 11)
JSON, BSON, INTERVAL = 19, 20, 21


def logical(number, content=()):
    """A LogicalType: the union's field and what stands in it."""
    return [(number, STRUCT, list(content))]


def decimal_type(precision, scale):
    return logical(5, [(1, I32, scale), (2, I32, precision)])


def time_type(number, unit, utc=False):
    """TIME (7) or TIMESTAMP (8) in MILLIS (1), MICROS (2), NANOS (3)."""
    return logical(number, [(1, TRUE, utc), (2, STRUCT, logical(unit))])


@dataclass
class Node:
    name: str
    repetition: int = OPTIONAL
    kind: int = None  # physical type; None: a group
    children: list = field(default_factory=list)
    converted: int = None
    logical: list = None
    length: int = None
    precision: int = None
    scale: int = None

    def elements(self):
        children = len(self.children) if self.kind is None else None
        yield [(1, I32, self.kind), (2, I32, self.length), (3, I32, self.repetition),
               (4, BINARY, self.name), (5, I32, children), (6, I32, self.converted),
               (7, I32, self.scale), (8, I32, self.precision), (10, STRUCT, self.logical)]
        for child in self.children:
            yield from child.elements()


@dataclass
class Leaf:
    path: tuple
    node: Node
    definition_max: int
    repetition_max: int
    entries: list  # (repetition, definition, value)


def leaves_of(nodes, path=(), definition=0, repetition=0):
    for node in nodes:
        d = definition + (node.repetition != REQUIRED)
        r = repetition + (node.repetition == REPEATED)
        if node.kind is not None:
            yield Leaf(path + (node.name,), node, d, r, [])
        else:
            yield from leaves_of(node.children, path + (node.name,), d, r)


def shred(nodes, row, leaves, repetition=0, definition=0, depth=0):
    """Dremel: the entries of one row, appended to each leaf. `leaves` is an iterator."""
    for node in nodes:
        value = None if row is None else row.get(node.name)
        deeper = depth + (node.repetition == REPEATED)
        if node.repetition == REPEATED:
            below = [] if value is None else value
        else:
            below = [] if value is None else [value]
        here = definition + (node.repetition != REQUIRED)
        mine = [next(leaves)] if node.kind is not None else list(
            next(leaves) for _ in leaves_of([node]))
        if not below:
            for leaf in mine:
                leaf.entries.append((repetition, definition, None))
        for i, one in enumerate(below):
            r = repetition if i == 0 else deeper
            if node.kind is not None:
                mine[0].entries.append((r, here, one))
            else:
                shred(node.children, one, iter(mine), r, here, deeper)


# --- Pages -----------------------------------------------------------------------------------

@dataclass
class Wish:
    """How a column is written. Encodings and the like take turns, page after page."""
    encodings: tuple = (e.PLAIN,)
    codec: int = e.UNCOMPRESSED
    compress: object = None      # a function of bytes, instead of the codec's own
    level: int = None
    version: int = 1
    rows_per_page: int = None    # None: all in one
    entries_per_page: int = None  # V1 only: pages may begin in the middle of a row
    level_encoding: int = e.RLE  # V1: also BIT_PACKED
    style: str = "mixed"         # of hybrid runs
    checksum: bool = False
    stored: bool = False         # V2 with is_compressed = false
    dictionary_offset: str = "right"  # right, absent, zero, data (the data page's own)
    dictionary_encoding: int = e.PLAIN
    index_width: int = None      # bits an index; None: as many as needed
    empty_pages: bool = False    # pages without values in between
    value_bytes: object = None   # a function of (encoding, kind, values)


def encoded(encoding, kind, values, wish, dictionary):
    if wish.value_bytes is not None and encoding not in (e.RLE_DICTIONARY, e.PLAIN_DICTIONARY):
        return wish.value_bytes(encoding, kind, values)
    if encoding in (e.RLE_DICTIONARY, e.PLAIN_DICTIONARY):
        width = wish.index_width
        if width is None:
            width = e.width_of(max(0, len(dictionary) - 1))
        indices = [dictionary[v] for v in values]
        return bytes([width]) + e.hybrid(indices, width, wish.style)
    if encoding == e.RLE:
        return e.boolean_rle(values, wish.style)
    if encoding == e.BYTE_STREAM_SPLIT:
        return e.split(kind, values)
    if encoding == e.DELTA_BINARY_PACKED:
        return e.delta_binary(values, 32 if kind == e.INT32 else 64)
    if encoding == e.DELTA_LENGTH_BYTE_ARRAY:
        return e.delta_length(values)
    if encoding == e.DELTA_BYTE_ARRAY:
        return e.delta_bytes(values)
    return e.plain(kind, values)


def pages_of(leaf, wish):
    """The entries, cut where the wish says."""
    entries = leaf.entries
    if wish.entries_per_page:
        size = wish.entries_per_page
        return [entries[i:i + size] for i in range(0, len(entries), size)]
    pages, rows = [[]], 0
    for entry in entries:
        if entry[0] == 0:
            if rows == wish.rows_per_page:
                pages.append([])
                rows = 0
            rows += 1
        pages[-1].append(entry)
    return pages


def level_bytes(levels, most, wish):
    if most == 0:
        return b""
    if wish.version == 1 and wish.level_encoding == e.BIT_PACKED:
        return e.pack_msb(levels, e.width_of(most))
    runs = e.hybrid(levels, e.width_of(most), wish.style)
    return runs if wish.version == 2 else struct.pack("<I", len(runs)) + runs


class Writer:
    """Collects the bytes of a file; `footer` may be changed before `bytes`."""

    def __init__(self, nodes, created_by="weir tests"):
        self.nodes = nodes
        self.created_by = created_by
        self.out = bytearray(b"PAR1")
        self.groups = []
        self.rows = 0

    def compressed(self, wish, data):
        if wish.compress is not None:
            return wish.compress(data)
        return e.compress(wish.codec, data, wish.level)

    def put_page(self, wish, header, raw_bytes, body):
        checksum = None
        if wish.checksum:
            checksum = zlib.crc32(body)
            checksum -= (checksum >> 31) << 32
        kind, number, fields = header
        self.out += thrift_struct([(1, I32, kind), (2, I32, raw_bytes), (3, I32, len(body)),
                                   (4, I32, checksum), (number, STRUCT, fields)]) + body

    def put_data_page(self, leaf, wish, entries, encoding, dictionary):
        values = [v for _, d, v in entries if d == leaf.definition_max]
        repetition = level_bytes([r for r, _, _ in entries], leaf.repetition_max, wish)
        definition = level_bytes([d for _, d, _ in entries], leaf.definition_max, wish)
        data = encoded(encoding, leaf.node.kind, values, wish, dictionary)
        raw = len(repetition) + len(definition) + len(data)
        if wish.version == 2:
            body = data if wish.stored else self.compressed(wish, data)
            fields = [(1, I32, len(entries)), (2, I32, len(entries) - len(values)),
                      (3, I32, sum(r == 0 for r, _, _ in entries)), (4, I32, encoding),
                      (5, I32, len(definition)), (6, I32, len(repetition)),
                      (7, TRUE, False if wish.stored else None)]
            self.put_page(wish, (3, 8, fields), raw, repetition + definition + body)
            return raw
        fields = [(1, I32, len(entries)), (2, I32, encoding), (3, I32, wish.level_encoding),
                  (4, I32, wish.level_encoding)]
        self.put_page(wish, (0, 5, fields), raw,
                      self.compressed(wish, repetition + definition + data))
        return raw

    def put_chunk(self, leaf, wish):
        start = len(self.out)
        dictionary = None
        if {e.RLE_DICTIONARY, e.PLAIN_DICTIONARY} & set(wish.encodings):
            dictionary = {}
            for _, d, value in leaf.entries:
                if d == leaf.definition_max:
                    dictionary.setdefault(value, len(dictionary))
            data = e.plain(leaf.node.kind, list(dictionary))
            self.put_page(wish, (2, 7, [(1, I32, len(dictionary)),
                                        (2, I32, wish.dictionary_encoding)]),
                          len(data), self.compressed(wish, data))
        first = len(self.out)
        for number, entries in enumerate(pages_of(leaf, wish)):
            encoding = wish.encodings[number % len(wish.encodings)]
            self.put_data_page(leaf, wish, entries, encoding, dictionary)
            if wish.empty_pages:
                self.put_data_page(leaf, wish, [], encoding, dictionary)
        offsets = {"right": (start, first), "absent": (None, start), "zero": (0, start),
                   "data": (start, start)}[wish.dictionary_offset]
        if dictionary is None:
            offsets = (None, first)
        size = len(self.out) - start
        encodings = sorted({*wish.encodings, wish.level_encoding})
        metadata = [(1, I32, leaf.node.kind), (2, LIST, (I32, encodings)),
                    (3, LIST, (BINARY, leaf.path)), (4, I32, wish.codec),
                    (5, I64, len(leaf.entries)), (6, I64, size), (7, I64, size),
                    (9, I64, offsets[1]), (11, I64, offsets[0])]
        return [(2, I64, start), (3, STRUCT, metadata)], size

    def group(self, rows, wishes=None, default=Wish()):
        """Writes a row group. wishes: {path joined with dots: Wish}."""
        leaves = list(leaves_of(self.nodes))
        for row in rows:
            shred(self.nodes, row, iter(leaves))
        chunks, total = [], 0
        for leaf in leaves:
            chunk, size = self.put_chunk(leaf, (wishes or {}).get(".".join(leaf.path), default))
            chunks.append(chunk)
            total += size
        self.groups.append([(1, LIST, (STRUCT, chunks)), (2, I64, total), (3, I64, len(rows))])
        self.rows += len(rows)
        return self

    def bytes(self):
        root = [(4, BINARY, "schema"), (5, I32, len(self.nodes))]
        elements = [root] + [el for node in self.nodes for el in node.elements()]
        footer = thrift_struct([(1, I32, 1), (2, LIST, (STRUCT, elements)), (3, I64, self.rows),
                                (4, LIST, (STRUCT, self.groups)), (6, BINARY, self.created_by)])
        return bytes(self.out) + footer + struct.pack("<I", len(footer)) + b"PAR1"

    def write(self, path):
        with open(path, "wb") as file:
            file.write(self.bytes())
        return path
