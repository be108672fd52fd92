"""--exact: every quantile of every column of numbers is the sorted values' own, whatever the layout,
the budget and the threads, within the passes that the plan allows."""

import json
import os
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import families
from harness import workdir
from layouts import write
from printed import stored
from truth import column_of
from weir import plan, profile, weir, without_measurements

SEED = 20264
MANY = "0,0.001,0.01,0.1,0.2,0.25,1/3,0.49,0.5,0.51,0.75,0.9,0.99,0.999,0.9999,1".replace(
    "1/3", "0.3333")
LAYOUTS = {
    "plain": {"use_dictionary": False, "compression": "NONE"},
    "dictionary": {"use_dictionary": True, "compression": "SNAPPY", "row_group_size": 1700},
    "falls-back": {"use_dictionary": True, "compression": "ZSTD", "row_group_size": 2500,
                   "dictionary_pagesize_limit": 4000, "data_page_size": 3000,
                   "data_page_version": "2.0"},
}
FAMILIES = {"numbers": {}, "temporal": {}, "decimals": {},
            "int96": {"use_deprecated_int96_timestamps": True}}


def wanted_value(ordered, text):
    """The smallest value whose rank is at least q n."""
    rank = -(-Fraction(text) * len(ordered) // 1)
    return ordered[max(1, rank) - 1]


def faults_of(columns, report, listed):
    """columns: {name: Column}. Sentences about quantiles that are not the sorted values' own."""
    faults = []
    for column in report["columns"]:
        truth = columns[column["name"]]
        ordered = sorted(v for v in truth.values if v == v)
        got = column["quantiles"]
        if truth.kind == "bytes" or not ordered:
            if got:
                faults.append(f"{column['name']}: quantiles of nothing: {got}")
            continue
        if [str(float(e["q"])) for e in got] != [str(float(q)) for q in listed]:
            faults.append(f"{column['name']}: other quantiles: {got}")
            continue
        for entry, text in zip(got, listed):
            wanted = wanted_value(ordered, text)
            if stored(truth, entry["value"]) != wanted:
                faults.append(f"{column['name']}: {text}: wanted {wanted}, got {entry}")
            elif not entry["exact"] or float(entry["rank_error"]) != 0 or entry.get("rounded"):
                faults.append(f"{column['name']}: {text}: not marked as exact: {entry}")
    return faults


def columns_of(table):
    return {name: column_of(name, table.column(name)) for name in table.column_names}


def check(columns, path, *options, listed=MANY, budget="64MiB"):
    """Returns the report; the plan's promise is kept in every run."""
    options = ["--exact", "--quantiles", listed, *options]
    report = profile(path, *options, budget=budget)
    faults = faults_of(columns, report, listed.split(","))
    assert not faults, f"{len(faults)} faults: " + "\n".join(faults[:6])
    promised = plan(path, *options, budget=budget).json
    assert promised["exact"] is True
    assert 1 <= promised["passes"] <= promised["passes_max"], promised
    assert 1 <= report["memory"]["passes"] <= promised["passes_max"], report["memory"]
    return report


def test_every_kind_in_every_layout():
    directory = workdir("exact-kinds")
    for family, fixed in FAMILIES.items():
        table = getattr(families, family)(6_000 if "decimals" not in family else 3_000)
        # INT96 is printed in nanoseconds whatever the table's unit was.
        columns = columns_of(table if family != "int96" else pa.table(
            {name: table.column(name).cast(pa.timestamp("ns")) for name in table.column_names}))
        for layout, options in LAYOUTS.items():

            def case(family=family, table=table, layout=layout, options=options, fixed=fixed,
                     columns=columns):
                path = write(table, directory, f"{family}-{layout}", {**options, **fixed})
                for rank_error in ("0.05", "0.001"):
                    check(columns, path, "--rank-error", rank_error)

            yield f"{family}-{layout}", case

    def half():
        rng = np.random.default_rng(SEED)
        bits = rng.integers(0, 1 << 16, 30_000, dtype=np.uint16)
        table = pa.table({"half": pa.array(bits.view(np.float16)),
                          "half_nulls": pa.array(bits.view(np.float16), mask=bits % 5 == 0)})
        check(columns_of(table), write(table, directory, "half", {}), "--rank-error", "0.01")

    yield "float16", half

    def rounded():
        """Decimals of more than 38 digits are doubles."""
        table = families.large_decimals(3_000)
        listed = "0.001,0.1,0.25,0.5,0.75,0.9,0.999"
        path = write(table, directory, "rounded", {"row_group_size": 900})
        report = profile(path, "--exact", "--rank-error", "0.05", "--quantiles", listed)
        for column in report["columns"]:
            truth = column_of(column["name"], table.column(column["name"]))
            ordered = sorted(truth.values)
            for entry, text in zip(column["quantiles"], listed.split(","), strict=True):
                wanted = Fraction(wanted_value(ordered, text), 10 ** truth.logical[1])
                got = Fraction(str(entry["value"]))
                assert abs(got - wanted) <= abs(wanted) * Fraction(1, 1 << 51), (entry, wanted)
                assert entry["exact"] and float(entry["rank_error"]) == 0, entry

    yield "decimals beyond 38 digits", rounded


def hard_table(rows):
    rng = np.random.default_rng(SEED)
    exponent = rng.integers(0, 63, rows).astype(np.uint64)
    halving = (np.uint64(1) << exponent) | (rng.integers(0, 1 << 62, rows).astype(np.uint64)
                                            & ((np.uint64(1) << exponent) - np.uint64(1)))
    anything = rng.integers(0, 1 << 64, rows, dtype=np.uint64).view(np.float64)
    cents = np.round(rng.gamma(2.0, 2000.0, rows), 2)
    one_heavy = np.where(rng.random(rows) < 0.6, 1.0, rng.normal(1.0, 1e-9, rows))
    zoom = 1.0 + np.where(np.arange(rows) % 2 == 0, 1.0, -1.0) / (1 + np.arange(rows))
    apart = (rng.integers(0, 5, rows) * (1 << 61) + rng.integers(0, 1 << 15, rows)).astype(np.uint64)
    specials = rng.normal(0, 1, rows)
    specials[::7], specials[1::50], specials[2::60], specials[3::9] = np.nan, np.inf, -np.inf, -0.0
    return pa.table({
        "normal": pa.array(rng.normal(1e9, 3.0, rows)),
        "anything": pa.array(anything),
        "halving": pa.array(halving),
        "cents": pa.array(cents),
        "one_heavy": pa.array(one_heavy),
        "zoom": pa.array(zoom),
        "apart": pa.array(apart),
        "neighbours": pa.array(np.uint64(4607182418800017408) + np.arange(rows).astype(np.uint64)
                               % np.uint64(3001)).cast(pa.int64()),
        "ascending": pa.array(np.arange(rows, dtype=np.int32)),
        "descending": pa.array(np.arange(rows, 0, -1)),
        "zipf": pa.array(np.minimum(rng.zipf(1.3, rows), 1 << 40)),
        "narrow": pa.array(rng.normal(0, 1, rows).astype(np.float32)),
        "specials": pa.array(specials),
        "holes": pa.array(rng.integers(-10**12, 10**12, rows), mask=rng.random(rows) < 0.9),
        "all_nan": pa.array(np.full(rows, np.nan)),
        "word": pa.array([f"w{i % 2000}" for i in range(rows)]),
        "flag": pa.array(rng.random(rows) < 0.3),
    })


def numpy_faults(table, report, listed):
    """The same question put to numpy."""
    faults = []
    for column in report["columns"]:
        values = table.column(column["name"]).drop_null()
        if not column["quantiles"] or not pa.types.is_floating(values.type):
            continue
        values = values.to_numpy()
        values = values[~np.isnan(values)]
        wanted = np.quantile(values, [float(q) for q in listed], method="inverted_cdf")
        for entry, one in zip(column["quantiles"], wanted):
            if float(entry["value"] if not isinstance(entry["value"], str) else
                     {"Infinity": "inf", "-Infinity": "-inf"}[entry["value"]]) != one:
                faults.append(f"{column['name']}: wanted {one}, got {entry}")
    return faults


def test_hard_columns():
    table = hard_table(200_000)
    columns = columns_of(table)
    directory = workdir("exact-hard")
    path = write(table, directory, "hard", {"use_dictionary": False, "row_group_size": 70_000})
    listed = "0,0.01,0.05,0.25,0.5,0.75,0.95,0.99,1"

    def exact():
        report = check(columns, path, listed=listed)
        faults = numpy_faults(table, report, listed.split(","))
        assert not faults, faults[:5]

    yield "equal to the sorted values and to numpy", exact

    def canary():
        """What a sketch says in its place is found out."""
        report = profile(path, "--quantiles", listed)
        assert len(faults_of(columns, report, listed.split(","))) > 20
        assert numpy_faults(table, report, listed.split(","))

    yield "a sketch's answer fails", canary

    def thirty_two():
        many = [f"{i / 31:.4f}" for i in range(32)]
        check(columns, path, listed=",".join(many))

    yield "32 quantiles", thirty_two

    def tables():
        """Formats that choose their own quantiles have exact ones."""
        run = weir("profile", "-f", "table", "--exact", "--quantiles", "0.123", path)
        assert run.code == 0 and b"exact quantiles, " in run.out, run.say()
        assert b"rank error" not in run.out
        run = weir("profile", "-f", "csv", "--exact", path)
        assert run.code == 0, run.say()

    yield "formats", tables


def test_nothing_changes_the_answer():
    """Budgets from the smallest on, threads, seeds and rank errors: the same bytes."""
    table = hard_table(60_000)
    columns = columns_of(table)
    directory = workdir("exact-same")
    path = write(table, directory, "same", {"use_dictionary": ["cents", "zipf", "apart", "holes"],
                                            "row_group_size": 17_000, "compression": "SNAPPY"})

    def budgets():
        minimum = plan(path, "--exact", budget="1GiB").json["minimum_bytes"]
        wanted = None
        passes = set()
        for budget in (minimum, minimum + 4096, minimum + 300_000, minimum + 1_000_000,
                       2 * minimum, 4 * minimum, 16 * minimum):
            report = check(columns, path, budget=str(budget))
            passes.add(report["memory"]["passes"])
            text = json.dumps(without_measurements(report), default=str)
            wanted = wanted or text
            assert text == wanted, f"budget {budget}: other numbers"
        assert max(passes) > 1, passes
        under = weir("profile", "--exact", "--mem-budget", str(minimum - 1), path)
        assert under.code == 3 and str(minimum) in under.err, under.say()

    yield "budgets", budgets

    def threads():
        wanted = None
        for lanes in (1, 2, 3, 8):
            report = check(columns, path, "--threads", str(lanes))
            text = json.dumps(without_measurements(report), default=str)
            wanted = wanted or text
            assert text == wanted, f"{lanes} threads: other numbers"

    yield "threads", threads

    def seeds():
        wanted = None
        for options in (["--seed", "7"], ["--rank-error", "0.1"], ["--rank-error", "0.0005"],
                        ["--stats", "quantiles"]):
            report = check(columns, path, *options)
            text = json.dumps([c["quantiles"] for c in report["columns"]], default=str)
            wanted = wanted or text
            assert text == wanted, f"{options}: other quantiles"

    yield "seeds and rank errors", seeds

    def the_rest():
        """Everything but quantiles is what it is without --exact."""
        reports = [profile(path, *options) for options in ([], ["--exact"])]
        for report in reports:
            for column in report["columns"]:
                del column["quantiles"]
        texts = [json.dumps(without_measurements(r), default=str) for r in reports]
        assert texts[0] == texts[1]

    yield "other statistics", the_rest


def test_files_and_nesting():
    rng = np.random.default_rng(SEED + 1)
    directory = workdir("exact-files")

    def files():
        parts = []
        for i in range(5):
            rows = 20_000 + 999 * i
            parts.append(pa.table({"a": pa.array(rng.normal(i, 1, rows)),
                                   "late": pa.array(rng.integers(0, 1 << 50, rows))}))
        for i, part in enumerate(parts):
            kept = part if i != 3 else part.drop_columns(["late"])
            pq.write_table(kept, os.path.join(directory, f"part-{i}.parquet"),
                           use_dictionary=i % 2 == 0, row_group_size=7000)
        whole = pa.concat_tables(parts)
        late = pa.concat_tables([p.select(["late"]) for i, p in enumerate(parts) if i != 3])
        columns = {"a": column_of("a", whole.column("a")),
                   "late": column_of("late", late.column("late"))}
        for lanes in ("1", "2"):
            check(columns, directory, "--threads", lanes)

    yield "several files, one lacks a column", files

    def nested():
        rows = 9_000
        lists = [None if n == 9 else [float(v) for v in rng.normal(0, 9, n)]
                 for n in rng.integers(0, 10, rows)]
        deep = [[{"x": int(v)} for v in rng.integers(-2**62, 2**62, n)]
                for n in rng.integers(0, 5, rows)]
        table = pa.table({"lists": pa.array(lists, pa.list_(pa.float64())),
                          "deep": pa.array(deep, pa.list_(pa.struct([("x", pa.int64())])))})
        path = write(table, workdir("exact-nested"), "nested", {"row_group_size": 2500})
        columns = {"lists.list.element": column_of("l", pa.array(
            [v for one in lists for v in one or ()], pa.float64())),
                   "deep.list.element.x": column_of("d", pa.array(
                       [v["x"] for one in deep for v in one], pa.int64()))}
        report = check(columns, path, "--rank-error", "0.02")
        plain = profile(path, "--rank-error", "0.02")
        for one, other in zip(report["columns"], plain["columns"]):
            assert one["nesting"] == other["nesting"], "passes count nesting again"
            assert one["pages"] == other["pages"] and one["crc"] == other["crc"]
            assert one["rows"] == other["rows"] and one["nulls"] == other["nulls"]

    yield "nested leaves", nested


def test_what_the_plan_says():
    directory = workdir("exact-plan")

    def few():
        table = pa.table({"few": pa.array(np.arange(1000)), "word": pa.array(["x"] * 1000)})
        path = write(table, directory, "few", {})
        report = check(columns_of(table), path)
        assert report["memory"]["passes"] == 1
        assert plan(path, "--exact").json["passes_max"] == 1

    yield "few rows take one pass", few

    def held():
        table = pa.table({"a": pa.array(np.random.default_rng(3).normal(0, 1, 6_000))})
        for name, options in (("held-plain", {"use_dictionary": False}),
                              ("held-dictionary", {"row_group_size": 500})):
            path = write(table, directory, name, options)
            assert plan(path, "--exact").json["passes_max"] == 1
            check(columns_of(table), path)

    yield "values that a sketch holds take one pass", held

    def texts():
        table = pa.table({"word": pa.array([str(i) for i in range(5_000)])})
        path = write(table, directory, "texts", {})
        with_exact, without = (plan(path, *o).json for o in (["--exact"], []))
        assert with_exact["passes_max"] == 1
        assert with_exact["minimum_bytes"] == without["minimum_bytes"]

    yield "no numbers, no cost", texts

    def terms():
        table = pa.table({"a": pa.array(np.random.default_rng(3).normal(0, 1, 50_000))})
        path = write(table, directory, "terms", {"use_dictionary": False})
        with_exact, without = (plan(path, *o).json for o in (["--exact"], []))
        names = [t["name"] for t in with_exact["terms"]]
        assert "selection" in names and "selection" not in [t["name"] for t in without["terms"]]
        assert (without["passes"], without["passes_max"], without["exact"]) == (1, 1, False)
        assert with_exact["passes"] == 2
        grown = with_exact["minimum_bytes"] - without["minimum_bytes"]
        assert 64 << 10 <= grown <= 96 << 10, grown
        run = weir("plan", "--exact", path)
        assert run.code == 0 and b"exact quantiles" in run.out and b"at most" in run.out

    yield "terms", terms

    def refused():
        table = pa.table({"a": pa.array([1.0, 2.0])})
        path = write(table, directory, "refused", {})
        run = weir("profile", "--exact", "--stats", "moments,top", path)
        assert run.code == 2 and "--exact" in run.err, run.say()
        run = weir("cat", "--exact", path)
        assert run.code == 2, run.say()

    yield "refusals", refused


def test_a_column_that_fails_leaves_the_others():
    table = pa.table({name: pa.array(np.random.default_rng(i).normal(0, 1, 40_000))
                      for i, name in enumerate(("a", "b", "c"))})
    path = write(table, workdir("exact-broken"), "broken",
                 {"use_dictionary": False, "compression": "NONE", "write_page_checksum": True})
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(1)
    with open(path, "r+b") as file:
        file.seek(chunk.data_page_offset + chunk.total_compressed_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    report = profile(path, "--exact", "--keep-going", code=4)
    failed = [c["name"] for c in report["columns"] if c.get("error")]
    assert failed == ["b"], failed
    report["columns"] = [c for c in report["columns"] if c["name"] != "b"]
    faults = faults_of(columns_of(table), report, "0.01,0.05,0.25,0.5,0.75,0.95,0.99".split(","))
    assert not faults, faults[:4]
