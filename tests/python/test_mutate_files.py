"""The small files that mutation begins with are valid: pyarrow reads the same of them, and what they
say of themselves is what they hold."""

import os
import subprocess

from harness import BUILD, workdir
from test_corpus import same_as_pyarrow
from weir import weir

MUTATE = os.path.join(BUILD, "mutate")

# Legal, but not read by pyarrow 26: runs of no values or beyond the page's end, deltas of 32-bit
# numbers in 33 bits, BIT_PACKED levels.
ODD = {"bytes-dictionary-none-v1", "bytes-plain-lz4raw-v1", "i32-delta-brotli-v1",
       "i32-delta-lz4raw-v1", "i32-delta-none-v1-large", "i32-delta-snappy-v1", "nested-0",
       "nested-2", "statistics-and-index"}
# Random timestamps that pyarrow cuts to 64 bits; decimals that weir rounds to doubles.
BEYOND = {"i96-plain-none-v1", "d70-plain-none-v1"}


def made(directory, name):
    path = os.path.join(directory, name + ".parquet")
    with open(path, "wb") as file:
        subprocess.run([MUTATE, "-d", name], stdout=file, check=True)
    return path


def test_files():
    names = subprocess.run([MUTATE, "--files"], capture_output=True, text=True,
                           check=True).stdout.split()
    assert len(names) >= 50 and ODD <= set(names), names
    directory = workdir("mutate-files")
    for name in names:
        def case(name=name):
            path = made(directory, name)
            assert os.path.getsize(path) < 700 or name.endswith("-large")
            run = weir("check", path)
            assert run.code == 0, run.say()
            if name not in ODD | BEYOND:
                same_as_pyarrow(path)

        yield name, case


def test_they_are_always_the_same():
    directory = workdir("mutate-again")
    for name in ("i64-delta-none-v2", "nested-3", "statistics-and-index"):
        with open(made(directory, name), "rb") as first:
            before = first.read()
        with open(made(directory, name), "rb") as second:
            assert second.read() == before, name
