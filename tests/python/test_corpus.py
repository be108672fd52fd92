"""Public files, odd and hostile: every one ends in a report or a clean error."""

import json
import os
import time
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq

from compare import column_faults, report_faults
from harness import ROOT, Skip, workdir
from layouts import write
from test_matrix import check_cat, truths_of
from truth import Moments, Truth, column_of
from weir import profile, weir

SECONDS_MAX = 20


def corpus():
    for path in (os.environ.get("WEIR_CORPUS"), os.path.join(ROOT, "..", "shared", "data")):
        if path and os.path.isdir(os.path.join(path, "parquet-testing")):
            return os.path.abspath(path)
    return None


def files(root):
    for part in ("parquet-testing/data", "parquet-testing/bad_data", "arrow-fuzzing"):
        for base, directories, names in os.walk(os.path.join(root, part)):
            directories.sort()
            for name in sorted(names):
                if not name.endswith((".md", ".csv", ".json", ".txt")):
                    yield os.path.join(base, name)
    yield os.path.join(root, "42.parquet")


def ends_well(path):
    begun = time.monotonic()
    codes = []
    for options in ([], ["--keep-going"]):
        run = weir("profile", "-f", "json", "--mem-budget", "32MiB", *options, path,
                   timeout=SECONDS_MAX)
        assert run.code in (0, 4), run.say()
        codes.append(run.code)
        if run.code == 0:
            json.loads(run.out)
            warned = run.err.splitlines()
            assert all(line.startswith("weir: warning: ") for line in warned), run.say()
        elif not options:
            assert run.out == b"" and len(run.err.splitlines()) == 1, run.say()
    assert codes[0] == codes[1], f"--keep-going changes the exit code: {codes} {path}"
    assert time.monotonic() - begun < 2 * SECONDS_MAX


def test_every_file_ends_well():
    root = corpus()
    if root is None:
        def absent():
            raise Skip("WEIR_CORPUS does not name the public test files")
        yield "corpus", absent
        return
    groups = {}
    for path in files(root):
        groups.setdefault(os.path.dirname(path), []).append(path)
    for directory, paths in groups.items():

        def case(paths=paths):
            wrong = []
            for path in paths:
                try:
                    ends_well(path)
                except AssertionError as error:
                    wrong.append(str(error))
            assert not wrong, f"{len(wrong)} of {len(paths)} files\n" + "\n".join(wrong[:40])

        yield os.path.relpath(directory, root), case


def expect(name, column, **wanted):
    root = corpus()
    if root is None:
        raise Skip("WEIR_CORPUS does not name the public test files")
    run = weir("profile", "-f", "json", "--mem-budget", "32MiB", "--columns", column,
               os.path.join(root, name), timeout=SECONDS_MAX)
    assert run.code == 0, run.say()
    got = run.json["columns"][0]
    for key, value in wanted.items():
        assert str(got[key]) == str(value), f"{name}: {column}: {key}: {got[key]} not {value}"


def test_known_values():
    """Right answers from the files' own documentation."""
    data = "parquet-testing/data/"
    for name, column, wanted in (
            ("concatenated_gzip_members.parquet", "long_col", {"count": 513, "sum": 131841,
                                                               "min": 1, "max": 513}),
            ("int32_with_null_pages.parquet", "int32_field", {"nulls": 275, "min": -2136906554,
                                                              "max": 2145722375}),
            ("nation.dict-malformed.parquet", "name", {"count": 25, "min": "ALGERIA",
                                                       "max": "VIETNAM"}),
            ("dict-page-offset-zero.parquet", "l_partkey", {"count": 39, "min": 1552,
                                                            "max": 1552}),
            ("rle_boolean_encoding.parquet", "datatype_boolean", {"rows": 68, "count": 62,
                                                                  "sum": 36}),
            ("overflow_i16_page_cnt.parquet", "inc", {"count": 40000, "sum": 0}),
            ("page_v2_empty_compressed.parquet", "integer_column", {"rows": 10, "nulls": 10}),
            ("datapage_v2_empty_datapage.snappy.parquet", "value", {"rows": 1, "nulls": 1})):
        yield name, lambda n=name, c=column, w=wanted: expect(data + n, c, **w)

    def forty_two():
        begun = time.monotonic()
        total = 622_770_257_630_000
        expect("42.parquet", "*", count=total, min=2**63 - 1, max=2**63 - 1,
               sum=total * (2**63 - 1), std=0)
        assert time.monotonic() - begun < 5

    yield "42.parquet", forty_two


def test_damaged_checksums_are_found():
    root = corpus()
    if root is None:
        raise Skip("WEIR_CORPUS does not name the public test files")
    for name in ("datapage_v1-corrupt-checksum.parquet",
                 "rle-dict-uncompressed-corrupt-checksum.parquet"):
        run = weir("profile", "-f", "json", os.path.join(root, "parquet-testing/data", name))
        assert run.code == 4 and "checksum" in run.err.lower() + " crc", run.say()


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
    directory = workdir("nist")
    for name, (mean, std) in NIST.items():

        def case(name=name, mean=mean, std=std):
            if root is None:
                raise Skip("WEIR_CORPUS does not name the public test files")
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
    root = corpus()
    if root is None:
        raise Skip("WEIR_CORPUS does not name the public test files")
    path = os.path.join(root, "descriptors", "labeled_77x869.parquet")
    table = pq.read_table(path)
    faults = report_faults(truths_of(table), profile(path, "--top", "16", budget="16MiB"))
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:25])


def agrees_with_pyarrow(path):
    """Every column that weir reports: statistics and, in short files, every cell."""
    run = weir("profile", "-f", "json", "--top", "16", "--keep-going", path)
    report = run.json
    try:
        table = pq.read_table(path, use_threads=False)
    except Exception:  # there are files that pyarrow refuses
        return 0
    good = [c for c in report["columns"] if not c.get("error") and c["name"] in table.column_names]
    for column in good:
        truth = Truth(column_of(column["name"], table[column["name"]]))
        faults = column_faults(truth, column)
        assert not faults, f"{path}\n" + "\n".join(faults[:5])
    names = [c["name"] for c in good]
    if names and table.num_rows < 20_000:
        check_cat(path, table.select(names), names)
    return len(good)


def test_public_files_agree_with_pyarrow():
    root = corpus()
    if root is None:
        raise Skip("WEIR_CORPUS does not name the public test files")
    compared = 0
    for path in files(root):
        if "/parquet-testing/data/" in path and path.endswith(".parquet"):
            compared += agrees_with_pyarrow(path)
    assert compared > 100, f"only {compared} columns could be compared"
