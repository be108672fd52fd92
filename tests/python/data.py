"""Tables with known contents: every supported type, with no, some and only nulls."""

import random
from decimal import Decimal

import numpy as np
import pyarrow as pa

SEED = 20261

INTEGERS = {
    "int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64(),
    "uint8": pa.uint8(), "uint16": pa.uint16(), "uint32": pa.uint32(), "uint64": pa.uint64(),
}
TEMPORAL = {
    "date": pa.date32(), "time_ms": pa.time32("ms"), "time_us": pa.time64("us"),
    "time_ns": pa.time64("ns"), "ts_ms": pa.timestamp("ms"), "ts_us": pa.timestamp("us"),
    "ts_ns": pa.timestamp("ns"), "ts_us_utc": pa.timestamp("us", "UTC"),
    "ts_ms_utc": pa.timestamp("ms", "UTC"), "ts_ns_utc": pa.timestamp("ns", "UTC"),
}
DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}

WORDS = ["", "a", "alpha", "beta", "gamma delta", "Stra\u00dfe", "\u6771\u4eac", "\U0001f600 smile",
         "with \"quotes\"", "back\\slash", "line\nbreak", "tab\there", "comma, here", "\x01\x1f",
         "x" * 63, "y" * 64, "z" * 65, "\u00e4" * 40, "NULL", "null"]


def _integers(rng, kind, rows):
    low, high = _limits(kind)
    wide = rng.integers(low, high, rows, dtype=np.uint64 if low == 0 and high > 2**63 else np.int64,
                        endpoint=True)
    near = rng.integers(max(low, -50), 50, rows)
    values = [int(w) if choice < 4 else int(n)
              for w, n, choice in zip(wide, near, rng.integers(0, 10, rows))]
    for i, edge in enumerate([low, high, 0, 1]):
        if rows > 10:
            values[(i * 7) % rows] = edge
    return values


def _limits(kind):
    bits = kind.bit_width
    if pa.types.is_unsigned_integer(kind):
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def _temporal(rng, kind, rows):
    if pa.types.is_date32(kind):
        return [int(v) for v in rng.integers(-40000, 60000, rows)]
    if pa.types.is_time(kind):
        return [int(v) for v in rng.integers(0, DAY[kind.unit], rows)]
    day = DAY[kind.unit]
    return [int(v) for v in rng.integers(-3000 * day, 25000 * day, rows)]


def _floats(rng, rows, narrow):
    values = rng.normal(20.0, 7.0, rows)
    for i, special in enumerate([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-300, -1e30, 1e30, 0.1]):
        if rows > 40:
            values[(i * 11 + 3) % rows] = special
            values[(i * 17 + 1) % rows] = special
    if narrow:
        return values.astype(np.float32).astype(np.float64).tolist()
    return values.tolist()


def _texts(rng, rows):
    texts = [WORDS[i] for i in rng.integers(0, len(WORDS), rows)]
    for i in range(0, rows, 3):
        texts[i] = f"row {int(rng.integers(0, rows))}"
    return texts


def _binaries(rng, rows):
    values = [rng.bytes(int(n)) for n in rng.integers(0, 12, rows)]
    for i in range(0, rows, 5):
        values[i] = b"\xff\xfe\x00"
    return values


def _with_nulls(rng, values, nulls):
    if nulls == "none":
        return values
    if nulls == "all":
        return [None] * len(values)
    return [None if draw < 3 else v for v, draw in zip(values, rng.integers(0, 10, len(values)))]


def _array(values, kind):
    """From stored integers, where pyarrow wants date and time objects."""
    if pa.types.is_temporal(kind):
        storage = pa.int32() if kind.bit_width == 32 else pa.int64()
        return pa.array(values, storage).cast(kind)
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else Decimal(v).scaleb(-kind.scale) for v in values],
                        kind)
    return pa.array(values, kind)


def mixed_table(rows, seed=SEED, nulls=("none", "some", "all")):
    """Every type; names are TYPE_NULLS."""
    rng = np.random.default_rng(seed)
    arrays = {}

    def add(name, kind, values):
        for mode in nulls:
            arrays[f"{name}_{mode}"] = _array(_with_nulls(rng, values, mode), kind)

    add("bool", pa.bool_(), [bool(v) for v in rng.integers(0, 3, rows)])
    for name, kind in INTEGERS.items():
        add(name, kind, _integers(rng, kind, rows))
    for name, kind in TEMPORAL.items():
        add(name, kind, _temporal(rng, kind, rows))
    add("dec9_2", pa.decimal128(9, 2), [int(v) for v in rng.integers(-(10**9) + 1, 10**9, rows)])
    add("dec18_4", pa.decimal128(18, 4),
        [int(v) for v in rng.integers(-(10**18) + 1, 10**18, rows)])
    add("float", pa.float32(), _floats(rng, rows, True))
    add("double", pa.float64(), _floats(rng, rows, False))
    add("string", pa.string(), _texts(rng, rows))
    add("binary", pa.binary(), _binaries(rng, rows))
    return pa.table(arrays)


def few_table(rows, seed=SEED):
    """Columns that dictionaries and runs like, and some that sketches must approximate."""
    rng = np.random.default_rng(seed)
    numbers = random.Random(seed)
    normal = rng.normal(1e6, 5.0, rows)
    skewed = (rng.pareto(1.2, rows) * 100).astype(np.int64)
    return pa.table({
        "constant": pa.array([7] * rows, pa.int32()),
        "runs": pa.array(np.repeat(np.arange(rows // 997 + 1), 997)[:rows], pa.int64()),
        "few": pa.array(rng.integers(0, 700, rows), pa.int32()),
        "ascending": pa.array(np.arange(rows), pa.int64()),
        "descending": pa.array(np.arange(rows, 0, -1), pa.int32()),
        "shifted": pa.array(normal),
        "skewed": pa.array(skewed),
        "cents": pa.array(np.round(rng.gamma(2.0, 20.0, rows), 2)),
        "epoch_us": pa.array(1_700_000_000_000_000 + np.cumsum(rng.integers(0, 10**6, rows)),
                             pa.int64()).cast(pa.timestamp("us", "UTC")),
        "flag": pa.array(rng.integers(0, 50, rows) == 0),
        "word": pa.array([f"w{int(v)}" for v in (rng.pareto(1.0, rows) * 3)]),
        "key": pa.array([f"{numbers.getrandbits(64):016x}" for _ in range(rows)]),
        "holes": pa.array([None if i % 10 < 4 else float(i % 1000) for i in range(rows)]),
    })


def long_table(rows=40):
    """Byte arrays around every limit: 64 bytes kept, 4096 bytes a view, pieces beyond."""
    lengths = [0, 1, 63, 64, 65, 4095, 4096, 4097, 5000, 70_000, 300_000]
    texts = [("%d." % n + "abcdefghij" * (n // 10 + 1))[:n] for n in lengths]
    broken = [bytes([i % 251 for i in range(n)]) for n in lengths]
    same_start = ["p" * 64 + str(i % 3) for i in range(rows)]
    return pa.table({
        "text": [texts[i % len(texts)] for i in range(rows)],
        "bytes": pa.array([broken[i % len(broken)] for i in range(rows)], pa.binary()),
        "umlauts": [("\u00e4" * (i * 100)) for i in range(rows)],
        "same_start": same_start,
    })
