"""Compares a column of weir's report with the truth. Returns sentences about what differs."""

import math
from decimal import Decimal, localcontext

from printed import number, printed_bytes, real, stored

UNIT = Decimal(2) ** -53
SHAPE = Decimal("1e-13")
CANCELLED = Decimal(2) ** -94  # sums carry about 100 bits
DOUBLE_MAX = Decimal(2**1024 - 2**971)
DOUBLE_MIN = Decimal("5e-324")
# A rank error holds at 99 % confidence. The draws are fixed by the seed, so a passing file passes
# for good; the allowance covers the expected one in a hundred.
RANK_ALLOWANCE = 1.5
TOP_COUNTERS = 512
# Bytes of a byte array that are kept.
EXTREME_BYTES = 64
TOP_BYTES = 32


def ulps(got, exact):
    """Distance of a double from an exact decimal in units in the last place of the latter; 0 where
    both are infinite, and infinite where only one is."""
    with localcontext() as context:
        context.prec = 60
        if abs(exact) > DOUBLE_MAX or math.isinf(got):
            return 0.0 if got == math.copysign(math.inf, exact) else math.inf
        return float(abs(Decimal(got) - exact) / Decimal(math.ulp(float(exact))))


class Comparison:
    def __init__(self, truth, report):
        self.truth, self.report = truth, report
        self.column = truth.column
        self.faults = []

    def fault(self, what, wanted, got):
        self.faults.append(f"{self.column.name}: {what}: wanted {wanted}, got {got}")

    def equal(self, name, wanted):
        got = self.report.get(name)
        if got is None or number(got) != wanted:
            self.fault(name, wanted, got)

    def counts(self):
        truth = self.truth
        for name in ("rows", "count", "nulls"):
            self.equal(name, getattr(truth, name))
        if self.column.kind != "bytes":
            for name in ("zeros", "negatives"):
                if self.column.kind != "bool":
                    self.equal(name, getattr(truth, name))
        if self.column.kind == "float":
            for name in ("nans", "pos_infs", "neg_infs"):
                self.equal(name, getattr(truth, name))

    def same_value(self, wanted, printed, cut):
        """Whether a printed value is the wanted one; long byte arrays are cut."""
        if self.column.kind == "bytes" and wanted is not None:
            return self.text_matches(wanted, printed, cut, EXTREME_BYTES)
        return stored(self.column, printed) == wanted

    def extremes(self):
        for name in ("min", "max"):
            wanted = getattr(self.truth, name)
            cut = self.report.get(name + "_cut", False)
            if not self.same_value(wanted, self.report.get(name), cut):
                self.fault(name, wanted, self.report.get(name))

    def near(self, name, wanted, tolerance):
        got = real(self.report.get(name))
        if wanted is None:
            if got is not None:
                self.fault(name, "undefined", got)
            return
        with localcontext() as context:
            context.prec = 60
            if abs(wanted) > DOUBLE_MAX:
                if got is None or got != math.copysign(math.inf, wanted):
                    self.fault(name, f"{wanted:.20g}, too large for a double", got)
            elif got is None or not math.isfinite(got):
                self.fault(name, f"{wanted:.20g}", got)
            elif abs(Decimal(got) - wanted) > tolerance + DOUBLE_MIN:
                off = abs(Decimal(got) - wanted)
                self.fault(name, f"{wanted:.20g}", f"{got!r} (off by {off:.3g}, "
                                                   f"allowed {tolerance:.3g})")

    def moments(self):
        """Means and deviations to 2 units in the last place, but for what cancels; shapes to 1e-13
        times their condition (weir/result.h). The mean third power is at most the root of the
        fourth."""
        exact = self.truth.moments
        if exact.mean is None:
            self.near("mean", None, 0)
        else:
            self.near("mean", exact.mean, 4 * UNIT * abs(exact.mean) +
                      CANCELLED * exact.mean_abs)
        self.near("std", exact.std, 4 * UNIT * (exact.std or 0))
        self.near("variance", exact.variance, 8 * UNIT * (exact.variance or 0))
        if exact.skewness is None:
            self.near("skewness", None, 0)
            self.near("kurtosis", None, 0)
        else:
            with localcontext() as context:
                context.prec = 60
                fourth = exact.kurtosis + 3
                self.near("skewness", exact.skewness, SHAPE * fourth.sqrt())
                self.near("kurtosis", exact.kurtosis, SHAPE * fourth)
        self.sums(exact)

    def sums(self, exact):
        got = self.report.get("sum")
        if self.truth.count == 0 and got is None:
            return
        if self.column.kind == "float":
            with localcontext() as context:
                context.prec = 80
                wanted = Decimal(exact.sum.numerator) / Decimal(exact.sum.denominator)
                if exact.n > 0:
                    self.near("sum", wanted, Decimal("1e-12") * abs(wanted)
                              + 4 * UNIT * exact.mean_abs * exact.n)
            return
        with localcontext() as context:
            context.prec = 80
            text = got if isinstance(got, (str, Decimal)) else str(got)
            if Decimal(text) != Decimal(int(exact.sum)):
                self.fault("sum", int(exact.sum), got)

    def quantiles(self):
        listed = self.report.get("quantiles")
        if self.column.kind in ("bool", "bytes"):
            if not listed:
                return
        if self.truth.ranked == 0:
            for entry in listed or []:
                if entry["value"] is not None:
                    self.fault("quantile of nothing", None, entry)
            return
        if not listed:
            self.fault("quantiles", "a list", listed)
            return
        for entry in listed:
            self.one_quantile(entry)

    def one_quantile(self, entry):
        q, error = float(entry["q"]), float(entry["rank_error"])
        value = stored(self.column, entry["value"])
        if entry.get("rounded"):  # wide integers keep 56 significant bits
            value = self.unrounded(value)
        if value not in self.truth.counter:
            self.fault(f"quantile {q}", "a value of the column", value)
        elif entry["exact"]:
            if value not in self.truth.quantiles(q):
                self.fault(f"exact quantile {q}", self.truth.quantiles(q), value)
            if error != 0:
                self.fault(f"exact quantile {q}: rank error", 0, error)
        else:
            if not 0 < error <= 0.05:
                self.fault(f"rank error of quantile {q}", "0 .. 0.05", error)
            low = self.truth.rank_below(value) / self.truth.ranked
            high = self.truth.rank_upto(value) / self.truth.ranked
            if not low - RANK_ALLOWANCE * error <= q <= high + RANK_ALLOWANCE * error:
                self.fault(f"rank of quantile {q} (+-{error})", q, f"{low}..{high}")

    def unrounded(self, value):
        """The value of the column that rounds to this one, towards minus infinity."""
        for one in self.truth.ordered:
            spare = max(0, abs(one).bit_length() - 56)
            if value <= one < value + (1 << spare + 1):
                return one
        return None

    def distinct(self):
        got = self.report.get("distinct")
        if got is None:
            self.fault("distinct", self.truth.distinct, None)
            return
        value, wanted = int(number(got["value"])), self.truth.distinct
        if got["exact"]:
            if value != wanted or float(got["relative_error"]) != 0:
                self.fault("exact distinct", wanted, got)
        else:
            if wanted <= 1000:
                self.fault("distinct of few values must be exact", wanted, got)
            error = float(got["relative_error"])
            if not 0 < error < 0.1 or abs(value - wanted) > 4 * error * wanted:
                self.fault("distinct", wanted, got)

    def top(self):
        listed = self.report.get("top")
        if not isinstance(listed, list):
            self.fault("top", "a list", listed)
            return
        exact = bool(self.report["distinct"]["exact"])
        seen = set()
        last = math.inf
        for entry in listed:
            low, high = number(entry["count_low"]), number(entry["count_high"])
            value = self.find(entry, seen)
            count = self.truth.counter.get(value, 0)
            if value is None or value in seen:
                self.fault("top: unknown or repeated value", "a value of the column", entry)
            elif not low <= count <= high or (exact and low != high):
                self.fault(f"top: count of {value!r}", count, entry)
            if low > last:
                self.fault("top: order", "descending", entry)
            last = low
            seen.add(value)
        self.top_missing(listed, seen, last, exact)

    def find(self, entry, seen):
        """The column's value that a printed top value stands for."""
        if self.column.kind != "bytes":
            value = stored(self.column, entry["value"])
            return value if value in self.truth.counter else None
        fitting = [v for v in self.truth.counter if v not in seen
                   and self.text_matches(v, entry["value"], entry["cut"], TOP_BYTES)]
        low, high = number(entry["count_low"]), number(entry["count_high"])
        # Several values may begin alike: any whose count fits.
        fitting.sort(key=lambda v: not low <= self.truth.counter[v] <= high)
        return fitting[0] if fitting else None

    def top_missing(self, listed, seen, last, exact):
        bound = 0 if exact else self.truth.ranked / (TOP_COUNTERS + 1)
        for value, count in self.truth.counter.most_common(40):
            if count > bound and value not in seen:
                if not listed or len(listed) < min(8, self.truth.distinct) or count - bound > last:
                    self.fault("top lacks", f"{value!r} x {count}", f"{len(listed)} values")
                    return

    def strings(self):
        got = self.report.get("strings")
        if not isinstance(got, dict):
            self.fault("strings", "an object", got)
            return
        if self.truth.count == 0:
            return
        for name in ("bytes_total", "length_min", "length_max", "empty", "invalid_utf8"):
            if number(got.get(name, -1)) != getattr(self.truth, name):
                self.fault(name, getattr(self.truth, name), got.get(name))
        for name in ("length_mean", "length_std"):
            wanted = getattr(self.truth, name)
            value = real(got.get(name))
            if (wanted is None) != (value is None):
                self.fault(name, wanted, value)
            elif wanted is not None and abs(Decimal(value) - wanted) > Decimal("1e-9") * max(
                    1, abs(wanted)):
                self.fault(name, wanted, value)

    def text_matches(self, wanted, printed, cut, kept):
        """Whether a printed text stands for a byte array: equal, or its first `kept` bytes (whole
        characters only, where it is UTF-8) and marked as cut."""
        if wanted is None or printed is None:
            return wanted is printed
        if not cut:
            return wanted == stored(self.column, printed)
        got = printed_bytes(printed)
        return kept - 3 <= len(got) <= kept < len(wanted) and wanted.startswith(got)

    def all(self):
        self.counts()
        self.extremes()
        if self.column.kind == "bytes":
            self.strings()
        else:
            self.moments()
        self.quantiles()
        self.distinct()
        self.top()
        return self.faults


def column_faults(truth, report):
    return Comparison(truth, report).all()


def report_faults(truths, report):
    """truths: {name: Truth}. Every column must be there, in order."""
    faults = []
    names = [column["name"] for column in report["columns"]]
    if names != list(truths):
        return [f"columns: wanted {list(truths)}, got {names}"]
    rows = next(iter(truths.values())).rows if truths else 0
    if number(report["rows"]) != rows:
        faults.append(f"rows: wanted {rows}, got {report['rows']}")
    for column in report["columns"]:
        faults += column_faults(truths[column["name"]], column)
    return faults
