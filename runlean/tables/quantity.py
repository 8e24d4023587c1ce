"""What one column of the tables is: its name, unit, meaning, source, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TableName = Literal["frames", "strides"]
Kind = Literal["int32", "float32", "float64", "bool", "string"]
Role = Literal["key", "moment", "measured", "class", "point"]

#: Printed unit of a column's last word.
UNITS = {
    "deg": "degree",
    "s": "second",
    "px": "pixel",
    "m": "metre",
    "spm": "steps per minute",
    "mps": "metre per second",
    "frac": "fraction",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One column of ``frames.parquet`` or ``strides.parquet``.

    Attributes
    ----------
    name : str
        The column; its last word is the unit. ``<keypoint>`` stands for every keypoint of the network.
    table : {'frames', 'strides'}
    label : str
        What a runner would call it.
    unit : str
        Key of `UNITS`, or '' where there is none.
    definition : str
        How the value comes about.
    source : str
        Who defined it so, or '' where it is runlean's own bookkeeping.
    known_error : str
        What is known of its error, with the source of that knowledge.
    kind : str
        Arrow type of the column.
    role : str
        'key' (identifies a row), 'moment' (a point on the time axis, has no mean), 'measured', 'class',
        'point' (pixel coordinates and scores).
    needs : tuple of str
        What the video or the user must give: 'metres' (a scale), 'feet' (heel and toe), 'head' (ears).
    has_sd : bool
        A column ``<name>_sd`` with one standard deviation stands beside it.
    ratio : bool
        Zero means none of it, so that left and right can be compared in per cent.
    """

    name: str
    table: TableName
    label: str
    unit: str
    definition: str
    source: str = ""
    known_error: str = ""
    kind: Kind = "float64"
    role: Role = "measured"
    needs: tuple[str, ...] = ()
    has_sd: bool = False
    ratio: bool = False

    @property
    def sd_name(self) -> str:
        """Name of the column with its standard deviation."""
        return f"{self.name}_sd"
