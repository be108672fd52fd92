"""Tables of one family of types each, with the edges of every type and nulls at every level."""

import random
import struct
import uuid
from decimal import Decimal, localcontext

import pyarrow as pa

SEED = 20263

INTEGERS = {f"{sign}int{bits}": (getattr(pa, f"{sign}int{bits}")(), bits, not sign)
            for sign in ("", "u") for bits in (8, 16, 32, 64)}
FLOATS = {"half": (pa.float16(), "e"), "float": (pa.float32(), "f"), "double": (pa.float64(), "d")}
DAY = {"s": 86400, "ms": 86400 * 10**3, "us": 86400 * 10**6, "ns": 86400 * 10**9}
TEXTS = ["", "a", "alpha", "alphabet", "alphabetical", "gamma delta", "Stra\u00dfe",
         "\u6771\u4eac", "\U0001f600 smile", 'with "quotes"', "back\\slash", "line\nbreak", "\0",
         "\x01\x1f\x7f", "x" * 130, "x" * 129 + "y", "null", "\u00e4" * 40]


def holes(rng, values, style):
    """The values with nulls put in: none, some, runs of them, only nulls."""
    if style == "none":
        return list(values)
    if style == "all":
        return [None] * len(values)
    result, gap = [], 0
    for value in values:
        if gap == 0 and rng.random() < (0.03 if style == "runs" else 0.25):
            gap = rng.randrange(5, 60) if style == "runs" else 1
        result.append(None if gap else value)
        gap = max(0, gap - 1)
    return result


def whole(rng, count, low, high):
    """Integers: edges, anything, near zero, and a stretch of equal ones."""
    values = [rng.choice((rng.randint(low, high), rng.randint(max(low, -9), 9))) for _ in
              range(count)]
    for i, edge in enumerate((low, high, 0, low + 1, high - 1, high, low)):
        if count > 8:
            values[(i * 5) % count] = edge
    at = count // 2
    values[at:at + count // 5] = values[at:at + 1] * (count // 5)
    return values


def floats(rng, count, code):
    bits, width = {"e": ("H", 16), "f": ("I", 32), "d": ("Q", 64)}[code]
    values = [struct.unpack("<" + code, struct.pack("<" + bits, rng.getrandbits(width)))[0]
              if rng.random() < 0.4 else float(rng.randrange(-40, 40)) / 4 for _ in range(count)]
    edges = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0,
             struct.unpack("<" + code, struct.pack("<" + bits, 1))[0]]
    for i, edge in enumerate(edges):
        if count > 8:
            values[(i * 3) % count] = edge
    return values


def column(rng, values, kind, style):
    return pa.array(holes(rng, values, style), kind)


def put(fields, name, array, nullable=True):
    fields.append((pa.field(name, array.type, nullable), array))


def table_of(fields):
    return pa.Table.from_arrays([array for _, array in fields],
                                schema=pa.schema([field for field, _ in fields]))


def numbers(rows, seed=SEED):
    rng = random.Random(seed)
    fields = []
    for name, (kind, bits, signed) in INTEGERS.items():
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        values = whole(rng, rows, low, high)
        put(fields, name, column(rng, values, kind, "some"))
        put(fields, name + "_required", column(rng, values[::-1], kind, "none"), False)
    for name in ("float", "double"):
        kind, code = FLOATS[name]
        put(fields, name, column(rng, floats(rng, rows, code), kind, "some"))
        put(fields, name + "_required", column(rng, floats(rng, rows, code), kind, "none"), False)
    put(fields, "constant", pa.array([2**40 + 1] * rows, pa.int64()), False)
    put(fields, "ascending", pa.array([3 * i - 400 for i in range(rows)], pa.int32()), False)
    put(fields, "runs", column(rng, [i // 40 for i in range(rows)], pa.int64(), "runs"))
    put(fields, "all_null", pa.array([None] * rows, pa.int32()))
    flags = [rng.random() < 0.5 if i % 100 < 60 else i % 200 < 100 for i in range(rows)]
    put(fields, "flag", column(rng, flags, pa.bool_(), "some"))
    put(fields, "flag_runs", column(rng, flags, pa.bool_(), "runs"))
    put(fields, "flag_required", column(rng, flags, pa.bool_(), "none"), False)
    put(fields, "nothing", pa.nulls(rows))
    return table_of(fields)


def temporal(rows, seed=SEED):
    rng = random.Random(seed + 1)
    fields = []
    days = whole(rng, rows, -719162, 2932896)  # years 1 to 9999
    put(fields, "date", column(rng, days, pa.int32(), "some").cast(pa.date32()))
    far = whole(rng, rows, -(1 << 31), (1 << 31) - 1)
    put(fields, "date_far", column(rng, far, pa.int32(), "none").cast(pa.date32()), False)
    put(fields, "date64", column(rng, [d * DAY["ms"] for d in days], pa.int64(), "some").cast(
        pa.date64()))
    for unit in ("s", "ms", "us", "ns"):
        narrow = unit in ("s", "ms")
        kind = pa.time32(unit) if narrow else pa.time64(unit)
        clock = [rng.choice((0, DAY[unit] - 1, rng.randrange(DAY[unit]))) for _ in range(rows)]
        stored = column(rng, clock, pa.int32() if narrow else pa.int64(), "some")
        put(fields, "time_" + unit, stored.cast(kind))
        top = (1 << 63) // 1000 - 1 if unit == "s" else (1 << 63) - 1  # seconds become ms
        for zone in (None, "UTC"):
            stamps = whole(rng, rows, -top - 1, top)
            stamps = [s if i % 3 else rng.randrange(2 * 10**9) * DAY[unit] // 86400
                      for i, s in enumerate(stamps)]
            put(fields, f"ts_{unit}" + ("_utc" if zone else ""),
                column(rng, stamps, pa.int64(), "some").cast(pa.timestamp(unit, zone)))
    put(fields, "duration", column(rng, whole(rng, rows, -10**12, 10**12), pa.int64(), "some").cast(
        pa.duration("us")))
    return table_of(fields)


def int96(rows, seed=SEED):
    """Written with use_deprecated_int96_timestamps; what int64 nanoseconds can hold."""
    rng = random.Random(seed + 2)
    fields = []
    for unit, top in (("s", 9223372036), ("ms", 9223372036854), ("us", 9223372036854775),
                      ("ns", (1 << 63) - 1)):
        stamps = [rng.randint(-top, top) if i % 2 else rng.randrange(DAY[unit])
                  for i in range(rows)]
        put(fields, "ts_" + unit, column(rng, stamps, pa.int64(), "some").cast(pa.timestamp(unit)))
        put(fields, "ts_" + unit + "_required",
            column(rng, stamps[::-1], pa.int64(), "none").cast(pa.timestamp(unit)), False)
    return table_of(fields)


def decimal_kind(precision, scale):
    return (pa.decimal128 if precision <= 38 else pa.decimal256)(precision, scale)


def decimals_of(rng, count, precision, scale):
    top = 10**precision - 1
    with localcontext() as context:
        context.prec = 100
        return [Decimal(v).scaleb(-scale) for v in whole(rng, count, -top, top)]


def decimals(rows, seed=SEED, precisions=tuple(range(1, 39))):
    rng = random.Random(seed + 3)
    fields = []
    for precision in precisions:
        scale = (0, precision, precision // 2, 1)[precision % 4]
        values = decimals_of(rng, rows, precision, scale)
        style = "some" if precision % 2 else "none"
        put(fields, f"p{precision}_s{scale}",
            column(rng, values, decimal_kind(precision, scale), style), style != "none")
    return table_of(fields)


def large_decimals(rows, seed=SEED):
    """Beyond 38 digits."""
    return decimals(rows, seed, (39, 40, 41, 45, 50, 57, 58, 64, 75, 76))


def octets(rng, count, length=None):
    """Byte arrays that are rarely UTF-8 and often begin alike."""
    values = []
    for i in range(count):
        size = rng.randrange(24) if length is None else length
        fresh = rng.randbytes(size)
        keep = rng.randrange(size + 1)
        values.append((values[-1][:keep] + fresh)[:size] if i % 3 and values and length is not None
                      else fresh)
    return values


def texts(rows, seed=SEED):
    rng = random.Random(seed + 4)
    fields = []
    words = [rng.choice(TEXTS) for _ in range(rows)]
    keys = [f"key/{i // 7:05}/{rng.randrange(50)}" for i in range(rows)]
    unique = [f"{rng.getrandbits(80):x}" for _ in range(rows)]
    raw = octets(rng, rows)
    for name, kind in (("string", pa.string()), ("large_string", pa.large_string()),
                       ("string_view", pa.string_view())):
        put(fields, name, column(rng, words, kind, "some"))
    put(fields, "string_required", column(rng, words, pa.string(), "none"), False)
    put(fields, "keys", column(rng, sorted(keys), pa.string(), "runs"))
    put(fields, "unique", column(rng, unique, pa.string(), "none"), False)
    put(fields, "empty", pa.array([""] * rows))
    put(fields, "no_string", pa.array([None] * rows, pa.string()))
    for name, kind in (("binary", pa.binary()), ("large_binary", pa.large_binary()),
                       ("binary_view", pa.binary_view())):
        put(fields, name, column(rng, raw, kind, "some"))
    put(fields, "binary_required", column(rng, raw[::-1], pa.binary(), "none"), False)
    put(fields, "json", column(rng, ['{"a": %d}' % (i % 9) for i in range(rows)], pa.json_(),
                               "some"))
    put(fields, "category", column(rng, words, pa.string(), "some").dictionary_encode())
    return table_of(fields)


def fixed(rows, seed=SEED, lengths=tuple(range(1, 41))):
    rng = random.Random(seed + 5)
    fields = []
    for length in lengths:
        style = "some" if length % 3 else "none"
        put(fields, f"f{length}", column(rng, octets(rng, rows, length), pa.binary(length), style),
            style != "none")
    put(fields, "half", column(rng, floats(rng, rows, "e"), pa.float16(), "some"))
    put(fields, "half_required", column(rng, floats(rng, rows, "e"), pa.float16(), "none"), False)
    ids = [uuid.UUID(int=rng.getrandbits(128)).bytes for _ in range(rows)]
    put(fields, "uuid", column(rng, ids, pa.uuid(), "some"))
    return table_of(fields)


def some_list(rng, make, chance=0.2, long=False):
    """A list of made elements; null or empty now and then, long once in a while."""
    dice = rng.random()
    if dice < chance:
        return None
    if dice < 2 * chance:
        return []
    return [make() for _ in range(rng.randrange(60, 90) if long and dice > 0.97
                                  else rng.randrange(1, 5))]


def maybe(rng, make, chance=0.2):
    return None if rng.random() < chance else make()


def lists(rows, seed=SEED):
    rng = random.Random(seed + 6)
    fields = []

    def number():
        return maybe(rng, lambda: rng.randint(-(1 << 40), 1 << 40))

    def small():
        return maybe(rng, lambda: rng.randrange(-5, 100))

    def word():
        return maybe(rng, lambda: rng.choice(TEXTS))

    def nested(make, depth):
        return some_list(rng, make if depth == 1 else lambda: nested(make, depth - 1))

    def rows_of(make):
        return [make() for _ in range(rows)]

    put(fields, "ints", pa.array(rows_of(lambda: some_list(rng, number, long=True)),
                                 pa.list_(pa.int64())))
    put(fields, "words", pa.array(rows_of(lambda: some_list(rng, word)), pa.list_(pa.string())))
    put(fields, "large", pa.array(rows_of(lambda: some_list(rng, lambda: rng.random())),
                                  pa.large_list(pa.float64())))
    strict = pa.list_(pa.field("item", pa.int32(), False))
    put(fields, "strict", pa.array(rows_of(lambda: some_list(rng, lambda: rng.randrange(9), 0)),
                                   strict), False)
    put(fields, "fixed3", pa.array(rows_of(lambda: maybe(rng, lambda: [small(), small(), small()])),
                                   pa.list_(pa.int16(), 3)))
    put(fields, "two", pa.array(rows_of(lambda: nested(small, 2)), pa.list_(pa.list_(pa.int32()))))
    put(fields, "three", pa.array(rows_of(lambda: nested(word, 3)),
                                  pa.list_(pa.list_(pa.list_(pa.string())))))
    put(fields, "flags", pa.array(rows_of(lambda: some_list(rng, lambda: rng.random() < 0.5)),
                                  pa.list_(pa.bool_())))
    put(fields, "bytes4", pa.array(rows_of(lambda: some_list(rng, lambda: rng.randbytes(4))),
                                   pa.list_(pa.binary(4))))
    put(fields, "money", pa.array(
        rows_of(lambda: some_list(rng, lambda: Decimal(rng.randrange(10**6)).scaleb(-2))),
        pa.list_(pa.decimal128(22, 2))))
    put(fields, "stamps", pa.array(
        rows_of(lambda: some_list(rng, lambda: maybe(rng, lambda: rng.randrange(1 << 50)))),
        pa.list_(pa.int64())).cast(pa.list_(pa.timestamp("us", "UTC"))))
    put(fields, "empty", pa.array([[]] * rows, pa.list_(pa.int32())))
    put(fields, "none", pa.array([None] * rows, pa.list_(pa.list_(pa.int32()))))
    put(fields, "flat", pa.array(rows_of(small), pa.int32()))
    return table_of(fields)


def structs(rows, seed=SEED):
    rng = random.Random(seed + 7)
    fields = []

    def small():
        return maybe(rng, lambda: rng.randrange(-9, 100))

    def word():
        return maybe(rng, lambda: rng.choice(TEXTS))

    def rows_of(make):
        return [make() for _ in range(rows)]

    def pair():
        return maybe(rng, lambda: {"a": small(), "b": word()})

    pair_kind = pa.struct([("a", pa.int32()), ("b", pa.string())])
    put(fields, "pair", pa.array(rows_of(pair), pair_kind))
    put(fields, "required", pa.array(
        rows_of(lambda: {"x": rng.randrange(99), "y": {"z": rng.random()}}),
        pa.struct([pa.field("x", pa.int64(), False),
                   pa.field("y", pa.struct([pa.field("z", pa.float64(), False)]), False)])), False)
    put(fields, "deep", pa.array(
        rows_of(lambda: maybe(rng, lambda: {"p": pair(), "n": small()})),
        pa.struct([("p", pair_kind), ("n", pa.int8())])))
    put(fields, "pairs", pa.array(rows_of(lambda: some_list(rng, pair, long=True)),
                                  pa.list_(pair_kind)))
    put(fields, "tree", pa.array(
        rows_of(lambda: maybe(rng, lambda: {
            "items": some_list(rng, lambda: maybe(rng, lambda: {
                "tags": some_list(rng, word), "size": small()})), "id": small()})),
        pa.struct([("items", pa.list_(pa.struct([("tags", pa.list_(pa.string())),
                                                 ("size", pa.int16())]))), ("id", pa.int64())])))
    put(fields, "map", pa.array(
        rows_of(lambda: some_list(rng, lambda: (rng.choice(TEXTS), small()))),
        pa.map_(pa.string(), pa.int64())))
    put(fields, "map_of_lists", pa.array(
        rows_of(lambda: some_list(rng, lambda: (rng.randrange(9), some_list(rng, word)))),
        pa.map_(pa.int32(), pa.list_(pa.string()))))
    put(fields, "maps", pa.array(
        rows_of(lambda: some_list(rng, lambda: some_list(
            rng, lambda: (rng.choice(TEXTS), rng.random() < 0.5)))),
        pa.list_(pa.map_(pa.string(), pa.bool_()))))
    put(fields, "map_of_pairs", pa.array(
        rows_of(lambda: some_list(rng, lambda: (rng.randrange(5), pair()), 0)),
        pa.map_(pa.int16(), pair_kind)), False)
    put(fields, "all_null", pa.array([None] * rows, pair_kind))
    return table_of(fields)


FAMILIES = {"numbers": numbers, "temporal": temporal, "decimals": decimals, "texts": texts,
            "fixed": fixed, "lists": lists, "structs": structs}
