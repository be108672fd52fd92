"""Damaged bytes, signals, closed pipes, small limits: a clean end within the budget, always."""

import os
import random
import resource
import signal
import subprocess
import time

from data import mixed_table
from harness import workdir
from layouts import write
from weir import WEIR, generate, weir

SEED = 7
MUTANTS = 150

SMALL = {
    "plain": {"compression": "NONE", "use_dictionary": False},
    "dictionary-snappy": {"compression": "SNAPPY"},
    "zstd-v2": {"compression": "ZSTD", "data_page_version": "2.0"},
    "gzip-plain": {"compression": "GZIP", "use_dictionary": False},
    "lz4-pages": {"compression": "LZ4", "data_page_size": 64, "write_batch_size": 8},
}


def small_table():
    names = ["bool_some", "int32_some", "int64_none", "double_some", "string_some", "binary_none",
             "dec9_2_some", "ts_us_utc_none"]
    return mixed_table(60).select(names)


def mutate(rng, data, footer_bytes):
    """One change of one to four bytes; every second one in the footer."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        low = len(data) - footer_bytes if rng.random() < 0.5 else 0
        at = rng.randrange(low, len(data))
        changed[at] = rng.choice([0, 1, 127, 128, 255, changed[at] ^ (1 << rng.randrange(8))])
    return bytes(changed)


def test_mutants():
    """Random changes, printed with their seed; exit 0, 3 (asks for a larger window) or 4."""
    directory = workdir("mutants")
    table = small_table()
    for name, options in SMALL.items():
        path = write(table, directory, name, {"store_decimal_as_integer": True, **options})
        with open(path, "rb") as file:
            data = file.read()

        def case(name=name, data=data):
            rng = random.Random(f"{SEED} {name}")
            footer_bytes = int.from_bytes(data[-8:-4], "little") + 8
            target = os.path.join(directory, name + "-mutant.parquet")
            for number in range(MUTANTS):
                with open(target, "wb") as file:
                    file.write(mutate(rng, data, footer_bytes))
                verb = ("profile", "profile", "cat", "schema")[number % 4]
                options = ["-f", "json"] if verb in ("profile", "schema") else []
                run = weir(verb, *options, "--mem-budget", "24MiB", target, timeout=20)
                assert run.code in (0, 3, 4), f"mutant {number} of seed {SEED}: {run.say()}"
                if run.code == 4 and verb == "profile":
                    assert run.out == b"" and len(run.err.splitlines()) == 1, (
                        f"mutant {number} of seed {SEED}: {run.say()}")
            os.remove(target)

        yield name, case


def test_truncation_at_every_step():
    directory = workdir("cuts")
    path = write(small_table(), directory, "whole", {"store_decimal_as_integer": True})
    with open(path, "rb") as file:
        data = file.read()
    target = os.path.join(directory, "cut.parquet")
    for length in range(0, len(data), max(1, len(data) // 120)):
        with open(target, "wb") as file:
            file.write(data[:length])
        run = weir("profile", target, timeout=10)
        assert run.code == 4 and run.out == b"", f"cut at {length}: {run.say()}"


def start(*arguments, **how):
    return subprocess.Popen([WEIR, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **how)


def await_reading(process, bytes_read=1 << 20):
    """Until it is in the middle of its data: that takes longer on busy machines, and when the
    program is instrumented."""
    given_up = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < given_up:
        with open(f"/proc/{process.pid}/io", encoding="ascii") as file:
            counts = dict(line.split(": ") for line in file)
        if int(counts["rchar"]) > bytes_read:
            return
        time.sleep(0.002)


def test_signals_end_the_run_and_leave_nothing():
    directory = workdir("signals")
    generate(directory + "/data", rows=3_000_000, codec="zstd", zstd_level=1)
    target = directory + "/report.json"
    with open(target, "w", encoding="ascii") as file:
        file.write("before\n")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = start("profile", "-f", "json", "-o", target, directory + "/data")
        await_reading(process)
        process.send_signal(number)
        begun = time.monotonic()
        out, err = process.communicate(timeout=20)
        took = time.monotonic() - begun
        assert process.returncode == 75, (number, process.returncode, err)
        assert took < 2, f"{took:.1f} s to end"
        assert out == b"" and len(err.splitlines()) == 1, err
        assert sorted(os.listdir(directory)) == ["data", "report.json"]
        with open(target, encoding="ascii") as file:
            assert file.read() == "before\n"


def test_a_closed_pipe_is_an_output_error():
    directory = workdir("pipe")
    generate(directory, rows=100_000)
    process = start("cat", "--mem-budget", "256MiB", directory)
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=20) == 7, (process.returncode, err)


def test_file_that_changes_is_noticed():
    """The data is rewritten while it is read: exit 6 or a report of the first bytes, no mixture."""
    directory = workdir("changes")
    (path,) = generate(directory, rows=3_000_000, codec="zstd", zstd_level=1)
    process = start("profile", "-f", "json", path)
    await_reading(process)
    os.truncate(path, os.path.getsize(path) // 2)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (6, 4, 5), (process.returncode, err)
    assert process.returncode == 6, f"exit {process.returncode}, not 6: {err}"
    assert out == b"", out[:100]


def limited(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


def test_small_limits_of_the_system():
    directory = workdir("limits")
    (path,) = generate(directory, rows=20_000)
    for name, kind, value in (("files", resource.RLIMIT_NOFILE, 16),
                              ("stack", resource.RLIMIT_STACK, 256 << 10),
                              ("file size", resource.RLIMIT_FSIZE, 0)):
        process = start("profile", "-f", "json", path, preexec_fn=limited(kind, value))
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0, (name, process.returncode, err)
    process = start("profile", "-f", "json", path,
                    preexec_fn=limited(resource.RLIMIT_AS, 24 << 20))
    out, err = process.communicate(timeout=20)
    assert process.returncode in (0, 3), (process.returncode, err)
    if process.returncode == 3:
        assert out == b"" and len(err.splitlines()) == 1, err
