"""Signals of the cycle: where ankle, knee, heel and toe of both sides and the hips are in every row.

In leg lengths or radians, left then right: ankle forward and up, knee flexion, distance hip-ankle; heel forward,
distance hip-heel; toe up, distance hip-toe; and last the hips' height.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels import landmarks as lm
from runlean_kernels.events.leg_signals import middle
from runlean_kernels.jit import kernel
from runlean_kernels.posture.arctan2 import arctan2

FloatArray = npt.NDArray[np.float64]

N_SIDE_SIGNALS = 8
N_SIGNALS = 2 * N_SIDE_SIGNALS + 1
ANKLE_X, ANKLE_Y, KNEE, LEG, HEEL_X, HEEL_LEG, TOE_Y, TOE_LEG = range(N_SIDE_SIGNALS)
HIP_Y = 2 * N_SIDE_SIGNALS
#: Signals of a side that follow a stride's own events (correlation with force plates 0.5-0.9); the ankle's place does
#: not (0.3). They alone are kept row by row, left side first.
SHIFT_SIGNALS = np.array([KNEE, LEG, TOE_Y, TOE_LEG])
N_SHIFT_SIGNALS = 4
#: What is kept of each row: the signals, and the other part of two knees' vectors.
N_PLANES = N_SIGNALS + 2


@kernel
def _gather_leg(
    xy: FloatArray, hips: FloatArray, path: FloatArray, side: int, direction: float, length: float, out: FloatArray
) -> None:
    """Ankle and knee of one side; as `gather_signals`."""
    scale = direction / length
    unit = 1.0 / length
    base = side * N_SIDE_SIGNALS
    knee = lm.LEFT_KNEE + side
    ankle = lm.LEFT_ANKLE + side
    ankle_x = out[base + ANKLE_X]
    ankle_y = out[base + ANKLE_Y]
    sine = out[base + KNEE]
    cosine = out[N_SIGNALS + side]
    leg = out[base + LEG]
    for r in range(xy.shape[0]):
        mx = hips[r, 0]
        my = hips[r, 1]
        ax = xy[r, ankle, 0]
        ay = xy[r, ankle, 1]
        ux = xy[r, knee, 0] - mx
        uy = xy[r, knee, 1] - my
        vx = ax - xy[r, knee, 0]
        vy = ay - xy[r, knee, 1]
        ankle_x[r] = (ax - path[0, r]) * scale
        ankle_y[r] = (path[1, r] - ay) * unit
        sine[r] = direction * (ux * vy - uy * vx)
        cosine[r] = ux * vx + uy * vy
        leg[r] = (ax - mx) ** 2 + (ay - my) ** 2


@kernel
def _gather_foot(
    xy: FloatArray, hips: FloatArray, path: FloatArray, side: int, direction: float, length: float, out: FloatArray
) -> None:
    """Heel and toe of one side; as `gather_signals`."""
    scale = direction / length
    unit = 1.0 / length
    base = side * N_SIDE_SIGNALS
    heel = lm.LEFT_HEEL + side
    big_toe = lm.LEFT_BIG_TOE + side
    small_toe = lm.LEFT_SMALL_TOE + side
    heel_x = out[base + HEEL_X]
    heel_leg = out[base + HEEL_LEG]
    toe_y = out[base + TOE_Y]
    toe_leg = out[base + TOE_LEG]
    for r in range(xy.shape[0]):
        mx = hips[r, 0]
        my = hips[r, 1]
        hx = xy[r, heel, 0]
        hy = xy[r, heel, 1]
        tx = middle(xy[r, big_toe, 0], xy[r, small_toe, 0])
        ty = middle(xy[r, big_toe, 1], xy[r, small_toe, 1])
        heel_x[r] = (hx - path[0, r]) * scale
        heel_leg[r] = (hx - mx) ** 2 + (hy - my) ** 2
        toe_y[r] = (path[1, r] - ty) * unit
        toe_leg[r] = (tx - mx) ** 2 + (ty - my) ** 2


@kernel
def gather_signals(
    xy: FloatArray, hips: FloatArray, path: FloatArray, direction: float, length: float, out: FloatArray
) -> None:
    """Signals of some rows, as far as they are one product or sum; `finish_signals` does the rest.

    The frame is that of the mean hip, forward and up positive. Rows are counted from 0: an index that might be negative
    costs two instructions at each use.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    hips : float64 (row, 2), px
        The middle of the hips: half the noise, and the pelvis' turn does not count as a movement of the leg.
    path : float64 (2, at least as many), px
        The mean path of the hips.
    direction, length : float
    out : float64 (N_PLANES, at least as many)
        Heel and toe are left as they are where ``xy`` has no feet.
    """
    unit = 1.0 / length
    for side in range(2):
        _gather_leg(xy, hips, path, side, direction, length, out)
        if xy.shape[1] > lm.LEFT_HEEL:
            _gather_foot(xy, hips, path, side, direction, length, out)
    height = out[HIP_Y]
    for r in range(xy.shape[0]):
        height[r] = (path[1, r] - hips[r, 1]) * unit


@kernel
def finish_signals(planes: FloatArray, n: int, length: float) -> None:
    """Angles and distances of ``n`` rows that `gather_signals` has begun, in place."""
    unit = 1.0 / length
    for side in range(2):
        base = side * N_SIDE_SIGNALS
        sine = planes[base + KNEE]
        cosine = planes[N_SIGNALS + side]
        for r in range(n):
            sine[r] = arctan2(sine[r], cosine[r])
        for which in (LEG, HEEL_LEG, TOE_LEG):
            distance = planes[base + which]
            for r in range(n):
                distance[r] = math.sqrt(distance[r]) * unit
