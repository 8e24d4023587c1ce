"""Arrow schemas of the two tables, made from `QUANTITIES` alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from runlean.tables.frame_quantities import FRAME_QUANTITIES
from runlean.tables.quantity import Quantity, TableName
from runlean.tables.stride_quantities import STRIDE_QUANTITIES

SCHEMA_VERSION: Final = 1

#: Every column of both tables: the one place that names, units and meanings come from.
QUANTITIES: Final[tuple[Quantity, ...]] = (*FRAME_QUANTITIES, *STRIDE_QUANTITIES)

_ARROW: Final = {
    "int32": pa.int32(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
}
_BY_NAME: Final = {(q.table, q.name): q for q in QUANTITIES}


def quantity(table: TableName, name: str) -> Quantity:
    """Return the quantity of a column.

    Parameters
    ----------
    table : {'frames', 'strides'}
    name : str

    Raises
    ------
    KeyError
        The table has no such column.

    Examples
    --------
    >>> quantity("strides", "cadence_spm").unit
    'spm'
    """
    return _BY_NAME[table, name]


def stride_metrics() -> tuple[Quantity, ...]:
    """Return the columns of strides that ``summary.json`` gives a metric for: all but the keys."""
    return tuple(q for q in STRIDE_QUANTITIES if q.role != "key")


def keypoint_columns(keypoint: str) -> tuple[str, str, str]:
    """Return the names of a keypoint's three columns: x, y and score."""
    return f"{keypoint}_x_px", f"{keypoint}_y_px", f"{keypoint}_score"


def _field(q: Quantity, name: str) -> pa.Field:
    metadata = {"unit": q.unit, "definition": q.definition}
    return pa.field(name, _ARROW[q.kind], nullable=q.role != "key", metadata=metadata)


def _schema(table: TableName, fields: list[pa.Field], keypoint_names: Sequence[str]) -> pa.Schema:
    metadata = {"runlean.schema_version": str(SCHEMA_VERSION), "runlean.table": table}
    if table == "frames":
        metadata["runlean.keypoint_names"] = ",".join(keypoint_names)
    return pa.schema(fields, metadata=metadata)


def frames_schema(keypoint_names: Sequence[str]) -> pa.Schema:
    """Return the schema of frames.parquet for a network's keypoints.

    Parameters
    ----------
    keypoint_names : sequence of str
        Canonical names; each yields ``_x_px``, ``_y_px`` and ``_score``.

    Returns
    -------
    pyarrow.Schema
        Fields carry ``unit`` and ``definition``, the schema ``runlean.schema_version``.
    """
    fields: list[pa.Field] = []
    points = [q for q in FRAME_QUANTITIES if q.name.startswith("<keypoint>")]
    for q in FRAME_QUANTITIES:
        if q is points[0]:
            fields += [_field(p, p.name.replace("<keypoint>", k)) for k in keypoint_names for p in points]
        elif q not in points:
            fields.append(_field(q, q.name))
    return _schema("frames", fields, keypoint_names)


def strides_schema() -> pa.Schema:
    """Return the schema of strides.parquet: the columns, then their standard deviations in the same order."""
    fields = [_field(q, q.name) for q in STRIDE_QUANTITIES]
    fields += [
        pa.field(
            q.sd_name,
            pa.float64(),
            metadata={"unit": q.unit, "definition": f"One standard deviation of {q.name}"},
        )
        for q in STRIDE_QUANTITIES
        if q.has_sd
    ]
    return _schema("strides", fields, ())
