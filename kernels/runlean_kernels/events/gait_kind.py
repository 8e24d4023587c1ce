"""Running, walking or neither, per block of strides and per track."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_signals import HIP_Y
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KindArray = npt.NDArray[np.int8]

NONE = 0
RUNNING = 1
WALKING = 2

#: Own phase of mid-stance: the hips are lowest near it in running, highest near it in walking.
MID_STANCE = 1.2
#: Steps of a runner, s: 240 a minute in a sprint; slower than 110 a minute nobody runs.
SHORTEST_STEP_S = 0.19
LONGEST_STEP_S = 0.54
#: Ankles swing apart by this much at least (amplitude, leg lengths); runners 0.6-1.1 from the side.
SMALLEST_SWING = 0.25
#: Leg lengths per second between a brisk walk and a slow run (Froude number 0.5 with a leg of 0.9 m).
WALK_RUN_SPEED = 2.3


@kernel
def block_kind(cycle: FloatArray, coefficients: FloatArray, out: KindArray) -> None:
    """Kind of gait of every block.

    Parameters
    ----------
    cycle : float64 (block, 4)
    coefficients : float64 (block, N_SIGNALS, N_TERMS)
        As ``cycle_features`` leaves them.
    out : int8 (block,)

    Notes
    -----
    The hips' height at twice the stride frequency, taken at mid-stance, tells the bouncing gait from the vaulting one;
    in units of 0.03 leg lengths it votes against the speed's distance from the Froude limit and the cadence's from 2.3
    steps a second.
    """
    for block in range(cycle.shape[0]):
        out[block] = NONE
        rate = cycle[block, 1]
        speed = cycle[block, 2]
        if math.isnan(rate) or math.isnan(speed) or not cycle[block, 3] > SMALLEST_SWING or not speed > 0.3:
            continue
        step = math.pi / rate
        vote = 2.0 * (speed / WALK_RUN_SPEED - 1.0) + 2.0 * (0.43 / step - 1.0)
        cosine = coefficients[block, HIP_Y, 3]
        sine = coefficients[block, HIP_Y, 4]
        if not math.isnan(cosine):
            height = cosine * math.cos(2.0 * MID_STANCE) + sine * math.sin(2.0 * MID_STANCE)
            vote -= min(max(height / 0.03, -1.0), 1.0)
        if vote > 0.0 and SHORTEST_STEP_S < step < LONGEST_STEP_S:
            out[block] = RUNNING
        elif vote <= 0.0 and step > 0.35:
            out[block] = WALKING
