"""Weights of source pixels along one axis: area average when shrinking, bilinear when enlarging."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


@kernel
def axis_taps(step: float) -> int:
    """Length of a row of weights: all that an output pixel of ``step`` source pixels can touch, in fours."""
    return (math.ceil(abs(step)) + 4) // 4 * 4


@kernel
def axis_weights(
    origin: float,
    step: float,
    n_in: int,
    start: IntArray,
    count: IntArray,
    weight: FloatArray,
    cover: FloatArray,
) -> None:
    """Weights with which source pixels make up each output pixel.

    Output pixel i lies over [origin + i step, origin + (i + 1) step] of the source, edges of its pixels at
    integers; a negative step mirrors. From a step of one pixel up the weights are exact shares of that
    stretch; below, the two nearest pixel centres share linearly, edge pixels continued outward. Weights sum
    to 1; how much of the stretch lies inside the picture is ``cover``.

    Parameters
    ----------
    origin, step : float
        Source pixels.
    n_in : int
        Source pixels along the axis.
    start, count : int32 (n_out,)
        Receive the first source pixel that counts, and how many do.
    weight : float32 (n_out, taps)
        Receives the weights of ``start``, ``start + 1``, ...; 0 behind the last. ``taps >= axis_taps(step)``.
    cover : float32 (n_out,)
        Receives the share of the output pixel that lies inside the picture, 0..1; where it is 0, the weights
        mean nothing.
    """
    for i in range(start.shape[0]):
        low = origin + i * step
        high = low + step
        if high < low:
            low, high = high, low
        inside = max(0.0, min(high, float(n_in)) - max(low, 0.0))
        share = inside / (high - low) if high > low else 0.0
        for t in range(weight.shape[1]):
            weight[i, t] = 0.0
        start[i], count[i] = 0, 1
        # below a thousandth nothing shows in 8 bits, and dividing by it would only make noise
        if share < 1e-3:
            cover[i] = 0.0
            continue
        cover[i] = share
        if high - low >= 1.0:
            low = max(low, 0.0)
            high = min(high, float(n_in))
            first = math.floor(low)
            last = min(math.ceil(high), n_in)
            start[i], count[i] = first, last - first
            for k in range(first, last):
                weight[i, k - first] = (min(high, k + 1.0) - max(low, float(k))) / inside
        else:
            middle = min(max(0.5 * (low + high) - 0.5, 0.0), n_in - 1.0)
            first = math.floor(middle)
            start[i] = first
            weight[i, 0] = 1.0 - (middle - first)
            if middle > first:
                count[i] = 2
                weight[i, 1] = middle - first


@kernel
def fold_weights(
    start: IntArray,
    count: IntArray,
    weight: FloatArray,
    shift: int,
    folded_start: IntArray,
    folded_count: IntArray,
    folded_weight: FloatArray,
) -> None:
    """Weights of chroma samples, each for 2**shift luma pixels, from the weights of the luma pixels.

    The same as repeating every chroma sample over its luma pixels first, without doing it.

    Parameters
    ----------
    start, count, weight : int32 (n_out,), int32 (n_out,), float32 (n_out, taps)
        From ``axis_weights``.
    shift : int
        Log2 of the subsampling.
    folded_start, folded_count, folded_weight : int32 (n_out,), int32 (n_out,), float32 (n_out, taps)
        Receive the same for the chroma axis; as many taps as for luma, or fewer where they are enough.
    """
    for i in range(start.shape[0]):
        first = start[i] >> shift
        folded_start[i] = first
        folded_count[i] = ((start[i] + count[i] - 1) >> shift) - first + 1
        for t in range(folded_weight.shape[1]):
            folded_weight[i, t] = 0.0
        for t in range(count[i]):
            folded_weight[i, ((start[i] + t) >> shift) - first] += weight[i, t]


@kernel
def shift_starts(start: IntArray, count: IntArray, cover: FloatArray) -> tuple[int, int]:
    """First and last + 1 source pixel that any output pixel needs; ``start`` becomes relative to the first.

    Returns (0, 0) where no output pixel lies inside the picture.
    """
    begin, end = 1 << 30, 0
    for i in range(start.shape[0]):
        if cover[i] > 0.0:
            begin = min(begin, start[i])
            end = max(end, start[i] + count[i])
    if end == 0:
        return 0, 0
    for i in range(start.shape[0]):
        start[i] = start[i] - begin if cover[i] > 0.0 else 0
    return begin, end
