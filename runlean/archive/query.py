"""SQL over a dataset: DuckDB views of its tables, with what the lab knows beside them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from runlean.archive.columns import dataset_schema
from runlean.archive.layout import TABLES, TableName
from runlean.archive.meta import Meta, read_meta
from runlean.archive.pack import packed_files
from runlean.archive.sources import sources_table
from runlean.errors import ConfigError, DatasetError

if TYPE_CHECKING:
    from runlean.archive.dataset import Dataset

#: A batch may replace a file between the listing and the reading; then everything is looked up once more.
_TRIES: Final = 3


def run_query(dataset: Dataset, sql: str, meta: str | os.PathLike[str] | pa.Table | None = None) -> pa.Table:
    """Answer one SQL statement; see `Dataset.query`."""
    import duckdb

    for left in reversed(range(_TRIES)):
        try:
            with connect(dataset, sql, meta) as connection:
                if len(connection.extract_statements(sql)) != 1:
                    raise ConfigError("query: expected one statement (SELECT ...); leave the others out")
                return _told_apart(connection.sql(sql).to_arrow_table())
        except duckdb.IOException as error:
            if not left:
                raise DatasetError(f"{dataset.folder}: a table cannot be read; {_first_line(error)}") from error
        except duckdb.Error as error:
            raise ConfigError(f"query: {_first_line(error)}; {_hint(str(error))}") from None
    raise AssertionError


def connect(dataset: Dataset, sql: str = "", meta: str | os.PathLike[str] | pa.Table | None = None) -> Any:
    """Open a DuckDB connection, in memory, on the views that a statement names (all of them if it names none).

    Returns
    -------
    duckdb.DuckDBPyConnection
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    named = set(re.findall(r"\w+", sql.lower()))
    joined = read_meta(dataset, meta)
    if joined is not None:
        connection.register("_meta", joined.by_video)
        connection.execute("CREATE VIEW meta AS SELECT * FROM _meta")
    connection.register("_sources", sources_table(dataset.folder))
    connection.execute("CREATE VIEW sources AS SELECT * FROM _sources")
    for table in TABLES:
        if table in named or named.isdisjoint((*TABLES, "sources")):
            _create_view(connection, dataset, table, joined)
    return connection


def _create_view(connection: Any, dataset: Dataset, table: TableName, meta: Meta | None) -> None:
    files = packed_files(dataset, table)
    if files:
        listed = ", ".join(_quoted(path) for path in files)
        source = f"read_parquet([{listed}], union_by_name = true)"
    else:
        connection.register(f"_no_{table}", dataset_schema(table).empty_table())
        source = f"_no_{table}"
    if meta is None:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {source}")
        return
    own = {str(row[0]).lower() for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    more = ", ".join(
        f"_meta.{_name(name)} AS {_name(name if name.lower() not in own else 'meta_' + name)}" for name in meta.columns
    )
    connection.execute(
        f"CREATE VIEW {table} AS SELECT t.*{', ' + more if more else ''} "
        f"FROM {source} AS t LEFT JOIN _meta USING (video_id)"
    )


def _told_apart(answer: pa.Table) -> pa.Table:
    """Columns of one name (a join of two views) get numbers: a row as a dict would lose all but one of them."""
    names: list[str] = []
    for name in answer.column_names:
        number, free = 0, name
        while free in names or (number and free in answer.column_names):
            number += 1
            free = f"{name}_{number}"
        names.append(free)
    return answer.rename_columns(names)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _hint(error: str) -> str:
    """What may have been meant: where a column is that was not found, else names that are like it, else the views."""
    wanted = re.search(r'Referenced column "([^"]+)" not found', error)
    if wanted:
        homes = [table for table in TABLES if wanted[1] in dataset_schema(table).names]
        if homes:
            return f"it is a column of {' and '.join(homes)}: JOIN {homes[0]} USING (video_id)"
        alike = re.search(r"Candidate bindings: (.+)", error)
        if alike:
            return f"named alike: {alike[1].replace(chr(34), '')}"
    return f"the views are {', '.join((*TABLES, 'sources'))}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
