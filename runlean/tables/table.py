"""Arrays to Arrow tables to Parquet and back: NaN becomes null, a wrong column an error, not a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from runlean.errors import DatasetError
from runlean.tables.schema import SCHEMA_VERSION, frames_schema, strides_schema

Columns = Mapping[str, npt.NDArray[Any]]


def _array(values: npt.NDArray[Any], arrow_type: pa.DataType, what: str = "") -> pa.Array:
    """What ``pa.array`` makes of them.

    Given arrays, or asked for them, pyarrow imports pandas where that is installed: half a second of every start.
    """
    values = np.asarray(values)
    if pa.types.is_string(arrow_type):
        return _strings([v if isinstance(v, str) and v else None for v in values.tolist()], arrow_type)
    lost = [v is None or v != v for v in values.tolist()] if values.dtype == object else np.isnan(values)
    missing = np.asarray(lost, np.bool_)
    # what needs no change is the table's as it lies: no second copy of a long video's columns
    values = np.where(missing, 0, values) if missing.any() else values
    if pa.types.is_boolean(arrow_type):
        content = np.packbits(values.astype(np.bool_), bitorder="little")
    else:
        content = np.ascontiguousarray(values, arrow_type.to_pandas_dtype())
        if pa.types.is_integer(arrow_type) and (content != values).any():
            raise DatasetError(f"{what}: expected whole numbers, came {values[content != values][0]}; round them")
    return pa.Array.from_buffers(arrow_type, len(values), [_known(missing), pa.py_buffer(content)])


def _strings(values: list[str | None], arrow_type: pa.DataType) -> pa.Array:
    texts = [(value or "").encode() for value in values]
    ends = np.cumsum([0, *(len(text) for text in texts)], dtype=np.int32)
    missing = np.array([value is None for value in values], np.bool_)
    buffers = [_known(missing), pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
    return pa.Array.from_buffers(arrow_type, len(values), buffers)


def _known(missing: npt.NDArray[np.bool_]) -> pa.Buffer | None:
    """Arrow's bitmap of what is there; None where nothing is missing."""
    return pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None


def _table(columns: Columns, schema: pa.Schema, what: str) -> pa.Table:
    unknown = sorted(set(columns) - set(schema.names))
    if unknown:
        raise DatasetError(
            f"{what}: expected columns of runlean.tables.QUANTITIES, came {', '.join(unknown)}; "
            "name the column as the contract does, or add it to QUANTITIES"
        )
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise DatasetError(f"{what}: expected columns of one length, came {lengths}; give every row a value or NaN")
    n = next(iter(lengths.values()), 0)
    arrays = []
    for field in schema:
        if field.name not in columns and not field.nullable:
            raise DatasetError(f"{what}: expected column {field.name}, came none; every row needs its key")
        array = (
            _array(columns[field.name], field.type, f"{what}: {field.name}")
            if field.name in columns
            else pa.nulls(n, field.type)
        )
        if not field.nullable and array.null_count:
            raise DatasetError(f"{what}: expected a value of {field.name} in every row, came {array.null_count} nulls")
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=schema)


def frames_table(columns: Columns, keypoint_names: Sequence[str]) -> pa.Table:
    """Build the frames table from arrays.

    Parameters
    ----------
    columns : mapping of str to ndarray (row,)
        Columns of the frames table in edge units; NaN, None or '' is missing. Absent columns are all null.
    keypoint_names : sequence of str
        Keypoints whose columns the table has.

    Returns
    -------
    pyarrow.Table
        With the schema of `frames_schema`. It may share memory with the arrays: do not change them afterwards.

    Raises
    ------
    DatasetError
        Unknown column, columns of several lengths, or a key that is missing.
    """
    return _table(columns, frames_schema(keypoint_names), "frames")


def strides_table(columns: Columns) -> pa.Table:
    """Build the strides table from arrays, as `frames_table` does."""
    return _table(columns, strides_schema(), "strides")


def write_table(table: pa.Table, path: str | Path) -> None:
    """Write a table as zstd Parquet that DuckDB, pandas, polars and Spark read as it lies.

    Parameters
    ----------
    table : pyarrow.Table
    path : str or Path

    Notes
    -----
    Only strings and whole numbers are dictionary-encoded: measured values hardly ever repeat.
    """
    repeating = [f.name for f in table.schema if pa.types.is_string(f.type) or pa.types.is_integer(f.type)]
    pq.write_table(table, Path(path), compression="zstd", use_dictionary=repeating, row_group_size=1 << 17)


def read_table(path: str | Path) -> pa.Table:
    """Read a table that `write_table` wrote.

    Raises
    ------
    DatasetError
        The file is missing, no Parquet, or of another schema version.
    """
    try:
        with pq.ParquetFile(Path(path)) as file:
            table = file.read()
    except (OSError, pa.ArrowInvalid) as error:
        raise DatasetError(
            f"{path}: expected a Parquet table written by runlean, came {error}; analyse the video again"
        ) from error
    version = (table.schema.metadata or {}).get(b"runlean.schema_version", b"none").decode()
    if version != str(SCHEMA_VERSION):
        raise DatasetError(
            f"{path}: expected schema version {SCHEMA_VERSION}, came {version}; "
            "analyse the video again with this runlean"
        )
    return table


def rows_of(table: pa.Table, *runner_ids: int) -> pa.Table:
    """Rows of some runners, in their order.

    Examples
    --------
    >>> rows_of(pa.table({"runner_id": [1, 2, 1, 3], "frame": [0, 0, 1, 1]}), 1, 3)["frame"].to_pylist()
    [0, 1, 1]
    """
    mask = np.isin(column(table, "runner_id"), runner_ids)
    return table.filter(_array(mask, pa.bool_()))


def column(table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """Return a numeric column as float64 (row,), null as NaN."""
    array = table.column(name).cast(pa.float64()).combine_chunks()
    known, content = array.buffers()
    inside = slice(array.offset, array.offset + len(array))
    values: npt.NDArray[np.float64] = np.frombuffer(content or b"", np.float64)[inside]
    if array.null_count:
        there = np.unpackbits(np.frombuffer(known, np.uint8), bitorder="little")[inside]
        values = np.where(there == 1, values, np.nan)
    return values
