"""Other people in a person's crop, painted over."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.tracking.paint import mean_colour

FloatArray = NDArray[np.float64]


@kernel
def _fill(line: NDArray[np.uint8], colour: FloatArray) -> int:
    red, green, blue = np.uint8(colour[0]), np.uint8(colour[1]), np.uint8(colour[2])
    for x in range(line.shape[0]):
        line[x, 0] = red
        line[x, 1] = green
        line[x, 2] = blue
    return len(line)


@kernel
def cover_others(crop: NDArray[np.uint8], box: FloatArray, person: FloatArray, others: FloatArray, core: float) -> int:
    """Fill other persons' boxes with the crop's mean colour, but for a column about the person's own middle.

    Parameters
    ----------
    crop : uint8 (H, W, 3)
        Changed in place.
    box : float64 (4,)
        x0, y0, x1, y1 of the crop in the picture, px.
    person : float64 (4,)
        Whose crop it is, px of the picture.
    others : float64 (n, 4)
        Everybody else, px of the picture; NaN is left out.
    core : float
        Half the width of the column that stays, share of the person's height.

    Returns
    -------
    int
        Pixels that were filled.

    Notes
    -----
    A network that looks for one person in a square takes the more visible one. On 204 crops of rendered races in which
    another runner's box reaches into the crop, the mean error fell from 5.1 to 3.0 % of body height, and wrong persons
    (error above 8 %) from 17 to 5 %, with a core of 0.2; 0.14 cuts off limbs (3.8), 0.28 leaves too much (3.6). Black
    instead of the mean is no better (3.2); dimming does little (4.2).
    """
    rows, columns = crop.shape[:2]
    across = columns / (box[2] - box[0])
    down = rows / (box[3] - box[1])
    middle = 0.5 * (person[0] + person[2])
    half = core * (person[3] - person[1])
    keep_left = (middle - half - box[0]) * across
    keep_right = (middle + half - box[0]) * across
    # what stays are the columns whose middle lies in the core; none of somebody whose box is not known
    stay, go_on = columns, columns
    if keep_left <= keep_right:
        stay, go_on = math.ceil(keep_left - 0.5), math.floor(keep_right - 0.5) + 1
    colour = np.empty(3)
    filled = 0
    ready = False
    for i in range(others.shape[0]):
        left = (others[i, 0] - box[0]) * across
        right = (others[i, 2] - box[0]) * across
        top = (others[i, 1] - box[1]) * down
        bottom = (others[i, 3] - box[1]) * down
        if not (left < columns and right > 0.0 and top < rows and bottom > 0.0):  # NaN, too
            continue
        if not ready:
            mean_colour(crop, colour)
            ready = True
        first, last = max(0, round(left)), min(columns, round(right))
        before, after = min(last, max(first, stay)), max(first, min(last, go_on))
        for y in range(max(0, round(top)), min(rows, round(bottom))):
            filled += _fill(crop[y, first:before], colour) + _fill(crop[y, max(before, after) : last], colour)
    return filled
