"""Writes one table in many layouts. A layout is a name and options of pyarrow's writer."""

import os

import pyarrow.parquet as pq

CODECS = {"none": "NONE", "snappy": "SNAPPY", "zstd": "ZSTD", "gzip": "GZIP", "lz4": "LZ4"}
PAGES = {
    "tiny": {"data_page_size": 64, "write_batch_size": 16},
    "some": {"data_page_size": 4096, "write_batch_size": 256},
    "one": {"data_page_size": 1 << 30, "max_rows_per_page": 1 << 30},
}


def page_options(name):
    """Without max_rows_per_page where the writer does not know it."""
    options = dict(PAGES[name])
    if "max_rows_per_page" not in (pq.write_table.__doc__ or ""):
        options.pop("max_rows_per_page", None)
    return options


def layouts():
    """(name, options): each codec x page version x dictionary or not x size of pages; row groups,
    checksums, statistics and small dictionaries take turns."""
    turn = 0
    for codec_name, codec in CODECS.items():
        for version in ("1.0", "2.0"):
            for dictionary in (True, False):
                for page in PAGES:
                    turn += 1
                    options = {
                        "compression": codec,
                        "data_page_version": version,
                        "use_dictionary": dictionary,
                        "write_page_checksum": turn % 2 == 0,
                        "store_decimal_as_integer": True,
                        "row_group_size": [1 << 20, 700][turn % 2] if page != "one" else 1 << 20,
                        "write_statistics": turn % 3 != 0,
                        **page_options(page),
                    }
                    if turn % 5 == 0:
                        options["dictionary_pagesize_limit"] = 300  # falls back in the middle
                    groups = "g700" if options["row_group_size"] == 700 else "g1"
                    yield (f"{codec_name}-v{version[0]}-{'dict' if dictionary else 'plain'}-{page}"
                           f"-{groups}", options)


def write(table, directory, name, options):
    path = os.path.join(directory, name + ".parquet")
    pq.write_table(table, path, **options)
    return path
