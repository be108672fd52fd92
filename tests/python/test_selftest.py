"""The detectors detect: planted faults must be found."""

import copy
import json
import os
import signal
import subprocess

import pyarrow as pa

from compare import report_faults
from data import few_table
from harness import BUILD, ROOT, Skip, workdir
from layouts import write
from test_matrix import truths_of
from weir import check_memory, profile


def planted(report, name, change):
    changed = copy.deepcopy(report)
    column = next(c for c in changed["columns"] if c["name"] == name)
    change(column)
    return changed


def test_the_comparer_finds_wrong_figures():
    table = few_table(6000)
    truths = truths_of(table)
    report = profile(write(table, workdir("planted"), "few", {}), "--top", "16")
    assert not report_faults(truths, report), report_faults(truths, report)[:5]

    def put(key, value):
        return lambda column: column.__setitem__(key, value)

    def inner(key, where, value):
        def change(column):
            entry = column[key] if isinstance(column[key], dict) else column[key][0]
            entry[where] = value
        return change

    changes = {
        "count": ("few", put("count", 5999)), "nulls": ("holes", put("nulls", 0)),
        "min": ("cents", put("min", 0)), "max": ("word", put("max", "zzz")),
        "mean": ("shifted", lambda c: c.__setitem__("mean", float(c["mean"]) * (1 + 1e-9))),
        "std": ("cents", lambda c: c.__setitem__("std", float(c["std"]) * (1 + 1e-9))),
        "skewness": ("cents", lambda c: c.__setitem__("skewness", float(c["skewness"]) + 1e-6)),
        "kurtosis": ("skewed", put("kurtosis", 3.0)), "sum": ("ascending", put("sum", 17)),
        "undefined": ("constant", put("std", 0.5)),
        "quantile": ("ascending", inner("quantiles", "value", 5999)),
        "distinct": ("few", inner("distinct", "value", 12)),
        "top": ("word", inner("top", "count_high", 1)),
        "string length": ("key", inner("strings", "length_max", 15)),
        "zeros": ("few", put("zeros", 1 << 40)), "rows": ("few", put("rows", 1)),
    }
    for name, (column, change) in changes.items():
        changed = planted(report, column, change)
        assert report_faults(truths, changed), f"a wrong {name} of {column} passes"
    for name in ("columns", "rows"):
        changed = copy.deepcopy(report)
        changed[name] = changed[name][1:] if name == "columns" else 1
        assert report_faults(truths, changed), f"wrong {name} pass"


def test_the_memory_check_finds_an_excess():
    memory = {"budget_bytes": 100, "planned_bytes": 90, "peak_rss_bytes": 101, "reserve_bytes": 1,
              "batches": 1}
    for change in ({}, {"peak_rss_bytes": 0}, {"peak_rss_bytes": 99, "planned_bytes": 101}):
        try:
            check_memory({**memory, **change}, "")
        except AssertionError:
            continue
        raise AssertionError(f"{change} passes")


def test_an_allocation_after_the_seal_is_fatal():
    canary = os.path.join(BUILD, "weir-canary")
    if not os.path.exists(canary):
        raise Skip("weir-canary is not built")
    path = write(few_table(100), workdir("canary"), "few", {})
    assert profile(path)["rows"] == 100
    done = subprocess.run([canary, "profile", path], capture_output=True, timeout=30, check=False)
    assert done.returncode == -signal.SIGSYS, (
        f"the canary lives: exit {done.returncode}: {done.stderr[:300]!r}")


def test_the_library_needs_four_functions_and_owns_no_state():
    script = os.path.join(ROOT, "tools", "check_symbols.sh")
    library = os.path.join(BUILD, "libweir.a")
    done = subprocess.run([script, library], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_forbidden_symbols_are_found():
    directory = workdir("symbols")
    script = os.path.join(ROOT, "tools", "check_symbols.sh")
    sources = {
        "malloc": "#include <stdlib.h>\nvoid *weir_x(void);\nvoid *weir_x(void)"
                  "{ return malloc(9); }\n",
        "state": "int weir_x(void);\nstatic int calls;\nint weir_x(void) { return ++calls; }\n",
        "printf": "#include <stdio.h>\nint weir_x(int);\nint weir_x(int y)"
                  "{ return printf(\"%d\", y); }\n",
        "prefix": "int other(int);\nint other(int y) { return y; }\n",
    }
    for name, text in sources.items():
        with open(f"{directory}/{name}.c", "w", encoding="ascii") as file:
            file.write(text)
        subprocess.run(["cc", "-O2", "-c", f"{name}.c"], cwd=directory, check=True)
        subprocess.run(["ar", "rcs", f"{name}.a", f"{name}.o"], cwd=directory, check=True)
        done = subprocess.run([script, f"{directory}/{name}.a"], capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode != 0, f"{name} passes: {done.stdout}"


def test_the_readme_example_runs():
    readme = os.path.join(ROOT, "README.md")
    if not os.path.exists(readme):
        raise Skip("no README.md")
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    at = next((text.find(mark) for mark in ("# Embedding", "#Embedding") if mark in text), -1)
    assert at >= 0, "README.md has no heading Embedding"
    begin = text.find("```c\n", at)
    assert begin >= 0, "no C example follows the heading Embedding"
    code = text[begin + 5:text.index("```", begin + 5)]
    directory = workdir("readme")
    with open(directory + "/example.c", "w", encoding="utf-8") as file:
        file.write(code)
    library = os.path.join(BUILD, "libweir.a")
    libraries = os.environ.get("WEIR_LIBS", "-lzstd -ldeflate -lz").split()
    done = subprocess.run(["cc", "-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror",
                           "-O2", "-I", os.path.join(ROOT, "include"), "example.c", library, "-o",
                           "example", *libraries, "-pthread", "-lm"],
                          cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    path = write(pa.table({"x": [1.0, 2.0, 4.0]}), directory, "data", {})
    done = subprocess.run([directory + "/example", path], cwd=directory, capture_output=True,
                          text=True, timeout=30, check=False)
    assert done.returncode == 0, f"exit {done.returncode}: {done.stdout} {done.stderr}"
    assert any(ch.isdigit() for ch in done.stdout), f"no number: {done.stdout!r}"


def test_the_harness_counts_failures():
    directory = workdir("harness")
    with open(directory + "/test_planted.py", "w", encoding="ascii") as file:
        file.write("def test_bad():\n    assert 1 == 2, 'planted'\n\ndef test_good():\n    pass\n")
    import sys
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tests/python/harness.py"),
                           "test_planted"], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": directory})
    assert done.returncode == 1, done
    assert "FAIL test_bad: planted" in done.stdout and "ok test_good" in done.stdout, done.stdout
    assert json.dumps(done.stdout)
