"""The same values cut into other row groups, pages and encodings: the same report, to the bit.

Holds for values without a dictionary, and for columns of at most 1024 distinct values in any
encoding. The moments of the latter come from exact counts and are checked to the last places.
"""

import json
import math
from decimal import Decimal, localcontext

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from compare import report_faults
from harness import workdir
from truth import Truth, column_of
from weir import profile

ROWS = 20_000
LAYOUT_FIELDS = ("pages", "crc", "compressed_bytes")
GROUPS = (ROWS, 9000, 4096, 4097, 1500, 333)


def pick(rng, pool):
    """Skewed draws with nulls, every value of the pool now and then."""
    at = (rng.random(ROWS) ** 2 * len(pool)).astype(int)
    missing = rng.random(ROWS) < 0.1
    return [None if gone else pool[i] for i, gone in zip(at, missing)]


def few_table(seed):
    rng = np.random.default_rng(seed)
    k = 1000
    wild = np.ldexp(rng.normal(size=k), rng.integers(-1070, 1000, size=k))
    special = np.concatenate([rng.normal(size=k - 5), [np.nan, np.inf, -np.inf, -0.0, 0.0]])
    pools = {
        "normal": (pa.float64(), rng.normal(size=k)),
        "shifted": (pa.float64(), 1e9 + rng.normal(size=k)),
        "cents": (pa.float64(), np.round(rng.gamma(2, 20, k), 2)),
        "tails": (pa.float64(), 1 / rng.random(k) ** 3),
        "tiny": (pa.float64(), rng.exponential(size=k) * 1e-310),
        "huge": (pa.float64(), 1.7e308 * (rng.random(k) * 2 - 1)),
        "wild": (pa.float64(), wild),
        "special": (pa.float64(), special),
        "narrow": (pa.float32(), rng.normal(size=k).astype(np.float32)),
        "int64": (pa.int64(), rng.integers(-2**63, 2**63 - 1, k)),
        "int32": (pa.int32(), rng.integers(-2**31, 2**31 - 1, k, dtype=np.int32)),
        "uint64": (pa.uint64(), rng.integers(0, 2**64 - 1, k, dtype=np.uint64)),
        "near": (pa.int64(), 1_700_000_000_000_000_000 + rng.integers(0, 10**6, k)),
        "words": (pa.string(), [f"word {i * 7919 % 1000}" for i in range(k)]),
        "flags": (pa.bool_(), [True, False]),
    }
    return pa.table({name: pa.array(pick(rng, pool.tolist() if hasattr(pool, "tolist") else pool),
                                    kind) for name, (kind, pool) in pools.items()})


def many_table(seed):
    rng = np.random.default_rng(seed)
    ranks = np.exp(rng.random(ROWS) * 10).astype(int)
    return pa.table({
        "normal": pa.array([None if v > 2 else v for v in rng.normal(size=ROWS)]),
        "shifted": 1e9 + rng.normal(size=ROWS),
        "narrow": rng.normal(size=ROWS).astype(np.float32),
        "int64": rng.integers(-2**63, 2**63 - 1, ROWS),
        "int32": rng.integers(0, 10**6, ROWS, dtype=np.int32),
        "keys": [f"{int(v):016x}" for v in rng.integers(0, 2**62, ROWS)],
        "zipf": [f"number {v}" for v in ranks],
        "late": [f"v{i % 900 if i < 15_000 else i}" for i in range(ROWS)],
        "long": [("x" * 5000 if v % 500 == 0 else "y") + str(v) for v in ranks],
    })


def columns_only(report):
    return [json.dumps({k: v for k, v in column.items() if k not in LAYOUT_FIELDS}, default=str)
            for column in report["columns"]]


def recuts(table, directory, dictionaries):
    for groups in GROUPS:
        for dictionary in dictionaries:
            name = f"{groups}-{'dict' if dictionary else 'plain'}"
            path = f"{directory}/{name}.parquet"
            options = {"data_page_size": 3000, "write_batch_size": 500} if groups % 2 else {}
            pq.write_table(table, path, row_group_size=groups, use_dictionary=dictionary, **options)
            yield name, path


def check_same(paths):
    first = None
    for name, path in paths:
        columns = columns_only(profile(path, "--top", "16"))
        first = first or (name, columns)
        for got, wanted in zip(columns, first[1]):
            assert got == wanted, f"{name} and {first[0]} differ:\n{got}\n{wanted}"


def test_few_values_in_any_encoding():
    for seed in range(2):
        directory = workdir(f"recut-few-{seed}")
        yield str(seed), lambda s=seed, d=directory: check_same(
            recuts(few_table(s), d, (True, False)))


def test_many_values_without_a_dictionary():
    for seed in range(2):
        directory = workdir(f"recut-many-{seed}")
        yield str(seed), lambda s=seed, d=directory: check_same(recuts(many_table(s), d, (False,)))


def test_several_files_are_like_one():
    table = many_table(7)
    directory = workdir("recut-files")
    whole = f"{directory}/whole.parquet"
    pq.write_table(table, whole, use_dictionary=False)
    parts = []
    for at in range(0, ROWS, 3333):
        parts.append(f"{directory}/part-{at:05}.parquet")
        pq.write_table(table.slice(at, 3333), parts[-1], use_dictionary=False)
    assert columns_only(profile(parts, "--top", "16")) == columns_only(profile(whole, "--top", "16"))


def nearest(exact):
    """The double nearest to a fraction."""
    try:
        return exact.numerator / exact.denominator  # Python rounds correctly
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def check_place(name, got, wanted, unit_of, places):
    """`got` within `places` units in the last place of `unit_of`; both decimals."""
    if abs(wanted) > Decimal(2) ** 1024 - Decimal(2) ** 970:
        assert math.isinf(float(got)), f"{name}: {got} for {wanted:.20g}"
        return
    unit = Decimal(math.ulp(float(unit_of)))
    off = abs(Decimal(float(got)) - wanted) / unit
    assert off <= places, f"{name}: wanted {wanted:.20g}, got {got}: {off:.2f} units"


def check_few(seed):
    table = few_table(seed)
    path = f"{workdir(f'recut-exact-{seed}')}/few.parquet"
    pq.write_table(table, path)
    report = profile(path, "--top", "16")
    truths = {name: Truth(column_of(name, table[name])) for name in table.column_names}
    assert not report_faults(truths, report)
    for column in report["columns"]:
        truth = truths[column["name"]]
        if truth.column.kind not in ("int", "float"):
            continue
        exact = truth.moments
        name = column["name"]
        if truth.column.kind == "float":
            assert float(column["sum"]) == nearest(exact.sum), name
        assert float(column["mean"]) == nearest(exact.sum / exact.n), name
        with localcontext() as context:
            context.prec = 80
            context.Emax, context.Emin = 10**6, -(10**6)
            check_place(f"{name} variance", column["variance"], exact.variance, exact.variance, 1)
            check_place(f"{name} std", column["std"], exact.std, exact.std, 1)
            check_place(f"{name} skewness", column["skewness"], exact.skewness, exact.skewness, 4)
            check_place(f"{name} kurtosis", column["kurtosis"], exact.kurtosis,
                        exact.kurtosis + 3, 1)


def test_moments_of_few_values_to_the_last_place():
    for seed in range(10, 16):
        yield str(seed), lambda s=seed: check_few(s)
