"""The data sets of peers.py: seeded, written row group by row group, made once and reused.

A set is a directory of Parquet files, its DONE file says with what it was made. Values are finite:
some peers refuse to take a mean over NaN or infinities.
"""

import json
import os
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MAKER = 1  # raise it when the generators change: sets made before are made anew
GROUP_ROWS = 1_000_000


def chosen(rng, words, count, skew):
    """`count` of the words, the first ones more often."""
    at = np.minimum((rng.random(count) ** skew * len(words)).astype(np.int32), len(words) - 1)
    return pa.DictionaryArray.from_arrays(pa.array(at), pa.array(words)).dictionary_decode()


def with_nulls(rng, array, share):
    return pc.if_else(pa.array(rng.random(len(array)) >= share), array,
                              pa.scalar(None, array.type))


def numbered(prefix, numbers):
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def hexadecimal(rng, count, digits):
    """`count` strings of random hexadecimal digits."""
    letters = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    data = letters[rng.integers(0, 16, count * digits, dtype=np.uint8)]
    offsets = np.arange(count + 1, dtype=np.int32) * digits
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


CATEGORIES = [f"{a} {b}" for a in ("home", "garden", "sport", "office", "kids", "outdoor", "pet")
              for b in ("tools", "textiles", "lights", "games", "books", "shoes")]
COUNTRIES = ["US", "IN", "BR", "DE", "GB", "FR", "JP", "MX", "IT", "ES", "KR", "CA", "AU", "NL",
             "PL", "SE", "CH", "AT", "BE", "DK", "NO", "FI", "PT", "GR", "CZ", "HU", "RO", "IE"]
WORDS = ("the a of to in for with good bad very fast slow small large red blue fine broken "
         "delivery quality price again never always box colour size service returned kept "
         "recommended works stopped after week month year battery screen cable handle").split()
EPOCH_2024 = 1_704_067_200_000_000


def narrow(rng, first, count):
    """An order table: ids, times, categories, prices, measurements."""
    ids = first + np.arange(count, dtype=np.int64)
    times = EPOCH_2024 + ids * 1_500_000 + rng.integers(0, 1_400_000, count)
    users = (1_000_000 * rng.random(count) ** 3).astype(np.int32)
    prices = np.round(np.exp(rng.normal(3, 1, count)), 2)
    return {
        "id": pa.array(ids * 3),
        "ordered_at": pa.array(times, pa.timestamp("us", tz="UTC")),
        "user": pa.array(users),
        "category": chosen(rng, CATEGORIES, count, 2),
        "country": with_nulls(rng, chosen(rng, COUNTRIES, count, 3), 0.02),
        "page": numbered("/item/", (60_000 * rng.random(count) ** 2).astype(np.int32)),
        "price": pa.array(prices),
        "quantity": pa.array(1 + rng.poisson(1.5, count).astype(np.int32)),
        "weight_kg": with_nulls(rng, pa.array(rng.gamma(2, 1.5, count).astype(np.float32)), 0.05),
        "temperature": pa.array(20 + rng.normal(0, 4, count)),
        "is_gift": with_nulls(rng, pa.array(rng.random(count) < 0.1), 0.3),
        "due": pa.array((times // 86_400_000_000 + rng.integers(1, 9, count)).astype(np.int32),
                        pa.date32()),
    }


def tall(rng, _, count):
    """Four doubles with every bit of their mantissas in use."""
    return {"normal": pa.array(rng.normal(0, 1, count)),
            "exponential": pa.array(rng.exponential(1000, count)),
            "uniform": pa.array(rng.random(count) * 1e6),
            "lognormal": pa.array(np.exp(rng.normal(0, 2, count)))}


def wide(rng, _, count):
    """2,000 features; every second one is rounded."""
    table = {}
    for i in range(2000):
        values = rng.normal(i, 1 + i % 7, count)
        table[f"feature_{i:04}"] = pa.array(np.round(values, 1) if i % 2 else values)
    return table


def strings(rng, first, count):
    mail = pa.array(rng.integers(0, 2_000_000, count))
    words = [chosen(rng, WORDS, count, 1.5) for _ in range(6)]
    return {"status": chosen(rng, ["new", "paid", "sent", "received", "returned"], count, 2),
            "city": numbered("city of ", (8000 * rng.random(count) ** 3).astype(np.int32)),
            "mail": pc.binary_join_element_wise(
                "user.", mail.cast(pa.string()), "@example.org", ""),
            "text": with_nulls(rng, pc.binary_join_element_wise(*words, " "), 0.1),
            "token": hexadecimal(rng, count, 32)}


def nulls(rng, first, count):
    """Nine of ten entries are null."""
    ids = first + np.arange(count, dtype=np.int64)
    full = {"double": pa.array(rng.normal(0, 1, count)),
            "float": pa.array(rng.normal(0, 1, count).astype(np.float32)),
            "rounded": pa.array(np.round(rng.exponential(30, count), 2)),
            "long": pa.array(rng.integers(-2**62, 2**62, count)),
            "int": pa.array((1e6 * rng.random(count) ** 4).astype(np.int32)),
            "seen_at": pa.array(EPOCH_2024 + ids * 1_000_000, pa.timestamp("us", tz="UTC")),
            "label": chosen(rng, CATEGORIES, count, 2),
            "is_on": pa.array(rng.random(count) < 0.5)}
    return {name: with_nulls(rng, column, 0.9) for name, column in full.items()}


def huge(rng, first, count):
    return {"normal": pa.array(rng.normal(0, 1, count)),
            "key": pa.array(rng.integers(0, 2**62, count)),
            "price": pa.array(np.exp(rng.normal(3, 1, count))),
            "token": hexadecimal(rng, count, 16)}


def write_arrow(path, make, rng, first, rows, group_rows, options):
    """Rows first .. first + rows of the set, a row group at a time."""
    writer = None
    for at in range(first, first + rows, group_rows):
        table = pa.table(make(rng, at, min(group_rows, first + rows - at)))
        writer = writer or pq.ParquetWriter(path, table.schema, **options)
        writer.write_table(table, row_group_size=group_rows)
    writer.close()


def write_duckdb(path, make, rng, first, rows, group_rows, options):
    """One row group by DuckDB, whose pages hold up to 100 MiB."""
    import duckdb
    pieces = path + ".pieces"
    write_arrow(pieces, make, rng, first, rows, GROUP_ROWS, {"compression": "none"})
    connection = duckdb.connect()
    connection.execute("SET threads = 1; SET enable_progress_bar = false")
    connection.execute(f"COPY (FROM read_parquet('{pieces}')) TO '{path}' (FORMAT parquet, "
                       f"COMPRESSION {options['compression']}, ROW_GROUP_SIZE {group_rows})")
    connection.close()
    os.unlink(pieces)


class Set:
    """How a set is made. `parts` are the rows of its files, `gigabytes` its size on disk."""

    def __init__(self, make, parts, gigabytes, compression, writer=write_arrow,
                 group_rows=GROUP_ROWS, about="", **options):
        self.make, self.parts, self.gigabytes = make, parts, gigabytes
        self.writer, self.group_rows, self.about = writer, group_rows, about
        self.options = {"compression": compression, **options}

    def rows(self, divisor):
        return [max(1, rows // divisor) for rows in self.parts]


MILLION = 1_000_000
# The tall sets are cut where growth is measured: 1, 3, 10, 30 and 100 million rows.
TALL = [1 * MILLION, 2 * MILLION, 7 * MILLION, 20 * MILLION, 70 * MILLION]
SETS = {
    "narrow": Set(narrow, [20 * MILLION], 0.8, "snappy", about="12 mixed columns, snappy"),
    "tall": Set(tall, TALL, 3.3, "none", use_dictionary=False,
                about="4 columns of doubles, uncompressed"),
    "strings": Set(strings, [5 * MILLION], 0.3, "snappy", about="5 string columns, snappy"),
    "nulls": Set(nulls, [10 * MILLION], 0.1, "snappy", about="8 columns, 90 % null, snappy"),
    "wide": Set(wide, [20_000], 0.3, "snappy", group_rows=20_000,
                about="2,000 columns of doubles, snappy"),
    "huge": Set(huge, [27 * MILLION], 1.2, "snappy", writer=write_duckdb,
                group_rows=27 * MILLION, about="4 columns by DuckDB, pages of 100 MiB, snappy"),
    "narrow-zstd": Set(narrow, [20 * MILLION], 0.6, "zstd", about="12 mixed columns, zstd"),
    "tall-zstd": Set(tall, TALL, 3.2, "zstd", use_dictionary=False,
                     about="4 columns of doubles, zstd"),
}


def paths_of(data, name, divisor, files=None):
    count = len(SETS[name].rows(divisor))
    return [os.path.join(data, name, f"part-{i}.parquet") for i in range(files or count)]


def stamp(name, divisor):
    return json.dumps({"maker": MAKER, "set": name, "rows": SETS[name].rows(divisor)})


def is_made(data, name, divisor):
    try:
        with open(os.path.join(data, name, "DONE"), encoding="ascii") as file:
            return file.read() == stamp(name, divisor)
    except OSError:
        return False


def missing_bytes(data, names, divisor):
    """Bytes that making what is missing takes, with the pieces that DuckDB puts together."""
    lacking = [SETS[name].gigabytes for name in names if not is_made(data, name, divisor)]
    return int((sum(lacking) + 1.5 * bool(lacking)) * 1e9 / divisor)


def free_bytes(data):
    os.makedirs(data, exist_ok=True)
    return shutil.disk_usage(data).free


def make(data, name, divisor):
    """Makes the set unless it is there."""
    if is_made(data, name, divisor):
        return
    directory = os.path.join(data, name)
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    pa.set_cpu_count(2)
    first = 0
    what = SETS[name]
    for part, rows in enumerate(what.rows(divisor)):
        rng = np.random.default_rng([20240101, part])
        path = os.path.join(directory, f"part-{part}.parquet")
        group_rows = what.group_rows if what.group_rows > GROUP_ROWS else min(
            what.group_rows, max(rows, 1))
        what.writer(path, what.make, rng, first, rows, group_rows, what.options)
        first += rows
    with open(os.path.join(directory, "DONE"), "w", encoding="ascii") as file:
        file.write(stamp(name, divisor))
