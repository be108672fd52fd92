"""Legal files that no common writer makes, written by craft.py: rare types and forms of values.

`weir cat` prints what went in; pyarrow, where it can read the file, confirms that the file says so.
"""

import random
import struct

import encode as e
import shapes
from craft import (BSON, DATE, DECIMAL, ENUM, INTERVAL, JSON, OPTIONAL, TIMESTAMP_MICROS,
                   TIMESTAMP_MILLIS, TIME_MICROS, TIME_MILLIS, UTF8, Node, decimal_type, logical,
                   time_type)
from crafted import canonical, every, flat, in_layouts, some
from harness import workdir

SEED = 20267


def big_endian(value, length=None):
    least = max(1, (value if value >= 0 else ~value).bit_length() // 8 + 1)
    return value.to_bytes(max(length or 0, least), "big", signed=True)


def decimals(rng, precision, scale, store):
    """store: how the unscaled integer becomes stored bytes, or the integer itself."""
    top = 10**precision - 1
    unscaled = [0, 1, -1, top, -top, *some(rng, 40, lambda: rng.randint(-top, top))]
    return ([None if u is None else store(u) for u in unscaled],
            [{"x": None if u is None else shapes.decimal(u, scale)} for u in unscaled])


def test_decimals_in_byte_arrays():
    """Shortest form, or with sign bytes to spare; pyarrow takes 16 bytes at most up to precision
    38 and 32 beyond."""
    rng = random.Random(SEED)
    directory = workdir("crafted/decimals")
    for precision in (1, 2, 4, 9, 10, 18, 19, 20, 37, 38, 39, 57, 76):
        for scale in {0, precision // 3, precision}:
            for spare in (0, 3, 40):
                name = f"p{precision}s{scale}-{spare}"
                values, wanted = decimals(rng, precision, scale,
                                          lambda u: big_endian(u, rng.randrange(spare + 1)))
                column = ([Node("x", OPTIONAL, e.BYTE_ARRAY, converted=DECIMAL, scale=scale,
                                precision=precision, logical=decimal_type(precision, scale))],
                          [{"x": v} for v in values], wanted)
                # pyarrow refuses more bytes than the type of the precision has
                reads = spare == 0 or (spare == 3 and precision != 38)
                if scale == precision // 3:
                    cases = in_layouts(directory, name, column,
                                       (e.PLAIN, e.RLE_DICTIONARY, e.DELTA_LENGTH_BYTE_ARRAY,
                                        e.DELTA_BYTE_ARRAY), reads)
                else:
                    cases = list(in_layouts(directory, name, column, (e.PLAIN,), reads))[:2]
                yield name, lambda cases=cases: every(cases)


def test_decimals_in_fixed_and_integers():
    """Only the converted type, as old writers have it; FIXED_LEN longer than need be."""
    rng = random.Random(SEED + 1)
    directory = workdir("crafted/decimals-fixed")
    for precision, length in ((1, 1), (2, 1), (5, 16), (9, 20), (18, 8), (18, 9), (19, 9), (20, 31),
                              (38, 16), (38, 17), (38, 32), (39, 17), (50, 40), (76, 32)):
        values, wanted = decimals(rng, precision, 1, lambda u, n=length: big_endian(u, n))
        column = ([Node("x", OPTIONAL, e.FIXED, converted=DECIMAL, scale=1, precision=precision,
                        length=length)], [{"x": v} for v in values], wanted)
        reads = length <= (16 if precision <= 38 else 32)
        cases = in_layouts(directory, f"p{precision}-{length}", column,
                           (e.PLAIN, e.RLE_DICTIONARY, e.BYTE_STREAM_SPLIT, e.DELTA_BYTE_ARRAY),
                           reads)
        yield f"p{precision} in {length} bytes", lambda cases=cases: every(cases)
    for kind, most in ((e.INT32, 9), (e.INT64, 18)):
        def case(kind=kind, most=most):
            for precision in range(1, most + 1):
                values, wanted = decimals(rng, precision, precision // 2, lambda u: u)
                column = ([Node("x", OPTIONAL, kind, converted=DECIMAL, scale=precision // 2,
                                precision=precision)], [{"x": v} for v in values], wanted)
                every(list(in_layouts(directory, f"i{kind}p{precision}", column,
                                      (e.PLAIN, e.DELTA_BINARY_PACKED)))[:8:3])
        yield f"in integers of type {kind}", case


def int96(days, nanos):
    return struct.pack("<qi", nanos, days + 2440588)


def test_int96():
    """All that 64 bits of microseconds hold: pyarrow's nanoseconds end in 2262."""
    rng = random.Random(SEED + 2)
    directory = workdir("crafted/int96")
    day = 86400 * 10**9
    stamps = [(0, 0), (0, 1), (-1, day - 1), (19723, 3600 * 10**9), (105202200, 123456789000),
              (106751990, day - 1), (-106751990, 0), (-2440588, 12),
              *some(rng, 40, lambda: (rng.randrange(-10**6, 10**6), rng.randrange(day)))]
    column = flat(e.INT96, [None if s is None else int96(*s) for s in stamps])
    wanted = [{"x": None if s is None else shapes.timestamp(s[0] * day + s[1], "ns")}
              for s in stamps]
    cases = in_layouts(directory, "int96", (column[0], column[1], wanted),
                       (e.PLAIN, e.RLE_DICTIONARY), False)
    yield "far and near", lambda: every(cases)


def rare_types(rng):
    """(name, column, encodings, pyarrow reads it)."""
    words = ("alpha", "beta", "", "Stra\u00dfe")
    bytes_like = (e.PLAIN, e.RLE_DICTIONARY, e.DELTA_LENGTH_BYTE_ARRAY, e.DELTA_BYTE_ARRAY)
    fixed_like = (e.PLAIN, e.RLE_DICTIONARY, e.BYTE_STREAM_SPLIT, e.DELTA_BYTE_ARRAY)
    integers = (e.PLAIN, e.RLE_DICTIONARY, e.DELTA_BINARY_PACKED, e.BYTE_STREAM_SPLIT)
    texts = some(rng, 60, lambda: rng.choice(words).encode())
    for name, node in (("enum", {"converted": ENUM}), ("enum-logical", {"logical": logical(4)}),
                       ("json", {"converted": JSON}), ("json-logical", {"logical": logical(12)}),
                       ("utf8", {"converted": UTF8}), ("string", {"logical": logical(1)})):
        values = texts if "json" not in name else some(rng, 60, lambda: b'{"a": [1, null]}')
        yield name, flat(e.BYTE_ARRAY, values, **node), bytes_like, True
    documents = some(rng, 40, lambda: b"\x0c\0\0\0\x10a\0" + rng.randbytes(4) + b"\0")
    yield "bson", flat(e.BYTE_ARRAY, documents, converted=BSON), bytes_like, True
    yield "bson-logical", flat(e.BYTE_ARRAY, documents, logical=logical(13)), bytes_like, True
    yield "uuid", flat(e.FIXED, some(rng, 40, lambda: rng.randbytes(16)), shapes.uuid, length=16,
                       logical=logical(14)), fixed_like, True
    halves = [struct.pack("<H", bits) for bits in
              (0, 0x8000, 1, 0x3FF, 0x400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00, 0xFE01)]
    halves += some(rng, 60, lambda: struct.pack("<H", rng.getrandbits(16)))
    yield "half", flat(e.FIXED, halves, lambda v: shapes.real(struct.unpack("<e", v)[0]), length=2,
                       logical=logical(15)), fixed_like, True
    yield "unknown-bytes", flat(e.BYTE_ARRAY, texts, logical=logical(60)), bytes_like, True
    yield "unknown-int", flat(e.INT32, some(rng, 40, lambda: rng.randrange(99)),
                              logical=logical(61)), integers, True
    for bits in (8, 16, 32, 64):
        kind = e.INT64 if bits == 64 else e.INT32
        top = (1 << bits) - 1
        values = some(rng, 50, lambda: rng.choice((0, 1, top, rng.randint(0, top))))
        signed = [None if v is None else v - (1 << max(32, bits)) if v >> (max(32, bits) - 1) else v
                  for v in values]
        shown = dict(zip(signed, values))
        for name, node in ((f"uint{bits}", {"converted": {8: 11, 16: 12, 32: 13, 64: 14}[bits]}),
                           (f"uint{bits}-logical",
                            {"logical": logical(10, [(1, 3, bits), (2, 1, False)])})):
            yield name, flat(kind, signed, lambda v, s=shown: canonical(s[v]), **node), integers, \
                True
    days = some(rng, 50, lambda: rng.randrange(-700000, 2900000))
    yield "date", flat(e.INT32, days, shapes.date, converted=DATE), integers, True
    yield "date-logical", flat(e.INT32, days, shapes.date, logical=logical(6)), integers, True
    yield from clocks(rng, integers)
    yield "null", flat(e.INT32, [None] * 20, logical=logical(11)), (e.PLAIN,), True


def clocks(rng, integers):
    """TIME and TIMESTAMP: converted types, which mean UTC, and logical types in three units."""
    per = {"ms": 10**3, "us": 10**6, "ns": 10**9}
    for unit, number in (("ms", 1), ("us", 2), ("ns", 3)):
        kind = e.INT32 if unit == "ms" else e.INT64
        times = some(rng, 50, lambda: rng.randrange(86400 * per[unit]))
        stamps = some(rng, 50, lambda: rng.randint(-(1 << 62), 1 << 62))
        for utc in (False, True):
            label = f"{unit}{'-utc' if utc else ''}"
            yield f"time-{label}", flat(e.INT32 if unit == "ms" else e.INT64, times,
                                        lambda v, u=unit: shapes.clock(v, u),
                                        logical=time_type(7, number, utc)), integers, True
            yield f"stamp-{label}", flat(e.INT64, stamps,
                                         lambda v, u=unit, z=utc: shapes.timestamp(v, u, z),
                                         logical=time_type(8, number, utc)), integers, True
        if unit != "ns":
            converted = {"ms": (TIME_MILLIS, TIMESTAMP_MILLIS),
                         "us": (TIME_MICROS, TIMESTAMP_MICROS)}[unit]
            yield f"time-{unit}-converted", flat(kind, times, lambda v, u=unit: shapes.clock(v, u),
                                                 converted=converted[0]), integers, True
            yield f"stamp-{unit}-converted", flat(
                e.INT64, stamps, lambda v, u=unit: shapes.timestamp(v, u, True),
                converted=converted[1]), integers, True


def test_rare_types():
    directory = workdir("crafted/types")
    for name, column, encodings, reads in rare_types(random.Random(SEED + 3)):
        cases = in_layouts(directory, name, column, encodings, reads)
        yield name, lambda cases=cases: every(cases)


def test_interval():
    """Months, days, milliseconds; pyarrow shows the twelve bytes."""
    directory = workdir("crafted/interval")
    rng = random.Random(SEED + 4)
    spans = [(0, 0, 0), (1, 2, 3), (2**32 - 1,) * 3,
             *some(rng, 30, lambda: tuple(rng.randrange(1000) for _ in range(3)))]
    stored = [None if s is None else struct.pack("<III", *s) for s in spans]
    column = flat(e.FIXED, stored, interval, length=12, converted=INTERVAL)
    every(in_layouts(directory, "interval", column,
                     (e.PLAIN, e.RLE_DICTIONARY, e.DELTA_BYTE_ARRAY), False))


def interval(stored):
    """An ISO 8601 duration; days do not become months, nor hours days."""
    months, days, millis = struct.unpack("<III", stored)
    text = (f"{months}M" if months else "") + (f"{days}D" if days else "")
    if millis or not text:
        text += f"T{millis // 1000}" + (f".{millis % 1000:03}" if millis % 1000 else "") + "S"
    return "P" + text
