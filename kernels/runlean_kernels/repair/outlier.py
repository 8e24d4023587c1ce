"""Points that leap away and back faster than a body part can, and limbs longer than the runner's own."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
)
from runlean_kernels.repair.body_scale import body_scale
from runlean_kernels.statistics.order import quantile_in_place

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Leg lengths per second squared. The foot of a sprinter in swing reaches about 150; a wrong point at 25 frames per
#: second that leaps by a quarter of the leg and back, 300 and more.
GREATEST_ACCELERATION = 260.0

#: Part of the leg length that a point may always stray by: the networks' own scatter.
SCATTER = 0.08

#: Longest time for which a point may be away and still be called an outlier once it comes back.
LONGEST_EXCURSION_S = 0.25

#: A limb's image is never longer than the limb; above this multiple of its 90th percentile its end is wrong.
GREATEST_STRETCH = 1.6

_SAMPLES = 1024


@kernel
def _excursions(
    xy: FloatArray, time_s: FloatArray, first: int, stop: int, point: int, scale: float, step: int, bad: BoolArray
) -> None:
    """Mark rows where the point leaves its predicted path and comes back, walking by ``step`` (+1 or -1)."""
    last = -1
    previous = -1
    left_at = -1
    i = first if step > 0 else stop - 1
    while first <= i < stop:
        x = xy[i, point, 0]
        y = xy[i, point, 1]
        if not math.isnan(x + y):
            near = True
            dt = 0.0
            if last >= 0:
                dt = abs(time_s[i] - time_s[last])
                px = xy[last, point, 0]
                py = xy[last, point, 1]
                h = dt
                if previous >= 0:
                    back = abs(time_s[last] - time_s[previous])
                    px += (xy[last, point, 0] - xy[previous, point, 0]) / back * dt
                    py += (xy[last, point, 1] - xy[previous, point, 1]) / back * dt
                    h = 0.5 * (dt + back)
                allowed = scale * (2.0 * SCATTER + 0.5 * GREATEST_ACCELERATION * h * dt)
                near = (x - px) * (x - px) + (y - py) * (y - py) <= allowed * allowed
            if near or dt > LONGEST_EXCURSION_S:
                if near and left_at >= 0:
                    for k in range(left_at, i, step):
                        bad[k, point] = not math.isnan(xy[k, point, 0] + xy[k, point, 1])
                previous = last if near and left_at < 0 else -1
                last = i
                left_at = -1
            elif left_at < 0:
                left_at = i
        i += step


@kernel
def outlier(xy: FloatArray, score: FloatArray, time_s: FloatArray, offsets: IntArray, out_bad: BoolArray) -> None:
    """Points that cannot be where they were put.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    score : float64 (row, 23)
        Not thresholded: a network is often sure of a wrong point.
    time_s : float64 (row,), s
    offsets : int64 (track + 1,)
    out_bad : bool (row, 23)
        True where a known point is an outlier; never true for a missing one.
    """
    n_points = xy.shape[1]
    scratch = np.empty(_SAMPLES)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        for i in range(first, stop):
            for point in range(n_points):
                out_bad[i, point] = False
        scale = body_scale(xy, first, stop, scratch)
        if math.isnan(scale):
            continue
        for point in range(n_points):
            _excursions(xy, time_s, first, stop, point, scale, 1, out_bad)
            _excursions(xy, time_s, first, stop, point, scale, -1, out_bad)
        _stretched(xy, first, stop, LEFT_HIP, LEFT_KNEE, scratch, out_bad)
        _stretched(xy, first, stop, LEFT_KNEE, LEFT_ANKLE, scratch, out_bad)
        _stretched(xy, first, stop, LEFT_SHOULDER, LEFT_ELBOW, scratch, out_bad)
        _stretched(xy, first, stop, LEFT_ELBOW, LEFT_WRIST, scratch, out_bad)


@kernel
def _stretched(
    xy: FloatArray, first: int, stop: int, upper: int, lower: int, scratch: FloatArray, bad: BoolArray
) -> None:
    n = stop - first
    m = min(n, scratch.shape[0] // 2)
    count = 0
    for k in range(m):
        i = first + (k * n) // m
        for side in range(2):
            dx = xy[i, lower + side, 0] - xy[i, upper + side, 0]
            dy = xy[i, lower + side, 1] - xy[i, upper + side, 1]
            if not math.isnan(dx + dy):
                scratch[count] = math.sqrt(dx * dx + dy * dy)
                count += 1
    if count < 10:
        return
    longest = GREATEST_STRETCH * quantile_in_place(scratch, count, 0.9)
    for i in range(first, stop):
        for side in range(2):
            dx = xy[i, lower + side, 0] - xy[i, upper + side, 0]
            dy = xy[i, lower + side, 1] - xy[i, upper + side, 1]
            if dx * dx + dy * dy > longest * longest:
                bad[i, lower + side] = True
