"""The same input gives the same bytes, whatever computes it: instruction sets, threads, budgets and
layouts (codecs, encodings, page versions and sizes, row groups), all at once and in every pair.

Failures too: of several damaged columns the first is told, at its first damaged place. The AVX-512
kernels run emulated where the processor lacks them. Slices of I/O are cut in tests/test_recut.c.
"""

import json
import os
import random

import pyarrow.parquet as pq

import families
from data import few_table
from harness import BUILD, workdir
from test_encodings import WISHES, leaves
from weir import WEIR, generate, profile, weir, without_measurements

SEED = 11
LAYOUT_FIELDS = ("pages", "crc", "compressed_bytes")
ISAS = ("scalar", "avx2", "avx512")
THREADS = (1, 2, 3, 5, 8)
BUDGETS = (None, "8MiB", "16MiB", "64MiB", "256MiB")  # None: the smallest that works
CODECS = ("NONE", "SNAPPY", "GZIP", "LZ4", "ZSTD")
PAGES = ({"data_page_size": 1 << 30}, {"data_page_size": 3_000},
         {"data_page_size": 300, "write_batch_size": 50})
ROWS = {"decimals": 1_200, "fixed": 700, "lists": 1_200, "structs": 1_200, "texts": 2_500}
EMULATED = os.path.join(BUILD, "emulated", "weir")


def has_avx512():
    wanted = {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd", "avx512vbmi",
              "avx512_vbmi2"}
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        flags = ""
    return wanted <= set(flags.split())


def how(isa):
    """How to run weir with an instruction set."""
    emulated = isa == "avx512" and not has_avx512() and os.path.exists(EMULATED)
    return {"env": {**os.environ, "WEIR_ISA": isa}, "program": EMULATED if emulated else WEIR}


def squares():
    """Every pair of threads and budget, and of each of them with everything else."""
    for i, threads in enumerate(THREADS):
        for j, budget in enumerate(BUDGETS):
            yield {"isa": ISAS[(i + j) % 3], "threads": threads, "budget": budget,
                   "codec": CODECS[(i + 2 * j) % 5], "page": PAGES[(2 * i + j) % 3],
                   "version": ("1.0", "2.0")[(i + j) // 2 % 2], "turn": 5 * i + j}


def budget_of(cell, path):
    """The minimum is one of the program that runs: its own size is a part of it."""
    if cell["budget"]:
        return cell["budget"]
    return str(weir("plan", "-f", "json", "-k", path, **how(cell["isa"])).json["minimum_bytes"])


def figures(path, cell):
    """The report's text, without what tells of the layout, memory and time."""
    threads = str(cell["threads"])
    report = profile(path, "--top", "16", "--threads", threads,
                     budget=budget_of(cell, path), **how(cell["isa"]))
    for column in report["columns"]:
        for field in LAYOUT_FIELDS:
            column.pop(field)
    return {column["name"]: json.dumps(column, default=str) for column in report["columns"]}


def same_figures(table, directory, cells, **fixed):
    """Each cell is another layout, run in another way; the first one is what all must give."""
    path = os.path.join(directory, "cut.parquet")
    wanted, wrong = None, []
    for cell in cells:
        pq.write_table(table, path, compression=cell["codec"], data_page_version=cell["version"],
                       write_page_checksum=cell["turn"] % 3 == 0, **cell["page"],
                       **cell["writer"], **fixed)
        got = figures(path, cell)
        wanted = wanted or got
        names = [name for name in wanted if got.get(name) != wanted[name]]
        if names or len(got) != len(wanted):
            wrong.append(f"{names[:4]} with {({k: v for k, v in cell.items() if k != 'writer'})}")
    assert not wrong, "\n".join(wrong)


def plain_cells(table, cells, **fixed):
    """PLAIN and DELTA encodings and BYTE_STREAM_SPLIT, cut into other row groups each time."""
    kinds = leaves(table, **fixed)
    wishes = list(WISHES.values())
    for cell in cells:
        wish = wishes[cell["turn"] % len(wishes)]
        chosen = {path: wish.get(kind, "PLAIN") for path, kind in kinds.items()}
        encodings = {} if "use_deprecated_int96_timestamps" in fixed else {
            "column_encoding": chosen}
        groups = (1 << 20, 777, 200)[cell["turn"] // 3 % 3]
        yield {**cell, "writer": {"use_dictionary": False, "row_group_size": groups, **encodings}}


def dictionary_cells(cells):
    """With dictionaries row groups stay."""
    for cell in cells:
        yield {**cell, "writer": {"use_dictionary": True, "row_group_size": 900}}


def tables():
    for family, make in families.FAMILIES.items():
        yield family, make(ROWS.get(family, 3_000)), {}
    yield "int96", families.int96(1_500), {"use_deprecated_int96_timestamps": True}
    yield "long", few_table(20_000), {}


def test_everything_at_once():
    """All 25 cells for numbers, a third of them for each other family: every pair occurs."""
    directory = workdir("same-bits")
    for turn, (name, table, fixed) in enumerate(tables()):
        cells = [cell for i, cell in enumerate(squares())
                 if name == "numbers" or (i + turn) % 3 == 0]
        yield f"{name}, plain", lambda t=table, c=cells, f=fixed: same_figures(
            t, directory, plain_cells(t, c, **f), **f)
        yield f"{name}, dictionaries", lambda t=table, c=cells, f=fixed: same_figures(
            t, directory, dictionary_cells(c[::2]), **f)


def test_a_data_set_of_many_files():
    directory = workdir("same-bits-set")
    generate(directory, rows=120_000, files=3, codec="mixed", row_group=30_000)
    wanted = None
    for cell in squares():
        drop = ["--drop-cache"] if cell["turn"] % 4 == 0 else []
        report = profile(directory, "--threads", str(cell["threads"]), *drop,
                         budget=budget_of(cell, directory), **how(cell["isa"]))
        text = json.dumps(without_measurements(report), default=str)
        wanted = wanted or text
        assert text == wanted, f"other numbers with {cell}"


def test_rows_and_checks():
    """`cat` and `check` print the same bytes with every instruction set."""
    directory = workdir("same-bits-rows")
    for turn, (name, table, fixed) in enumerate(tables()):

        def case(table=table, fixed=fixed, turn=turn):
            path = os.path.join(directory, "rows.parquet")
            pq.write_table(table.slice(0, 800), path, compression=CODECS[turn % 5],
                           data_page_version=("1.0", "2.0")[turn % 2], **PAGES[turn % 3], **fixed)
            for verb in (("cat", "-f", "jsonl"), ("check", "-f", "json")):
                texts = set()
                for isa in ISAS:
                    run = weir(*verb, path, **how(isa))
                    assert run.code == 0, run.say()
                    texts.add(without_time(run.out))
                assert len(texts) == 1, f"{verb[0]} prints other bytes"

        yield name, case


def without_time(out):
    """The line of a report that tells memory and time is left out."""
    return b"\n".join(line for line in out.split(b"\n")
                      if b'"memory"' not in line and b'"elapsed_seconds"' not in line)


def damage(path, rng, share):
    """Turns a byte in some column chunks over; returns how many."""
    meta = pq.ParquetFile(path).metadata
    damaged = 0
    with open(path, "r+b") as file:
        for group in range(meta.num_row_groups):
            for index in range(meta.num_columns):
                if rng.random() >= share:
                    continue
                chunk = meta.row_group(group).column(index)
                begin = chunk.dictionary_page_offset or chunk.data_page_offset
                at = begin + rng.randrange(chunk.total_compressed_size)
                file.seek(at)
                byte = file.read(1)[0]
                file.seek(at)
                file.write(bytes([byte ^ rng.choice((1, 64, 255))]))
                damaged += 1
    return damaged


def test_the_same_failure():
    """Any number of damaged columns: one message and exit code, whatever the lanes and batches."""
    directory = workdir("same-failure")
    table = families.numbers(2_000)
    for number in range(6):

        def case(number=number):
            rng = random.Random(f"{SEED} {number}")
            path = os.path.join(directory, f"damaged-{number}.parquet")
            codec, share = rng.choice(CODECS), rng.choice((0.05, 0.1, 0.3))
            pq.write_table(table, path, compression=codec, row_group_size=500,
                           data_page_size=2_000, write_page_checksum=number % 3 != 0)
            assert damage(path, rng, share) > 1
            found = {}
            for cell in squares():
                run = weir("profile", "-f", "json", "--threads", str(cell["threads"]),
                           "--mem-budget", budget_of(cell, path), path, **how(cell["isa"]))
                found.setdefault((run.code, run.err), []).append(cell)
            assert len(found) == 1, (
                f"seed {SEED}: {[(key, cells[0]) for key, cells in found.items()]}")
            assert_kept_the_same(path)
            ((code, text),) = found
            assert code == first_failure(path)[0] and first_failure(path)[1] in text, (
                f"told: {text}; the first column that fails: {first_failure(path)}")

        yield f"file {number}", case


def assert_kept_the_same(path):
    """With --keep-going: the columns that can be read, and why the others cannot."""
    found = set()
    for cell in list(squares())[::4]:
        run = weir("profile", "-f", "json", "--keep-going", "--threads", str(cell["threads"]),
                   "--mem-budget", budget_of(cell, path), path, **how(cell["isa"]))
        assert run.code == 4, run.say()
        found.add((without_time(run.out), run.err))
    assert len(found) == 1, "with --keep-going another report"


def first_failure(path):
    """Exit code and name in quotes of the first column that cannot be read on its own."""
    for name in pq.ParquetFile(path).schema_arrow.names:
        run = weir("profile", "-f", "json", "--threads", "1", "--columns", name, path)
        if run.code != 0:
            return run.code, f'column "{name}"'
    return 0, ""


def test_wishes_for_an_instruction_set():
    directory = workdir("wishes")
    (path,) = generate(directory, rows=1_000)
    arguments = ("profile", "-f", "csv", path)
    wanted = weir(*arguments)
    assert wanted.code == 0 and wanted.err == "", wanted.say()

    def run(value, *options):
        return weir(*arguments, *options, env={**os.environ, "WEIR_ISA": value})

    for value in ("scalar", "auto", ""):
        done = run(value)
        assert (done.code, done.out, done.err) == (0, wanted.out, ""), done.say()
    best = "avx512" if has_avx512() else None
    for value in ("avx2", "avx512"):
        done = run(value)
        assert (done.code, done.out) == (0, wanted.out), done.say()
        if done.err:
            assert value != best, done.say()
            assert len(done.err.splitlines()) == 1 and f"WEIR_ISA={value}" in done.err, done.say()
            assert run(value, "--quiet").err == ""
    for value in ("AVX2", "sse2", "avx", "3", "scalar ", "x" * 5000):
        for verb in (arguments, ("cat", path), ("check", path), ("plan", path), ("--version",)):
            done = weir(*verb, env={**os.environ, "WEIR_ISA": value})
            assert done.code == 2 and done.out == b"", done.say()
            assert len(done.err.splitlines()) == 1, done.say()
            for word in ("WEIR_ISA=" + value[:20], *ISAS, "auto"):
                assert word in done.err, done.say()
    for verb in ("--help", "man"):
        text = weir(verb).out.decode()
        assert "WEIR_ISA" in text and all(isa in text for isa in ISAS), f"{verb} says nothing"
