"""Files that fuzzing another reader found: each ends in the pinned result or error, and what can be
read is what pyarrow reads."""

import os
import struct

import pyarrow.parquet as pq

from corpora import corpus, files_below, needed, skipped
from craft import REQUIRED, Node, Wish, Writer
from fuzz_verdicts import inputs, pinned, verdict_of
from harness import workdir
from test_corpus import same_as_pyarrow
from weir import weir


def test_verdicts():
    root = corpus()
    if root is None:
        yield "corpus", skipped
        return
    known = pinned()
    seen = set()
    for name, path in inputs(root):
        seen.add(name)

        def case(name=name, path=path):
            verdict = verdict_of(path)
            assert name in known, f"no verdict is pinned; found {verdict}"
            assert verdict == known[name], f"pinned {known[name]}\nfound  {verdict}\n" \
                "see tests/python/fuzz_verdicts.py"

        yield name, case

    def complete():
        assert known.keys() == seen, f"pinned, but not there: {sorted(known.keys() - seen)}"

    yield "every pinned file is there", complete


def test_what_is_read_is_right():
    top = os.path.join(needed(), "arrow-fuzzing")
    known = pinned()
    compared = 0
    for name in files_below(top):
        if known[name][0] == "0":
            same_as_pyarrow(os.path.join(top, name))
            compared += 1
    assert compared >= 2, compared


def test_pyarrow_reads_little_more():
    """What pyarrow reads and weir does not: files that do not begin with PAR1, one whose page is
    longer than its column chunk, one whose chunk lacks its metadata (it has no rows)."""
    top = os.path.join(needed(), "arrow-fuzzing")
    known = pinned()
    more = []
    for name in files_below(top):
        if known[name][0] == "0":
            continue
        try:
            pq.read_table(os.path.join(top, name), use_threads=False)
        except Exception:
            continue
        more.append(name)
    words = ("start with PAR1", "beyond its column chunk", "no metadata")
    strange = [n for n in more if not any(word in known[n][1] for word in words)]
    assert not strange and len(more) <= 4, more


def encoded_pages(path):
    """Encodings, type, length of the type, count and bytes of a file of encoding-fuzzing: a header
    of 64 bytes, then the encoded values."""
    with open(path, "rb") as file:
        data = file.read()
    source, other, kind, length, count = struct.unpack_from("<BBBiI", data)
    return (source, other), kind, length, count, data[64:]


def test_encoded_pages():
    """The pages of encoding-fuzzing in a Parquet file around them, with the count they claim and
    with others: no harm comes of them."""
    top = os.path.join(needed(), "arrow-fuzzing", "encoding-fuzzing")
    directory = workdir("encoded-pages")
    codes = set()
    for name in files_below(top):
        if name == "README.md":
            continue
        encodings, kind, length, claimed, data = encoded_pages(os.path.join(top, name))
        for encoding in encodings:
            for count in (claimed & 0x7FFFFFFF, 1, 7, 150, 3_000):
                node = Node("x", REQUIRED, kind, length=length if kind == 7 else None)
                writer = Writer([node])
                wish = Wish((encoding,), value_bytes=lambda *_, d=data: d)
                writer.group([{"x": None}] * min(count, 3_000), default=wish)
                path = writer.write(os.path.join(directory, "page.parquet"))
                for verb, form in (("profile", "json"), ("cat", "jsonl")):
                    run = weir(verb, "-f", form, "--mem-budget", "64MiB", path)
                    assert run.code in (0, 3, 4), run.say()
                    assert run.code == 0 or len(run.err.splitlines()) == 1, run.say()
                    codes.add(run.code)
    assert 4 in codes, codes
