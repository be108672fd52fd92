"""One peer measures one data set: child.py PEER THREADS FILE... Prints JSON.

CPU and wall seconds are those of the work alone, without the interpreter's start and the imports,
which favours the peer. `columns` holds, for each column, what the peer found of count, nulls, min,
max and mean, in common units: dates in days and times in microseconds since 1970.
"""

import json
import os
import resource
import sys
import time

from terms import FIELDS, QUANTILES, TOP, common

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
    pyarrow.set_cpu_count(threads)
    pyarrow.set_io_thread_count(threads)
    if peer.startswith("pyarrow"):
        import arrow_peers
    if peer == "pyarrow":
        return pyarrow, lambda: arrow_peers.groups(paths, kinds), arrow_peers.groups_columns
    if peer == "pyarrow-acero":
        return pyarrow, lambda: arrow_peers.acero(paths, kinds), arrow_peers.acero_columns
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
