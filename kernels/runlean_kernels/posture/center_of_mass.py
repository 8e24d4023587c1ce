"""The body's centre of mass from its segments (de Leva 1996)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import (
    LEFT_ANKLE,
    LEFT_BIG_TOE,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_HEEL,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    N_LANDMARKS,
    NOSE,
    RIGHT_ANKLE,
    RIGHT_BIG_TOE,
    RIGHT_ELBOW,
    RIGHT_HEEL,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

FloatArray = NDArray[np.float64]

#: Points that a segment table may name besides the 23 landmarks: the middles of three pairs.
MID_HIP = N_LANDMARKS
MID_SHOULDER = N_LANDMARKS + 1
MID_EAR = N_LANDMARKS + 2

#: Share of the body's mass that must be visible for a centre of mass to be given. Head, trunk and one thigh alone
#: reach 0.64; legs alone, as in a marker set without a trunk, 0.41: those give NaN.
LEAST_MASS = 0.6


def _segment_table() -> FloatArray:
    """Mean of de Leva's male and female tables as (segment, 5): proximal, distal, mass, centre, stand-in."""
    both = [
        # name, male mass, male centre, female mass, female centre
        (MID_EAR, MID_EAR, 0.0694, 0.0, 0.0668, 0.0, NOSE),
        (MID_SHOULDER, MID_HIP, 0.4346, 0.4310, 0.4257, 0.3782, -1),
        (LEFT_SHOULDER, LEFT_ELBOW, 0.0271, 0.5772, 0.0255, 0.5754, LEFT_SHOULDER),
        (RIGHT_SHOULDER, RIGHT_ELBOW, 0.0271, 0.5772, 0.0255, 0.5754, RIGHT_SHOULDER),
        (LEFT_ELBOW, LEFT_WRIST, 0.0162, 0.4574, 0.0138, 0.4559, LEFT_ELBOW),
        (RIGHT_ELBOW, RIGHT_WRIST, 0.0162, 0.4574, 0.0138, 0.4559, RIGHT_ELBOW),
        (LEFT_WRIST, LEFT_WRIST, 0.0061, 0.0, 0.0056, 0.0, LEFT_ELBOW),
        (RIGHT_WRIST, RIGHT_WRIST, 0.0061, 0.0, 0.0056, 0.0, RIGHT_ELBOW),
        (LEFT_HIP, LEFT_KNEE, 0.1416, 0.4095, 0.1478, 0.3612, -1),
        (RIGHT_HIP, RIGHT_KNEE, 0.1416, 0.4095, 0.1478, 0.3612, -1),
        (LEFT_KNEE, LEFT_ANKLE, 0.0433, 0.4395, 0.0481, 0.4352, -1),
        (RIGHT_KNEE, RIGHT_ANKLE, 0.0433, 0.4395, 0.0481, 0.4352, -1),
        (LEFT_HEEL, LEFT_BIG_TOE, 0.0137, 0.4415, 0.0129, 0.4014, LEFT_ANKLE),
        (RIGHT_HEEL, RIGHT_BIG_TOE, 0.0137, 0.4415, 0.0129, 0.4014, RIGHT_ANKLE),
    ]
    rows = [[p, d, 0.5 * (m + f), 0.5 * (cm + cf), s] for p, d, m, cm, f, cf, s in both]
    return np.array(rows, dtype=np.float64)


#: (segment, 5): proximal point, distal point, fraction of body mass, centre as a fraction of the way from the
#: proximal to the distal point, point that stands in where one of the two is missing (-1: none).
DE_LEVA_SEGMENTS: FloatArray = _segment_table()


@kernel
def _spread_out(xy: FloatArray, i: int, points: FloatArray) -> None:
    """A row's landmarks and the middles of its pairs into ``points`` (26, 2)."""
    for point in range(N_LANDMARKS):
        points[point, 0] = xy[i, point, 0]
        points[point, 1] = xy[i, point, 1]
    for axis in range(2):
        for middle, left in ((MID_HIP, LEFT_HIP), (MID_SHOULDER, LEFT_SHOULDER), (MID_EAR, LEFT_EAR)):
            a = xy[i, left, axis]
            b = xy[i, left + 1, axis]
            # one that is missing leaves the other
            points[middle, axis] = 0.5 * ((a if a == a else b) + (b if b == b else a))


@kernel
def center_of_mass(xy: FloatArray, segment_table: FloatArray, out: FloatArray) -> None:
    """Centre of mass per row, over the segments that are visible.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks; NaN = missing.
    segment_table : float64 (segment, 5)
        Proximal point, distal point, mass fraction, centre from the proximal end, stand-in point or -1
        (`DE_LEVA_SEGMENTS`: the mean of de Leva's male and female values).
    out : float64 (row, 2), px
        NaN where less than `LEAST_MASS` of the table's mass is visible.

    Notes
    -----
    De Leva, J Biomech 29 (1996), 1223-1230. The head's centre lies half-way from the vertex to C7, which is at the
    ears: they stand for it. No network gives the hand's end, so the hand sits at the wrist. Where heel or toe
    are missing the foot sits at the ankle (1.3 % of the mass, some 8 cm away: the centre moves by 1 mm).
    """
    total = 0.0
    for s in range(segment_table.shape[0]):
        total += segment_table[s, 2]
    ends = segment_table[:, :2].astype(np.int64)
    stand_in = segment_table[:, 4].astype(np.int64)
    points = np.empty((MID_EAR + 1, 2))
    for i in range(out.shape[0]):
        _spread_out(xy, i, points)
        mass = 0.0
        sum_x = 0.0
        sum_y = 0.0
        for s in range(segment_table.shape[0]):
            fraction = segment_table[s, 3]
            x = (1.0 - fraction) * points[ends[s, 0], 0] + fraction * points[ends[s, 1], 0]
            y = (1.0 - fraction) * points[ends[s, 0], 1] + fraction * points[ends[s, 1], 1]
            if math.isnan(x + y) and stand_in[s] >= 0:
                x = points[stand_in[s], 0]
                y = points[stand_in[s], 1]
            if not math.isnan(x + y):
                mass += segment_table[s, 2]
                sum_x += segment_table[s, 2] * x
                sum_y += segment_table[s, 2] * y
        if mass >= LEAST_MASS * total and mass > 0.0:
            out[i, 0] = sum_x / mass
            out[i, 1] = sum_y / mass
        else:
            out[i, 0] = math.nan
            out[i, 1] = math.nan
