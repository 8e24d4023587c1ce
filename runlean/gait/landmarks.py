"""From the keypoints that a network or a user gave to the canonical array the kernels take."""

from __future__ import annotations

import numpy as np

from runlean.errors import KeypointError
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
    xy = np.full((n, len(CANONICAL), 2), np.nan)
    weight = np.zeros((n, len(CANONICAL)))
    for source, name in enumerate(tracks.keypoint_names):
        if name in CANONICAL:
            target = CANONICAL.index(name)
            xy[:, target] = tracks.xy[:, source]
            weight[:, target] = tracks.score[:, source]
    bad = ~np.isfinite(xy).all(axis=2) | ~(weight >= min_score)
    xy[bad] = np.nan
    weight[bad] = 0.0
    return xy, weight


def rotate(xy: FloatArray, angle_rad: float, centre: tuple[float, float]) -> FloatArray:
    """Points turned by ``angle_rad`` (clockwise on the screen, y down) about ``centre``; any (..., 2) array."""
    if angle_rad == 0.0:
        return xy.copy()
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y = xy[..., 0] - centre[0], xy[..., 1] - centre[1]
    return np.stack([centre[0] + cos * x - sin * y, centre[1] + sin * x + cos * y], axis=-1)
