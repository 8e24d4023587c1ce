"""What the tables say of one runner, ready to be looked up frame by frame."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.skeleton import CANONICAL
from runlean.tables import column

FloatArray = npt.NDArray[np.float64]

_NO_DIRECTION = 0.0
#: A contact older than this many of its own stride times says nothing about now.
_STALE_STRIDES = 1.5


@dataclass(frozen=True, slots=True)
class Contacts:
    """One foot's contacts in time order.

    Attributes
    ----------
    contact_s, toe_off_s, contact_time_s, cadence_spm : list of float (contact)
        NaN where the table has null.
    usual_s : float
        Median time between two contacts.
    """

    contact_s: list[float]
    toe_off_s: list[float]
    contact_time_s: list[float]
    cadence_spm: list[float]
    usual_s: float

    def last(self, time_s: float) -> int | None:
        """The latest contact up to a time, unless it is long past."""
        k = bisect_right(self.contact_s, time_s) - 1
        return k if k >= 0 and time_s - self.contact_s[k] <= _STALE_STRIDES * self.usual_s else None


@dataclass(frozen=True, slots=True)
class RunnerRows:
    """One runner's rows of frames.parquet and strides.parquet.

    Attributes
    ----------
    runner_id : int
    forward : float
        +1 running to the right, -1 to the left, 0 unknown.
    mode : str or None
    roll_rad : float
        Camera roll, positive clockwise.
    row_of : dict of int to int
        Frame -> row, where the runner is seen.
    time_s : list of float (row)
    point : float64 (row, 23, 2)
        Canonical points, px; NaN where null or not of the model.
    filled : list of bool (row)
    phase : list of str or None (row)
    lean_rad : list of float (row)
        NaN where null.
    height_px : float
        Median extent of the visible points from top to bottom, px.
    left, right : Contacts
    """

    runner_id: int
    forward: float
    mode: str | None
    roll_rad: float
    row_of: dict[int, int]
    time_s: list[float]
    point: FloatArray
    filled: list[bool]
    phase: list[str | None]
    lean_rad: list[float]
    height_px: float
    left: Contacts
    right: Contacts

    def points(self, row: int) -> list[list[float]]:
        """The 23 canonical points of a row as x, y."""
        points: list[list[float]] = self.point[row].tolist()
        return points

    def contacts(self, side: str) -> Contacts:
        """Contacts of the 'left' or 'right' foot."""
        return self.left if side == "left" else self.right

    def cadence_spm(self, time_s: float) -> float:
        """Mean cadence of the last steps of both feet that are complete; NaN where there is none."""
        values = []
        for side in ("left", "right"):
            contacts = self.contacts(side)
            k = contacts.last(time_s)
            if k is not None:
                values += contacts.cadence_spm[max(0, k - 1) : k + 1]
        known = [value for value in values if math.isfinite(value)]
        return sum(known) / len(known) if known else math.nan

    def contact_time_s(self, side: str, time_s: float) -> float:
        """The foot's latest contact time that has ended; NaN where there is none."""
        contacts = self.contacts(side)
        k = contacts.last(time_s)
        if k is None:
            return math.nan
        if not contacts.toe_off_s[k] <= time_s:
            k -= 1
        return contacts.contact_time_s[k] if k >= 0 else math.nan


def _floats(table: pa.Table, name: str) -> FloatArray:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return column(table, name)


def _contacts_of(strides: pa.Table, mask: npt.NDArray[np.bool_]) -> Contacts:
    columns = [_floats(strides, n)[mask] for n in ("contact_s", "toe_off_s", "contact_time_s", "cadence_spm")]
    known = np.isfinite(columns[0])
    order = np.argsort(columns[0][known], kind="stable")
    contact_s, toe_off_s, contact_time_s, cadence_spm = (values[known][order].tolist() for values in columns)
    usual = float(np.median(np.diff(contact_s))) if len(contact_s) > 1 else 1.0
    return Contacts(contact_s, toe_off_s, contact_time_s, cadence_spm, usual)


def _roll_deg(runner: Mapping[str, Any]) -> float:
    roll = runner.get("roll", runner.get("roll_deg"))
    if isinstance(roll, Mapping):
        roll = roll.get("deg")
    return float(roll) if roll is not None and math.isfinite(float(roll)) else 0.0


def runners_of(frames: pa.Table, strides: pa.Table, runners: Sequence[Mapping[str, Any]]) -> list[RunnerRows]:
    """Split the two tables by runner.

    Parameters
    ----------
    frames, strides : pyarrow.Table
        As frames.parquet and strides.parquet hold them.
    runners : sequence of mapping
        As in summary.json: ``runner_id``, ``direction``, ``mode``, ``roll``; the order is kept.

    Returns
    -------
    list of RunnerRows
        Those of ``runners`` that have rows.
    """
    ids = column(frames, "runner_id").astype(np.int64)
    stride_ids = column(strides, "runner_id").astype(np.int64)
    sides = np.array(strides.column("side").to_pylist(), dtype=object)
    frame = column(frames, "frame").astype(np.int64)
    point = np.empty((frames.num_rows, len(CANONICAL), 2))
    for i, name in enumerate(CANONICAL):
        for j, axis in enumerate("xy"):
            point[:, i, j] = _floats(frames, f"{name}_{axis}_px")
    time_s, lean = _floats(frames, "time_s"), np.radians(_floats(frames, "trunk_lean_deg"))
    filled = np.nan_to_num(_floats(frames, "filled")) > 0
    phase = frames.column("phase").to_pylist()
    found = []
    for runner in runners:
        runner_id = int(runner["runner_id"])
        rows = np.flatnonzero(ids == runner_id)
        if not len(rows):
            continue
        rows = rows[np.argsort(frame[rows], kind="stable")]
        mine = stride_ids == runner_id
        found.append(
            RunnerRows(
                runner_id=runner_id,
                forward={"right": 1.0, "left": -1.0}.get(str(runner.get("direction")), _NO_DIRECTION),
                mode=runner.get("mode"),
                roll_rad=math.radians(_roll_deg(runner)),
                row_of={int(number): row for row, number in enumerate(frame[rows])},
                time_s=time_s[rows].tolist(),
                point=point[rows],
                filled=filled[rows].tolist(),
                phase=[phase[row] for row in rows],
                lean_rad=lean[rows].tolist(),
                height_px=_height_of(point[rows]),
                left=_contacts_of(strides, mine & (sides == "left")),
                right=_contacts_of(strides, mine & (sides == "right")),
            )
        )
    return found


def _height_of(point: FloatArray) -> float:
    y = point[:, :, 1]
    seen = np.isfinite(y).sum(axis=1) >= 2
    if not seen.any():
        return 0.0
    return float(np.median(np.nanmax(y[seen], axis=1) - np.nanmin(y[seen], axis=1)))
