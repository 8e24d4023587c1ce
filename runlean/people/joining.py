"""Pieces of one person's course that the tracker lost between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean_kernels.tracking.assignment import assignment

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Longest gap that is bridged, seconds of the video.
_LONGEST_S: Final = 1.2
#: Two extrapolations may miss each other by this, and by so much more per second of gap, body heights.
_MISS: Final = 0.25
_MISS_PER_S: Final = 0.5
#: Speeds before and after may differ by this, body heights per second.
_SPEED_CHANGE: Final = 1.2
_SIZE_CHANGE: Final = 0.25
_COLOUR_CHANGE: Final = 0.6
#: Span of a course's end from which its speed is read.
_END_S: Final = 0.4
_SPEED_ROWS: Final = 4
#: A break is looked for where nothing was seen for longer than this, s; and this many rows lie on both sides of one.
_BLIND_S: Final = 0.25
_LEAST_ROWS: Final = 8
#: Both sides must disagree by so many times what two pieces that are joined may: sprinters of 75 px before a camera
#: that pans and zooms were cut 37 times at once, and 1438 instead of 1127 rows of runners stay with 1.5.
_ELSEWHERE: Final = 1.5


@dataclass(frozen=True, slots=True)
class Course:
    """Where one track went.

    Attributes
    ----------
    time_s : float64 (row,)
    x, y : float64 (row,)
        Middle of the body in a picture that stands still, px.
    shift : float64 (row, 2)
        The camera's, px.
    height : float
        px.
    colour : float64 (bin,)
        NaN where unknown.
    shot : int
    """

    time_s: FloatArray
    x: FloatArray
    y: FloatArray
    shift: FloatArray
    height: float
    colour: FloatArray
    shot: int


def join_courses(courses: list[Course], width: int, height: int) -> IntArray:
    """Which track each track goes on from.

    Parameters
    ----------
    courses : list of Course
    width, height : int
        Of the picture, px: who left it does not come back as the same track.

    Returns
    -------
    int64 (track,)
        Index of the track before, -1 where a track is a beginning.
    """
    n = len(courses)
    before = np.full(n, -1, np.int64)
    if n < 2:
        return before
    cost = np.full((n, n), np.nan)
    for i, later in enumerate(courses):
        for j, earlier in enumerate(courses):
            if i != j and later.shot == earlier.shot:
                cost[i, j] = gap_cost(earlier, later, (float(width), float(height)))
    assignment(cost, 1.0, before)
    return before


def breaks(course: Course) -> IntArray:
    """Rows at which a track's course goes on elsewhere than it led: somebody else's from there, int64 (n,).

    Looked for only where no row was for a while, or where the next one lies far from the last. Both sides must be
    long enough to say where they lead.
    """
    step = np.hypot(np.diff(course.x), np.diff(course.y))
    usual = float(np.median(step)) if len(step) else 0.0
    doubtful = 1 + np.flatnonzero((np.diff(course.time_s) > _BLIND_S) | (step > usual + _MISS * course.height))
    out: list[int] = []
    for row in doubtful.tolist():
        first = out[-1] if out else 0
        before, after = _part(course, first, row), _part(course, row, len(course.time_s))
        known = min(len(before.time_s), len(after.time_s)) >= _LEAST_ROWS
        known = known and _leads(before, last=True) and _leads(after, last=False)
        if known and _led_elsewhere(before, after) > _ELSEWHERE:
            out.append(row)
    return np.array(out, np.int64)


def _part(course: Course, first: int, last: int) -> Course:
    rows = slice(first, last)
    return replace(course, time_s=course.time_s[rows], x=course.x[rows], y=course.y[rows], shift=course.shift[rows])


def gap_cost(earlier: Course, later: Course, size: tuple[float, float]) -> float:
    """How badly one course continues another: 0 perfectly, 1 at the limit, NaN where it cannot."""
    gap = float(later.time_s[0] - earlier.time_s[-1])
    if not 0.0 < gap <= _LONGEST_S:
        return float("nan")
    size_change = abs(float(np.log(later.height / earlier.height))) / _SIZE_CHANGE
    colour_change = _hellinger(earlier.colour, later.colour) / _COLOUR_CHANGE
    end, end_speed = _end(earlier, last=True)
    start, start_speed = _end(later, last=False)
    worst = max(size_change, colour_change, _led_elsewhere(earlier, later))
    # in the middle of the gap both expect him inside the picture, and not at its very edge
    middle = 0.5 * (end + 0.5 * gap * end_speed + start - 0.5 * gap * start_speed)
    middle = middle + 0.5 * (earlier.shift[-1] + later.shift[0])
    inside = bool((middle > 0.0).all() and (middle < np.array(size)).all())
    return worst if inside and worst <= 1.0 else float("nan")


def _led_elsewhere(earlier: Course, later: Course) -> float:
    """How far place and speed at a course's end are from those at another's beginning: 1 at the limit."""
    gap = float(later.time_s[0] - earlier.time_s[-1])
    body = 0.5 * (earlier.height + later.height)
    end, end_speed = _end(earlier, last=True)
    start, start_speed = _end(later, last=False)
    miss = 0.5 * (
        float(np.linalg.norm(end + end_speed * gap - start)) + float(np.linalg.norm(start - start_speed * gap - end))
    )
    speed_change = float(np.linalg.norm(start_speed - end_speed)) / (body * _SPEED_CHANGE)
    return max(miss / (body * (_MISS + _MISS_PER_S * gap)), speed_change)


def _leads(course: Course, last: bool) -> bool:
    """Whether enough rows lie at a course's end to say how fast it goes there."""
    edge = course.time_s[-1] if last else course.time_s[0]
    return int(np.count_nonzero(np.abs(course.time_s - edge) <= _END_S)) >= _SPEED_ROWS


def _end(course: Course, last: bool) -> tuple[FloatArray, FloatArray]:
    """Position and velocity at a course's end, from a straight line through its last stretch, px and px/s."""
    edge = course.time_s[-1] if last else course.time_s[0]
    near = np.abs(course.time_s - edge) <= _END_S
    t = course.time_s[near] - edge
    xy = np.stack([course.x[near], course.y[near]], axis=1)
    if len(t) < _SPEED_ROWS:
        return xy.mean(axis=0), np.zeros(2)
    centred = t - t.mean()
    speed = (centred[:, None] * xy).sum(axis=0) / max(float((centred**2).sum()), 1e-12)
    return xy.mean(axis=0) - speed * t.mean(), speed


def _hellinger(first: FloatArray, second: FloatArray) -> float:
    shared = float(np.sqrt(first * second).sum())
    return float(np.sqrt(max(0.0, 1.0 - shared))) if np.isfinite(shared) else 0.0
