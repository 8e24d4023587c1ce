"""The two tables of an analysis, frames and strides: names, units, meanings, and their way into Parquet."""

from runlean.tables.frame_quantities import FRAME_QUANTITIES
from runlean.tables.quantity import Quantity
from runlean.tables.schema import (
    QUANTITIES,
    SCHEMA_VERSION,
    frames_schema,
    keypoint_columns,
    quantity,
    stride_metrics,
    strides_schema,
)
from runlean.tables.stride_quantities import STRIDE_QUANTITIES
from runlean.tables.table import column, frames_table, read_table, rows_of, strides_table, write_table

__all__ = [
    "FRAME_QUANTITIES",
    "QUANTITIES",
    "SCHEMA_VERSION",
    "STRIDE_QUANTITIES",
    "Quantity",
    "column",
    "frames_schema",
    "frames_table",
    "keypoint_columns",
    "quantity",
    "read_table",
    "rows_of",
    "stride_metrics",
    "strides_schema",
    "strides_table",
    "write_table",
]
