"""Streams of numbers on which naive moments fail. A stream is a function of a seeded generator and
a length; the values are what a column stores."""

from decimal import Decimal

import numpy as np
import pyarrow as pa

DOUBLE_MAX = np.finfo(np.float64).max
FLOAT_MAX = np.finfo(np.float32).max


def _signs(n):
    return np.where(np.arange(n) % 2 == 0, 1.0, -1.0)


def _cancelling(rng, n):
    """1e16, a little, -1e16, ...: all that is left of the sum is the little."""
    values = rng.uniform(-1, 1, n)
    values[0::3] = 1e16
    values[2::3] = -1e16
    return values


def _drift(rng, n):
    """Blocks whose means differ far more than the values in them."""
    return 1e8 + np.arange(n) // 4096 * 1000.25 + rng.normal(0, 1e-3, n)


DOUBLES = {
    "constant": lambda rng, n: np.full(n, 0.1),
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "uniform": lambda rng, n: rng.uniform(0, 1, n),
    "cents": lambda rng, n: np.round(rng.gamma(2.0, 900.0, n), 2),
    "offset_1e9": lambda rng, n: 1e9 + rng.normal(0, 1, n),
    "offset_1e9_narrow": lambda rng, n: 1e9 + rng.normal(0, 1e-4, n),
    "offset_1e15": lambda rng, n: -1e15 + rng.normal(0, 30, n),
    "two_ulps": lambda rng, n: 1e9 + np.spacing(1e9) * rng.integers(0, 2, n),
    "alternating": lambda rng, n: _signs(n) * (1 + rng.uniform(0, 1e-6, n)),
    "cancelling": _cancelling,
    "drift": _drift,
    "denormals": lambda rng, n: rng.integers(-5000, 5000, n) * 5e-324,
    "near_double_max": lambda rng, n: DOUBLE_MAX * rng.uniform(-1, 1, n),
    "double_max": lambda rng, n: DOUBLE_MAX * (1 - rng.integers(0, 3, n) * 2.0**-52),
    "powers_of_two": lambda rng, n: np.ldexp(_signs(n), rng.integers(-1000, 1000, n)),
    "powers_of_ten": lambda rng, n: 10.0 ** rng.integers(-30, 30, n),
    "log_normal": lambda rng, n: np.exp(rng.normal(0, 3, n)),
    "cauchy": lambda rng, n: rng.standard_cauchy(n),
    "signed_log": lambda rng, n: _signs(n) * 10.0 ** rng.uniform(-60, 60, n),
    "two_points": lambda rng, n: np.where(rng.uniform(0, 1, n) < 0.001, 1e9, 0.3),
    "rare_outlier": lambda rng, n: np.where(np.arange(n) == n // 2, 1e9, rng.uniform(0, 1, n)),
}

FLOATS = {
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "offset": lambda rng, n: 1e5 + rng.normal(0, 1, n),
    "log_normal": lambda rng, n: np.exp(rng.normal(0, 3, n)),
    "near_float_max": lambda rng, n: FLOAT_MAX * rng.uniform(-1, 1, n),
    "denormals": lambda rng, n: rng.integers(-5000, 5000, n) * 1.4e-45,
}


def _whole(kind, rng, n):
    """Over the whole range of a type, its ends among them."""
    limits = np.iinfo(kind)
    values = rng.integers(limits.min, limits.max, n, dtype=kind, endpoint=True)
    values[0::7] = limits.max
    values[3::11] = limits.min
    return values


def _ends(kind, rng, n):
    limits = np.iinfo(kind)
    few = rng.integers(0, 3, n)
    return np.where(rng.integers(0, 2, n) == 0, limits.max - few.astype(kind),
                    limits.min + few.astype(kind)).astype(kind)


def _instants(rng, n):
    """Nanoseconds within a second, but for the first."""
    values = 1_700_000_000_000_000_000 + rng.integers(0, 10**9, n)
    values[0] = 0
    return values


def _decimals(digits, rng, n):
    """Unscaled integers, mostly of full length."""
    high = [int(v) for v in rng.integers(-(10**9) + 1, 10**9, n)]
    low = [int(v) for v in rng.integers(0, 2**62, n)]
    return [(h * 10 ** max(0, digits - 9) + w % 10 ** max(0, digits - 9)) for h, w in zip(high, low)]


def table(rng, rows):
    """All streams as columns of one table."""
    columns = {}
    for name, stream in DOUBLES.items():
        columns["double_" + name] = pa.array(stream(rng, rows), pa.float64())
    for name, stream in FLOATS.items():
        columns["float_" + name] = pa.array(stream(rng, rows).astype(np.float32), pa.float32())
    for kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        columns[kind] = pa.array(_whole(np.dtype(kind).type, rng, rows))
    for kind in ("int64", "uint64"):
        columns[kind + "_ends"] = pa.array(_ends(np.dtype(kind).type, rng, rows))
    columns["int64_instants"] = pa.array(_instants(rng, rows), pa.int64())
    columns["int32_ascending"] = pa.array(np.arange(rows), pa.int32())
    for digits in (9, 18, 38):
        values = [Decimal(v).scaleb(-2) for v in _decimals(digits, rng, rows)]
        columns[f"decimal_{digits}"] = pa.array(values, pa.decimal128(digits, 2))
    return pa.table(columns)


def repeated(rng, source, rows):
    """The rows of a table drawn again and again: what dictionaries are for."""
    return source.take(pa.array(rng.integers(0, source.num_rows, rows)))
