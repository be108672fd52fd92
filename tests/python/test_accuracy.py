"""Moments to order 4 against exact rational arithmetic, on streams that break naive formulas.

Asked for: the mean to 2 units in the last place (beside a hundredth of a rounding error of the
largest values, where these cancel), the standard deviation to 2, the variance to 4. Third powers of
both signs cancel and 3 is subtracted from the fourth: the condition of the skewness is
k3 / |skewness| with k3 = mean |x - mean|^3 / m2^1.5, that of the kurtosis
(kurtosis + 3) / |kurtosis|; errors are at most 1e-13 times the figure and its condition.
"""

import math
import os
from collections import Counter
from decimal import Decimal, localcontext

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import streams
from compare import CANCELLED, SHAPE, ulps
from harness import workdir
from printed import real
from truth import Moments, column_of
from weir import profile

SEED = 20264
SMALL = (1, 2, 3, 4, 5)
BLOCK = (4095, 4096, 4097)
LONG_ROWS = 100_000
LONG = ("normal", "cents", "offset_1e9", "offset_1e15", "cancelling", "drift", "log_normal",
        "two_points")


def faults_of(figures, exact):
    """Sentences about what is further off than promised; `figures` by name, exact: Moments."""
    faults = []

    def ask(name, allowed, off):
        if not off <= allowed:
            faults.append(f"{name}: {figures[name]!r}, exact {getattr(exact, name):.20g}: "
                          f"off by {off:.3g}, allowed {allowed:.3g}")

    for name in ("mean", "variance", "std", "skewness", "kurtosis"):
        if (getattr(exact, name) is None) != (figures[name] is None):
            faults.append(f"{name}: {figures[name]}, exact {getattr(exact, name)}")
    if faults or exact.mean is None:
        return faults
    with localcontext() as context:
        context.prec = 60
        unit = Decimal(math.ulp(float(exact.mean)))
        ask("mean", 2 * unit + CANCELLED * exact.mean_abs,
            abs(Decimal(figures["mean"]) - exact.mean))
        if exact.std is not None:
            ask("variance", 4, ulps(figures["variance"], exact.variance))
            ask("std", 2, ulps(figures["std"], exact.std))
        if exact.skewness is not None:
            ask("skewness", SHAPE * exact.third(), abs(Decimal(figures["skewness"]) -
                                                       exact.skewness))
            ask("kurtosis", SHAPE * (exact.kurtosis + 3), abs(Decimal(figures["kurtosis"]) -
                                                             exact.kurtosis))
    return faults


def figures_of(report):
    return {name: real(report.get(name))
            for name in ("mean", "variance", "std", "skewness", "kurtosis")}


def exact_of(name, array):
    return Moments(Counter(column_of(name, array).values))


def check(table, directory, name, dictionary):
    path = os.path.join(directory, name + ".parquet")
    pq.write_table(table, path, use_dictionary=dictionary, store_decimal_as_integer=True)
    exact = {column: exact_of(column, table[column]) for column in table.column_names}
    faults = []
    for stats in ("moments", "all"):
        for report in profile(path, "--stats", stats)["columns"]:
            faults += [f"{report['name']}, {stats}: {fault}"
                       for fault in faults_of(figures_of(report), exact[report["name"]])]
    assert not faults, f"{path}: {len(faults)} faults\n" + "\n".join(faults[:25])


def test_moments_of_every_stream():
    directory = workdir("accuracy")
    for rows in SMALL + BLOCK:

        def plain(rows=rows):
            table = streams.table(np.random.default_rng(SEED + rows), rows)
            check(table, directory, f"plain-{rows}", False)

        def weighted(rows=rows):
            """Values that come with weights: of the dictionary, in each of four row groups."""
            rng = np.random.default_rng(SEED + rows)
            table = streams.repeated(rng, streams.table(rng, rows), 3 * rows)
            check(table, directory, f"dictionary-{rows}", True)

        yield f"plain-{rows}", plain
        if rows not in BLOCK[:2]:
            yield f"dictionary-{rows}", weighted


def test_long_streams():
    directory = workdir("accuracy-long")
    for name in LONG:

        def case(name=name):
            values = streams.DOUBLES[name](np.random.default_rng(SEED), LONG_ROWS)
            check(pa.table({name: values}), directory, name, False)

        yield name, case


def one_pass(values):
    """What a text book says, in doubles."""
    n = len(values)
    s1, s2, s3, s4 = (float(np.cumsum(values**k)[-1]) for k in (1, 2, 3, 4))
    mean = s1 / n
    m2 = s2 / n - mean**2
    if not m2 > 0:
        m2 = math.nan
    m3 = s3 / n - 3 * mean * s2 / n + 2 * mean**3
    m4 = s4 / n - 4 * mean * s3 / n + 6 * mean**2 * s2 / n - 3 * mean**4
    variance = m2 * n / (n - 1)
    return {"mean": mean, "variance": variance, "std": math.sqrt(variance),
            "skewness": m3 / m2**1.5, "kurtosis": m4 / m2**2 - 3}


def test_one_pass_formulas_are_told_from_good_ones():
    """The streams and bounds catch what they are there for; the exact figures pass."""
    rng = np.random.default_rng(SEED)
    caught = 0
    for name in LONG:
        values = streams.DOUBLES[name](rng, 4097)
        exact = exact_of(name, pa.array(values))
        rounded = {figure: float(getattr(exact, figure)) for figure in
                   ("mean", "variance", "std", "skewness", "kurtosis")}
        assert not faults_of(rounded, exact), name
        caught += bool(faults_of(one_pass(values), exact))
        off = {**rounded, "std": rounded["std"] * (1 + 2**-50)}
        assert len(faults_of(off, exact)) == 1, name
    assert caught == len(LONG), f"{caught} of {len(LONG)}"
