"""Values at the edges of their types, of the algorithms and of rounding: one small file each."""

import os
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from compare import column_faults
from harness import workdir
from truth import Truth, column_of
from weir import profile

SEED = 3
DOUBLE_MAX = 1.7976931348623157e308
PLAIN = {"use_dictionary": False}


def floats(rng):
    inf, nan = np.inf, np.nan
    yield "both largest doubles", [DOUBLE_MAX, -DOUBLE_MAX] * 2, {}
    yield "largest doubles", [DOUBLE_MAX] * 3, {}
    yield "a large constant", [1e300] * 100, {}
    yield "variance overflows", [1e160, 2e160, 3e160] * 50, {}
    yield "variance underflows", [1e-170, 2e-170, 4e-170], {}
    yield "subnormal", [5e-324, 1e-323, 0.0, -5e-324], {}
    yield "infinities", [inf, -inf, 1.0, 2.0], {}
    yield "only infinity", [inf] * 3, {}
    yield "only NaN", [nan] * 5, {}
    yield "NaN and nulls", [nan, None, None], {}
    yield "both zeros", [0.0, -0.0, -0.0, 0.0], {}
    yield "negative zero", [-0.0] * 3, {}
    yield "one value", [3.5], {}
    yield "two values", [3.5, 4.5], {}
    yield "constant and outlier", [1.0] * 9999 + [1e9], PLAIN
    yield "constant and outlier, weighted", [1.0] * 99999 + [1e9], {}
    yield "tenths", [0.1] * 10000, {}
    yield "tenths, plain", [0.1] * 10000, PLAIN
    yield "large offset", (1e15 + rng.integers(0, 10, 20000)).tolist(), {}
    yield "larger offset", (1e16 + 2 * rng.integers(0, 10, 20000)).tolist(), PLAIN
    yield "cancelling", [1e17, 1.0, -1e17] * 3333, PLAIN
    yield "heavy tails", rng.standard_cauchy(30000).tolist(), PLAIN
    yield "many magnitudes", rng.lognormal(0, 8, 30000).tolist(), PLAIN
    yield "largest floats", pa.array([3.4028234e38, -3.4028234e38, 1.0], pa.float32()), {}
    yield "floats", pa.array(rng.normal(0, 1, 60000).astype(np.float32)), PLAIN
    yield "ascending", np.arange(80000.0).tolist(), PLAIN
    yield "descending", np.arange(80000.0)[::-1].tolist(), PLAIN
    yield "organ pipe", [float(min(i, 60000 - i)) for i in range(60000)], PLAIN


def integers(rng):
    big = 2**63
    yield "both ends of int64", pa.array([-big, big - 1] * 500), {}
    yield "smallest int64", pa.array([-big] * 500), {}
    yield "near the largest int64", pa.array(big - 1 - rng.integers(0, 1000, 5000)), {}
    yield "ends of uint64", pa.array([2**64 - 1] * 500 + [0], pa.uint64()), {}
    yield "every int8", pa.array(list(range(-128, 128)) * 10, pa.int8()), {}
    for kind, options in (("weighted", {}), ("plain", PLAIN)):
        yield f"1024 distinct, {kind}", [i % 1024 for i in range(30000)], options
        yield f"1025 distinct, {kind}", [i % 1025 for i in range(30000)], options
    yield "alternating booleans", [True, False, None] * 1000, {}
    yield "all true", [True] * 5, {}
    yield "no boolean", pa.array([None] * 5, pa.bool_()), {}
    yield "small decimals", pa.array([Decimal("-0.01"), Decimal("0.00"), Decimal("9999999.99")],
                                     pa.decimal128(9, 2)), {"store_decimal_as_integer": True}
    yield "far dates", pa.array([-719162, 2932896, -(2**31), 2**31 - 1],
                                pa.int32()).cast(pa.date32()), {}
    yield "far timestamps", pa.array([-big, big - 1, 0], pa.int64()).cast(pa.timestamp("us")), {}


def texts(rng):
    yield "empty strings", [""] * 100, {}
    yield "empty and long", ["", "a" * 5000], PLAIN
    yield "zero bytes", ["\0", "\0\0", ""] * 10, {}
    yield "0xff", pa.array([b"\xff" * 70, b"\xff" * 69, b"\xff" * 65] * 3, pa.binary()), {}
    yield "1024 texts", [f"s{i % 1024}" for i in range(30000)], {}
    yield "1025 texts, plain", [f"s{i % 1025}" for i in range(30000)], PLAIN
    yield "skewed texts", [f"k{v}" for v in rng.zipf(1.3, 40000)], {}
    yield "heavy and unique", ["heavy" if i % 3 == 0 else f"u{i}" for i in range(60000)], PLAIN


def test_edges():
    directory = workdir("edges")
    rng = np.random.default_rng(SEED)
    for number, (name, values, options) in enumerate(
            [*floats(rng), *integers(rng), *texts(rng)]):
        table = pa.table({"x": values})
        path = os.path.join(directory, f"{number}.parquet")
        pq.write_table(table, path, **options)

        def case(path=path, table=table):
            report = profile(path, "--top", "16", budget="16MiB")
            faults = column_faults(Truth(column_of("x", table["x"])), report["columns"][0])
            assert not faults, f"{path}\n" + "\n".join(faults)

        yield name, case
