"""Whether weir and its peers found the same, so that nobody is measured computing nonsense."""

import datetime
import json

import terms


def bits(report):
    """The report without what tells of the run instead of the data."""
    return json.dumps({k: v for k, v in report.items() if k not in ("memory", "elapsed_seconds")})


def weir_columns(report, kinds):
    """What weir found, in the terms of terms.py."""
    parse = {"time": datetime.datetime.fromisoformat, "date": datetime.date.fromisoformat,
             "int": int}
    found = {}
    for (name, kind), column in zip(kinds, report["columns"]):
        low, high = (terms.common(parse.get(kind, lambda x: x)(column[f])) for f in ("min", "max"))
        mean = column["mean"] if kind in ("int", "float") else None
        found[name] = dict(zip(terms.FIELDS, (column["count"], column["nulls"], low, high, mean)))
    return found


def close(a, b):
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return True
    if isinstance(a, str) or isinstance(b, str):
        return a[:64] == b[:64]
    # Describing peers hand whole numbers through doubles, and DuckDB prints FLOAT with few digits.
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-6)


def disagreements(columns, kinds):
    """Where a peer's counts, extremes or means are not weir's."""
    bad = []
    if "weir" not in columns:
        return bad
    for peer, found in columns.items():
        for name, kind in kinds:
            for field, value in found.get(name, {}).items():
                want = columns["weir"][name][field]
                if not close(value, want):
                    bad.append(f"{peer}: {field} of {name} is {value}, weir says {want}")
    return bad[:20]
