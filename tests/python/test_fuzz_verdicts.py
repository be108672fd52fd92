"""Files that fuzzing another reader found: each ends in the pinned result or error, and what can be
read is what pyarrow reads."""

import os

import pyarrow.parquet as pq

from corpora import corpus, files_below, needed, skipped
from fuzz_verdicts import pinned, verdicts
from test_corpus import same_as_pyarrow


def test_verdicts():
    root = corpus()
    if root is None:
        yield "corpus", skipped
        return
    known = pinned()
    seen = set()
    for name, verdict in verdicts(root):
        seen.add(name)

        def case(name=name, verdict=verdict):
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
    """What pyarrow reads and weir does not: files that do not begin with PAR1, and one whose page is
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
