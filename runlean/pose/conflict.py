"""One pose in two tracks: the one whose course it fits keeps it, the other saw nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from runlean.pose.course import going_on, off_course
from runlean.pose.rows import Rows
from runlean_kernels.tracking.coincidence import coincident_poses
from runlean_kernels.tracking.overlap import box_cover

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
#: Poses nearer than this are one, body heights: the same person from two crops differs by 0.01-0.03, two runners
#: abreast by 0.1 and more (their legs are not in step).
_SAME = 0.05
_LEAST_SCORE = 0.2
#: A pose found where the detector saw nobody must fit its track's course to this, body heights.
_OFF_COURSE = 0.3
#: Where it is carried on beyond what was seen, to this.
_GOING_ON = 0.15
#: Somebody else is in the way where this share of a row's box lies in theirs.
_COVER = 0.2
#: And needs this mean score.
_UNSEEN_SCORE = 0.3


def trunk_columns(keypoint_names: tuple[str, ...]) -> list[int]:
    """Which keypoints are the trunk's corners."""
    return [keypoint_names.index(name) for name in _TRUNK if name in keypoint_names]


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
    columns = trunk_columns(keypoint_names)
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
    behind = ~rows.seen & (rival < 0) & ~weak & np.isfinite(trunk).all(axis=1) & _is_covered(rows, offsets, order)
    sure |= going_on(rows, trunk, sure, behind, _GOING_ON * height)
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


def _is_covered(rows: Rows, offsets: IntArray, order: IntArray) -> BoolArray:
    """Whether another track's box of the same frame lies over much of a row's."""
    out = np.zeros(len(rows), np.bool_)
    for first, last in itertools.pairwise(offsets.tolist()):
        if last - first < 2:
            continue
        at = order[first:last]
        box = np.ascontiguousarray(rows.box[at])
        share = np.empty((len(at), len(at)))
        box_cover(box, box, share)
        np.fill_diagonal(share, 0.0)
        out[at] = share.max(axis=1) >= _COVER
    return out
