"""Leaves of nested tables: what is true of the values and of the levels above them."""

import math

import pyarrow as pa
import pyarrow.parquet as pq

import shapes
from compare import column_faults
from printed import number, real
from truth import Column, Truth, column_of


class Leaf:
    """The values of one leaf, and counts at every optional and repeated node of its path."""

    def __init__(self):
        self.kinds = []     # "optional" or "repeated", from the root down
        self.absent = []    # entries that end at the node
        self.lengths = []   # of each repeated node: lengths of its lists
        self.entries = 0
        self.values = []    # Arrow arrays of what is there


def _is_list(kind):
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or \
        pa.types.is_fixed_size_list(kind) or pa.types.is_map(kind)


def _below(field):
    """The fields under a list or struct."""
    kind = field.type
    if pa.types.is_map(kind):
        return [kind.key_field, kind.item_field]
    if _is_list(kind):
        return [kind.value_field]
    return [kind.field(i) for i in range(kind.num_fields)]


def _shapes(field):
    """The levels of each leaf below a field."""
    own = ["optional"] if field.nullable else []
    if _is_list(field.type):
        own.append("repeated")
    if not pa.types.is_nested(field.type):
        return [own]
    return [own + rest for below in _below(field) for rest in _shapes(below)]


def _walk(field, values, leaves, level, repeated):
    """Counts the entries of Python values, each of which stands where the field's node begins."""
    if field.nullable:
        gone = sum(v is None for v in values)
        for leaf in leaves:
            leaf.absent[level] += gone
            leaf.entries += gone
        values = [v for v in values if v is not None]
        level += 1
    kind = field.type
    if _is_list(kind):
        empty = sum(not v for v in values)
        for leaf in leaves:
            leaf.absent[level] += empty
            leaf.entries += empty
            leaf.lengths[repeated] += [len(v) for v in values]
        values = [one for v in values for one in v]
        level, repeated = level + 1, repeated + 1
    if not pa.types.is_nested(kind):
        leaves[0].entries += len(values)
        return
    at = 0
    for i, below in enumerate(_below(field)):
        count = len(_shapes(below))
        inner = values
        if pa.types.is_map(kind):
            inner = [v["key" if i == 0 else "value"] for v in values]
        elif pa.types.is_struct(kind):
            inner = [v[below.name] for v in values]
        _walk(below, inner, leaves[at:at + count], level, repeated)
        at += count


def _flatten(array):
    """Arrays of the leaves below, without what lies under nulls."""
    kind = array.type
    if pa.types.is_struct(kind):
        array = array.filter(array.is_valid())
        return [leaf for one in array.flatten() for leaf in _flatten(one)]
    if pa.types.is_map(kind):
        array = array.filter(array.is_valid())
        start, end = (array.offsets[i].as_py() for i in (0, -1)) if len(array) else (0, 0)
        return [leaf for one in (array.keys, array.items)
                for leaf in _flatten(one.slice(start, end - start))]
    if _is_list(kind):
        return _flatten(array.flatten())
    return [array]


def leaves_of(table):
    """A Leaf for each column of the Parquet file, in its order."""
    leaves = []
    for field, column in zip(table.schema, table.columns):
        mine = []
        for kinds in _shapes(field):
            leaf = Leaf()
            leaf.kinds = kinds
            leaf.absent = [0] * len(kinds)
            leaf.lengths = [[] for kind in kinds if kind == "repeated"]
            mine.append(leaf)
        values = shapes.cells(column) if pa.types.is_nested(field.type) else None
        if values is not None:
            _walk(field, values, mine, 0, 0)
            for chunk in column.chunks:
                for leaf, array in zip(mine, _flatten(chunk)):
                    leaf.values.append(array)
        else:
            mine[0].values, mine[0].entries = column.chunks, len(column)
            mine[0].absent = [column.null_count] if field.nullable else []
        leaves += mine
    return leaves


def truth_of(name, leaf, rows, ordered=True):
    column = column_of(name, pa.chunked_array(leaf.values) if leaf.values else pa.nulls(0))
    truth = Truth(Column(name, column.kind, column.logical, column.values,
                         leaf.entries - len(column.values), column.narrow))
    truth.rows = rows
    if not ordered:
        truth.min = truth.max = None
    return truth


def has_order(column):
    """The specification leaves some logical types without one."""
    return not any(name in str(column.logical_type).lower()
                   for name in ("interval", "geometry", "geography"))


def nesting_faults(name, leaf, got):
    """What the report says of levels and lists."""
    if leaf.kinds in ([], ["optional"]):
        return [] if got is None else [f"{name}: nesting of a flat column: {got}"]
    if got is None:
        return [f"{name}: no nesting"]
    faults = []
    if number(got["entries"]) != leaf.entries:
        faults.append(f"{name}: entries: wanted {leaf.entries}, got {got['entries']}")
    levels = [(level["kind"], number(level["absent"])) for level in got["levels"]]
    if levels != list(zip(leaf.kinds, leaf.absent)):
        faults.append(f"{name}: levels: wanted {leaf.kinds} {leaf.absent}, got {levels}")
    for node in got["levels"] + got["lists"]:
        if not (name + ".").startswith(node["path"] + "."):
            faults.append(f"{name}: {node['path']} is no part of the path")
    at = [i for i, kind in enumerate(leaf.kinds) if kind == "repeated"]
    if len(got["lists"]) != len(at):
        return faults + [f"{name}: {len(got['lists'])} lists, not {len(at)}"]
    for one, level, lengths in zip(got["lists"], at, leaf.lengths):
        faults += _list_faults(f"{name}: {one['path']}", one, sum(leaf.absent[:level]), lengths)
    return faults


def _list_faults(name, got, nulls, lengths):
    count, total = len(lengths), sum(lengths)
    wanted = {"lists": count, "nulls": nulls, "empty": lengths.count(0), "elements": total,
              "length_min": min(lengths, default=None), "length_max": max(lengths, default=None)}
    faults = [f"{name}: {key}: wanted {value}, got {got[key]}" for key, value in wanted.items()
              if (None if got[key] is None else number(got[key])) != value]
    mean = total / count if count else None
    std = math.sqrt(sum((n - mean) ** 2 for n in lengths) / (count - 1)) if count > 1 else None
    for key, value in (("length_mean", mean), ("length_std", std)):
        printed = real(got[key])
        if (printed is None) != (value is None) or (
                value is not None and abs(printed - value) > 1e-9 * max(1, value)):
            faults.append(f"{name}: {key}: wanted {value}, got {got[key]}")
    return faults


def file_faults(path, table, report):
    """Every column of a report against the table that pyarrow reads."""
    metadata = pq.read_metadata(path)
    names = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
    got = [column["name"] for column in report["columns"]]
    if got != names:
        return [f"columns: wanted {names}, got {got}"]
    leaves = leaves_of(table)
    faults = []
    if len(leaves) != len(names):
        return [f"{len(leaves)} leaves, but {len(names)} columns"]
    if number(report["rows"]) != table.num_rows:
        faults.append(f"rows: wanted {table.num_rows}, got {report['rows']}")
    for i, (name, leaf, column) in enumerate(zip(names, leaves, report["columns"])):
        truth = truth_of(name, leaf, table.num_rows, has_order(metadata.schema.column(i)))
        faults += column_faults(truth, column)
        faults += nesting_faults(name, leaf, column.get("nesting"))
    return faults
