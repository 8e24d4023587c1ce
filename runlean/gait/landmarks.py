"""From the keypoints that a network or a user gave to the canonical array the kernels take."""

from __future__ import annotations

import numpy as np

from runlean.errors import KeypointError
from runlean.gait.track import ROWS_AT_ONCE
from runlean.pose.tracks import FloatArray, PoseTracks
from runlean.skeleton import CANONICAL
from runlean_kernels import landmarks as lm

#: Points that are turned at once: half a megabyte.
POINTS_AT_ONCE = 1 << 15
#: Without these no stride can be told.
REQUIRED = ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")


def canonical_landmarks(tracks: PoseTracks, min_score: float) -> tuple[FloatArray, FloatArray]:
    """Sort keypoints into the canonical order.

    Parameters
    ----------
    tracks : PoseTracks
    min_score : float
        Points scored below become NaN.

    Returns
    -------
    xy : float64 (row, 23, 2), px
        (row, 17, 2) where no foot is among the keypoints.
    weight : float64 (row, 23)
        The score; 0 where the point is missing.

    Raises
    ------
    KeypointError
        When hips, knees or ankles are not among the keypoints.
    """
    missing = [name for name in REQUIRED if name not in tracks.keypoint_names]
    if missing:
        raise KeypointError(
            f"gait needs hips, knees and ankles of both sides; missing: {', '.join(missing)}; "
            f"came: {', '.join(tracks.keypoint_names)}"
        )
    n = len(tracks.frame)
    found = [i for i, name in enumerate(CANONICAL) if name in tracks.keypoint_names]
    points = lm.N_LANDMARKS if found[-1] >= lm.N_WITHOUT_FEET else lm.N_WITHOUT_FEET
    absent = [i for i in range(points) if i not in found]
    xy, weight = np.empty((n, points, 2)), np.empty((n, points))
    given, source = _places(found), _places([tracks.keypoint_names.index(CANONICAL[i]) for i in found])
    # some rows at a time, while the processor's cache holds them
    for begin in range(0, n, ROWS_AT_ONCE):
        rows = slice(begin, begin + ROWS_AT_ONCE)
        place, trust = xy[rows], weight[rows]
        place[:, absent], trust[:, absent] = np.nan, 0.0
        place[:, given], trust[:, given] = tracks.xy[rows][:, source], tracks.score[rows][:, source]
        bad = ~(np.isfinite(place[..., 0]) & np.isfinite(place[..., 1]) & (trust >= min_score))
        place[bad], trust[bad] = np.nan, 0.0
    return xy, weight


def _places(columns: list[int]) -> slice | list[int]:
    """Columns as a slice where they lie behind one another: a third of the time of a list."""
    first = columns[0]
    return slice(first, first + len(columns)) if columns == list(range(first, first + len(columns))) else columns


def rotate(xy: FloatArray, angle_rad: float, centre: tuple[float, float]) -> FloatArray:
    """Points turned by ``angle_rad`` (clockwise on the screen, y down) about ``centre``; any (..., 2) array.

    The very same array where there is nothing to turn.
    """
    if angle_rad == 0.0:
        return xy
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    points = xy.reshape(-1, 2)
    out = np.empty(points.shape)
    # some at a time: what is computed on the way stays small
    for begin in range(0, len(points), POINTS_AT_ONCE):
        some = slice(begin, begin + POINTS_AT_ONCE)
        x, y = points[some, 0] - centre[0], points[some, 1] - centre[1]
        out[some, 0] = centre[0] + cos * x - sin * y
        out[some, 1] = centre[1] + sin * x + cos * y
    return out.reshape(xy.shape)
