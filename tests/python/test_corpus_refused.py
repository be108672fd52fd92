"""Files of parquet-testing that are refused, with the reason: damaged, encrypted, not Parquet."""

import os

import shapes
from corpora import corpus, data, needed, skipped
from weir import profile, weir

BUDGET = "32MiB"

CHECKSUMS = {"datapage_v1-corrupt-checksum": ["a", "b"],
             "rle-dict-uncompressed-corrupt-checksum": ["long_field", "binary_field"]}

PLAINTEXT_FOOTERS = {  # the columns that are encrypted
    "encrypt_columns_plaintext_footer": ["float_field", "double_field"],
    "aes256/encrypt_columns_plaintext_footer": [
        "boolean_field", "int32_field", "int64_field.list.element", "int96_field", "float_field",
        "double_field", "ba_field", "flba_field"],
}
ENCRYPTED_FOOTERS = """
encrypt_columns_and_footer encrypt_columns_and_footer_aad encrypt_columns_and_footer_bloom_filter
encrypt_columns_and_footer_ctr encrypt_columns_and_footer_disable_aad_storage
external_key_material_java uniform_encryption aes256/encrypt_columns_and_footer
aes256/encrypt_columns_and_footer_ctr aes256/encrypt_columns_and_footer_disable_aad_storage
aes256/uniform_encryption
""".split()

NOT_PARQUET = """
README.md geospatial/README.md geospatial/geospatial.yaml bloom_filter.bin bloom_filter.xxhash.bin
_KEY_MATERIAL_FOR_external_key_material_java.parquet.encrypted.json delta_binary_packed.md
delta_binary_packed_expect.csv delta_byte_array.md delta_byte_array_expect.csv
delta_encoding_optional_column.md delta_encoding_optional_column_expect.csv
delta_encoding_required_column.md delta_encoding_required_column_expect.csv
fixed_length_byte_array.md int32_with_null_pages.md int96_from_spark.md map_no_value.md
old_list_structure.md
""".split()

# What must be refused, and a word that names what is wrong.
BAD = {
    # one list of encodings has elements of another type, and column 18 fewer values than rows
    "ARROW-GH-41317": ("wrong type", "number of values", "number of rows"),
    "ARROW-GH-41321": ("run header", "levels"),
    "ARROW-GH-45185": ("first repetition level", "middle of a row"),
    "ARROW-GH-47662": ("ends before its values",),
    # the chunk's offsets point behind the file; the dictionary has -26 values
    "ARROW-RS-GH-6229-DICTHEADER": ("inside the file", "dictionary"),
    "ARROW-RS-GH-6229-LEVELS": ("more values than it has",),
    "PARQUET-1481": ("physical type",),
}


def refusal(path, *options, verb="profile"):
    """Exit 4, nothing on stdout, one line on stderr; returns the line."""
    output = {"profile": "json", "cat": "jsonl"}[verb]
    run = weir(verb, "-f", output, "--mem-budget", BUDGET, *options, path)
    assert run.code == 4, f"exit {run.code}, not 4: {run.say()}"
    assert run.out == b"" and len(run.err.splitlines()) == 1, run.say()
    return run.err


def test_checksums():
    if corpus() is None:
        yield "corpus", skipped
        return
    for name, columns in CHECKSUMS.items():

        def case(name=name, columns=columns):
            line = refusal(data(name))
            assert "crc" in line.lower() or "checksum" in line.lower(), line
            assert any(f'"{column}"' in line for column in columns), line
            report = profile(data(name), "--keep-going", budget=BUDGET, code=4)
            assert [c["name"] for c in report["columns"]] == columns
            for column in report["columns"]:
                assert "error" in column and "mean" not in column, column

        yield name, case


def test_encrypted():
    if corpus() is None:
        yield "corpus", skipped
        return
    for name in ENCRYPTED_FOOTERS:

        def footer(name=name):
            for verb in ("profile", "cat"):
                assert "encrypted footer" in refusal(data(name, ".parquet.encrypted"), verb=verb)
            assert "encrypted footer" in refusal(data(name, ".parquet.encrypted"), "--keep-going")

        yield name, footer
    for name, hidden in PLAINTEXT_FOOTERS.items():
        yield name, lambda n=name, h=hidden: clear_columns(n, h)


def clear_columns(name, hidden):
    path = data(name, ".parquet.encrypted")
    line = refusal(path)
    assert "encrypt" in line and any(f'"{h}"' in line for h in hidden), line
    report = profile(path, "--keep-going", budget=BUDGET, code=4)
    failed = {c["name"] for c in report["columns"] if "error" in c}
    assert failed == set(hidden), failed
    clear = [c for c in report["columns"] if "error" not in c]
    assert len(clear) == len(report["columns"]) - len(hidden)
    if not clear:
        return
    assert len(clear) == 6, [c["name"] for c in clear]
    assert all(c["rows"] == report["rows"] and c["count"] > 0 for c in clear)
    named = [c["name"].split(".")[0] for c in clear]
    run = weir("cat", "-f", "jsonl", "--exclude", ",".join(hidden), path)
    rows = shapes.parse_lines(run.out)
    assert list(rows[0]) == named and len(rows) == report["rows"], rows[0]
    assert weir("cat", "-f", "jsonl", path).code == 4


def test_not_parquet():
    if corpus() is None:
        yield "corpus", skipped
        return
    for name in NOT_PARQUET:

        def case(name=name):
            assert "does not start with PAR1" in refusal(data(name, ""))

        yield name, case


def test_bad_data():
    if corpus() is None:
        yield "corpus", skipped
        return
    for name, words in BAD.items():

        def case(name=name, words=words):
            path = os.path.join(needed(), "parquet-testing", "bad_data", name + ".parquet")
            for verb in ("profile", "cat"):
                run = weir(verb, "-f", {"profile": "json", "cat": "jsonl"}[verb], path)
                assert run.code == 4 and len(run.err.splitlines()) == 1, run.say()
                assert any(word in run.err for word in words), run.err
            run = weir("profile", "-f", "json", "--keep-going", path)
            assert run.code == 4, run.say()

        yield name, case
