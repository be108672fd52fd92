"""pyarrow's two peers: pyarrow.compute row group by row group, and one aggregation by acero."""

import numpy as np
import pyarrow as pa
import pyarrow.acero as ac
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from terms import FIELDS, QUANTILES, common


class Moments:
    """Count, mean and central sums up to order 4, merged piece by piece."""

    def __init__(self):
        self.n, self.mean, self.m2, self.m3, self.m4 = 0, 0.0, 0.0, 0.0, 0.0

    def add(self, n, mean, m2, m3, m4):
        total = self.n + n
        if n == 0:
            return
        d, a, b = mean - self.mean, self.n, n
        self.m4 += (m4 + d**4 * a * b * (a * a - a * b + b * b) / total**3
                    + 6 * d * d * (a * a * m2 + b * b * self.m2) / total**2
                    + 4 * d * (a * m3 - b * self.m3) / total)
        self.m3 += (m3 + d**3 * a * b * (a - b) / total**2
                    + 3 * d * (a * m2 - b * self.m2) / total)
        self.m2 += m2 + d * d * a * b / total
        self.mean += d * b / total
        self.n = total


DISTINCT_MAX = 100_000


class ArrowColumn:
    """What pyarrow.compute tells of a column, row group by row group."""

    def __init__(self, kind):
        self.kind = kind
        self.counts = dict.fromkeys(("count", "nulls", "trues", "zeros", "negatives", "nans",
                                     "infs", "empty"), 0)
        self.low, self.high, self.sum = None, None, 0
        self.moments = Moments()
        self.digests = []
        self.values = set()  # None once there are too many

    def add(self, column):
        n = len(column) - column.null_count
        self.counts["count"] += n
        self.counts["nulls"] += column.null_count
        if n == 0:
            return
        if self.kind == "bool":
            self.counts["trues"] += pc.sum(column).as_py()
            return
        extremes = pc.min_max(column).as_py()
        self.low = extremes["min"] if self.low is None else min(self.low, extremes["min"])
        self.high = extremes["max"] if self.high is None else max(self.high, extremes["max"])
        if self.values is not None:
            found = pc.unique(column)
            few = len(found) <= DISTINCT_MAX
            self.values = self.values.union(found.to_pylist()) if few else None
        if self.kind == "string":
            numbers = pc.binary_length(column)
            self.counts["empty"] += pc.sum(pc.equal(numbers, 0)).as_py()
        else:
            numbers = {"date": lambda: column.cast(pa.int32()),
                       "time": lambda: column.cast(pa.int64())}.get(self.kind, lambda: column)()
            self.counts["zeros"] += pc.sum(pc.equal(numbers, 0)).as_py()
            self.counts["negatives"] += pc.sum(pc.less(numbers, 0)).as_py()
            digest = pc.tdigest(numbers, q=[(i + 0.5) / 200 for i in range(200)])
            self.digests.append((n, digest))
        if self.kind == "float":
            self.counts["nans"] += pc.sum(pc.is_nan(column)).as_py()
            self.counts["infs"] += pc.sum(pc.is_inf(column)).as_py()
        m2 = pc.variance(numbers).as_py() * n
        skew, kurtosis = pc.skew(numbers).as_py(), pc.kurtosis(numbers).as_py()
        self.sum += pc.mean(numbers).as_py() * n
        self.moments.add(n, pc.mean(numbers).as_py(), m2, skew * m2**1.5 / n**0.5,
                         (kurtosis + 3) * m2 * m2 / n)

    def end(self):
        if self.digests:  # the quantiles of the row groups' quantiles
            values = np.concatenate([d.to_numpy(zero_copy_only=False) for _, d in self.digests])
            weights = np.concatenate([np.full(len(d), n / len(d)) for n, d in self.digests])
            order = np.argsort(values)
            at = np.searchsorted(np.cumsum(weights[order]), np.array(QUANTILES) * weights.sum())
            self.quantiles = values[order][np.minimum(at, len(order) - 1)]


def groups(paths, kinds):
    columns = {name: ArrowColumn(kind) for name, kind in kinds}
    for path in paths:
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            for name, column in columns.items():
                column.add(file.read_row_group(group, columns=[name]).column(0))
    for column in columns.values():
        column.end()
    return columns


def groups_columns(columns, kinds):
    found = {}
    for name, c in columns.items():
        mean = c.moments.mean if c.kind in ("int", "float") else None
        values = (c.counts["count"], c.counts["nulls"], c.low, c.high, mean)
        found[name] = dict(zip(FIELDS, map(common, values)))
    return found


def acero_aggregates(name, kind):
    """(target, aggregate, options, output name) of a column; numbers are under "#name"."""

    def out(what):
        return f"{name}|{what}"

    yield name, "count", pc.CountOptions("only_valid"), out("count")
    yield name, "count", pc.CountOptions("only_null"), out("nulls")
    if kind == "bool":
        yield name, "sum", None, out("trues")
        return
    yield name, "min_max", None, out("min_max")
    x = "#" + name
    for what in ("mean", "sum", "stddev", "skew", "kurtosis"):
        yield x, what, None, out(what)
    if kind != "string":
        yield x, "tdigest", pc.TDigestOptions(QUANTILES), out("quantiles")
        yield "=" + name, "sum", None, out("zeros")
        yield "<" + name, "sum", None, out("negatives")
    if kind == "float":
        yield "n" + name, "sum", None, out("nans")
        yield "i" + name, "sum", None, out("infs")


def acero_inputs(name, kind):
    """(name, expression) of what a column's aggregates read."""
    c = pc.field(name)
    yield name, c
    if kind == "bool":
        return
    wide = {"time": pa.int64(), "date": pa.int32()}
    x = pc.binary_length(c) if kind == "string" else c.cast(wide[kind]) if kind in wide else c
    yield "#" + name, x
    if kind != "string":
        yield "=" + name, x == 0
        yield "<" + name, x < 0
    if kind == "float":
        yield "n" + name, pc.is_nan(c)
        yield "i" + name, pc.is_inf(c)


def acero(paths, kinds):
    data = ds.dataset(paths, format="parquet")
    inputs = [pair for name, kind in kinds for pair in acero_inputs(name, kind)]
    aggregates = [x for name, kind in kinds for x in acero_aggregates(name, kind)]
    plan = ac.Declaration.from_sequence([
        ac.Declaration("scan", ac.ScanNodeOptions(data, batch_readahead=4, fragment_readahead=1)),
        ac.Declaration("project", ac.ProjectNodeOptions([e for _, e in inputs],
                                                        [n for n, _ in inputs])),
        ac.Declaration("aggregate", ac.AggregateNodeOptions(aggregates))])
    return plan.to_table().to_pylist()[0]


def acero_columns(row, kinds):
    columns = {}
    for name, kind in kinds:
        extremes = row.get(f"{name}|min_max") or {"min": None, "max": None}
        mean = row[f"{name}|mean"] if kind in ("int", "float") else None
        values = (row[f"{name}|count"], row[f"{name}|nulls"], *extremes.values(), mean)
        columns[name] = dict(zip(FIELDS, map(common, values)))
    return columns
