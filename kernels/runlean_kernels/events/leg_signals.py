"""What the events are read from: leg length, ankle separation, and each row's leg in the frame of the mean hip."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels import landmarks as lm
from runlean_kernels.jit import kernel
from runlean_kernels.statistics.order import median_in_place, quantile_in_place

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Rows of a track that its leg length is the median of, evenly picked: more do not sharpen it.
LENGTH_ROWS = 400


@kernel
def middle(a: float, b: float) -> float:
    """Mean of two values; the other one where one is NaN. Without a branch: loops around it become vector code."""
    a = a if a == a else b
    b = b if b == b else a
    return 0.5 * (a + b)


@kernel
def _squares(xy: FloatArray, first: int, last: int, stride: int, upper: int, lower: int, out: FloatArray) -> int:
    """Squared distances of a left upper and lower point, then of the right ones, in every ``stride``-th row."""
    n = 0
    for side in range(2):
        for row in range(first, last, stride):
            dx = xy[row, upper + side, 0] - xy[row, lower + side, 0]
            dy = xy[row, upper + side, 1] - xy[row, lower + side, 1]
            out[n] = dx * dx + dy * dy
            n += 1
    return n


@kernel
def _known(values: FloatArray, n: int) -> int:
    """Move those of the first n values that are known to the front; returns how many."""
    count = 0
    for k in range(n):
        value = values[k]
        values[count] = value
        count += 1 if value == value else 0
    return count


@kernel
def leg_length(xy: FloatArray, offsets: IntArray, out: FloatArray) -> None:
    """Leg length of each track: median over rows and sides of thigh plus shank.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    offsets : int64 (track + 1,)
    out : float64 (track,), px
        Where no row has hip, knee and ankle of one side: the longest hip-to-ankle distance (its 95th percentile);
        NaN without ankles or hips.
    """
    thigh = np.empty(4 * LENGTH_ROWS)
    shank = np.empty(4 * LENGTH_ROWS)
    for track in range(offsets.shape[0] - 1):
        first, last = offsets[track], offsets[track + 1]
        stride = max(1, (last - first) // LENGTH_ROWS)
        n = _squares(xy, first, last, stride, lm.LEFT_HIP, lm.LEFT_KNEE, thigh)
        _squares(xy, first, last, stride, lm.LEFT_KNEE, lm.LEFT_ANKLE, shank)
        # all roots in one loop: vector code
        for k in range(n):
            thigh[k] = math.sqrt(thigh[k]) + math.sqrt(shank[k])
        n = _known(thigh, n)
        if n > 0:
            out[track] = median_in_place(thigh, n)
            continue
        n = _squares(xy, first, last, stride, lm.LEFT_HIP, lm.LEFT_ANKLE, thigh)
        for k in range(n):
            thigh[k] = math.sqrt(thigh[k])
        out[track] = quantile_in_place(thigh, _known(thigh, n), 0.95)


@kernel
def ankle_separation(
    xy: FloatArray, offsets: IntArray, direction: FloatArray, length: FloatArray, out: FloatArray
) -> None:
    """How far the left ankle is ahead of the right one, in leg lengths: one clean oscillation per stride.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    offsets : int64 (track + 1,)
    direction : float64 (track,)
        +1 running to +x, -1 to -x.
    length : float64 (track,), px
        Leg length.
    out : float64 (row,)
    """
    for track in range(offsets.shape[0] - 1):
        scale = direction[track] / length[track]
        for row in range(offsets[track], offsets[track + 1]):
            out[row] = (xy[row, lm.LEFT_ANKLE, 0] - xy[row, lm.RIGHT_ANKLE, 0]) * scale


@kernel
def middle_of_hips(xy: FloatArray, out: FloatArray) -> None:
    """Middle of the hips of each row into ``out`` (row, 2); the other hip where one is missing.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    out : float64 (row, 2), px
    """
    for row in range(xy.shape[0]):
        out[row, 0] = middle(xy[row, lm.LEFT_HIP, 0], xy[row, lm.RIGHT_HIP, 0])
        out[row, 1] = middle(xy[row, lm.LEFT_HIP, 1], xy[row, lm.RIGHT_HIP, 1])
