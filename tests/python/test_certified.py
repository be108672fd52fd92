"""Published tables: certified figures of NIST, and descriptors of molecules."""

import os
from collections import Counter
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

import nist_header
from compare import report_faults, ulps
from corpora import corpus, needed, skipped
from harness import ROOT, workdir
from layouts import write
from test_matrix import truths_of
from truth import Moments
from weir import profile



def header_of_arrays():
    """tests/nist.h holds what these files hold; white space apart, which clang-format decides."""
    with open(os.path.join(ROOT, "tests", "nist.h"), encoding="utf-8") as file:
        text = file.read()
    assert "".join(text.split()) == "".join(nist_header.header(corpus()).split()), (
        "tests/nist.h is not what tests/python/nist_header.py writes")


def test_nist_certified_values():
    root = corpus()
    if root is None:
        yield "corpus", skipped
        return
    yield "header", header_of_arrays
    directory = workdir("nist")
    for name, certified in nist_header.CERTIFIED.items():

        def case(name=name, certified=certified):
            values = nist_header.read(root, name)
            path = write(pa.table({"x": pa.array(values, pa.float64())}), directory, name, {})
            exact = Moments(Counter(values))
            wanted = [nist_header.agreement(f, c) for f, c in zip((exact.mean, exact.std),
                                                                  certified)]
            for stats in ("all", "moments"):
                column = profile(path, "--stats", stats)["columns"][0]
                for what, figure, digits in zip(("mean", "std"), certified, wanted):
                    got = float(column[what])
                    assert ulps(got, getattr(exact, what)) <= 2, (what, got)
                    assert nist_header.agreement(Decimal(got), figure) >= digits, (what, got)

        yield name, case


def test_descriptor_table():
    path = os.path.join(needed(), "descriptors", "labeled_77x869.parquet")
    table = pq.read_table(path)
    faults = report_faults(truths_of(table), profile(path, "--top", "16", budget="16MiB"))
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:25])
