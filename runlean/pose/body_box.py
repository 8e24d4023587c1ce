"""The box of a person from the keypoints, for every row of a track."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from runlean.pose.rows import Rows

FloatArray = npt.NDArray[np.float64]

#: What lies beyond the outermost keypoints (crown, soles, hands, half a trunk), body heights: left, up, right, down.
#: Rendered bodies, median over 15 clips.
MARGIN = np.array([0.05, 0.09, 0.05, 0.05])
#: Half the mean width of a runner's box over a stride, body heights.
MEAN_HALF_WIDTH = 0.23
_LEAST_SCORE = 0.2
_LEAST_POINTS = 8


def body_boxes(rows: Rows, shift: FloatArray) -> FloatArray:
    """Box around each pose; where there is none, between the boxes before and after.

    Parameters
    ----------
    rows : Rows
        Sorted by track and frame; ``box`` is the planned one.
    shift : float64 (frame, 2)
        The camera's, px.

    Returns
    -------
    float64 (row, 4)
        x0, y0, x1, y1, px.
    """
    sure = rows.score >= _LEAST_SCORE
    xy = np.where(sure[:, :, None], rows.xy, np.nan)
    found = np.isfinite(xy[:, :, 0]).sum(axis=1) >= _LEAST_POINTS
    still = np.tile(shift[rows.frame], (1, 2)) if len(rows) else np.zeros((0, 4))
    planned = rows.box - still
    box = planned.copy()
    height = rows.box[:, 3] - rows.box[:, 1]
    if found.any():
        low, high = np.nanmin(xy[found], axis=1), np.nanmax(xy[found], axis=1)
        margin = MARGIN * height[found, None]
        box[found] = np.concatenate([low - margin[:, :2], high + margin[:, 2:]], axis=1) - still[found]
    starts = np.append(np.flatnonzero(np.diff(rows.track_id, prepend=-1)), len(rows))
    for first, last in itertools.pairwise(starts):
        known = first + np.flatnonzero(found[first:last])
        gaps = first + np.flatnonzero(~found[first:last])
        inside = gaps[(gaps > known[0]) & (gaps < known[-1])] if len(known) else gaps[:0]
        if not len(inside):
            continue
        # the middle follows the course; the size is a stride's mean, not that of the strides on both sides
        middle = 0.5 * (box[known, :2] + box[known, 2:])
        half = np.array([MEAN_HALF_WIDTH, 0.5]) * height[inside, None]
        course = np.stack(
            [np.interp(rows.time_s[inside], rows.time_s[known], middle[:, axis]) for axis in (0, 1)], axis=1
        )
        box[inside] = np.concatenate([course - half, course + half], axis=1)
    return box + still
