"""The runners of a dataset as a study takes them: means, their uncertainty in parts, whose they are, how filmed."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from runlean.archive.columns import runner_metrics, runners_schema
from runlean.errors import ConfigError, DatasetError
from runlean.meaning.metrics import NORMAL_95

if TYPE_CHECKING:
    from runlean.archive import Dataset

#: Cameras whose yaw differs by more than this do not see the same angles.
LIKE_YAW_DEG: Final = 10.0
#: Settings that move numbers; the others (device, band, what is drawn) do not.
_MOVING_SETTINGS: Final = ("model", "feet", "point_correction")


@dataclass(frozen=True, slots=True)
class Mean:
    """One metric of one runner in one video.

    Attributes
    ----------
    mean : float
    strides_half : float
        Half the 95 % interval that the spread over strides gives; NaN where it is not known.
    systematic_sd : float
        One standard deviation of what no number of strides averages away; 0 where none is known.
    n : int
        Strides.
    """

    mean: float
    strides_half: float
    systematic_sd: float
    n: int


@dataclass(frozen=True, slots=True)
class Filmed:
    """How a runner was filmed and read: what must be the same for systematic errors to cancel in a difference."""

    reading: str
    mode: str | None
    direction: str | None
    yaw_deg: float

    def unlike(self, other: Filmed) -> list[str]:
        """What differs, in words; empty where a difference may be taken."""
        told = []
        if self.reading != other.reading:
            told.append("network or its settings")
        if self.mode != other.mode:
            told.append("treadmill against ground")
        if self.direction != other.direction:
            told.append("the side that faces the camera")
        if abs(self.yaw_deg - other.yaw_deg) > LIKE_YAW_DEG:
            told.append("the camera's angle")
        return told


@dataclass(frozen=True, slots=True)
class Recorded:
    """One runner in one video."""

    video_id: str
    file_name: str
    path: str
    runner_id: int
    meta: dict[str, Any]
    filmed: Filmed
    metrics: dict[str, Mean]


@dataclass(frozen=True, slots=True)
class Study:
    """Runners of a dataset, and what the lab knows of their videos.

    Attributes
    ----------
    recorded : tuple of Recorded
        In the order of their file names.
    columns : tuple of str
        Of the metadata.
    notes : tuple of str
        What was left out, and why.
    """

    recorded: tuple[Recorded, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...]

    def expect(self, option: str, *names: str | None) -> None:
        """Check that the metadata has these columns.

        Raises
        ------
        ConfigError
            One is missing.
        """
        missing = [name for name in names if name is not None and name not in self.columns]
        if missing:
            there = ", ".join(self.columns) or "none; give a CSV with --meta"
            raise ConfigError(f"{option}: expected columns of the metadata ({there}); came {', '.join(missing)}")


def read_study(
    dataset: Dataset, meta: str | os.PathLike[str] | pa.Table | None = None, *, everybody: bool = False
) -> Study:
    """Take the runners out of a dataset.

    Parameters
    ----------
    dataset : Dataset
        See `runlean.open_dataset`.
    meta : path or pyarrow.Table, optional
        What the lab knows of its videos, as for ``Dataset.query``.
    everybody : bool
        Every runner of each video; otherwise the one who is largest and longest in the picture.

    Raises
    ------
    DatasetError
        Nobody runs in it.
    """
    runners = dataset.query("SELECT * FROM runners", meta=meta)
    own = set(runners_schema().names)
    columns = tuple(name for name in runners.column_names if name not in own)
    videos = {
        row["video_id"]: row
        for row in dataset.query("SELECT video_id, file_name, path, models, config FROM videos").to_pylist()
    }
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in runners.to_pylist():
        if row["gait"] == "running" and row["video_id"] in videos:
            rows.setdefault(row["video_id"], []).append(row)
    notes = []
    idle = len(set(runners["video_id"].to_pylist()) - set(rows))
    if idle:
        notes.append(f"{_videos(idle)} without anybody who runs: left out")
    several = sum(len(found) > 1 for found in rows.values())
    if several and not everybody:
        notes.append(f"{_videos(several)} with several runners: the most prominent one is taken")
    if not rows:
        raise DatasetError(f"{dataset.folder}: expected runners, there is no video with one")
    recorded = [
        _recorded(row, videos[video_id], columns)
        for video_id, found in rows.items()
        for row in (found if everybody else [max(found, key=_prominence)])
    ]
    recorded.sort(key=lambda r: (r.file_name, r.video_id, r.runner_id))
    return Study(tuple(recorded), columns, tuple(notes))


def _videos(n: int) -> str:
    return f"{n} video{'s' if n > 1 else ''}"


def _prominence(row: dict[str, Any]) -> tuple[float, int]:
    return (row["n_frames"] or 0) * (row["body_height_px"] or 1.0), -row["runner_id"]


def _recorded(row: dict[str, Any], video: dict[str, Any], columns: Sequence[str]) -> Recorded:
    config = json.loads(video["config"] or "{}")
    reading = json.dumps([video["models"], [config.get(name) for name in _MOVING_SETTINGS]])
    filmed = Filmed(reading, row["mode"], row["direction"], row["view_yaw_deg"] or 0.0)
    metrics = {q.name: mean for q in runner_metrics() if (mean := _mean(row, q.name)) is not None}
    return Recorded(
        video_id=row["video_id"],
        file_name=video["file_name"],
        path=video["path"],
        runner_id=row["runner_id"],
        meta={name: row[name] for name in columns},
        filmed=filmed,
        metrics=metrics,
    )


def _mean(row: dict[str, Any], name: str) -> Mean | None:
    if row[name] is None:
        return None

    def half(part: str) -> float:
        low, high = row[f"{name}_low95{part}"], row[f"{name}_high95{part}"]
        return math.nan if low is None or high is None else 0.5 * (high - low)

    whole, strides = half(""), half("_strides")
    systematic = math.sqrt(max(whole**2 - strides**2, 0.0)) / NORMAL_95 if math.isfinite(whole + strides) else 0.0
    return Mean(row[name], strides, systematic, row[f"{name}_n"] or 0)


def chosen_metrics(study: Study, wanted: Sequence[str] | None) -> list[str]:
    """Metrics to tell of: those that were asked for, or all that anybody has.

    Raises
    ------
    ConfigError
        A name is no metric.
    """
    known = [q.name for q in runner_metrics()]
    unknown = sorted(set(wanted or ()) - set(known))
    if unknown:
        raise ConfigError(f"--metric: expected among {', '.join(known)}; came {', '.join(unknown)}")
    if wanted:
        return list(dict.fromkeys(wanted))
    return [name for name in known if any(name in r.metrics for r in study.recorded)]


def unit_of(metric: str) -> str:
    """Unit of a metric, as its column's last word says it."""
    return next(q.unit for q in runner_metrics() if q.name == metric)


def by_person(recorded: Sequence[Recorded], participant: str | None) -> dict[str, list[Recorded]]:
    """Recordings by whose they are: the participant's column, or else every recording somebody of his own.

    Recordings without an entry in that column are left out.
    """
    people: dict[str, list[Recorded]] = {}
    for r in recorded:
        if participant is None:
            people.setdefault(f"{r.file_name}#{r.runner_id}" if r.runner_id else r.file_name, []).append(r)
        elif r.meta[participant] is not None:
            people.setdefault(str(r.meta[participant]), []).append(r)
    return people
