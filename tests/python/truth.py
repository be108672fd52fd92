"""What is true of a column, computed exactly from its values.

Independent of weir: Python integers and decimals of 80 digits only. A column is held as its stored
values: integers for every integer, date, time, timestamp and decimal (unscaled) type, Python floats
(float32 widened), bools, or bytes.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction

import pyarrow as pa

DIGITS = 80


class Column:
    """Stored values without nulls, and how to read what weir prints for them."""

    def __init__(self, name, kind, logical, values, nulls, narrow=False):
        self.name = name
        self.kind = kind        # "bool", "int", "float", "bytes"
        self.logical = logical  # None or ("date",), ("time", unit), ("timestamp", unit, utc),
        self.values = values    # ("decimal", scale), ("string",), ("uuid",)
        self.nulls = nulls
        self.narrow = narrow    # float16 and float32

    @property
    def rows(self):
        return len(self.values) + self.nulls


def _logical(kind):
    unit = "ms" if getattr(kind, "unit", None) == "s" else getattr(kind, "unit", None)
    if pa.types.is_date(kind):
        return ("date",)
    if pa.types.is_time(kind):
        return ("time", unit)
    if pa.types.is_timestamp(kind):
        return ("timestamp", unit, kind.tz is not None)
    if pa.types.is_decimal(kind):
        return ("decimal", kind.scale)
    if isinstance(kind, pa.UuidType):
        return ("uuid",)
    return None


def _cells(array):
    """Stored values of an Arrow array, None for null."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.cast(kind.value_type)
        kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        array = array.storage
        kind = array.type
    if pa.types.is_date(kind):
        return array.cast(pa.date32()).cast(pa.int32()).to_pylist()
    if pa.types.is_temporal(kind):
        stored = array.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).to_pylist()
        if kind.unit == "s" and not pa.types.is_duration(kind):  # Parquet has no seconds
            stored = [None if v is None else v * 1000 for v in stored]
        return stored
    if pa.types.is_decimal(kind):
        with localcontext() as context:
            context.prec = DIGITS
            return [None if v is None else int(v.scaleb(kind.scale)) for v in array.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        return array.cast(pa.large_string()).cast(pa.large_binary()).to_pylist()
    return array.to_pylist()


def column_of(name, array):
    """A Column of a (chunked) Arrow array."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    logical = _logical(kind)
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    cells = _cells(array)
    values = [v for v in cells if v is not None]
    nulls = len(cells) - len(values)
    if pa.types.is_boolean(kind):
        return Column(name, "bool", None, values, nulls)
    if pa.types.is_floating(kind):
        return Column(name, "float", None, values, nulls, narrow=kind != pa.float64())
    if pa.types.is_integer(kind) or pa.types.is_temporal(kind) or pa.types.is_decimal(kind) or \
            pa.types.is_null(kind):
        return Column(name, "int", logical, values, nulls)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        logical = ("string",)
    return Column(name, "bytes", logical, values, nulls)


def cells_of(array):
    """All cells in order, None for null: what `weir cat` must print."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return _cells(array)


class Moments:
    """Exact central moments, as decimals of 80 digits; None where undefined."""

    def __init__(self, counter):
        """counter: value -> how often; integers, or finite floats."""
        self.mean = self.variance = self.std = self.skewness = self.kurtosis = None
        self.sum = 0
        self.mean_abs = self.largest = Decimal(0)
        n = sum(counter.values())
        self.n = n
        if n == 0:
            return
        scale, integers = _as_integers(counter)
        self._integers = integers
        s1, s2, s3, s4 = (sum(c * v**k for v, c in integers) for k in (1, 2, 3, 4))
        self.sum = Fraction(s1) / scale
        # n^k times the k-th central moment (divided by n), all integers.
        c2 = n * s2 - s1 * s1
        c3 = n * n * s3 - 3 * n * s1 * s2 + 2 * s1**3
        c4 = n**3 * s4 - 4 * n * n * s1 * s3 + 6 * n * s1 * s1 * s2 - 3 * s1**4
        with localcontext() as context:
            context.prec = DIGITS
            context.Emax, context.Emin = 10**6, -(10**6)
            one = Decimal(scale.numerator) / Decimal(scale.denominator)
            self.mean = Decimal(s1) / n / one
            self.mean_abs = Decimal(sum(c * abs(v) for v, c in integers)) / n / one
            self.largest = Decimal(max(abs(v) for v, _ in integers)) / one
            if n > 1:
                self.variance = Decimal(c2) / (n * (n - 1)) / one / one
                self.std = self.variance.sqrt()
            if c2 > 0:
                root = Decimal(c2).sqrt()
                self.skewness = Decimal(c3) / (Decimal(c2) * root)
                self.kurtosis = Decimal(c4) / (Decimal(c2) * Decimal(c2)) - 3


    def third(self):
        """mean |x - mean|^3 / m2^1.5: the condition of the skewness is this divided by it."""
        n = self.n
        s1 = sum(c * v for v, c in self._integers)
        c2 = n * sum(c * v * v for v, c in self._integers) - s1 * s1
        total = sum(c * abs(n * v - s1) ** 3 for v, c in self._integers)
        with localcontext() as context:
            context.prec = DIGITS
            context.Emax, context.Emin = 10**6, -(10**6)
            return Decimal(total) / n / (Decimal(c2) * Decimal(c2).sqrt())


def _as_integers(counter):
    """(scale, [(integer, count)]): every value is integer / scale, exactly."""
    if all(isinstance(v, int) for v in counter):
        return Fraction(1), [(int(v), c) for v, c in counter.items()]
    ratios = [(v.as_integer_ratio(), c) for v, c in counter.items()]
    scale = max(denominator for (_, denominator), _ in ratios)
    return Fraction(scale), [(n * (scale // d), c) for (n, d), c in ratios]


class Truth:
    def __init__(self, column):
        values = column.values
        self.column = column
        self.rows = column.rows
        self.count = len(values)
        self.nulls = column.nulls
        self.nans = self.pos_infs = self.neg_infs = 0
        if column.kind == "float":
            self.nans = sum(1 for v in values if v != v)
            self.pos_infs = sum(1 for v in values if v == math.inf)
            self.neg_infs = sum(1 for v in values if v == -math.inf)
        # Equality makes -0.0 and 0.0 one value; NaN is left out.
        self.counter = Counter(v for v in values if v == v)
        self.distinct = len(self.counter)
        self.ordered = sorted(self.counter)
        self.upto = []
        total = 0
        for value in self.ordered:
            total += self.counter[value]
            self.upto.append(total)
        self.ranked = total
        self.min = self.ordered[0] if self.ordered else None
        self.max = self.ordered[-1] if self.ordered else None
        self.zeros = self.negatives = 0
        self.moments = None
        if column.kind != "bytes":
            self.zeros = self.counter.get(0, 0)
            self.negatives = sum(c for v, c in self.counter.items() if v < 0)
            finite = {v: c for v, c in self.counter.items()
                      if not isinstance(v, float) or math.isfinite(v)}
            self.moments = Moments({int(v) if isinstance(v, bool) else v: c
                                    for v, c in finite.items()})
        else:
            self._strings(values)

    def _strings(self, values):
        lengths = Moments(Counter(len(v) for v in values))
        self.length_mean, self.length_std = lengths.mean, lengths.std
        self.bytes_total = sum(len(v) for v in values)
        self.length_min = min((len(v) for v in values), default=None)
        self.length_max = max((len(v) for v in values), default=None)
        self.empty = sum(1 for v in values if not v)
        self.invalid_utf8 = 0
        for value, count in self.counter.items():
            try:
                value.decode("utf-8")
            except UnicodeDecodeError:
                self.invalid_utf8 += count

    def rank_below(self, value):
        at = bisect_left(self.ordered, value)
        return self.upto[at - 1] if at > 0 else 0

    def rank_upto(self, value):
        at = bisect_right(self.ordered, value)
        return self.upto[at - 1] if at > 0 else 0

    def quantiles(self, q):
        """The smallest x with rank(x) >= q; two answers where q * n is an integer but for the
        rounding of q itself."""
        answers = set()
        for target in (math.ceil(Fraction(q) * self.ranked), math.ceil(q * self.ranked)):
            at = bisect_left(self.upto, max(1, target))
            answers.add(self.ordered[min(at, len(self.ordered) - 1)])
        return answers
