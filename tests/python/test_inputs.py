"""What goes wrong: one sentence, the right exit code, nothing on stdout, nothing left behind."""

import os
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from data import few_table, mixed_table
from harness import workdir
from layouts import write
from weir import profile, weir


def one_line(run, code, *words):
    assert run.code == code, f"wanted exit {code}: {run.say()}"
    assert run.out == b"", f"data on stdout: {run.out[:200]!r}: {run.say()}"
    lines = run.err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("weir"), f"{len(lines)} lines: {run.say()}"
    for word in words:
        assert word.lower() in run.err.lower(), f"{word!r} is not said: {run.say()}"


def listing(directory):
    found = {}
    for base, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(base, name)
            found[path] = (os.path.getsize(path), os.stat(path).st_mtime_ns)
    return found


def test_bad_inputs():
    directory = workdir("inputs")
    good = write(few_table(3000), directory, "good", {"compression": "SNAPPY"})
    with open(good, "rb") as file:
        data = file.read()
    os.makedirs(directory + "/empty")
    with open(directory + "/empty/readme.txt", "w", encoding="ascii") as file:
        file.write("nothing here\n")
    files = {
        "text.parquet": b"id,name\n1,Anna\n2,Bert\n" * 50,
        "zero.parquet": b"",
        "short.parquet": b"PAR1",
        "magic.parquet": b"PAR1PAR1",
        "footer.parquet": b"PAR1" + bytes(100) + b"\xff\xff\xff\x7fPAR1",
        "encrypted.parquet": b"PARE" + bytes(100) + b"\x10\0\0\0PARE",
        "random.parquet": b"PAR1" + os.urandom(500) + b"\x64\0\0\0PAR1",
    }
    cuts = sorted({1, 3, 4, 8, 11, 12, 100, len(data) // 3, len(data) // 2, len(data) - 9,
                   len(data) - 8, len(data) - 4, len(data) - 1})
    for cut in cuts:
        files[f"cut-{cut}.parquet"] = data[:cut]
    for name, content in files.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(content)

    def refused(code, *arguments, words=()):
        def case():
            before = listing(directory)
            for verb in ("profile", "plan"):
                one_line(weir(verb, *arguments, cwd=directory), code, *words)
            assert listing(directory) == before, "files came, went or changed"
        return case

    for name in files:
        yield name, refused(4, name, words=(name,))
    yield "no such path", refused(5, "missing.parquet", words=("missing.parquet",))
    yield "no such directory", refused(5, "nowhere/at/all.parquet")
    for verb in ("profile", "plan", "schema", "cat"):
        yield f"{verb} of a missing path", lambda verb=verb: one_line(
            weir(verb, "missing.parquet", cwd=directory), 5, "missing.parquet")
        yield f"{verb} of a text file", lambda verb=verb: one_line(
            weir(verb, "text.parquet", cwd=directory), 4, "text.parquet")
    for name, arguments in {
            "directory without parquet": ["empty"], "glob that matches nothing": ["*.orc"]}.items():
        def nothing_found(arguments=arguments):
            run = weir("profile", *arguments, cwd=directory)
            assert run.code in (2, 4, 5), run.say()
            one_line(run, run.code)
        yield name, nothing_found
    for name, arguments in {
            "no path": [], "unknown option": ["--frobnicate", good],
            "unknown short option": ["-Z", good], "budget abc": ["--mem-budget", "abc", good],
            "budget empty": ["--mem-budget", "", good], "budget negative": ["--mem-budget=-5", good],
            "budget too large": ["--mem-budget", "99999999999999999999", good],
            "threads 0": ["--threads", "0", good], "threads x": ["--threads", "x", good],
            "format xml": ["-f", "xml", good], "quantile 2": ["--quantiles", "2", good],
            "quantile x": ["--quantiles", "0.5,x", good], "rank error 0": ["--rank-error", "0", good],
            "unknown column": ["--columns", "nope", good]}.items():
        yield name, lambda arguments=arguments: one_line(weir("profile", *arguments), 2)
    yield "unknown verb", lambda: one_line(weir("frobnicate", good), 2, "frobnicate")
    yield "budget 12", lambda: one_line(weir("profile", "--mem-budget", "12", good), 3)
    yield "fifo", fifo


def fifo():
    path = workdir("fifo") + "/pipe.parquet"
    os.mkfifo(path)
    run = weir("profile", path, timeout=10)
    one_line(run, run.code)
    assert run.code in (2, 4, 5), run.say()


def test_help_and_version_go_to_stdout():
    for arguments in (["--help"], ["profile", "--help"], ["help"], ["--version"]):
        run = weir(*arguments)
        assert run.code == 0 and run.out and not run.err, run.say()


def test_help_fits_80_columns():
    for verb in ("profile", "plan", "schema", "cat", "check", None):
        run = weir(*([verb] if verb else []), "--help")
        assert run.code == 0, run.say()
        for line in run.out.decode().splitlines():
            assert len(line) <= 80, f"weir {verb} --help: {line}"


def test_zero_rows():
    directory = workdir("zero")
    for name, table in (("typed", mixed_table(0)), ("one", pa.table({"a": pa.array([], pa.int32())}))):

        def case(name=name, table=table):
            path = write(table, directory, name, {"store_decimal_as_integer": True})
            report = profile(path)
            assert report["rows"] == 0 and len(report["columns"]) == table.num_columns
            for column in report["columns"]:
                assert column["count"] == 0 and column["nulls"] == 0, column
                assert column["min"] is None and column["max"] is None, column
                assert column["distinct"]["value"] == 0, column
            run = weir("cat", path, "--mem-budget", "1GiB")
            assert run.code == 0 and run.out.strip() in (b"",), run.say()

        yield name, case


def test_unsupported_columns():
    """Refused by name; with --keep-going the others are reported, and the exit code stays 4."""
    directory = workdir("unsupported")
    rows = 500
    plain = pa.array(range(rows), pa.int32())
    texts = pa.array([f"text {i % 50}" for i in range(rows)])
    stamps = pa.array(range(rows), pa.timestamp("ns"))
    wide = pa.array([Decimal(i) for i in range(rows)], pa.decimal128(30, 2))
    nested = pa.array([[i, i + 1] for i in range(rows)])
    inner = pa.array([{"a": i, "b": str(i)} for i in range(rows)])
    tables = {
        "list": (pa.table({"ok": plain, "bad": nested, "also": texts}), {}),
        "int96": (pa.table({"ok": plain, "bad": stamps, "also": texts}),
                  {"use_deprecated_int96_timestamps": True}),
        "fixed": (pa.table({"ok": plain, "bad": wide, "also": texts}), {}),
        "delta": (pa.table({"ok": plain, "bad": pa.array(range(rows), pa.int64()), "also": texts}),
                  {"use_dictionary": ["ok", "also"],
                   "column_encoding": {"bad": "DELTA_BINARY_PACKED"}}),
        "delta-length": (pa.table({"ok": plain, "bad": texts, "also": texts}),
                         {"use_dictionary": ["ok", "also"],
                          "column_encoding": {"bad": "DELTA_LENGTH_BYTE_ARRAY"}}),
        "delta-byte-array": (pa.table({"ok": plain, "bad": texts, "also": texts}),
                             {"use_dictionary": ["ok", "also"],
                              "column_encoding": {"bad": "DELTA_BYTE_ARRAY"}}),
        "split": (pa.table({"ok": plain, "bad": pa.array([i / 8 for i in range(rows)]),
                            "also": texts}),
                  {"use_dictionary": ["ok", "also"],
                   "column_encoding": {"bad": "BYTE_STREAM_SPLIT"}}),
        "brotli": (pa.table({"ok": plain, "bad": texts, "also": texts}),
                   {"compression": {"ok": "SNAPPY", "bad": "BROTLI", "also": "NONE"}}),
        "struct": (pa.table({"ok": plain, "bad": inner, "also": texts}), {}),
    }
    for name, (table, options) in tables.items():
        path = os.path.join(directory, name + ".parquet")
        pq.write_table(table, path, **options)
        yield name, lambda path=path, name=name: check_unsupported(path, name)


def check_unsupported(path, name):
    run = weir("profile", "-f", "json", path)
    if run.code == 0:  # this build reads it: then the numbers must be those of pyarrow
        return
    one_line(run, 4, "bad")
    before = listing(os.path.dirname(path))
    run = weir("profile", "-f", "json", "--keep-going", path)
    assert run.code == 4, run.say()
    bad = 2 if name == "struct" else 1
    # One line a column, then one that counts them.
    assert 1 <= len(run.err.splitlines()) <= bad + 1, run.say()
    assert run.err.count('column "bad') == bad, run.say()
    report = run.json
    states = {c["name"]: c for c in report["columns"]}
    assert states["ok"]["count"] == 500 and states["also"]["count"] == 500, states
    failed = [n for n, c in states.items() if c.get("error")]
    assert all(n.startswith("bad") for n in failed), failed
    assert listing(os.path.dirname(path)) == before
    good = profile(path, "--columns", "ok,also")
    assert [c["name"] for c in good["columns"]] == ["ok", "also"]


def test_output_is_whole_or_nothing():
    directory = workdir("output")
    good = write(few_table(2000), directory, "good", {})
    target = directory + "/report.json"
    plain = weir("profile", "-f", "json", good)
    run = weir("profile", "-f", "json", "-o", target, good)
    assert run.code == 0 and run.out == b"", run.say()
    assert sorted(os.listdir(directory)) == ["good.parquet", "report.json"]
    with open(target, "rb") as file:
        written = file.read()
    assert len(written) > 500 and written.endswith(b"}\n"), written[-50:]
    assert written[:40] == plain.out[:40]
    with open(directory + "/bad.parquet", "wb") as file, open(good, "rb") as whole:
        data = bytearray(whole.read())
        data[100:200] = bytes(100)  # the first pages are damaged, the footer is not
        file.write(data)
    before = listing(directory)
    for arguments, code in ((["missing.parquet"], 5), (["bad.parquet"], 4),
                            (["--mem-budget", "1M", "good.parquet"], 3),
                            (["--columns", "nope", "good.parquet"], 2)):
        run = weir("profile", "-f", "json", "-o", target, *arguments, cwd=directory)
        assert run.code == code and run.out == b"", run.say()
        assert listing(directory) == before, f"{arguments}: the target or the directory changed"


def test_output_that_cannot_be_written():
    directory = workdir("unwritable")
    good = write(few_table(200), directory, "good", {})
    for target in (directory + "/no/such/dir/x.json", "/dev/full"):
        run = weir("profile", "-f", "json", "-o", target, good)
        assert run.code == 7 and run.out == b"", run.say()
        assert len(run.err.splitlines()) == 1, run.say()
    assert os.listdir(directory) == ["good.parquet"]


def test_full_stdout():
    directory = workdir("full")
    good = write(few_table(200), directory, "good", {})
    if os.path.exists("/dev/full"):
        import subprocess
        from weir import WEIR
        for verb in ("profile", "plan", "schema", "cat"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([WEIR, verb, good], stdout=full, stderr=subprocess.PIPE,
                                      timeout=30, check=False)
            assert done.returncode == 7, (verb, done.returncode, done.stderr)


def test_damage_in_pages():
    """A changed byte is found where a checksum covers it, and the sentence says where."""
    directory = workdir("damage")
    path = write(few_table(5000), directory, "crc",
                 {"write_page_checksum": True, "compression": "NONE", "use_dictionary": False})
    with open(path, "rb") as file:
        data = bytearray(file.read())
    report = profile(path)
    assert all(c["crc"]["ok"] > 0 and c["crc"]["absent"] == 0 for c in report["columns"])
    meta = pq.ParquetFile(path).metadata.row_group(0)
    for index in range(meta.num_columns):
        chunk = meta.column(index)
        at = chunk.data_page_offset + chunk.total_compressed_size - 3

        def case(at=at, name=chunk.path_in_schema):
            damaged = bytearray(data)
            damaged[at] ^= 16
            broken = os.path.join(directory, "broken.parquet")
            with open(broken, "wb") as file:
                file.write(damaged)
            run = weir("profile", "-f", "json", broken)
            one_line(run, 4, "broken.parquet", name)
            os.remove(broken)

        yield chunk.path_in_schema, case


def test_files_that_disagree():
    directory = workdir("disagree")
    pq.write_table(pa.table({"a": pa.array([1, 2], pa.int32())}), directory + "/a.parquet")
    pq.write_table(pa.table({"a": pa.array(["x", "y"])}), directory + "/b.parquet")
    run = weir("profile", "a.parquet", "b.parquet", cwd=directory)
    one_line(run, 4, "a")
