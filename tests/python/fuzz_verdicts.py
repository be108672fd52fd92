"""What weir says of the files that fuzzing another reader found, one line a file:

    name <tab> exit code <tab> hash of the report, or the error <tab> hash with --keep-going

`fuzz_verdicts.py` compares with fuzz_verdicts.txt; `fuzz_verdicts.py --write` makes it anew. The
hashes leave out measurements, the version and names of folders.

More than half of the files do not begin with PAR1, which that reader never looks at; so that they
say more than this, they are looked at again with PAR1 put there ("name, mended").
"""

import hashlib
import json
import os
import sys

from corpora import corpus, files_below
from harness import HERE, workdir
from weir import weir, without_measurements

TABLE = os.path.join(HERE, "fuzz_verdicts.txt")
SECONDS_MAX = 20
BUDGET = "32MiB"


def fingerprint(run, path):
    report = without_measurements(run.json)
    del report["weir"]
    text = json.dumps(report, default=str, sort_keys=True).replace(path, "PATH")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def verdict_of(path):
    """(exit code, hash or error, hash with --keep-going or "-")."""
    options = ("-f", "json", "--threads", "1", "--mem-budget", BUDGET)
    run = weir("profile", *options, path, timeout=SECONDS_MAX)
    assert run.code in (0, 4), run.say()
    if run.code == 0:
        assert run.err == "", run.say()
        return "0", fingerprint(run, path), "-"
    assert run.out == b"" and len(run.err.splitlines()) == 1, run.say()
    error = run.err.strip().replace(path, "PATH").replace("\t", " ")
    going = weir("profile", *options, "--keep-going", path, timeout=SECONDS_MAX)
    assert going.code == 4, going.say()
    return "4", error, fingerprint(going, path) if going.out else "-"


def inputs(root):
    """(name, path) of each file and, behind those without PAR1, of their mended copies. A copy lasts
    until the next one."""
    top = os.path.join(root, "arrow-fuzzing")
    mended = os.path.join(workdir("fuzz-verdicts"), "mended.parquet")
    for name in files_below(top):
        path = os.path.join(top, name)
        yield name, path
        with open(path, "rb") as file:
            data = file.read()
        if len(data) > 12 and data[-4:] == b"PAR1" != data[:4]:
            with open(mended, "wb") as file:
                file.write(b"PAR1" + data[4:])
            yield name + ", mended", mended


def pinned():
    with open(TABLE, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return {name: tuple(rest) for name, *rest in lines}


def main():
    root = corpus()
    if root is None:
        sys.exit("WEIR_CORPUS does not name the public test files")
    found = {name: verdict_of(path) for name, path in inputs(root)}
    if sys.argv[1:] == ["--write"]:
        with open(TABLE, "w", encoding="utf-8") as file:
            for name, verdict in found.items():
                file.write("\t".join((name, *verdict)) + "\n")
        return
    known = pinned()
    for name in sorted(found.keys() | known.keys()):
        if found.get(name) != known.get(name):
            print(f"{name}\n  was {known.get(name)}\n  is  {found.get(name)}")


if __name__ == "__main__":
    main()
