"""Every type in every layout: the profile is right, and the same for all layouts; cat prints the
values."""

import json
import re
from decimal import Decimal

from compare import report_faults
from data import long_table, mixed_table
from harness import workdir
from layouts import layouts, write
from printed import stored
from truth import Truth, cells_of, column_of
from weir import profile, weir

ROWS = 2300
SMALL_ROWS = (1, 2, 9)
BLOCK_ROWS = (4095, 4096, 4097)
LAYOUT_FIELDS = ("pages", "crc", "compressed_bytes", "row_groups", "input_bytes")


def truths_of(table):
    return {name: Truth(column_of(name, table[name])) for name in table.column_names}


def check_profile(path, truths):
    report = profile(path, "--top", "16", budget="64MiB")
    faults = report_faults(truths, report)
    assert not faults, f"{path}: {len(faults)} faults\n" + "\n".join(faults[:25])
    return report


def same_cell(column, wanted, printed):
    if wanted is None or printed is None:
        return wanted is printed
    got = stored(column, printed)
    if column.kind == "float":
        # -0.0 and NaN are told apart from 0.0 and other values.
        return str(float(got)) == str(float(wanted))
    return got == wanted


def check_cat(path, table, columns=None):
    run = weir("cat", "-f", "jsonl", "--mem-budget", "1GiB", path,
               *(["--columns", ",".join(columns)] if columns else []))
    assert run.code == 0, run.say()
    lines = run.out.decode("utf-8").splitlines()
    assert len(lines) == table.num_rows, f"{path}: {len(lines)} lines for {table.num_rows} rows"
    names = [n for n in table.column_names if columns is None or n in columns]
    holders = {name: column_of(name, table[name]) for name in names}
    cells = {name: cells_of(table[name]) for name in names}
    for row, line in enumerate(lines):
        got = json.loads(line, parse_float=Decimal)
        assert list(got) == names, f"{path}: row {row}: columns {list(got)}"
        for name in names:
            assert same_cell(holders[name], cells[name][row], got[name]), (
                f"{path}: row {row}, column {name}: wanted {cells[name][row]!r}, "
                f"got {got[name]!r}")


def values_only(report):
    """What must not depend on the layout."""
    columns = []
    for column in report["columns"]:
        columns.append({k: v for k, v in column.items() if k not in LAYOUT_FIELDS})
    return json.dumps(columns, default=str)


def options_kind(options):
    """Where the dictionary gives way depends on the size of pages and batches."""
    limit = options.get("dictionary_pagesize_limit")
    return str(options["use_dictionary"]) + (f"{limit} {options}" if limit else "")


def test_types_in_layouts():
    table = mixed_table(ROWS)
    truths = truths_of(table)
    directory = workdir("matrix")
    first = {}  # where dictionaries are, only equal row groups must give equal bits
    for name, options in layouts():
        path = write(table, directory, name, options)

        def case(path=path, name=name, options=options):
            report = check_profile(path, truths)
            # A dictionary feeds (value, weight): other blocks, other roundings.
            group = (name.rsplit("-", 1)[1] if options["use_dictionary"] else "")
            group += options_kind(options)
            text = values_only(report)
            other = first.setdefault(group, (path, text))
            assert text == other[1], f"{path} and {other[0]} hold the same rows, reports differ"

        yield name, case


def test_cat_in_layouts():
    table = mixed_table(300, nulls=("none", "some"))
    directory = workdir("cat")
    for name, options in layouts():
        path = write(table, directory, name, options)
        yield name, lambda path=path: check_cat(path, table)


def test_row_counts():
    directory = workdir("rows")
    plain = {"compression": "SNAPPY", "store_decimal_as_integer": True}
    for rows in SMALL_ROWS + BLOCK_ROWS:
        table = mixed_table(rows, seed=rows)
        path = write(table, directory, f"rows{rows}", plain)
        yield str(rows), lambda p=path, t=table: check_profile(p, truths_of(t)) and None


def test_long_values():
    table = long_table()
    directory = workdir("long")
    for codec in ("NONE", "SNAPPY", "ZSTD", "GZIP", "LZ4"):
        for version in ("1.0", "2.0"):
            for dictionary in (True, False):
                name = f"{codec}-{version[0]}-{'dict' if dictionary else 'plain'}"
                path = write(table, directory, name, {
                    "compression": codec, "data_page_version": version,
                    "use_dictionary": dictionary})
                yield name, lambda p=path: check_profile(p, truths_of(table)) and None
                short = write(table.slice(0, 9), directory, name + "-short", {
                    "compression": codec, "data_page_version": version,
                    "use_dictionary": dictionary})
                yield name + "-cat", lambda p=short: check_cat(p, table.slice(0, 9))
                yield name + "-cat-long", lambda p=path: check_cat_or_refusal(p, table)


def check_cat_or_refusal(path, table):
    """A value longer than a row's buffer is shown, or refused with its length."""
    run = weir("cat", "-f", "jsonl", "--mem-budget", "1GiB", path)
    if run.code == 0:
        check_cat(path, table)
    else:
        numbers = re.search(r"(\d+) bytes are needed, (\d+) were planned", run.err)
        assert run.code == 3 and numbers, run.say()
        assert int(numbers[1]) in (70_000, 300_000) and int(numbers[2]) < 70_000, run.say()
