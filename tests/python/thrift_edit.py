"""Thrift compact protocol as a tree that can be changed and written again: for files that lie.

A struct is a list of [field id, type, value]; a list is (element type, [values]).
"""

STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)


class Struct:
    def __init__(self, fields=None):
        self.fields = fields or []

    def field(self, number):
        for field in self.fields:
            if field[0] == number:
                return field
        return None

    def has(self, number):
        return self.field(number) is not None

    def __getitem__(self, number):
        """The value of a field; elements for a list."""
        field = self.field(number)
        assert field is not None, f"no field {number}"
        if field[1] in (TRUE, FALSE):
            return field[1] == TRUE
        return field[2][1] if field[1] == LIST else field[2]

    def put(self, number, kind, value):
        """Sets a field, or adds it in its place."""
        if kind in (TRUE, FALSE):
            kind = TRUE if value else FALSE
        field = self.field(number)
        if field is None:
            self.fields.append([number, kind, value])
            self.fields.sort(key=lambda entry: entry[0])
        else:
            field[1], field[2] = kind, value

    def change(self, number, value):
        field = self.field(number)
        assert field is not None, f"no field {number}"
        if field[1] in (TRUE, FALSE):
            field[1] = TRUE if value else FALSE
        elif field[1] == LIST:
            field[2] = (field[2][0], value)
        else:
            field[2] = value

    def drop(self, number):
        self.fields = [field for field in self.fields if field[0] != number]


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def read_zigzag(data, at):
    value, at = read_varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def read_value(data, at, kind, in_list=False):
    if kind in (TRUE, FALSE):
        return (data[at] == 1, at + 1) if in_list else (kind == TRUE, at)
    if kind == BYTE:
        return data[at], at + 1
    if kind in (I16, I32, I64):
        return read_zigzag(data, at)
    if kind == DOUBLE:
        return data[at:at + 8], at + 8
    if kind == BINARY:
        count, at = read_varint(data, at)
        return bytes(data[at:at + count]), at + count
    if kind == LIST:
        head = data[at]
        at += 1
        count = head >> 4
        if count == 15:
            count, at = read_varint(data, at)
        values = []
        for _ in range(count):
            value, at = read_value(data, at, head & 15, True)
            values.append(value)
        return (head & 15, values), at
    assert kind == STRUCT, f"type {kind}"
    return read_struct(data, at)


def read_struct(data, at=0):
    """(Struct, offset behind it)."""
    fields, number = [], 0
    while True:
        head = data[at]
        at += 1
        if head & 15 == STOP:
            return Struct(fields), at
        if head >> 4:
            number += head >> 4
        else:
            number, at = read_zigzag(data, at)
        value, at = read_value(data, at, head & 15)
        fields.append([number, head & 15, value])


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def write_value(kind, value, in_list=False):
    if kind in (TRUE, FALSE):
        return bytes([1 if value else 2]) if in_list else b""
    if kind == BYTE:
        return bytes([value])
    if kind in (I16, I32, I64):
        return zigzag(value)
    if kind == DOUBLE:
        return value
    if kind == BINARY:
        return varint(len(value)) + value
    if kind == LIST:
        element, values = value
        head = bytes([len(values) << 4 | element]) if len(values) < 15 else \
            bytes([0xF0 | element]) + varint(len(values))
        return head + b"".join(write_value(element, v, True) for v in values)
    return write_struct(value)


def write_struct(struct):
    out, before = bytearray(), 0
    for number, kind, value in struct.fields:
        if 0 < number - before < 16:
            out.append(number - before << 4 | kind)
        else:
            out.append(kind)
            out += zigzag(number)
        out += write_value(kind, value)
        before = number
    out.append(STOP)
    return bytes(out)


class File:
    """A Parquet file whose footer, page index and page headers can be changed."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        count = int.from_bytes(self.data[-8:-4], "little")
        self.footer, _ = read_struct(self.data, len(self.data) - 8 - count)
        del self.data[len(self.data) - 8 - count:]

    def group(self, group):
        return self.footer[4][group]

    def chunk(self, group, column):
        """The ColumnChunk."""
        return self.group(group)[1][column]

    def meta(self, group, column):
        return self.chunk(group, column)[3]

    def index(self, group, column, columns):
        """The ColumnIndex (columns) or the OffsetIndex of a chunk; None when there is none."""
        chunk = self.chunk(group, column)
        if not chunk.has(6 if columns else 4):
            return None
        return read_struct(self.data, chunk[6 if columns else 4])[0]

    def put_index(self, group, column, columns, index):
        """Writes a changed index behind everything and points the chunk at it."""
        chunk = self.chunk(group, column)
        body = write_struct(index)
        chunk.change(6 if columns else 4, len(self.data))
        chunk.change(7 if columns else 5, len(body))
        self.data += body

    def pages(self, group, column):
        """(offset, header, offset of the body) of each page of a chunk."""
        meta = self.meta(group, column)
        at = meta[9] if not meta.has(11) else min(meta[9], meta[11])
        left = meta[5]
        while left > 0:
            header, body = read_struct(self.data, at)
            yield at, header, body
            for part in (5, 8):
                left -= header[part][1] if header.has(part) else 0
            at = body + header[3]

    def put_header(self, offset, body, header):
        """Writes a changed page header, which must have kept its length."""
        written = write_struct(header)
        assert len(written) == body - offset, f"{len(written)} bytes for {body - offset}"
        self.data[offset:body] = written

    def write(self, path):
        footer = write_struct(self.footer)
        with open(path, "wb") as file:
            file.write(self.data + footer + len(footer).to_bytes(4, "little") + b"PAR1")
        return path
