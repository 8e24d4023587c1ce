"""From the keypoints that a network or a user gave to the canonical array the kernels take."""

from __future__ import annotations

import numpy as np

from runlean.errors import KeypointError
from runlean.gait.track import ROWS_AT_ONCE
from runlean.pose.tracks import FloatArray, PoseTracks
from runlean.skeleton import CANONICAL

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
    xy, weight = np.empty((n, len(CANONICAL), 2)), np.empty((n, len(CANONICAL)))
    found = [i for i, name in enumerate(CANONICAL) if name in tracks.keypoint_names]
    absent = [i for i in range(len(CANONICAL)) if i not in found]
    given, source = _places(found), _places([tracks.keypoint_names.index(CANONICAL[i]) for i in found])
    # some rows at a time, while the processor's cache holds them
    for begin in range(0, n, ROWS_AT_ONCE):
        rows = slice(begin, begin + ROWS_AT_ONCE)
        points, trust = xy[rows], weight[rows]
        points[:, absent], trust[:, absent] = np.nan, 0.0
        points[:, given], trust[:, given] = tracks.xy[rows][:, source], tracks.score[rows][:, source]
        bad = ~(np.isfinite(points[..., 0]) & np.isfinite(points[..., 1]) & (trust >= min_score))
        points[bad], trust[bad] = np.nan, 0.0
    return xy, weight


def _places(columns: list[int]) -> slice | list[int]:
    """Columns as a slice where they lie behind one another: a third of the time of a list."""
    first = columns[0]
    return slice(first, first + len(columns)) if columns == list(range(first, first + len(columns))) else columns


def rotate(xy: FloatArray, angle_rad: float, centre: tuple[float, float]) -> FloatArray:
    """Points turned by ``angle_rad`` (clockwise on the screen, y down) about ``centre``; any (..., 2) array."""
    if angle_rad == 0.0:
        return xy.copy()
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y = xy[..., 0] - centre[0], xy[..., 1] - centre[1]
    return np.stack([centre[0] + cos * x - sin * y, centre[1] + sin * x + cos * y], axis=-1)
