"""What `weir cat -f jsonl` must print for an Arrow array.

Rows are compared as parsed JSON in a canonical form: a JSON number becomes a string that begins
with '#', so that numbers and strings of digits stay apart and -0.0 differs from 0.
"""

import datetime
import json
from decimal import localcontext

import pyarrow as pa

PER_SECOND = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}
EXACT_MAX = 1 << 53  # larger integers are strings of digits
EPOCH_DAYS = datetime.date(1970, 1, 1).toordinal()
ERA_DAYS, ERA_YEARS = 146097, 400  # the calendar repeats


def integer(value):
    return f"#{value}" if -EXACT_MAX <= value <= EXACT_MAX else str(value)


def real(value):
    """Also for parsed text: 1, 1.0 and 1e0 are one number, -0.0 is another than 0."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(float(value))
    return "#" + (text[:-2] if text.endswith(".0") else text)


def date(days):
    shift = (days + EPOCH_DAYS - 1) // ERA_DAYS
    within = datetime.date.fromordinal(days + EPOCH_DAYS - shift * ERA_DAYS)
    year = within.year + shift * ERA_YEARS
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{within.month:02}-{within.day:02}"


def clock(value, unit):
    sign = "-" if value < 0 else ""
    seconds, fraction = divmod(abs(value), PER_SECOND[unit])
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    digits = len(str(PER_SECOND[unit])) - 1
    return text + (f".{fraction:0{digits}}" if fraction else "")


def timestamp(value, unit, utc=False):
    days, rest = divmod(value, 86400 * PER_SECOND[unit])
    return f"{date(days)}T{clock(rest, unit)}" + ("Z" if utc else "")


def decimal(unscaled, scale):
    digits = f"{abs(unscaled):0{scale + 1}}"
    text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
    return "-" + text if unscaled < 0 else text


def octets(value):
    """A byte array: text where it is UTF-8."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def uuid(value):
    digits = value.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _decimals(array):
    scale = array.type.scale
    with localcontext() as context:
        context.prec = 100
        return [None if v is None else decimal(int(v.scaleb(scale)), scale)
                for v in array.to_pylist()]


def _each(function, values):
    return [None if v is None else function(v) for v in values]


def _times(array):
    """Dates, times, timestamps, durations; seconds are stored as milliseconds."""
    kind = array.type
    if pa.types.is_date(kind):
        return _each(date, array.cast(pa.date32()).cast(pa.int32()).to_pylist())
    stored = array.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).to_pylist()
    if pa.types.is_duration(kind):  # Parquet has none: stored as INT64
        return _each(integer, stored)
    unit = kind.unit
    if unit == "s":
        unit, stored = "ms", _each(lambda v: v * 1000, stored)
    if pa.types.is_time(kind):
        return _each(lambda v: clock(v, unit), stored)
    utc = kind.tz is not None
    return _each(lambda v: timestamp(v, unit, utc), stored)


def _lists(array):
    kind = array.type
    if pa.types.is_fixed_size_list(kind):
        size, first = kind.list_size, array.offset * kind.list_size
        inner = cells(array.values)
        return [inner[first + i * size:first + (i + 1) * size] if there else None
                for i, there in enumerate(array.is_valid().to_pylist())]
    if pa.types.is_map(kind):
        keys, items = cells(array.keys), cells(array.items)
        inner = [{"key": k, "value": v} for k, v in zip(keys, items)]
    else:
        inner = cells(array.values)
    offsets = array.offsets.to_pylist()
    return [inner[offsets[i]:offsets[i + 1]] if there else None
            for i, there in enumerate(array.is_valid().to_pylist())]


def _structs(array):
    names = [field.name for field in array.type]
    columns = [cells(array.field(i)) for i in range(len(names))]
    there = array.is_valid().to_pylist()
    rows = zip(*columns)
    return [dict(zip(names, row)) if valid else None for row, valid in zip(rows, there)]


def cells(array):
    """The canonical JSON of each cell of an array."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if isinstance(kind, pa.UuidType):
        return _each(uuid, array.storage.to_pylist())
    if isinstance(kind, pa.BaseExtensionType):
        return cells(array.storage)
    if pa.types.is_dictionary(kind):
        return cells(array.cast(kind.value_type))
    if pa.types.is_null(kind) or pa.types.is_boolean(kind):
        return array.to_pylist()
    if pa.types.is_integer(kind):
        return _each(integer, array.to_pylist())
    if pa.types.is_floating(kind):
        return _each(real, array.to_pylist())
    if pa.types.is_decimal(kind):
        return _decimals(array)
    if pa.types.is_temporal(kind):
        return _times(array)
    if pa.types.is_struct(kind):
        return _structs(array)
    if pa.types.is_nested(kind):
        return _lists(array)
    if kind in (pa.string(), pa.large_string(), pa.string_view()):
        array = array.cast(pa.large_string()).cast(pa.large_binary())
    return _each(octets, array.to_pylist())


def rows_of(table):
    """What each line of `weir cat -f jsonl` must hold."""
    columns = [cells(table[i]) for i in range(table.num_columns)]
    return [dict(zip(table.column_names, row)) for row in zip(*columns)] if columns else \
        [{}] * table.num_rows


def _parsed_integer(text):
    """Integers beyond 2^53 are strings, so such a number is a double."""
    return real(float(text)) if text.startswith("-0") or abs(int(text)) > EXACT_MAX else "#" + text


_DECODER = json.JSONDecoder(parse_float=lambda text: real(float(text)), parse_int=_parsed_integer,
                            parse_constant=lambda text: f"not JSON: {text}")


def parse_lines(out):
    """Rows that weir printed, in the canonical form."""
    return [_DECODER.decode(line) for line in out.decode("utf-8").splitlines()]


def difference(wanted, got, names=None):
    """A sentence about the first difference of two lists of rows, or None."""
    if len(wanted) != len(got):
        return f"{len(got)} rows, not {len(wanted)}"
    if got and names is not None and list(got[0]) != list(names):
        return f"columns {list(got[0])}, not {list(names)}"
    if wanted == got:
        return None
    for row, (left, right) in enumerate(zip(wanted, got)):
        for name in left:
            if name not in right:
                return f"row {row}: no {name}"
            if left[name] != right[name]:
                return (f"row {row}, {name}: wanted {json.dumps(left[name])[:300]}, "
                        f"got {json.dumps(right[name])[:300]}")
        if left != right:
            return f"row {row}: names {list(right)}, not {list(left)}"
    raise AssertionError("rows differ, but not in a cell")
