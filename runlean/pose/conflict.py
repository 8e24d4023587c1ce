"""One pose in two tracks: the one whose course it fits keeps it, the other saw nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from runlean.pose.rows import Rows
from runlean_kernels.tracking.coincidence import coincident_poses

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
#: Poses nearer than this are one, body heights: the same person from two crops differs by 0.01-0.03, two runners
#: abreast by 0.1 and more (their legs are not in step).
_SAME = 0.05
_LEAST_SCORE = 0.2
#: A pose found where the detector saw nobody must fit its track's course to this, body heights.
_OFF_COURSE = 0.3
#: And needs this mean score.
_UNSEEN_SCORE = 0.3


def settle_conflicts(rows: Rows, keypoint_names: tuple[str, ...], shift: FloatArray) -> Rows:
    """Rows in which every pose belongs to one track only; the others' are NaN with score 0.

    Parameters
    ----------
    rows : Rows
        Sorted by track and frame.
    keypoint_names : tuple of str
    shift : float64 (frame, 2)
        The camera's, px.
    """
    columns = [keypoint_names.index(name) for name in _TRUNK if name in keypoint_names]
    if not len(rows) or not columns:
        return rows
    height = np.maximum(rows.box[:, 3] - rows.box[:, 1], 1.0)
    order = np.lexsort((rows.track_id, rows.frame))
    offsets = np.append(np.flatnonzero(np.diff(rows.frame[order], prepend=-1)), len(order))
    other = np.empty(len(order), np.int64)
    coincident_poses(
        offsets,
        np.ascontiguousarray(rows.xy[order]),
        np.ascontiguousarray(rows.score[order]),
        height[order],
        _LEAST_SCORE,
        _SAME,
        other,
    )
    rival = np.full(len(rows), -1, np.int64)
    rival[order] = np.where(other >= 0, order[other], -1)
    trunk = rows.xy[:, columns].mean(axis=1) - shift[rows.frame]
    weak = rows.score.mean(axis=1) < _UNSEEN_SCORE
    sure = (rival < 0) & rows.seen & ~weak & np.isfinite(trunk).all(axis=1)
    off = off_course(rows, trunk, sure) / height
    lost = ~rows.seen & (weak | ~(off < _OFF_COURSE))
    doubtful = np.flatnonzero((rival >= 0) & ~lost)
    for i in doubtful:
        j = rival[i]
        if lost[j]:
            continue
        # nobody knows the course of one: who is larger is nearer, and in front
        fit_i = (off[i] if np.isfinite(off[i]) else 0.5) + (0.0 if rows.seen[i] else 0.1)
        fit_j = (off[j] if np.isfinite(off[j]) else 0.5) + (0.0 if rows.seen[j] else 0.1)
        if (fit_i, -height[i], i) > (fit_j, -height[j], j):
            lost[i] = True
    xy, score = rows.xy.copy(), rows.score.copy()
    feet_xy, feet_score = rows.feet_xy.copy(), rows.feet_score.copy()
    for points, confidence in ((xy, score), (feet_xy, feet_score)):
        points[lost] = np.nan
        confidence[lost] = 0.0
    return replace(rows, xy=xy, score=score, feet_xy=feet_xy, feet_score=feet_score)


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
    starts = np.append(np.flatnonzero(np.diff(rows.track_id, prepend=-1)), len(rows))
    for first, last in itertools.pairwise(starts):
        known = first + np.flatnonzero(sure[first:last])
        if len(known) < 2:
            continue
        inside = np.arange(known[0], known[-1] + 1)
        course = np.stack(
            [np.interp(rows.time_s[inside], rows.time_s[known], trunk[known, axis]) for axis in (0, 1)], axis=1
        )
        out[inside] = np.hypot(*(trunk[inside] - course).T)
    return out
