"""Drift: how every metric changes over a long clip, by how much, and from when on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.meaning.metrics import NORMAL_95
from runlean.meaning.summary import Drift, Metric, MetricDrift
from runlean.tables import Quantity, column, stride_metrics
from runlean_kernels.statistics import bootstrap_slope_interval, theil_sen

FloatArray = npt.NDArray[np.float64]
Course = Literal["steady", "step", "late"]

MIN_DURATION_S = 60.0
MIN_CONTACTS = 40
RESAMPLES = 400
#: Most points that the course is judged by: strides are averaged into blocks of equal time.
BLOCKS = 60

#: A point's error can change with posture: on a rendered runner whose lean falls by 6 deg the slope read from MoveNet's
#: points was 10 % too steep. One standard deviation of a slope's gain for everything that is read from points. Between
#: 31 other runners of 15 bodies the error goes with the lean by -2 +- 4 % (docs/decisions/constants.md).
GAIN_SD: Final = 0.06

#: As the trunk tilts, points move on the body: a slope is off by this much for every degree per minute of the lean's,
#: one standard deviation by unit. Known from one rendered runner: knee flexion 0.19, head lean 0.18, shin lean 0.16,
#: body lean 0.11, hip hinge 0.10 deg per degree; straightness 0.0008, overstride 0.002 per degree. Between 31 others no
#: angle is told apart from 0 (standard errors 0.04 to 0.35); overstride 0.0028 +- 0.0020, which 0.001 did not hold.
TILT_SD: Final = {"deg": 0.15, "frac": 0.002}
LEAN: Final = "trunk_lean_deg"

#: Smallest change over the clip that is called drift, by unit; smaller ones may be real but nobody can use them.
LEAST_CHANGE: Final = {"deg": 1.0, "spm": 2.0, "frac": 0.01, "m": 0.005, "mps": 0.05}
#: ... and for times and shares, as a part of their mean.
LEAST_CHANGE_PART: Final = 0.03


def _without_sides(values: FloatArray, sides: npt.NDArray[np.object_]) -> FloatArray:
    """Values with the difference between left and right taken out, their overall median kept."""
    out = values.copy()
    for side in ("left", "right"):
        mine = (sides == side) & np.isfinite(values)
        if mine.any():
            out[mine] += np.nanmedian(values) - np.median(values[mine])
    return out


def _blocks(time_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median time and value of at most `BLOCKS` blocks of equal numbers of strides."""
    parts = np.array_split(np.arange(len(values)), min(BLOCKS, max(1, len(values) // 4)))
    return (
        np.array([np.median(time_s[p]) for p in parts]),
        np.array([np.median(values[p]) for p in parts]),
    )


def course_of_change(time_s: FloatArray, values: FloatArray) -> tuple[Course, float | None]:
    """How a series changes: along one line, at a step, or level first and sloping later.

    Parameters
    ----------
    time_s, values : float64 (stride,)
        In time order, finite.

    Returns
    -------
    ('steady', None), ('step', seconds) or ('late', seconds)

    Notes
    -----
    Three least-squares models of medians over blocks: a line, two levels, a level and a line that starts from it. The
    two with a moment of change must beat the line by Bayes' information criterion with their one more number
    and by 6, which is called strong evidence (Kass & Raftery 1995).
    """
    t, y = _blocks(time_s, values)
    n = len(y)
    if n < 8:
        return "steady", None

    def misfit(columns: list[FloatArray]) -> float:
        design = np.stack([np.ones(n), *columns], axis=1)
        solution = np.linalg.lstsq(design, y, rcond=None)[0]
        return float(((y - design @ solution) ** 2).sum())

    scale = max(float(((y - y.mean()) ** 2).sum()), 1e-300)
    line = n * math.log(max(misfit([t]) / scale, 1e-12))
    best: tuple[float, Course, float | None] = (line - 6.0, "steady", None)
    for k in range(2, n - 2):
        moment = 0.5 * float(t[k - 1] + t[k])
        models: tuple[tuple[Course, FloatArray], ...] = (
            ("step", (t > moment).astype(np.float64)),
            ("late", np.maximum(t - moment, 0.0)),
        )
        for course, column_ in models:
            criterion = n * math.log(max(misfit([column_]) / scale, 1e-12)) + math.log(n)
            if criterion < best[0]:
                best = (criterion, course, moment)
    return best[1], best[2]


def _matters(q: Quantity, change: float, mean: float) -> bool:
    floor = LEAST_CHANGE.get(q.unit)
    if floor is None:
        floor = LEAST_CHANGE_PART * abs(mean)
    return abs(change) >= floor


def metric_drift(
    q: Quantity, time_s: FloatArray, values: FloatArray, sides: npt.NDArray[np.object_], lean_slope: float = 0.0
) -> MetricDrift | None:
    """Drift of one metric, or None where fewer than `MIN_CONTACTS` strides carry it or it never varies.

    Parameters
    ----------
    q : Quantity
    time_s : float64 (stride,)
        Moment of each contact.
    values : float64 (stride,)
        NaN is left out.
    sides : object (stride,)
    lean_slope : float
        Of the trunk lean, deg/s: it takes other points with it.
    """
    known = np.isfinite(values) & np.isfinite(time_s)
    if known.sum() < MIN_CONTACTS:
        return None
    t, v = time_s[known], values[known]
    level = _without_sides(v, sides[known])
    line, ends = np.empty(2), np.empty(2)
    theil_sen(t, level, line)
    bootstrap_slope_interval(t, level, 0.95, RESAMPLES, 1, ends)
    if not np.isfinite([line[0], *ends]).all():
        return None
    if q.unit in ("deg", "frac", "m"):
        tilt = 0.0 if q.name == LEAN else TILT_SD.get(q.unit, 0.0) * abs(lean_slope)
        gain = NORMAL_95 * math.hypot(GAIN_SD * abs(float(line[0])), tilt)
        ends[0] = line[0] - math.hypot(line[0] - ends[0], gain)
        ends[1] = line[0] + math.hypot(ends[1] - line[0], gain)
    duration = float(t[-1] - t[0])
    window = min(60.0, duration / 3.0)
    change = float(line[0]) * duration
    drifted = bool(ends[0] > 0.0 or ends[1] < 0.0) and _matters(q, change, float(v.mean()))
    course, moment = course_of_change(t, level) if drifted else ("steady", None)
    return MetricDrift(
        unit=q.unit,
        slope_per_min=60.0 * float(line[0]),
        low95=60.0 * float(ends[0]),
        high95=60.0 * float(ends[1]),
        n=len(v),
        first=float(level[t <= t[0] + window].mean()),
        last=float(level[t >= t[-1] - window].mean()),
        window_s=window,
        change=change,
        course=course,
        change_s=moment,
        drifted=drifted,
    )


def runner_drift(strides: pa.Table, metrics: Mapping[str, Metric]) -> Drift:
    """Drift of every metric of one runner that has a mean.

    Parameters
    ----------
    strides : pyarrow.Table
        The rows of one runner, in time order.
    metrics : mapping of str to Metric
    """
    time_s = column(strides, "contact_s")
    n = len(time_s)
    duration = float(np.nanmax(time_s) - np.nanmin(time_s)) if np.isfinite(time_s).any() else 0.0
    if duration < MIN_DURATION_S or n < MIN_CONTACTS:
        reason = (
            f"too short for drift: {duration:.0f} s with {n} foot contacts; {MIN_DURATION_S:.0f} s and "
            f"{MIN_CONTACTS} contacts are needed"
        )
        return Drift(duration_s=duration, n_contacts=n, reason=reason)
    sides = np.asarray(strides.column("side").to_pylist(), dtype=object)
    asked = {q.name: q for q in stride_metrics() if q.role == "measured" and metrics[q.name].mean is not None}
    lean = metric_drift(asked[LEAN], time_s, column(strides, LEAN), sides) if LEAN in asked else None
    lean_slope = lean.slope_per_min / 60.0 if lean is not None else 0.0
    found = {
        name: lean if name == LEAN else metric_drift(q, time_s, column(strides, name), sides, lean_slope)
        for name, q in asked.items()
    }
    return Drift(duration_s=duration, n_contacts=n, metrics={name: d for name, d in found.items() if d is not None})
