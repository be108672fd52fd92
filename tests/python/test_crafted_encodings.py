"""Legal files that no common writer makes, written by craft.py: every choice that encodings,
pages, dictionaries and codecs leave to a writer."""

import os
import random

import pyarrow as pa

import encode as e
from craft import REQUIRED, Wish, Writer
from crafted import check, every, flat, in_layouts, some
from harness import workdir

SEED = 20267
DICTIONARY = (e.RLE_DICTIONARY,)


def numbers_of(rng, count, bits, width):
    """Values whose deltas take `width` bits, wrapping round."""
    value, values = rng.getrandbits(bits), []
    for _ in range(count):
        values.append(value - (1 << bits) if value >> (bits - 1) else value)
        step = rng.getrandbits(width) if width else 0
        value = (value + step - (1 << width >> 1)) % (1 << bits)
    return values


def test_delta_binary_packed():
    """Blocks and mini-blocks of other sizes, every width, garbage where it is allowed."""
    directory = workdir("crafted/delta")
    for kind, bits in ((e.INT32, 32), (e.INT64, 64)):
        rng = random.Random(SEED + bits)

        def widths(kind=kind, bits=bits, rng=rng):
            for width in range(bits + 1):
                yield f"width {width}", width, numbers_of(rng, 150, bits, width), {}

        def shapes_of_blocks(kind=kind, bits=bits, rng=rng):
            for block, minis in ((128, 1), (128, 2), (128, 4), (256, 1), (256, 8), (512, 4),
                                 (1024, 32), (2048, 4)):
                for count in (0, 1, 2, 33, 129, block, block + 1, block + 2, 2 * block + 17):
                    for extra in ({}, {"spare_width": 165}, {"whole_last": False}):
                        yield (f"{block}/{minis} x {count} {extra}", 9,
                               numbers_of(rng, count, bits, 9),
                               {"block": block, "minis": minis, **extra})

        def extremes(kind=kind, bits=bits):
            low, high = -(1 << bits - 1), (1 << bits - 1) - 1
            for name, values in (("ends", [low, high] * 80), ("one step", [high, low, 0, low]),
                                 ("equal", [low] * 300), ("falling", list(range(500, 0, -1))),
                                 ("single", [low])):
                yield name, bits, values, {}
                if bits == 32:  # old arrow-go and DuckDB; pyarrow refuses
                    yield name + ", 33 bits", bits, values, {"wide": True}

        for label, make in (("widths", widths), ("blocks", shapes_of_blocks),
                            ("extremes", extremes)):

            def case(kind=kind, bits=bits, make=make):
                def run(values, options):
                    path = os.path.join(directory, f"{bits}.parquet")
                    wish = Wish((e.DELTA_BINARY_PACKED,), value_bytes=lambda _, __, v:
                                e.delta_binary(v, bits, **options))
                    nodes, rows, wanted = flat(kind, values, repetition=REQUIRED)
                    Writer(nodes).group(rows, default=wish).write(path)
                    # pyarrow wants padded mini-blocks and no wide deltas
                    reads = not options.get("wide") and options.get("whole_last", True) and values
                    check(path, wanted, bool(reads))

                every((name, lambda v=values, o=options: run(v, o))
                      for name, _, values, options in make())

            yield f"{bits} bits, {label}", case


def mixed_columns(rng):
    words = [b"word-%d" % rng.randrange(30) for _ in range(90)]
    for name, kind, values, encodings in (
            ("int32", e.INT32, [rng.randrange(-50, 50) for _ in range(90)],
             (e.RLE_DICTIONARY, e.PLAIN, e.DELTA_BINARY_PACKED, e.BYTE_STREAM_SPLIT)),
            ("int64", e.INT64, [rng.randrange(-50, 50) for _ in range(90)],
             (e.RLE_DICTIONARY, e.DELTA_BINARY_PACKED, e.PLAIN)),
            ("double", e.DOUBLE, [rng.randrange(9) / 4 for _ in range(90)],
             (e.RLE_DICTIONARY, e.RLE_DICTIONARY, e.BYTE_STREAM_SPLIT, e.PLAIN)),
            ("text", e.BYTE_ARRAY, words,
             (e.RLE_DICTIONARY, e.DELTA_BYTE_ARRAY, e.PLAIN, e.DELTA_LENGTH_BYTE_ARRAY)),
            ("fixed", e.FIXED, [w.ljust(9)[:9] for w in words],
             (e.RLE_DICTIONARY, e.DELTA_BYTE_ARRAY, e.BYTE_STREAM_SPLIT, e.PLAIN)),
            ("flag", e.BOOLEAN, [rng.random() < 0.5 for _ in range(90)], (e.RLE, e.PLAIN))):
        holed = [v if rng.random() < 0.8 else None for v in values]
        yield name, flat(kind, holed, length=9 if kind == e.FIXED else None), encodings


def test_mixed_encodings():
    """Every page of a chunk in another encoding, in each codec; dictionaries where old writers put
    them; levels in all styles."""
    directory = workdir("crafted/mixed")
    codecs = {"none": {}, "snappy": {"codec": e.SNAPPY}, "zstd": {"codec": e.ZSTD, "level": 19},
              "brotli": {"codec": e.BROTLI, "level": 11}, "lz4": {"codec": e.LZ4_RAW},
              "hadoop": {"codec": e.LZ4},
              "hadoop, one frame": {"codec": e.LZ4, "compress": lambda d: e.lz4_hadoop(d, 1 << 20)},
              "bare lz4": {"codec": e.LZ4,
                           "compress": lambda d: pa.Codec("lz4_raw").compress(d, asbytes=True)},
              "gzip members": {"codec": e.GZIP, "compress": e.gzip_members}}
    for name, (nodes, rows, wanted), encodings in mixed_columns(random.Random(SEED + 6)):
        cases = []
        for codec, options in codecs.items():
            for style in ("rle", "packed", "mixed", "long", "empty"):
                for version in (1, 2):
                    wish = Wish(encodings, version=version, rows_per_page=13, style=style,
                                checksum=True, **options)
                    path = os.path.join(directory, f"{name}-{codec}-{style}-{version}.parquet")
                    # pyarrow: an end of stream at runs of no values; one gzip member a page
                    reads = style != "empty" and codec != "gzip members"

                    def case(path=path, nodes=nodes, rows=rows, wanted=wanted, wish=wish,
                             reads=reads):
                        Writer(nodes).group(rows, default=wish).write(path)
                        check(path, wanted, reads)

                    cases.append((f"{codec} {style} v{version}", case))
        yield name, lambda cases=cases: every(cases)


def dictionary_wishes():
    old = (e.PLAIN_DICTIONARY,)
    for offset in ("right", "absent", "zero", "data"):
        yield f"offset {offset}", Wish(DICTIONARY, dictionary_offset=offset, rows_per_page=20)
    yield "old names", Wish(old, dictionary_encoding=e.PLAIN_DICTIONARY)
    for width in (8, 15, 16, 17, 24, 25, 31, 32):
        for style in ("rle", "packed", "long"):
            yield f"width {width} {style}", Wish(DICTIONARY, index_width=width, style=style,
                                                 rows_per_page=31)
    yield "empty pages", Wish(DICTIONARY, rows_per_page=9, empty_pages=True)
    yield "empty pages v2", Wish(DICTIONARY, rows_per_page=9, empty_pages=True, version=2,
                                 codec=e.ZSTD)
    yield "stored v2", Wish(DICTIONARY, version=2, codec=e.SNAPPY, stored=True, rows_per_page=9)


def test_dictionaries():
    directory = workdir("crafted/dictionary")
    rng = random.Random(SEED + 7)
    columns = {
        "five": flat(e.INT64, some(rng, 100, lambda: rng.randrange(5))),
        "one": flat(e.BYTE_ARRAY, some(rng, 100, lambda: b"the only one")),
        "none": flat(e.INT32, [None] * 60),
        "many": flat(e.DOUBLE, some(rng, 400, lambda: rng.randrange(300) / 8)),
    }
    for name, (nodes, rows, wanted) in columns.items():
        cases = []
        for label, wish in dictionary_wishes():
            if name == "many" and wish.index_width == 8:
                continue
            path = os.path.join(directory, f"{name}-{label.replace(' ', '-')}.parquet")

            def case(path=path, nodes=nodes, rows=rows, wanted=wanted, wish=wish):
                Writer(nodes).group(rows, default=wish).write(path)
                check(path, wanted)

            cases.append((label, case))
        yield name, lambda cases=cases: every(cases)


def test_zero_width_indices():
    """One entry, and no run header behind the bit width of 0: one writer leaves it out."""
    directory = workdir("crafted/zero-width")
    nodes, rows, wanted = flat(e.INT64, [7] * 50, repetition=REQUIRED)
    path = os.path.join(directory, "zero.parquet")
    writer = Writer(nodes)
    whole = e.hybrid
    e.hybrid = lambda values, width, style: whole(values, width, style) if width else b""
    try:
        writer.group(rows, default=Wish(DICTIONARY))
    finally:
        e.hybrid = whole
    writer.write(path)
    check(path, wanted, False)


def test_byte_arrays():
    """Lengths around the limits of views and buffers, in every encoding of byte arrays."""
    directory = workdir("crafted/bytes")
    rng = random.Random(SEED + 8)
    lengths = [0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 1023, 4095, 4096, 4097, 8191]
    values, last = [], b""
    for length in [rng.choice(lengths) for _ in range(60)]:
        last = (last[:rng.randrange(len(last) + 1)] + rng.randbytes(length))[:length]
        values.append(last)
    column = flat(e.BYTE_ARRAY, values)
    yield "random", lambda: every(in_layouts(directory, "random", column, (
        e.PLAIN, e.RLE_DICTIONARY, e.DELTA_LENGTH_BYTE_ARRAY, e.DELTA_BYTE_ARRAY)))
    growing = flat(e.BYTE_ARRAY, [b"a" * n for n in range(0, 3000, 25)])
    yield "prefixes of each other", lambda: every(in_layouts(
        directory, "growing", growing, (e.DELTA_BYTE_ARRAY, e.DELTA_LENGTH_BYTE_ARRAY)))
    for length in (1, 2, 3, 5, 7, 12, 31, 64, 300):
        fixed = flat(e.FIXED, some(rng, 40, lambda: rng.randbytes(length)), length=length)
        yield f"fixed {length}", lambda f=fixed, n=length: every(in_layouts(
            directory, f"fixed{n}", f,
            (e.PLAIN, e.RLE_DICTIONARY, e.BYTE_STREAM_SPLIT, e.DELTA_BYTE_ARRAY)))


def test_booleans():
    directory = workdir("crafted/booleans")
    rng = random.Random(SEED + 9)
    for name, values in (("random", [rng.random() < 0.5 for _ in range(200)]),
                         ("runs", [i % 60 < 30 for i in range(200)]), ("true", [True] * 77),
                         ("holes", some(rng, 150, lambda: rng.random() < 0.3))):
        column = flat(e.BOOLEAN, values)
        yield name, lambda c=column, n=name: every(in_layouts(directory, n, c, (e.PLAIN, e.RLE)))
