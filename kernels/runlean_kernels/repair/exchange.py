"""Left and right exchanged back."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_HEEL, LEFT_KNEE

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Heels and toes go to the other ankle where that takes less than this part of the distance to their own.
CLEARLY_NEARER = 0.67


@kernel
def _distance(xy: FloatArray, i: int, a: int, b: int) -> float:
    dx = xy[i, a, 0] - xy[i, b, 0]
    dy = xy[i, a, 1] - xy[i, b, 1]
    return math.sqrt(dx * dx + dy * dy)


@kernel
def _exchange(xy: FloatArray, score: FloatArray, i: int, left: int) -> None:
    for axis in range(2):
        kept = xy[i, left, axis]
        xy[i, left, axis] = xy[i, left + 1, axis]
        xy[i, left + 1, axis] = kept
    kept = score[i, left]
    score[i, left] = score[i, left + 1]
    score[i, left + 1] = kept


@kernel
def undo_leg_swap(xy: FloatArray, score: FloatArray, swapped: BoolArray, all_feet: bool) -> None:
    """Exchange left and right, with their scores, where ``swapped`` says so; in place.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    score : float64 (row, 23)
    swapped : bool (row, 2)
        As `leg_swap` gives it: knees; ankles and feet.
    all_feet : bool
        Look at the feet of every row, and not only of those that are exchanged: needed once, the first time.

    Notes
    -----
    Heels and toes may come from another network, which labels legs by itself. They go to the clearly nearer ankle,
    and where neither is (both feet on one leg, no ankle), with their own.
    """
    for i in range(swapped.shape[0]):
        if swapped[i, 0]:
            _exchange(xy, score, i, LEFT_KNEE)
        if swapped[i, 1]:
            _exchange(xy, score, i, LEFT_ANKLE)
            for point in range(LEFT_HEEL, xy.shape[1], 2):
                _exchange(xy, score, i, point)
        if not (all_feet or swapped[i, 1]):
            continue
        own = 0.0
        other = 0.0
        for point in range(LEFT_HEEL, xy.shape[1], 2):
            if math.isnan(xy[i, point, 0] + xy[i, point + 1, 0]):
                continue  # before four roots are drawn: many networks have no feet
            straight = _distance(xy, i, LEFT_ANKLE, point) + _distance(xy, i, LEFT_ANKLE + 1, point + 1)
            crossed = _distance(xy, i, LEFT_ANKLE, point + 1) + _distance(xy, i, LEFT_ANKLE + 1, point)
            if not math.isnan(straight + crossed):
                own += straight
                other += crossed
        if other < CLEARLY_NEARER * own:
            for point in range(LEFT_HEEL, xy.shape[1], 2):
                _exchange(xy, score, i, point)
