"""Pages far larger than the memory there is, in every encoding and codec: the same report as from
small pages, within the smallest budget that the plan names."""

import os
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness import workdir
from test_matrix import values_only
from weir import plan, weir

ROWS = 560_000  # pages above 4 MiB are not held but read through several cursors
CODECS = ("NONE", "SNAPPY", "GZIP", "LZ4", "ZSTD", "BROTLI")
ENCODINGS = {
    "int64": ("PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"),
    "double": ("PLAIN", "BYTE_STREAM_SPLIT"),
    "fixed": ("PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"),
    "text": ("PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"),
    "list": ("PLAIN", "DELTA_BINARY_PACKED"),
}
PATHS = {"list": "list.list.element"}


def table_of():
    """Values that codecs make something of; nulls now and then."""
    rng = np.random.default_rng(20269)
    walk = np.cumsum(rng.integers(-1000, 1000, ROWS))
    gone = rng.random(ROWS) < 0.03
    words = np.char.add("user/", np.char.zfill((np.abs(walk) // 100).astype(str), 9))
    offsets = np.arange(0, ROWS + 1, 4, dtype=np.int32)
    column = {
        "int64": pa.array(walk, pa.int64(), mask=gone),
        "double": pa.array(np.round(rng.normal(20, 5, ROWS), 2), mask=gone),
        "fixed": pa.array([w.encode()[-12:] for w in rng.permutation(words).tolist()],
                          pa.binary(12)),
        "text": pa.array(words.tolist(), pa.string(), mask=gone),
        "list": pa.ListArray.from_arrays(pa.array(offsets), pa.array(walk, pa.int64())),
    }
    return {name: pa.table({name: array}) for name, array in column.items()}


def report(path, budget):
    """The values of a report; where a page asks for more than was planned, with what it asks for."""
    options = ("-f", "json", "--threads", "1", "--mem-budget")
    run = weir("profile", *options, budget, path)
    if run.code == 3:
        need = re.search(r"(\d+) bytes are needed.*--codec-window (\d+)", run.err)
        assert need and need[1] == need[2], run.say()
        whole = plan(path, "--codec-window", need[2], "--threads", "1").json["minimum_bytes"]
        run = weir("profile", *options, whole, "--codec-window", need[2], path)
    assert run.code == 0, run.say()
    return values_only(run.json), run.json["memory"]


def test_large_pages():
    directory = workdir("oversize")
    for name, table in table_of().items():
        small = os.path.join(directory, f"{name}.parquet")
        pq.write_table(table, small, use_dictionary=False, compression="NONE")
        wanted, _ = report(small, "64MiB")
        for encoding in ENCODINGS[name]:

            def case(name=name, table=table, encoding=encoding, wanted=wanted):
                wrong, sizes = [], []
                for turn, codec in enumerate(CODECS):
                    path = os.path.join(directory, f"{name}-{encoding}-{codec}.parquet")
                    pq.write_table(table, path, use_dictionary=False, compression=codec,
                                   column_encoding={PATHS.get(name, name): encoding},
                                   data_page_size=1 << 30, max_rows_per_page=1 << 30,
                                   data_page_version=("1.0", "2.0")[turn % 2],
                                   write_page_checksum=turn % 3 == 0)
                    least = plan(path, "--threads", "1").json["minimum_bytes"]
                    got, memory = report(path, least)
                    page = pq.read_metadata(path).row_group(0).column(0).total_uncompressed_size
                    if got != wanted:
                        wrong.append(f"{codec}: other figures")
                    sizes.append(f"{codec} {memory['peak_rss_bytes'] >> 10}")
                    os.remove(path)
                print(f"note: page of {page >> 10} KiB, peak KiB: {', '.join(sizes)}")
                assert not wrong, "\n".join(wrong)

            yield f"{name}, {encoding}", case
