"""A saved analysis: summary.json and both tables, read as anyone outside runlean would read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from validation.matching import Contacts

FloatArray = npt.NDArray[np.float64]

#: A found person is that true one whose trunk corners lie within this part of the body height, median over frames.
SAME_PERSON_OF_HEIGHT = 0.25
TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def numbers(table: pa.Table, name: str) -> FloatArray:
    """A column as float64; missing is NaN, a column that is not there is all NaN."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return np.array([np.nan if v is None else float(v) for v in table.column(name).to_pylist()], dtype=float)


def words(table: pa.Table, name: str) -> npt.NDArray[Any]:
    """A column of text as objects; missing is None."""
    if name not in table.column_names:
        return np.full(table.num_rows, None, dtype=object)
    return np.array(table.column(name).to_pylist(), dtype=object)


@dataclass(frozen=True, slots=True)
class Saved:
    """Tables and summary of one analysis."""

    frames: pa.Table
    strides: pa.Table
    summary: dict[str, Any]

    @property
    def runner_ids(self) -> list[int]:
        """Ids in the frames table."""
        return [int(v) for v in np.unique(numbers(self.frames, "runner_id"))]

    @property
    def warnings(self) -> list[str]:
        """Codes of all warnings, each once."""
        return sorted({str(w["code"]) for w in self.summary["warnings"]})

    def runner(self, runner_id: int) -> FoundRunner:
        """Everything about one runner."""
        frames = self.frames.filter(pa.array(numbers(self.frames, "runner_id") == runner_id))
        strides = self.strides.filter(pa.array(numbers(self.strides, "runner_id") == runner_id))
        summary: dict[str, Any] = next((r for r in self.summary["runners"] if r["runner_id"] == runner_id), {})
        return FoundRunner(runner_id, frames, strides, summary)


@dataclass(frozen=True, slots=True)
class FoundRunner:
    """One runner's rows and summary."""

    runner_id: int
    frames: pa.Table
    strides: pa.Table
    summary: dict[str, Any]

    @property
    def frame(self) -> npt.NDArray[np.int64]:
        """Frame number of each row."""
        return numbers(self.frames, "frame").astype(np.int64)

    @property
    def contacts(self) -> Contacts:
        """Contacts found."""
        return Contacts(
            numbers(self.strides, "contact_s"), numbers(self.strides, "toe_off_s"), words(self.strides, "side")
        )

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """Means by column name."""
        return dict(self.summary.get("metrics", {}))

    def mean(self, name: str) -> float:
        """A metric's mean; NaN where it is not given."""
        value = self.metrics.get(name, {}).get("mean")
        return float("nan") if value is None else float(value)

    def xy(self, point: str) -> FloatArray:
        """A keypoint (row, 2), px."""
        return np.column_stack([numbers(self.frames, f"{point}_x_px"), numbers(self.frames, f"{point}_y_px")])


def read_saved(folder: Path) -> Saved:
    """Read what `runlean analyze` left in a folder."""
    return Saved(
        pq.read_table(folder / "frames.parquet"),
        pq.read_table(folder / "strides.parquet"),
        json.loads((folder / "summary.json").read_text(encoding="utf-8")),
    )


def trunk_distance(found: FoundRunner, xy: FloatArray, names: tuple[str, ...]) -> FloatArray:
    """Mean distance of the trunk's corners from a true runner's, per row of the found one, px; NaN where unknown."""
    rows = found.frame
    inside = rows < len(xy)
    out = np.full(len(rows), np.nan)
    offsets = [found.xy(p)[inside] - xy[rows[inside], names.index(p)] for p in TRUNK]
    distance = np.array([np.hypot(d[:, 0], d[:, 1]) for d in offsets])
    known = np.isfinite(distance)
    count = known.sum(axis=0)
    total = np.where(known, distance, 0.0).sum(axis=0)
    out[inside] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return out


def nearest_runner(
    saved: Saved, xy: FloatArray, names: tuple[str, ...], height_px: float, taken: set[int]
) -> FoundRunner | None:
    """The found runner who stays nearest to a true one, for as many frames as possible; None where none is near.

    Parameters
    ----------
    saved : Saved
    xy : float64 (frame, point, 2)
        The true runner.
    names : tuple of str
        Of the points.
    height_px : float
        Body height.
    taken : set of int
        Ids that are someone else.
    """
    best, chosen = np.inf, None
    for runner_id in saved.runner_ids:
        if runner_id in taken:
            continue
        found = saved.runner(runner_id)
        distance = trunk_distance(found, xy, names)
        known = np.isfinite(distance)
        if not known.any() or np.median(distance[known]) > SAME_PERSON_OF_HEIGHT * height_px:
            continue
        cost = float(np.median(distance[known])) / np.sqrt(known.sum())
        if cost < best:
            best, chosen = cost, found
    return chosen
