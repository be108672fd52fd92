"""Saved columns, read by their format notes alone: every byte has a meaning, and what a column says
of itself twice agrees."""

import os
import struct
import subprocess
import zlib

from harness import BUILD, workdir

BOOL, I32, U32, I64, U64, F32, F64, BYTES, I128 = range(9)
QUANTILES, DISTINCT, TOP = 2, 4, 8
MASK = (1 << 64) - 1
TOP_BIT = 1 << 63


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        assert self.at + count <= len(self.data), "ends early"
        self.at += count
        return self.data[self.at - count:self.at]

    def u(self, bytes_each, count=None):
        numbers = [int.from_bytes(self.take(bytes_each), "little")
                   for _ in range(1 if count is None else count)]
        return numbers[0] if count is None else numbers

    def f(self, count=None):
        found = struct.unpack(f"<{count or 1}d", self.take(8 * (count or 1)))
        return found[0] if count is None else found


def signed(number, bits):
    return number - (1 << bits) if number >> (bits - 1) else number


def value_of_bits(kind, bits):
    if kind in (F32, F64):
        return struct.unpack("<d", struct.pack("<Q", bits))[0]
    return signed(bits, 64) if kind in (I32, I64) else bits


def value_of_key(kind, key):
    if kind in (F32, F64):
        return value_of_bits(kind, key ^ (TOP_BIT if key & TOP_BIT else MASK))
    return value_of_bits(kind, key ^ TOP_BIT if kind in (I32, I64) else key)


def hash_of(head):
    """stats/strings_state.h, for up to 32 bytes."""
    a, b, c, d = 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3
    w = struct.unpack("<4Q", head.ljust(32, b"\0"))

    def turned(x):
        return (x << 32 | x >> 32) & MASK

    front, back = (w[0] ^ a) * (w[1] ^ b), (w[2] ^ c) * (w[3] ^ d)
    x = front & MASK ^ w[0] ^ turned(back & MASK ^ w[2]) ^ len(head) ^ c
    y = front >> 64 ^ w[1] ^ turned(back >> 64 ^ w[3]) ^ d
    return (x * y & MASK) ^ x * y >> 64


def read_row(reader):
    length = reader.u(1)
    return length, reader.take(min(length, 32))


def read_table(reader, stats):
    """Entries as hash, count, length and head; None when it has spilled and keeps none."""
    spilled, error, used = reader.u(1), reader.u(8), reader.u(4)
    entries = []
    for _ in range(used):
        number, count = reader.u(8, 2)
        length, head = read_row(reader)
        assert length > 32 or number == hash_of(head)
        entries.append((count, length, head))
    if spilled and stats & DISTINCT:
        assert max(reader.take(4096)) <= 53
    assert error == 0 or spilled
    return bool(spilled), entries


def read_kll(reader, total):
    assert reader.u(8) == total
    reader.u(8)
    assert all(variance >= 0 for variance in reader.f(3))
    reader.u(8, 2), reader.u(4, 2), reader.u(8, 2)
    weight = items = 0
    counts = []
    for level in range(reader.u(4)):
        reader.u(8)
        counts.append(reader.u(4))
        weight += counts[-1] << level
    for count in counts:
        level = reader.u(8, count)
        assert level == sorted(level)
        items += count
    assert weight == total and items > 0


def read_strings(reader, stats):
    count, empty, invalid = reader.u(8, 3)
    total, squares = reader.u(16, 2)
    least, most = reader.u(8, 2)
    for _ in range(2 if count else 0):
        kept, cut = reader.u(1), reader.u(1)
        reader.take(kept)
        assert not cut or kept == 64
    pending, heads = reader.u(4, 2)
    spilled, entries = read_table(reader, stats)
    reader.u(8, pending)
    for _ in range(heads):
        read_row(reader)
    assert empty <= count and invalid <= count
    assert least * count <= total <= most * count and count * squares >= total * total
    if entries and not spilled:
        assert sum(entry[0] for entry in entries) == count
        assert all(length > 32 or least <= length <= most for _, length, _ in entries)
        if all(length <= 32 for _, length, _ in entries):
            assert sum(n * length for n, length, _ in entries) == total


def read_numbers(reader, kind, stats):
    wide, real = kind == I128, kind in (F32, F64)
    count, nans, pos_infs, neg_infs, _, _ = reader.u(8, 6)
    assert reader.u(1) in (0, 1, 3)
    if wide:
        low, high = (signed(bits, 128) for bits in reader.u(16, 2))
    else:
        low, high = (value_of_bits(kind, bits) for bits in reader.u(8, 2))
    reader.take(16)
    total = sum(reader.f(2)) if real else signed(reader.u(32), 256)
    blocks, counted = reader.u(8), 0
    for _ in range(bin(blocks).count("1")):
        counted += reader.u(8)
        reader.u(8)
        reader.f(5)
    assert counted == count - nans - pos_infs - neg_infs
    each = 16 if wide else 4 if kind in (I32, U32, F32) else 8
    reader.take(each * reader.u(4))
    if not stats & (QUANTILES | DISTINCT | TOP):
        return
    flags = reader.u(1)
    if flags & 4:
        reader.f(2)
    if wide:
        spilled, entries = read_table(reader, stats)
        assert spilled == flags & 1
        exact = [(int.from_bytes(head, "big") - (1 << 127), n) for n, _, head in entries]
    elif not flags & 1:
        used = reader.u(4)
        keys = [value_of_key(kind, key) for key in reader.u(8, used)]
        exact = list(zip(keys, reader.u(8, used)))
    if not flags & 1:
        assert sum(n for _, n in exact) == count - nans
        if exact:
            assert (min(v for v, _ in exact), max(v for v, _ in exact)) == (low, high)
            assert sum(v * n for v, n in exact) == total
        return
    if stats & QUANTILES:
        read_kll(reader, count - nans)
    if stats & DISTINCT and not wide:
        assert max(reader.take(4096)) <= 53
    if stats & TOP and not wide:
        _, all_counted, used = reader.u(8), reader.u(8), reader.u(4)
        keys = [value_of_key(kind, key) for key in reader.u(8, used)]
        assert sum(reader.u(8, used)) <= all_counted == count - nans
        assert keys == sorted(keys) and all(low <= key <= high for key in keys)


def check(data):
    assert data[:8] == b"WEIRSTAT"
    version, what, length = struct.unpack("<IIQ", data[8:24])
    assert (version, what, length) == (1, 1, len(data))
    assert struct.unpack("<I", data[-4:])[0] == zlib.crc32(data[:-4])
    reader = Reader(data[24:-4])
    kind, unordered, stats = reader.u(1), reader.u(1), reader.u(4)
    assert unordered == 0 and reader.f() == 0.1
    reader.u(8, 3)
    if kind == BOOL:
        reader.u(8, 2)
    elif kind == BYTES:
        read_strings(reader, stats)
    else:
        read_numbers(reader, kind, stats)
    assert reader.at == len(reader.data), "bytes without a meaning"


def test_states():
    folder = workdir("saved")
    subprocess.run([os.path.join(BUILD, "seeds"), folder], check=True)
    states = os.path.join(folder, "states")
    names = sorted(os.listdir(states))
    assert len(names) == 54
    for name in names:
        with open(os.path.join(states, name), "rb") as file:
            data = file.read()
        yield name, lambda data=data: check(data)
