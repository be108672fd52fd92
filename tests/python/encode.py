"""Parquet's encodings, written plainly: the other side of what weir decodes.

Numbers of Encoding and CompressionCodec in parquet.thrift. Where a writer has a choice the
functions have an argument for it.
"""

import struct
import zlib

import pyarrow as pa

PLAIN, PLAIN_DICTIONARY, RLE, BIT_PACKED = 0, 2, 3, 4
DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY = 5, 6, 7
RLE_DICTIONARY, BYTE_STREAM_SPLIT = 8, 9

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED = range(8)

UNCOMPRESSED, SNAPPY, GZIP, LZO, BROTLI, LZ4, ZSTD, LZ4_RAW = range(8)


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def pack(values, width):
    """Least significant bit first, padded with zeros to whole bytes."""
    bits = 0
    for i, value in enumerate(values):
        bits |= (value & (1 << width) - 1) << (i * width)
    return bits.to_bytes((len(values) * width + 7) // 8, "little")


def pack_msb(values, width):
    """The deprecated BIT_PACKED: most significant bit first, without length or header."""
    bits = 0
    for value in values:
        bits = bits << width | value
    count = len(values) * width
    return (bits << -count % 8).to_bytes((count + 7) // 8, "big")


def hybrid(values, width, style="mixed"):
    """RLE / bit-packed runs. Styles: rle, packed, mixed; long: the last packed run has groups more
    than it needs; empty: with runs of no values in between."""
    out = bytearray()
    at = 0
    while at < len(values):
        same = at
        while same < len(values) and values[same] == values[at]:
            same += 1
        if style == "empty":
            out += b"\0" + bytes((width + 7) // 8) + b"\1"
        if style == "rle" or style != "packed" and same - at >= 8:
            out += varint(same - at << 1) + values[at].to_bytes((width + 7) // 8, "little")
            at = same
            continue
        count = len(values) - at if style == "packed" else min(len(values) - at, 8 * 6)
        groups = (count + 7) // 8 + (5 if style == "long" and at + count == len(values) else 0)
        out += varint(groups << 1 | 1)
        out += pack(values[at:at + count] + [0] * (groups * 8 - count), width)
        at += count
    return bytes(out)


def width_of(largest):
    return largest.bit_length()


FORMATS = {INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}


def plain(kind, values):
    if kind == BOOLEAN:
        return pack([int(v) for v in values], 1)
    if kind == BYTE_ARRAY:
        return b"".join(struct.pack("<I", len(v)) + v for v in values)
    if kind in FORMATS:
        return b"".join(struct.pack(FORMATS[kind], v) for v in values)
    return b"".join(values)  # FIXED, INT96


def boolean_rle(values, style="mixed"):
    runs = hybrid([int(v) for v in values], 1, style)
    return struct.pack("<I", len(runs)) + runs


def split(kind, values):
    data = plain(kind, values)
    width = len(data) // max(1, len(values))
    return b"".join(data[i::width] for i in range(width)) if values else b""


def delta_binary(values, bits=64, block=128, minis=4, spare_width=0, whole_last=True, wide=False):
    """spare_width: what unused mini-blocks say their width is. whole_last: the last mini-block is
    padded. wide: deltas of the plain numbers, one bit more than the type (DuckDB, old arrow-go)."""
    out = bytearray(varint(block) + varint(minis) + varint(len(values)))
    out += zigzag(values[0] if values else 0)
    mask = (1 << bits) - 1
    each = block // minis

    def wrapped(delta):
        if wide:
            return delta
        delta &= mask
        return delta - (1 << bits) if delta >> (bits - 1) else delta

    deltas = [wrapped(b - a) for a, b in zip(values, values[1:])]
    for at in range(0, len(deltas), block):
        some = deltas[at:at + block]
        least = min(some)
        above = [d - least if wide else (d - least) & mask for d in some]
        groups = [above[i:i + each] for i in range(0, len(above), each)]
        widths = [max(map(width_of, group)) for group in groups]
        out += zigzag(least) + bytes(widths + [spare_width] * (minis - len(groups)))
        for group, width in zip(groups, widths):
            last = whole_last or group is not groups[-1] or at + block < len(deltas)
            out += pack(group + [0] * (each - len(group) if last else 0), width)
    return bytes(out)


def delta_length(values):
    return delta_binary([len(v) for v in values], 32) + b"".join(values)


def delta_bytes(values):
    prefixes, last = [], b""
    for value in values:
        same = 0
        while same < min(len(value), len(last)) and value[same] == last[same]:
            same += 1
        prefixes.append(same)
        last = value
    return delta_binary(prefixes, 32) + delta_length([v[p:] for v, p in zip(values, prefixes)])


def lz4_hadoop(data, frame=100):
    """Frames of [raw length][compressed length] in big endian before each block."""
    codec = pa.Codec("lz4_raw")
    out = b""
    for at in range(0, len(data), frame):
        block = codec.compress(data[at:at + frame], asbytes=True)
        out += struct.pack(">II", len(data[at:at + frame]), len(block)) + block
    return out


def gzip_members(data, member=70):
    out = b""
    for at in range(0, len(data), member) or [0]:
        one = zlib.compressobj(wbits=31)
        out += one.compress(data[at:at + member]) + one.flush()
    return out


def compress(codec, data, level=None, **how):
    if callable(codec):
        return codec(data)
    if codec == UNCOMPRESSED:
        return data
    if codec == LZ4:
        return lz4_hadoop(data, **how)
    name = {SNAPPY: "snappy", GZIP: "gzip", BROTLI: "brotli", ZSTD: "zstd", LZ4_RAW: "lz4_raw"}
    return pa.Codec(name[codec], compression_level=level).compress(data, asbytes=True)
