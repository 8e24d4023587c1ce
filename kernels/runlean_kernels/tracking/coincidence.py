"""Two tracks that hold one and the same pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@kernel
def pose_distance(
    xy_a: FloatArray, score_a: FloatArray, xy_b: FloatArray, score_b: FloatArray, least_score: float
) -> float:
    """Mean distance of the keypoints that both poses hold with at least ``least_score``, px; NaN below four."""
    total = 0.0
    count = 0
    for k in range(xy_a.shape[0]):
        if score_a[k] >= least_score and score_b[k] >= least_score:
            gap = np.hypot(xy_a[k, 0] - xy_b[k, 0], xy_a[k, 1] - xy_b[k, 1])
            if np.isfinite(gap):
                total += gap
                count += 1
    return total / count if count >= 4 else np.nan


@kernel
def coincident_poses(
    offsets: IntArray,
    xy: FloatArray,
    score: FloatArray,
    height: FloatArray,
    least_score: float,
    limit: float,
    out: IntArray,
) -> None:
    """For every pose the nearest other pose of the same frame, if it is the same one.

    Parameters
    ----------
    offsets : int64 (frame + 1,)
        Rows ``offsets[i]:offsets[i + 1]`` are one frame's.
    xy, score : float64 (row, keypoint, 2), (row, keypoint)
        px.
    height : float64 (row,)
        Of the bodies, px.
    least_score : float
        Weaker keypoints are not compared.
    limit : float
        Largest mean distance of the same pose, share of the lower of the two heights.
    out : int64 (row,)
        Row of the other pose, -1 where there is none.
    """
    for f in range(len(offsets) - 1):
        for i in range(offsets[f], offsets[f + 1]):
            out[i] = -1
            nearest = np.inf
            for j in range(offsets[f], offsets[f + 1]):
                if i == j:
                    continue
                distance = pose_distance(xy[i], score[i], xy[j], score[j], least_score)
                if distance <= limit * min(height[i], height[j]) and distance < nearest:
                    nearest = distance
                    out[i] = j
