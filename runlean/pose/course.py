"""Where a track's own body must be: between what was seen of it, and onwards from there."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.pose.rows import Rows

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: Stretch of a course from which it is carried on, seconds of the video.
_STRETCH_S: Final = 0.4
#: How far it is carried on without a pose, s; after that time it may be missed by twice as much.
_BLIND_S: Final = 1.0
#: Poses in it that make a course, and their least span.
_LEAST_POSES: Final = 4
_KEPT_POSES: Final = 6
_LEAST_SPAN_S: Final = 0.1


def off_course(rows: Rows, trunk: FloatArray, sure: BoolArray) -> FloatArray:
    """Distance of every row's trunk from the course between its track's nearest sure rows, px.

    Parameters
    ----------
    rows : Rows
    trunk : float64 (row, 2)
        Middle of the trunk in a picture that stands still, px.
    sure : bool (row,)

    Returns
    -------
    float64 (row,)
        NaN before the first and after the last sure row of a track, and where the trunk is NaN.
    """
    out = np.full(len(rows), np.nan)
    for first, last in rows.tracks():
        known = first + np.flatnonzero(sure[first:last])
        if len(known) < 2:
            continue
        inside = np.arange(known[0], known[-1] + 1)
        course = np.stack(
            [np.interp(rows.time_s[inside], rows.time_s[known], trunk[known, axis]) for axis in (0, 1)], axis=1
        )
        out[inside] = np.hypot(*(trunk[inside] - course).T)
    return out


def going_on(rows: Rows, trunk: FloatArray, sure: BoolArray, candidate: BoolArray, limit: FloatArray) -> BoolArray:
    """Rows whose pose goes on where the track's sure poses led, one after the other.

    Parameters
    ----------
    rows : Rows
    trunk : float64 (row, 2)
        Middle of the trunk in a picture that stands still, px.
    sure, candidate : bool (row,)
        Poses that are the track's own for certain, and those that may be.
    limit : float64 (row,)
        Largest distance from where it led, px.

    Returns
    -------
    bool (row,)
        Of the candidates; each one that is taken leads on to the next. Forwards from what is sure, then backwards.
    """
    taken = np.zeros(len(rows), np.bool_)
    for first, last in rows.tracks():
        if not (candidate[first:last].any() and sure[first:last].any()):
            continue
        for order in (range(first, last), range(last - 1, first - 1, -1)):
            known: list[int] = []
            for row in order:
                t = rows.time_s[row]
                if sure[row] or taken[row]:
                    known.append(row)
                elif candidate[row] and _leads_to(rows.time_s[known], trunk[known], t, trunk[row], limit[row]):
                    taken[row] = True
                    known.append(row)
                while len(known) > _KEPT_POSES and abs(rows.time_s[known[-1]] - rows.time_s[known[0]]) > _STRETCH_S:
                    known.pop(0)
    return taken


def _leads_to(time_s: FloatArray, trunk: FloatArray, at_s: float, there: FloatArray, limit: float) -> bool:
    if len(time_s) < _LEAST_POSES or abs(time_s[-1] - time_s[0]) < _LEAST_SPAN_S:
        return False
    blind_s = abs(at_s - float(time_s[-1]))
    if blind_s > _BLIND_S:
        return False
    t = time_s - time_s.mean()
    speed = (t[:, None] * trunk).sum(axis=0) / (t * t).sum()
    expected = trunk.mean(axis=0) + speed * (at_s - time_s.mean())
    return bool(np.hypot(*(there - expected)) < limit * (1.0 + blind_s / _BLIND_S))
