"""Writes tests/nist.h: the univariate sets of NIST's Statistical Reference Datasets, their certified
figures, and what is exact for the doubles that a file can store.

    WEIR_CORPUS=... python3 nist_header.py | clang-format > ../nist.h

The sets are a work of the US Government and in the public domain. Exact figures come from integers
and decimals of 80 digits (truth.py) and are rounded once, to the nearest double.
"""

import math
import os
import sys
from collections import Counter
from decimal import Decimal, localcontext
from fractions import Fraction

from truth import Moments

# Certified mean and standard deviation (n - 1), with all digits that NIST prints.
CERTIFIED = {
    "Lew": ("-177.435000000000", "277.332168044316"),
    "Lottery": ("518.958715596330", "291.699727470969"),
    "Mavro": ("2.00185600000000", "0.000429123454003053"),
    "Michelso": ("299.852400000000", "0.0790105478190518"),
    "PiDigits": ("4.53480000000000", "2.86733906028871"),
    "NumAcc1": ("10000002", "1"),
    "NumAcc2": ("1.2", "0.1"),
    "NumAcc3": ("1000000.2", "0.1"),
    "NumAcc4": ("10000000.2", "0.1"),
}
DIGITS_MAX = 15  # that a certified figure has

HEAD = """/*
 * The univariate sets of NIST's Statistical Reference Datasets (public domain): values, certified
 * figures, and the exact figures of the values as doubles. Written by tests/python/nist_header.py.
 *
 * A standard deviation agrees with the certified one to `std_digits`, less than 15 where decimals
 * are no doubles: rounding the data to 53 bits alone moves it by more than that.
 */
#ifndef TESTS_NIST_H
#define TESTS_NIST_H

#include <stdint.h>

struct nist_set {
    const char *name;
    uint32_t count;
    uint32_t listed;      /* values in the list; the last two go on in turn */
    const double *values; /* NULL: digits */
    const char (*digits)[51]; /* lines of 50 */
    double certified_mean;
    double certified_std;
    double mean_digits; /* to which the exact figures agree with the certified ones */
    double std_digits;
    /* Exact, rounded to the nearest double. */
    double mean;
    double variance;
    double std;
    double skewness;
    double kurtosis;
    double sum;
    double third; /* mean |x - mean|^3 / m2^1.5 */
};

static inline double nist_value(const struct nist_set *set, uint32_t i) {
    if (set->values == NULL) {
        return set->digits[i / 50][i % 50] - '0';
    }
    return set->values[i < set->listed ? i : set->listed - 2 + (i - set->listed) % 2];
}
"""


def values_of(path):
    """The numeric lines at the end of a NIST file."""
    values = []
    with open(path, encoding="ascii", errors="replace") as file:
        for line in reversed(file.read().split("\n")):
            try:
                values.append(float(line))
            except ValueError:
                if line.strip():
                    break
    return values[::-1]


def read(root, name):
    return values_of(os.path.join(root, "nist",
                                  name + (".txt" if name == "PiDigits" else ".dat")))


def third_moment(values):
    """mean |x - mean|^3 / m2^1.5, the condition of the skewness times the skewness."""
    exact = [Fraction(v) for v in values]
    mean = sum(exact) / len(exact)
    second = sum((v - mean) ** 2 for v in exact) / len(exact)
    third = sum(abs(v - mean) ** 3 for v in exact) / len(exact)
    with localcontext() as context:
        context.prec = 60
        root = (Decimal(second.numerator) / Decimal(second.denominator)).sqrt()
        return Decimal(third.numerator) / Decimal(third.denominator) / root**3


def agreement(exact, certified):
    """Log relative error, at most the digits that there are; cut to a tenth."""
    with localcontext() as context:
        context.prec = 60
        off = abs(exact - Decimal(certified)) / abs(Decimal(certified))
        return DIGITS_MAX if off == 0 else min(DIGITS_MAX, math.floor(-off.log10() * 10) / 10)


def listed(values):
    """How many values say it all when the last two go on in turn."""
    count = len(values)
    while count > 3 and values[count - 1] == values[count - 3]:
        count -= 1
    return count


def rounded(exact):
    return repr(float(exact))


def one_set(name, values):
    """(array or text of digits, initialiser)."""
    moments = Moments(Counter(values))
    mean, std = CERTIFIED[name]
    lower = "nist_" + name.lower()
    if name == "PiDigits":
        digits = "".join(str(int(v)) for v in values)
        lines = ", ".join(f'"{digits[i:i + 50]}"' for i in range(0, len(digits), 50))
        data, start = f"static const char {lower}[][51] = {{{lines}}};\n", f"0, NULL, {lower}"
    else:
        count = listed(values)
        numbers = ", ".join(repr(int(v)) if v == int(v) else repr(v) for v in values[:count])
        data, start = f"static const double {lower}[] = {{{numbers}}};\n", f"{count}, {lower}, NULL"
    with localcontext() as context:
        context.prec = 60
        total = Decimal(moments.sum.numerator) / Decimal(moments.sum.denominator)
        figures = [rounded(f) for f in (moments.mean, moments.variance, moments.std,
                                        moments.skewness, moments.kurtosis, total,
                                        third_moment(values))]
    return data, (f'{{"{name}", {len(values)}, {start}, {mean}, {std}, '
                  f"{agreement(moments.mean, mean)}, {agreement(moments.std, std)}, "
                  f"{', '.join(figures)}}}")


def header(root):
    parts, sets = [], []
    for name in CERTIFIED:
        data, initialiser = one_set(name, read(root, name))
        parts.append(data)
        sets.append(initialiser)
    table = "static const struct nist_set nist_sets[] = {" + ", ".join(sets) + "};\n"
    count = f"#define NIST_SETS {len(sets)}u\n"
    return "\n".join([HEAD, *parts, count, table, "#endif\n"])


if __name__ == "__main__":
    sys.stdout.write(header(os.environ["WEIR_CORPUS"]))
