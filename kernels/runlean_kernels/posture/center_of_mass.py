"""The body's centre of mass from its segments (de Leva 1996)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.uniform import next_border
from runlean_kernels.jit import kernel, sum_kernel
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
def _add_share(row: FloatArray, point: int, share: float, out: FloatArray) -> None:
    """Add a point's share to ``out`` (coordinate,); a middle's goes to its pair, all of it to the one that is known."""
    for axis in range(2):
        if point < N_LANDMARKS:
            out[2 * point + axis] += share
            continue
        left = LEFT_HIP if point == MID_HIP else LEFT_SHOULDER if point == MID_SHOULDER else LEFT_EAR
        a = row[2 * left + axis]
        b = row[2 * left + 2 + axis]
        if a == a and b == b:
            out[2 * left + axis] += 0.5 * share
            out[2 * left + 2 + axis] += 0.5 * share
        else:
            out[2 * left + (0 if a == a else 2) + axis] += share


@kernel
def _is_known(row: FloatArray, point: int) -> bool:
    """Both coordinates of a point, or of a middle, are known."""
    n = 0
    for axis in range(2):
        left = LEFT_HIP if point == MID_HIP else LEFT_SHOULDER if point == MID_SHOULDER else LEFT_EAR
        first = point if point < N_LANDMARKS else left
        second = point if point < N_LANDMARKS else left + 1
        if 2 * second + 1 >= row.shape[0]:
            return False  # no feet were looked for
        a = row[2 * first + axis]
        b = row[2 * second + axis]
        n += 1 if a == a or b == b else 0
    return n == 2


@kernel
def _shares(row: FloatArray, segment_table: FloatArray, along_x: FloatArray, along_y: FloatArray) -> bool:
    """What part of the centre of mass each coordinate of a row (coordinate,) is, x and y apart; False where unknown."""
    along_x[:] = 0.0
    mass = 0.0
    total = 0.0
    for s in range(segment_table.shape[0]):
        total += segment_table[s, 2]
        proximal = int(segment_table[s, 0])
        distal = int(segment_table[s, 1])
        stand_in = int(segment_table[s, 4])
        own = segment_table[s, 2]
        if _is_known(row, proximal) and _is_known(row, distal):
            _add_share(row, proximal, (1.0 - segment_table[s, 3]) * own, along_x)
            _add_share(row, distal, segment_table[s, 3] * own, along_x)
        elif stand_in >= 0 and _is_known(row, stand_in):
            _add_share(row, stand_in, own, along_x)
        else:
            continue
        mass += own
    if not (mass >= LEAST_MASS * total and mass > 0.0):
        return False
    for c in range(0, along_x.shape[0], 2):
        along_y[c] = 0.0
        along_y[c + 1] = along_x[c + 1] / mass
        along_x[c] /= mass
        along_x[c + 1] = 0.0
    return True


@sum_kernel
def _weighted(row: FloatArray, along_x: FloatArray, along_y: FloatArray) -> tuple[float, float]:
    """Sums of a row's known coordinates with either weight."""
    x = 0.0
    y = 0.0
    for c in range(row.shape[0]):
        value = row[c]
        value = value if value == value else 0.0
        x += along_x[c] * value
        y += along_y[c] * value
    return x, y


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

    Which points are known decides what part of the centre each coordinate is. Rows that know the same points are one
    weighted sum each, in vector code.
    """
    n = out.shape[0]
    n_coordinates = xy.shape[1] * 2
    flat = xy.reshape(xy.shape[0], n_coordinates)
    along_x = np.empty(n_coordinates)
    along_y = np.empty(n_coordinates)
    i = 0
    while i < n:
        border = next_border(flat, i, n, 1)
        known = _shares(flat[i], segment_table, along_x, along_y)
        for k in range(i, border):
            if known:
                out[k, 0], out[k, 1] = _weighted(flat[k], along_x, along_y)
            else:
                out[k, 0] = math.nan
                out[k, 1] = math.nan
        i = border
