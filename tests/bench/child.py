"""One peer measures one data set: child.py PEER THREADS FILE... Prints JSON.

CPU and wall seconds are those of the work alone, without the interpreter's start and the imports,
which favours the peer. `columns` holds, for each column, what the peer found of count, nulls, min,
max and mean, in common units: dates in days and times in microseconds since 1970.
"""

import datetime
import json
import os
import resource
import sys
import time

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


# --- DuckDB -----------------------------------------------------------------------------------


def duckdb_connect(threads):
    import duckdb
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}; SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def duckdb_files(paths):
    return "read_parquet([" + ", ".join(f"'{path}'" for path in paths) + "])"


def duckdb_summarize(connection, paths):
    query = f"SUMMARIZE SELECT * FROM {duckdb_files(paths)}"
    return connection.execute(query).fetchall()


def duckdb_summarize_columns(rows, kinds):
    columns = {}
    for (name, kind), row in zip(kinds, rows):
        low, high = (float(v) if kind in ("int", "float") else None for v in row[2:4])
        mean = float(row[5]) if kind in ("int", "float") else None
        columns[name] = dict(zip(FIELDS, (None, None, low, high, mean)))
    return columns


def duckdb_expressions(name, kind):
    c = f'"{name}"'
    x = {"time": f"epoch_us({c})", "date": f"({c} - DATE '1970-01-01')"}.get(kind, c)
    yield from (f"count({c})", f"count(*) - count({c})")
    if kind == "bool":
        yield f"count_if({c})"
        return
    yield from (f"epoch_us({f}({c}))" if kind == "time" else f"{f}({c})" for f in ("min", "max"))
    if kind == "string":
        yield from (f"{f}(strlen({c}))" for f in ("avg", "min", "max", "sum", "stddev_samp"))
        yield f"count_if({c} = '')"
    else:
        yield from (f"{f}({x})" for f in ("avg", "sum", "stddev_samp", "skewness", "kurtosis"))
        yield from (f"count_if({x} = 0)", f"count_if({x} < 0)",
                    f"approx_quantile({x}, {QUANTILES})")
        if kind == "float":
            yield from (f"count_if(isnan({c}))", f"count_if(isinf({c}))")
    yield from (f"approx_count_distinct({c})", f"approx_top_k({x}, {TOP})")


def duckdb_sql(connection, paths, kinds):
    lists = [list(duckdb_expressions(name, kind)) for name, kind in kinds]
    query = "SELECT " + ", ".join(sum(lists, [])) + f" FROM {duckdb_files(paths)}"
    return [len(x) for x in lists], connection.execute(query).fetchone()


def duckdb_sql_columns(result, kinds):
    lengths, row = result
    columns, at = {}, 0
    for (name, kind), length in zip(kinds, lengths):
        values = list(row[at:at + length])
        at += length
        if kind == "bool":
            values = values[:2]
        elif kind not in ("int", "float"):
            values[4] = None
        columns[name] = dict(zip(FIELDS, map(common, values)))
    return columns


# --- polars -----------------------------------------------------------------------------------


def polars_expressions(name, kind):
    import polars as pl
    c = pl.col(name)
    x = c.to_physical() if kind in ("time", "date") else c
    yield from (("count", c.count()), ("nulls", c.null_count()))
    if kind == "bool":
        yield "trues", c.sum()
        return
    yield from (("min", c.min()), ("max", c.max()))
    if kind == "string":
        n = c.str.len_bytes()
        yield from (("length_mean", n.mean()), ("length_min", n.min()), ("length_max", n.max()),
                    ("length_sum", n.sum()), ("length_std", n.std()), ("empty", (n == 0).sum()))
    else:
        yield from (("mean", x.mean()), ("sum", x.sum()), ("std", x.std()), ("skew", x.skew()),
                    ("kurtosis", x.kurtosis()), ("zeros", (x == 0).sum()),
                    ("negatives", (x < 0).sum()), ("quantiles", x.quantile(QUANTILES)))
        if kind == "float":
            yield from (("nans", c.is_nan().sum()), ("infs", c.is_infinite().sum()))
    yield "distinct", c.approx_n_unique()


def polars_list(paths, kinds, engine, top):
    import polars as pl
    wanted = [e.alias(f"{name}|{key}") for name, kind in kinds
              for key, e in polars_expressions(name, kind)]
    wanted += [pl.col(name).value_counts(sort=True).head(TOP).implode().alias(f"{name}|top")
               for name, kind in kinds if top and kind != "bool"]
    return pl.scan_parquet(paths).select(wanted).collect(engine=engine).row(0, named=True)


def polars_list_columns(row, kinds):
    return {name: {f: common(row.get(f"{name}|{f}")) if f != "mean" or kind in ("int", "float")
                   else None for f in FIELDS} for name, kind in kinds}


def polars_describe(paths, engine):
    import polars as pl
    pl.Config.set_engine_affinity(engine)
    return pl.scan_parquet(paths).describe(percentiles=QUANTILES)


def polars_describe_columns(frame, kinds):
    rows = {row["statistic"]: row for row in frame.to_dicts()}
    columns = {}
    for name, kind in kinds:
        numbers = {"count": float(rows["count"][name]), "nulls": float(rows["null_count"][name])}
        if kind in ("int", "float"):
            numbers.update({f: float(rows[f][name]) for f in ("min", "max", "mean")})
        columns[name] = numbers
    return columns


# --- pyarrow ----------------------------------------------------------------------------------


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
        import pyarrow as pa
        import pyarrow.compute as pc
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
        import numpy as np
        if self.digests:  # the quantiles of the row groups' quantiles
            values = np.concatenate([d.to_numpy(zero_copy_only=False) for _, d in self.digests])
            weights = np.concatenate([np.full(len(d), n / len(d)) for n, d in self.digests])
            order = np.argsort(values)
            at = np.searchsorted(np.cumsum(weights[order]), np.array(QUANTILES) * weights.sum())
            self.quantiles = values[order][np.minimum(at, len(order) - 1)]


def pyarrow_groups(paths, kinds):
    import pyarrow.parquet as pq
    columns = {name: ArrowColumn(kind) for name, kind in kinds}
    for path in paths:
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            for name, column in columns.items():
                column.add(file.read_row_group(group, columns=[name]).column(0))
    for column in columns.values():
        column.end()
    return columns


def pyarrow_groups_columns(columns, kinds):
    found = {}
    for name, c in columns.items():
        mean = c.moments.mean if c.kind in ("int", "float") else None
        values = (c.counts["count"], c.counts["nulls"], c.low, c.high, mean)
        found[name] = dict(zip(FIELDS, map(common, values)))
    return found


def acero_aggregates(name, kind):
    """(target, aggregate, options, output name) of a column; numbers are under "#name"."""
    import pyarrow.compute as pc
    out = lambda what: f"{name}|{what}"
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
    import pyarrow as pa
    import pyarrow.compute as pc
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
    import pyarrow.acero as ac
    import pyarrow.dataset as ds
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


# --- pandas -----------------------------------------------------------------------------------


def pandas_describe(paths):
    import pandas as pd
    frame = pd.concat([pd.read_parquet(p) for p in paths]) if len(paths) > 1 else \
        pd.read_parquet(paths[0])
    return frame.describe(include="all", percentiles=QUANTILES)


def pandas_columns(frame, kinds):
    columns = {}
    for name, kind in kinds:
        fields = ("count", "min", "max", "mean") if kind in ("int", "float") else ("count",)
        columns[name] = {f: common(frame.loc[f, name]) for f in fields}
    return columns


# --- what is called -----------------------------------------------------------------------------


def prepared(peer, threads, paths, kinds):
    """(package, work, summary) of a peer; everything is imported when this returns."""
    if peer.startswith("duckdb"):
        connection = duckdb_connect(threads)
        import duckdb
        if peer == "duckdb-summarize":
            return duckdb, lambda: duckdb_summarize(connection, paths), duckdb_summarize_columns
        return duckdb, lambda: duckdb_sql(connection, paths, kinds), duckdb_sql_columns
    if peer.startswith("polars"):
        import polars
        engine = "streaming" if peer.endswith("-streaming") else "in-memory"
        if peer.startswith("polars-describe"):
            return polars, lambda: polars_describe(paths, engine), polars_describe_columns
        top = "-top" in peer
        return polars, lambda: polars_list(paths, kinds, engine, top), polars_list_columns
    import pyarrow
    import pyarrow.compute  # noqa: F401
    pyarrow.set_cpu_count(threads)
    pyarrow.set_io_thread_count(threads)
    if peer == "pyarrow":
        return pyarrow, lambda: pyarrow_groups(paths, kinds), pyarrow_groups_columns
    if peer == "pyarrow-acero":
        import pyarrow.acero
        import pyarrow.dataset  # noqa: F401
        return pyarrow, lambda: acero(paths, kinds), acero_columns
    import pandas
    return pandas, lambda: pandas_describe(paths), pandas_columns


def main():
    peer, threads, paths = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    try:
        kinds = [tuple(pair) for pair in json.loads(os.environ["BENCH_KINDS"])]
        package, work, summary = prepared(peer, threads, paths, kinds)
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}))
        return
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    result = work()
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"user": after.ru_utime - before.ru_utime,
                      "system": after.ru_stime - before.ru_stime, "wall": wall,
                      "version": package.__version__, "columns": summary(result, kinds)}))
    sys.stdout.flush()
    os._exit(0)  # threads of the packages may abort an ordinary exit


if __name__ == "__main__":
    main()
