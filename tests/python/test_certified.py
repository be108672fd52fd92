"""Published tables: certified figures of NIST, and descriptors of molecules."""

import os
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq

from compare import report_faults
from corpora import corpus, needed, skipped
from harness import workdir
from layouts import write
from test_matrix import truths_of
from truth import Moments
from weir import profile

# Certified mean and standard deviation (n - 1); for NumAcc3 and NumAcc4 those of the data rounded
# to doubles.
NIST = {
    "Lew": (-177.435, 277.332168044316), "Lottery": (518.958715596330, 291.699727470969),
    "Mavro": (2.001856, 0.000429123454003053), "Michelso": (299.8524, 0.0790105478190518),
    "PiDigits": (4.5348, 2.86733906028871), "NumAcc1": (10000002, 1), "NumAcc2": (1.2, 0.1),
    "NumAcc3": (1000000.2, 0.10000000003492460), "NumAcc4": (10000000.2, 0.10000000055879354),
}


def nist_values(path):
    """The numeric lines at the end of a NIST file."""
    values = []
    with open(path, encoding="ascii", errors="replace") as file:
        for line in reversed(file.read().split("\n")):
            try:
                values.append(float(line))
            except ValueError:
                if line.strip():
                    break
    return values[::-1]


def test_nist_certified_values():
    root = corpus()
    if root is None:
        yield "corpus", skipped
        return
    directory = workdir("nist")
    for name, (mean, std) in NIST.items():

        def case(name=name, mean=mean, std=std):
            ending = ".txt" if name == "PiDigits" else ".dat"
            values = nist_values(os.path.join(root, "nist", name + ending))
            path = write(pa.table({"x": pa.array(values, pa.float64())}), directory, name, {})
            column = profile(path)["columns"][0]
            got_mean, got_std = float(column["mean"]), float(column["std"])
            assert abs(got_mean - mean) <= 1e-14 * abs(mean), (got_mean, mean)
            # The certified figures are of the decimals; reading them as doubles shifts Mavro's.
            assert abs(got_std - std) <= 1e-12 * std, (got_std, std)
            exact = Moments(Counter(values))
            assert abs(got_mean - float(exact.mean)) <= 4e-16 * abs(got_mean), exact.mean
            assert abs(got_std - float(exact.std)) <= 4e-16 * got_std, exact.std

        yield name, case


def test_descriptor_table():
    path = os.path.join(needed(), "descriptors", "labeled_77x869.parquet")
    table = pq.read_table(path)
    faults = report_faults(truths_of(table), profile(path, "--top", "16", budget="16MiB"))
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:25])
