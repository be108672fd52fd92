"""The terms in which peers tell what they found, and the kinds of columns."""

import datetime

QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]  # the defaults of `weir profile`
TOP = 5
FIELDS = ("count", "nulls", "min", "max", "mean")


def common(value):
    """A value as JSON can hold it, in common units."""
    if hasattr(value, "as_py"):
        value = value.as_py()
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return (value - epoch) // datetime.timedelta(microseconds=1)
    if isinstance(value, datetime.date):
        return (value - datetime.date(1970, 1, 1)).days
    if hasattr(value, "item"):
        value = value.item()
    return value


def kinds_of(path):
    """(name, kind) of each column; kind is float, int, bool, date, time or string."""
    import pyarrow.parquet
    import pyarrow.types as t
    kinds = []
    for field in pyarrow.parquet.read_schema(path):
        tests = (("float", t.is_floating), ("int", t.is_integer), ("bool", t.is_boolean),
                 ("date", t.is_date), ("time", t.is_timestamp), ("string", t.is_string))
        kinds.append((field.name, next(kind for kind, test in tests if test(field.type))))
    return kinds
