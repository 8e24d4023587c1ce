"""A body in front of a person, painted over by its own shape."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@kernel
def mean_colour(crop: NDArray[np.uint8], out: FloatArray) -> None:
    """Mean of a picture's three channels, float64 (3,)."""
    rows, columns = crop.shape[:2]
    # whole numbers are exact in any order: whole lines at once, 0.02 ms for 256 x 256 instead of 0.12
    down = np.zeros(3 * columns, np.int32)
    for y in range(rows):
        line = crop[y].reshape(-1)
        for i in range(3 * columns):
            down[i] += np.int32(line[i])
    red = green = blue = 0.0
    for x in range(columns):
        red += down[3 * x]
        green += down[3 * x + 1]
        blue += down[3 * x + 2]
    n = max(1, rows * columns)
    out[0] = red / n
    out[1] = green / n
    out[2] = blue / n


@kernel
def _joint(xy: FloatArray, score: FloatArray, first: int, second: int, least_score: float) -> tuple[float, float]:
    """Middle of two points (or one, named twice); NaN where either scores less or is missing."""
    if not (score[first] >= least_score and score[second] >= least_score):
        return math.nan, math.nan
    return 0.5 * (xy[first, 0] + xy[second, 0]), 0.5 * (xy[first, 1] + xy[second, 1])


@kernel
def paint_body(
    crop: NDArray[np.uint8], box: FloatArray, xy: FloatArray, score: FloatArray, height: float, limbs: IntArray,
    radius: FloatArray, least_score: float, colour: FloatArray,
) -> int:  # fmt: skip
    """Fill a body's limbs, as capsules between its joints, with one colour.

    Parameters
    ----------
    crop : uint8 (H, W, 3)
        Changed in place.
    box : float64 (4,)
        x0, y0, x1, y1 of the crop in the picture, px.
    xy, score : float64 (keypoint, 2), (keypoint,)
        The body's points, px of the picture.
    height : float
        Of the body, px of the picture.
    limbs : int64 (limb, 4)
        Points of each limb: two whose middle is one end, two whose middle is the other.
    radius : float64 (limb,)
        Half a limb's thickness, body heights.
    least_score : float
        Limbs with a weaker point are left out.
    colour : float64 (3,)

    Returns
    -------
    int
        Pixels that were filled, those of two limbs counted twice.
    """
    rows, columns = crop.shape[:2]
    across = columns / (box[2] - box[0])
    down = rows / (box[3] - box[1])
    filled = 0
    for k in range(limbs.shape[0]):
        ax, ay = _joint(xy, score, limbs[k, 0], limbs[k, 1], least_score)
        bx, by = _joint(xy, score, limbs[k, 2], limbs[k, 3], least_score)
        if not math.isfinite(ax + ay + bx + by):
            continue
        r = radius[k] * height
        dx = bx - ax
        dy = by - ay
        square = max(dx * dx + dy * dy, 1e-9)
        top = max(0, math.floor((min(ay, by) - r - box[1]) * down))
        bottom = min(rows, math.ceil((max(ay, by) + r - box[1]) * down))
        left = max(0, math.floor((min(ax, bx) - r - box[0]) * across))
        right = min(columns, math.ceil((max(ax, bx) + r - box[0]) * across))
        for y in range(top, bottom):
            py = box[1] + (y + 0.5) / down - ay
            for x in range(left, right):
                px = box[0] + (x + 0.5) / across - ax
                along = min(1.0, max(0.0, (px * dx + py * dy) / square))
                ex = px - along * dx
                ey = py - along * dy
                if ex * ex + ey * ey <= r * r:
                    for channel in range(3):
                        crop[y, x, channel] = np.uint8(colour[channel])
                    filled += 1
    return filled
