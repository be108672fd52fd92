"""Reads back what weir prints in JSON: a value of a column becomes its stored value."""

import datetime
import math
from decimal import Decimal, localcontext

PER_SECOND = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
EPOCH_DAYS = datetime.date(1970, 1, 1).toordinal()


def number(value):
    """A number as weir prints numbers: JSON number, digits in a string, or a name."""
    if isinstance(value, str):
        return NOT_FINITE[value] if value in NOT_FINITE else int(value)
    return float(value) if isinstance(value, Decimal) else value


def real(value):
    """A statistic that may be undefined: a float, or None."""
    if value is None:
        return None
    if isinstance(value, str) and value in NOT_FINITE:
        result = NOT_FINITE[value]
        return None if math.isnan(result) else result
    return float(value)


def _days(text):
    sign = -1 if text.startswith("-") else 1
    year, month, day = text.lstrip("+-").split("-")
    year = sign * int(year)
    shift = (year - 2000) // 400  # the calendar repeats every 400 years of 146097 days
    within = datetime.date(year - 400 * shift, int(month), int(day))
    return within.toordinal() - EPOCH_DAYS + 146097 * shift


def _clock(text, unit):
    sign = -1 if text.startswith("-") else 1
    clock, _, fraction = text.lstrip("-").partition(".")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    per_second = PER_SECOND[unit]
    digits = len(str(per_second)) - 1
    whole = (hours * 60 + minutes) * 60 + seconds
    return sign * (whole * per_second + int(fraction.ljust(digits, "0") or 0))


def printed_bytes(value):
    """A byte array: text, or {"hex": digits} where it is not UTF-8."""
    return value.encode("utf-8") if isinstance(value, str) else bytes.fromhex(value["hex"])


def stored(column, value):
    """The stored value of what was printed, or None for null."""
    if value is None:
        return None
    logical = column.logical
    if column.kind == "bool":
        return bool(value)
    if column.kind == "float":
        return float(number(value))
    if column.kind == "bytes":
        if logical == ("uuid",):
            return bytes.fromhex(value.replace("-", ""))
        return printed_bytes(value)
    if logical is None:
        return int(number(value))
    if logical[0] == "date":
        return _days(value)
    if logical[0] == "time":
        return _clock(value, logical[1])
    if logical[0] == "timestamp":
        assert value.endswith("Z") == logical[2], f"zone mark: {value}"
        date, clock = value.removesuffix("Z").split("T")
        return _days(date) * 86400 * PER_SECOND[logical[1]] + _clock(clock, logical[1])
    with localcontext() as context:
        context.prec = 80
        unscaled = Decimal(value if isinstance(value, str) else str(value)).scaleb(logical[1])
        assert unscaled == unscaled.to_integral_value(), f"too many digits: {value}"
        return int(unscaled)
