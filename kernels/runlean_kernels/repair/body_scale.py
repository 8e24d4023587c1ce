"""A runner's size in the picture, by which every threshold in pixels is measured."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER
from runlean_kernels.statistics.order import median_in_place, two_around

FloatArray = NDArray[np.float64]

#: Rows that a median length is taken over: it varies by 5 to 10 % over a stride, its median then by about 1 %.
MOST_ROWS = 64

#: Thigh plus shank over shoulder-to-hip, for tracks without legs (de Leva 1996: 0.86 m over 0.51 m).
LEG_PER_TRUNK = 1.7


@kernel
def median_length(xy: FloatArray, first: int, stop: int, upper: int, lower: int, scratch: FloatArray) -> float:
    """Median distance between two points, both sides together, of the rows ``first..stop - 1``; NaN for none.

    ``upper`` and ``lower`` are the left points; the right ones follow them. At most `MOST_ROWS` rows, evenly
    spread, are looked at; ``scratch`` holds two numbers for each.
    """
    n = stop - first
    m = min(n, scratch.shape[0] // 2, MOST_ROWS)
    count = 0
    for k in range(m):
        i = first + (k * n) // m
        for side in range(2):
            dx = xy[i, upper + side, 0] - xy[i, lower + side, 0]
            dy = xy[i, upper + side, 1] - xy[i, lower + side, 1]
            square = dx * dx + dy * dy
            scratch[count] = square
            count += 1 if square == square else 0
    # of squares, which lie in the same order: one root or two instead of one for each
    if count % 2 == 1:
        return math.sqrt(median_in_place(scratch, count))
    if count == 0:
        return math.nan
    lower_one, upper_one = two_around(scratch, count, count // 2)
    return 0.5 * (math.sqrt(lower_one) + math.sqrt(upper_one))


@kernel
def body_scale(xy: FloatArray, first: int, stop: int, scratch: FloatArray) -> float:
    """Leg length (thigh + shank) of a track in pixels, from its median bone lengths; NaN where nothing is known."""
    return scale_and_shank(xy, first, stop, scratch)[0]


@kernel
def scale_and_shank(xy: FloatArray, first: int, stop: int, scratch: FloatArray) -> tuple[float, float]:
    """`body_scale`, and the median length of the shank; NaN where unknown."""
    thigh = median_length(xy, first, stop, LEFT_HIP, LEFT_KNEE, scratch)
    shank = median_length(xy, first, stop, LEFT_KNEE, LEFT_ANKLE, scratch)
    if not math.isnan(thigh + shank):
        scale = thigh + shank
    elif not math.isnan(shank):
        scale = 2.0 * shank
    elif not math.isnan(thigh):
        scale = 2.0 * thigh
    else:
        scale = LEG_PER_TRUNK * median_length(xy, first, stop, LEFT_SHOULDER, LEFT_HIP, scratch)
    return scale if scale > 0.0 else math.nan, shank
