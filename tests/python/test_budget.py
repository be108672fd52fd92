"""The budget holds, refusal comes first and names the number, and no budget or number of threads
changes a figure."""

import json
import os
import random
import subprocess

from data import few_table, mixed_table
from harness import Skip, workdir
from layouts import write
from weir import WEIR, generate, plan, profile, weir, without_measurements

SEED = 5


def minimum_of(path, *options):
    run = plan(path, *options, budget="1GiB")
    assert run.code == 0, run.say()
    return run.json["minimum_bytes"]


def inputs():
    directory = workdir("budget")
    yield "mixed", write(mixed_table(5000, nulls=("some",)), directory, "mixed",
                         {"compression": "SNAPPY", "store_decimal_as_integer": True,
                          "row_group_size": 2000})
    yield "few-zstd", write(few_table(60_000), directory, "few",
                            {"compression": "ZSTD", "row_group_size": 25_000})
    wide = os.path.join(directory, "wide")
    generate(wide, rows=2000, columns="doubles:500", row_group=1000)
    yield "wide", wide


def budgets_from(minimum):
    """About 20, dense near the minimum."""
    steps = [0, 1, 4095, 4096, 10_000, 50_000, 100_000, 200_000, 400_000, 700_000]
    yield from (minimum + step for step in steps)
    for factor in (1.25, 1.5, 2, 2.5, 3, 4, 6, 8, 16, 40):
        yield int(minimum * factor)


def test_sweep():
    for name, path in inputs():

        def sweep(path=path):
            minimum = minimum_of(path)
            wanted = None
            for budget in budgets_from(minimum):
                report = profile(path, budget=str(budget))
                assert report["memory"]["budget_bytes"] == budget, report["memory"]
                text = json.dumps(without_measurements(report), default=str)
                wanted = wanted or text
                assert text == wanted, f"budget {budget}: other numbers than at {minimum}"

        yield name, sweep

        def refusal(path=path):
            minimum = minimum_of(path)
            for budget in (minimum - 1, minimum // 2, 1):
                run = weir("profile", "-f", "json", "--mem-budget", str(budget), path)
                assert run.code == 3, run.say()
                assert run.out == b"", "a refused run printed data"
                assert len(run.err.strip().splitlines()) == 1, run.say()
                if budget == minimum - 1:
                    digits = run.err.replace(",", "").replace("_", "")
                    assert str(minimum) in digits, f"{minimum} is not named: {run.say()}"
            again = plan(path, budget=str(minimum))
            assert again.code == 0 and again.json["minimum_bytes"] == minimum, again.say()
            under = plan(path, budget=str(minimum - 1))
            assert under.code == 3, under.say()

        yield name + "-refusal", refusal

        def threads(path=path):
            wanted = None
            for lanes in (1, 2, 3, 5):
                report = profile(path, "--threads", str(lanes), budget="64MiB")
                text = json.dumps(without_measurements(report), default=str)
                wanted = wanted or text
                assert text == wanted, f"{lanes} threads: other numbers"

        yield name + "-threads", threads


def test_refusal_reads_no_data_page():
    """Data pages that are not there cannot be missed: the file is cut out between its ends."""
    directory = workdir("refusal")
    path = write(few_table(60_000), directory, "few",
                 {"compression": "SNAPPY", "use_dictionary": False})
    minimum = minimum_of(path)
    with open(path, "rb") as file:
        data = bytearray(file.read())
    footer = int.from_bytes(data[-8:-4], "little") + 8
    # Snappy needs no look at the pages: all of them can go.
    data[4:-footer] = bytes(len(data) - 4 - footer)
    broken = os.path.join(directory, "broken.parquet")
    with open(broken, "wb") as file:
        file.write(data)
    run = weir("profile", "-f", "json", "--mem-budget", str(minimum - 1), broken)
    assert run.code == 3, run.say()
    run = weir("profile", "-f", "json", "--mem-budget", str(minimum), broken)
    assert run.code == 4, f"zeroed pages must not pass: {run.say()}"


def test_reported_peak_is_the_kernels():
    """/usr/bin/time, started from a small shell, sees the same peak."""
    if not os.path.exists("/usr/bin/time"):
        raise Skip("/usr/bin/time is not here")
    directory = workdir("time")
    generate(directory, rows=300_000, codec="zstd")
    for budget in ("12MiB", "64MiB"):
        for threads in ("1", "2"):
            out = os.path.join(directory, "report.json")
            peak = os.path.join(directory, "peak")
            done = subprocess.run(
                ["sh", "-c", f"/usr/bin/time -f %M -o {peak} {WEIR} profile -f json --mem-budget "
                             f"{budget} --threads {threads} {directory}/*.parquet >{out}; true"],
                capture_output=True, timeout=60, check=False)
            with open(peak, encoding="ascii") as file:
                kernel = int(file.read().split()[-1]) * 1024
            with open(out, encoding="utf-8") as file:
                memory = json.load(file)["memory"]
            assert kernel <= memory["budget_bytes"], f"{kernel} > {memory} {done.stderr}"
            off = abs(kernel - memory["peak_rss_bytes"])
            assert off <= 256 << 10, f"kernel says {kernel}, weir {memory['peak_rss_bytes']}"


def test_one_huge_page_costs_no_more():
    """A chunk in one page of many MiB fits the same budget as small pages."""
    directory = workdir("huge")
    for codec in ("none", "snappy", "zstd"):

        def case(codec=codec):
            reports = []
            for page in (0, 100_000):
                path = f"{directory}/{codec}{page}"
                generate(path, rows=700_000, codec=codec, page_bytes=page, columns="doubles:3")
                reports.append(profile(path, budget="10MiB"))
            texts = [json.dumps([{k: v for k, v in c.items()
                                  if k not in ("pages", "crc", "compressed_bytes")}
                                 for c in r["columns"]], default=str) for r in reports]
            assert texts[0] == texts[1], "page sizes change the numbers"

        yield codec, case


def test_thousands_of_columns_in_batches():
    directory = workdir("columns")
    generate(directory, rows=300, columns="doubles:2000")
    report = profile(directory, budget="16MiB")
    assert len(report["columns"]) == 2000
    assert report["memory"]["batches"] > 1, report["memory"]


def test_units_of_sizes():
    directory = workdir("units")
    path = write(few_table(100), directory, "few", {})
    for text, wanted in (("64MiB", 64 << 20), ("64M", 64 << 20), ("64MB", 64 * 10**6),
                         ("65536K", 64 << 20), ("1GiB", 1 << 30), ("67108864", 64 << 20)):
        got = profile(path, budget=text)["memory"]["budget_bytes"]
        assert got == wanted, f"{text}: {got}"
