"""Knees and ankles that lie nearer to where the stride has the other leg than to where it has their own."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_KNEE
from runlean_kernels.repair.body_scale import body_scale

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: Nearer together than this, leg lengths, both legs' places are one: three times the usual scatter about the stride
#: (0.01 to 0.04), so that the line between the places lies one and a half of it away from either.
APART = 0.09


@kernel
def other_leg(xy: FloatArray, cycle: FloatArray, offsets: IntArray, out_off: BoolArray) -> None:
    """Mark known points that lie on the other leg's place rather than on their own.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks; NaN = missing.
    cycle : float64 (row, 4, 2), px
        Left and right knee, left and right ankle as the stride has them, from `leg_cycle`; NaN where unknown.
    offsets : int64 (track + 1,)
    out_off : bool (row, 4)
        True is added where it is so; the rest stays.

    Notes
    -----
    Where one leg passes the other, a network draws its points towards those that it sees better: by half the way or
    more in blurred, dim or small pictures. That is less than what `leg_cycle` takes for wrong, but the two places are
    known, and a point is believed of the leg that it is nearer to.
    """
    scratch = np.empty(128)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        scale = body_scale(xy, first, stop, scratch)
        if math.isnan(scale):
            continue
        least = (APART * scale) ** 2
        for i in range(first, stop):
            for pair in range(2):
                left = 2 * pair
                dx = cycle[i, left, 0] - cycle[i, left + 1, 0]
                dy = cycle[i, left, 1] - cycle[i, left + 1, 1]
                if not dx * dx + dy * dy > least:
                    continue
                for side in range(2):
                    point = (LEFT_KNEE if pair == 0 else LEFT_ANKLE) + side
                    x = xy[i, point, 0]
                    y = xy[i, point, 1]
                    own = (x - cycle[i, left + side, 0]) ** 2 + (y - cycle[i, left + side, 1]) ** 2
                    other = (x - cycle[i, left + 1 - side, 0]) ** 2 + (y - cycle[i, left + 1 - side, 1]) ** 2
                    if other < own:
                        out_off[i, left + side] = True
