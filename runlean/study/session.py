"""The course of a session of several videos: how each participant's metrics change from one to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from runlean.errors import ConfigError
from runlean.meaning.drift import GAIN_SD
from runlean.meaning.metrics import NORMAL_95
from runlean.study.recordings import Recorded, Study, by_person, chosen_metrics, unit_of
from runlean_kernels.statistics import bootstrap_slope_interval, theil_sen

FILE_TIME: Final = "file-time"
FILE_NAME: Final = "file-name"

#: Below this many videos the scatter of videos about a line cannot be known.
LEAST_VIDEOS: Final = 4
_RESAMPLES: Final = 2000
_POINT_UNITS: Final = ("deg", "frac", "m")

SCHEMA = pa.schema([
    ("participant", pa.string()), ("metric", pa.string()), ("unit", pa.string()), ("n_videos", pa.int64()),
    ("first", pa.float64()), ("last", pa.float64()), ("change", pa.float64()), ("slope", pa.float64()),
    ("low95", pa.float64()), ("high95", pa.float64()), ("per", pa.string()), ("from_order", pa.float64()),
    ("to_order", pa.float64()), ("basis", pa.string()),
])  # fmt: skip


def session(
    study: Study, order: str = FILE_TIME, participant: str | None = None, metrics: Sequence[str] | None = None
) -> tuple[pa.Table, tuple[str, ...]]:
    """Slope of every metric over a session's videos, for each participant.

    Parameters
    ----------
    study : Study
    order : str
        A column of the metadata: numbers (a minute, a kilometre), dates or times; ``file-time``: when the files were
        last written, where they still lie; ``file-name``: their names' order, one step each.
    participant : str, optional
        Column that says who it is; left out, all videos are one session of one runner.
    metrics : sequence of str, optional

    Returns
    -------
    table : pyarrow.Table
        One row per participant and metric. ``slope`` (Theil and Sen's) is per minute where the order is a time, else
        per unit of the column; its interval is over videos (``basis`` 'videos'), which takes in that a camera was set
        up anew. Two or three videos cannot tell that: then ``basis`` is 'strides', the interval covers the spread of
        strides alone. ``change`` is the slope over the whole session.
    notes : tuple of str

    Raises
    ------
    ConfigError
        The column is not there or cannot be put in an order, a file's time is not known, or nobody has two videos.
    """
    if order not in (FILE_TIME, FILE_NAME):
        study.expect("--order", order)
    study.expect("--participant", participant)
    people = {"all videos": list(study.recorded)} if participant is None else by_person(study.recorded, participant)
    names = chosen_metrics(study, metrics)
    rows: list[dict[str, Any]] = []
    notes = []
    alone = []
    for person, recorded in sorted(people.items()):
        placed, per, left_out = _placed(recorded, order)
        if left_out:
            notes.append(f"{person}: without an entry in {order}, left out: {', '.join(left_out[:5])}")
        if len({x for x, _ in placed}) < 2:
            alone.append(person)
            continue
        unlike = sorted({what for _, a in placed for _, b in placed for what in a.filmed.unlike(b.filmed)})
        if unlike:
            notes.append(f"{person}: videos were not filmed alike ({'; '.join(unlike)}): steps may be the camera's")
        rows += [row for name in names if (row := _course(person, name, placed, per))]
    if alone:
        notes.append(f"fewer than two moments, left out: {', '.join(alone[:5])}" + (" ..." if len(alone) > 5 else ""))
    if not rows:
        raise ConfigError(f"--order {order}: expected a participant with two videos or more at different moments")
    return pa.Table.from_pylist(rows, schema=SCHEMA), tuple(notes)


def _course(person: str, name: str, placed: list[tuple[float, Recorded]], per: str) -> dict[str, Any] | None:
    points = [(x, r.metrics[name]) for x, r in placed if name in r.metrics]
    x = np.array([at for at, _ in points])
    if len(set(x.tolist())) < 2:
        return None
    y = np.array([m.mean for _, m in points])
    half = np.array([m.strides_half for _, m in points])
    line, ends = np.empty(2), np.full(2, np.nan)
    theil_sen(x, y, line)
    basis = "videos"
    if len(x) >= LEAST_VIDEOS:
        bootstrap_slope_interval(x, y, 0.95, _RESAMPLES, 1, ends)
    else:
        basis = "strides"
        # least squares' own weights: what the strides' spread does to a slope over these moments
        centred = x - x.mean()
        spread = math.sqrt(float(((centred * half) ** 2).sum())) / float((centred**2).sum())
        ends[:] = line[0] - spread, line[0] + spread
    if unit_of(name) in _POINT_UNITS:
        gain = NORMAL_95 * GAIN_SD * abs(float(line[0]))
        ends[0] = line[0] - math.hypot(line[0] - ends[0], gain)
        ends[1] = line[0] + math.hypot(ends[1] - line[0], gain)
    values = {"slope": float(line[0]), "low95": float(ends[0]), "high95": float(ends[1])}
    return {
        "participant": person,
        "metric": name,
        "unit": unit_of(name),
        "n_videos": len(x),
        "first": float(y[0]),
        "last": float(y[-1]),
        "change": float(line[0]) * float(x[-1] - x[0]),
        "per": per,
        "from_order": float(x[0]),
        "to_order": float(x[-1]),
        "basis": basis,
        **{key: value if math.isfinite(value) else None for key, value in values.items()},
    }


def _placed(recorded: Sequence[Recorded], order: str) -> tuple[list[tuple[float, Recorded]], str, list[str]]:
    """Videos with their moments, in order; what one unit of it is; file names without a moment."""
    if order == FILE_NAME:
        return [(float(i), r) for i, r in enumerate(sorted(recorded, key=lambda r: r.file_name))], "video", []
    if order == FILE_TIME:
        seconds = [(_modified(r), r) for r in recorded]
        begin = min(at for at, _ in seconds)
        return sorted((((at - begin) / 60.0, r) for at, r in seconds), key=lambda p: p[0]), "minute", []
    told = [(r.meta[order], r) for r in recorded]
    left_out = [r.file_name for value, r in told if value is None]
    values = [_moment(value, order) for value, _ in told if value is not None]
    kept = [r for value, r in told if value is not None]
    clock = any(is_time for _, is_time in values)
    begin = min((at for at, _ in values), default=0.0) if clock else 0.0
    scale = 60.0 if clock else 1.0
    placed = [((at - begin) / scale, r) for (at, _), r in zip(values, kept, strict=True)]
    return sorted(placed, key=lambda p: p[0]), "minute" if clock else order, left_out


def _modified(r: Recorded) -> float:
    try:
        return Path(r.path).stat().st_mtime
    except (OSError, ValueError):
        raise ConfigError(
            f"--order {FILE_TIME}: expected the file of {r.file_name} where it was, {r.path} is not there; order by a "
            f"column of the metadata, or by {FILE_NAME}"
        ) from None


def _moment(value: Any, order: str) -> tuple[float, bool]:
    """A number, or seconds of a date or time (then True)."""
    if isinstance(value, str):
        text = value.strip()
        for read in (float, datetime.fromisoformat, time.fromisoformat):
            try:
                value = read(text)
                break
            except ValueError:
                continue
    if isinstance(value, datetime):
        return value.timestamp(), True
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day).timestamp(), True
    if isinstance(value, time):
        return value.hour * 3600.0 + value.minute * 60.0 + value.second + value.microsecond / 1e6, True
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"--order {order}: expected numbers, dates or times of day; came {value!r}")
    return float(value), False
