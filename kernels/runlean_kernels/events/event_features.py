"""Instants of the cycle that tell initial contact and toe-off, read off the mean waveform.

Each is a phase of the foot's own cycle (0 = ankle furthest ahead of the other one, in the fundamental) with the standard
deviation that the rows' noise leaves in it. What is missing or not there is NaN.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle import derivative, find_level, find_peak, solve_cycle
from runlean_kernels.events.cycle_sums import (
    ANKLE_X,
    ANKLE_Y,
    GROUP_OF,
    HEEL_LEG,
    HEEL_X,
    HIP_Y,
    KNEE,
    LEG,
    N_GROUPS,
    N_SIDE_SIGNALS,
    N_SIGNALS,
    N_TERMS,
    TOE_LEG,
    TOE_Y,
)
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Initial contact.
SWING_TURN = 0  # the stride phase itself: always there, knows nothing of this runner
ANKLE_BACKWARD = 1  # ankle goes backward at half the running speed
KNEE_EXTENDED = 2  # knee straightest before landing
LEG_LONGEST = 3  # hip to ankle longest before landing
LEG_SHORTENING = 4  # hip to ankle shortening fastest
HIP_UPWARD = 5  # hips' acceleration turns upward
ANKLE_DOWN = 6  # ankle down to 0.02 leg lengths above its lowest
HEEL_BACKWARD = 7  # heel goes backward at 0.8 of the running speed
HEEL_LONGEST = 8  # hip to heel longest before landing
N_CONTACT = 9
#: Toe-off.
ANKLE_RISEN = 10  # ankle up to 0.10 leg lengths above its lowest
ANKLE_RISING = 11  # ankle rises at 1 leg length per second
LEG_PUSHED = 12  # hip to ankle longest in the push
KNEE_PUSHED = 13  # knee straightest in the push
ANKLE_REARMOST = 14
ANKLE_LIFTED = 15  # ankle up to 0.03 leg lengths
TOE_PUSHED = 16  # hip to toe longest
TOE_RISING = 17  # toe rises at 0.5 leg lengths per second
SWING_TURN_OFF = 9  # the stride phase itself, for toe-off
N_FEATURES = 18

#: Window of own phase in which the foot stands flat in every pace seen: the running speed is read there.
FLAT_FROM = 0.6
FLAT_TO = 1.5


@kernel
def stance_speed(coefficients: FloatArray, rate: float) -> float:
    """Speed at which the standing ankles go backward, leg lengths per second (both sides' mean; NaN without ankles).

    Both feet stand on the same ground, so one speed serves both.
    """
    total = 0.0
    n = 0
    for side in range(2):
        c = coefficients[side * N_SIDE_SIGNALS + ANKLE_X]
        if not math.isnan(c[0]):
            total += (derivative(c, 0, FLAT_FROM) - derivative(c, 0, FLAT_TO)) / (FLAT_TO - FLAT_FROM) * rate
            n += 1
    return total / n if n > 0 else np.nan


@kernel
def side_features(
    side: int, coefficients: FloatArray, factor: FloatArray, noise: FloatArray, rate: float, speed: float,
    work: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """All features of one side into ``out`` (N_FEATURES, 2): own phase and standard deviation, rad."""
    base = side * N_SIDE_SIGNALS
    shift = side * math.pi
    out[:] = np.nan
    out[SWING_TURN, 0] = 0.0
    out[SWING_TURN, 1] = 0.0
    out[SWING_TURN_OFF, 0] = 0.0
    out[SWING_TURN_OFF, 1] = 0.0
    leg = factor[GROUP_OF[base]]
    ax = coefficients[base + ANKLE_X]
    ay = coefficients[base + ANKLE_Y]
    knee = coefficients[base + KNEE]
    length = coefficients[base + LEG]
    if not math.isnan(ax[0]):
        sd_x = noise[base + ANKLE_X]
        sd_y = noise[base + ANKLE_Y]
        fore, _ = find_peak(ax, leg, sd_x, 0, 1.0, -1.3, 0.8, shift, work)
        if math.isnan(fore):
            fore = -0.2
        out[ANKLE_BACKWARD] = find_level(ax, leg, sd_x, 1, -0.5 * speed / rate, fore, 1.3, False, shift, work)
        out[KNEE_EXTENDED] = find_peak(knee, leg, noise[base + KNEE], 0, -1.0, -1.0, 0.9, shift, work)
        longest = find_peak(length, leg, noise[base + LEG], 0, 1.0, -1.0, 0.9, shift, work)
        out[LEG_LONGEST] = longest
        if not math.isnan(longest[0]):
            out[LEG_SHORTENING] = find_peak(
                length, leg, noise[base + LEG], 1, -1.0, longest[0], longest[0] + 1.3, shift, work
            )
        lowest = np.inf
        at_lowest = 0.8
        for i in range(25):
            p = -0.4 + 0.1 * i
            value = derivative(ay, 0, p)
            if value < lowest:
                lowest = value
                at_lowest = p
        out[ANKLE_DOWN] = find_level(ay, leg, sd_y, 0, lowest + 0.02, -1.0, at_lowest, False, shift, work)
        out[ANKLE_LIFTED] = find_level(ay, leg, sd_y, 0, lowest + 0.03, at_lowest, 4.0, True, shift, work)
        out[ANKLE_RISEN] = find_level(ay, leg, sd_y, 0, lowest + 0.10, at_lowest, 4.0, True, shift, work)
        out[ANKLE_RISING] = find_level(ay, leg, sd_y, 1, 1.0 / rate, at_lowest, 4.0, True, shift, work)
        out[LEG_PUSHED] = find_peak(length, leg, noise[base + LEG], 0, 1.0, 1.3, 3.6, shift, work)
        out[KNEE_PUSHED] = find_peak(knee, leg, noise[base + KNEE], 0, -1.0, 1.3, 3.6, shift, work)
        out[ANKLE_REARMOST] = find_peak(ax, leg, sd_x, 0, -1.0, 2.0, 4.6, shift, work)
    hip = coefficients[HIP_Y]
    if not math.isnan(hip[0]):
        # the hips have no own side: their series is in the left foot's phase
        out[HIP_UPWARD] = find_level(
            hip, factor[GROUP_OF[HIP_Y]], noise[HIP_Y], 2, 0.0, shift - 0.4, shift + 1.2, True, 0.0, work
        )
        out[HIP_UPWARD, 0] -= shift
    heel = coefficients[base + HEEL_X]
    if not math.isnan(heel[0]):
        f = factor[GROUP_OF[base + HEEL_X]]
        fore, _ = find_peak(heel, f, noise[base + HEEL_X], 0, 1.0, -1.3, 0.8, shift, work)
        if math.isnan(fore):
            fore = -0.2
        out[HEEL_BACKWARD] = find_level(
            heel, f, noise[base + HEEL_X], 1, -0.8 * speed / rate, fore, 1.3, False, shift, work
        )
        out[HEEL_LONGEST] = find_peak(
            coefficients[base + HEEL_LEG], f, noise[base + HEEL_LEG], 0, 1.0, -1.0, 0.9, shift, work
        )
    toe = coefficients[base + TOE_Y]
    if not math.isnan(toe[0]):
        f = factor[GROUP_OF[base + TOE_Y]]
        pushed = find_peak(coefficients[base + TOE_LEG], f, noise[base + TOE_LEG], 0, 1.0, 1.3, 4.2, shift, work)
        out[TOE_PUSHED] = pushed
        out[TOE_RISING] = find_level(toe, f, noise[base + TOE_Y], 1, 0.5 / rate, 0.9, 4.2, True, shift, work)


@kernel
def cycle_features(
    block_offsets: IntArray,
    normal: FloatArray,
    rhs: FloatArray,
    square: FloatArray,
    rows: FloatArray,
    out_features: FloatArray,
    out_cycle: FloatArray,
    out_coefficients: FloatArray,
) -> None:
    """Features of every block of strides.

    Parameters
    ----------
    block_offsets : int64 (track + 1,)
    normal, rhs, square, rows
        As ``sum_blocks`` leaves them.
    out_features : float64 (block, 2, N_FEATURES, 2)
        Own phase and its standard deviation (rad) per side.
    out_cycle : float64 (block, 4)
        Mean phase (rad), phase rate (rad/s), stance speed (leg lengths/s), noise of the ankles (leg lengths).
    out_coefficients : float64 (block, N_SIGNALS, N_TERMS)
        The waveforms themselves, each side's in its own phase.
    """
    work = np.empty((N_GROUPS + 1, N_TERMS, N_TERMS))
    work_rhs = np.empty((N_SIGNALS, N_TERMS + 2))
    factor = np.empty((N_GROUPS, N_TERMS, N_TERMS))
    noise = np.empty(N_SIGNALS)
    line = np.empty(N_TERMS)
    for track in range(block_offsets.shape[0] - 1):
        begin, end = block_offsets[track], block_offsets[track + 1]
        for block in range(begin, end):
            out_features[block] = np.nan
            out_cycle[block] = np.nan
            out_coefficients[block] = np.nan
            if not rows[block, 0] > 0.0:
                continue
            coefficients = out_coefficients[block]
            solve_cycle(block, begin, end, normal, rhs, square, rows, work, work_rhs, factor, coefficients, noise)
            rate = rows[block, 2] / rows[block, 0]
            speed = stance_speed(coefficients, rate)
            out_cycle[block, 0] = rows[block, 1] / rows[block, 0]
            out_cycle[block, 1] = rate
            out_cycle[block, 2] = speed
            out_cycle[block, 3] = 0.5 * (noise[ANKLE_X] + noise[N_SIDE_SIGNALS + ANKLE_X])
            for side in range(2):
                side_features(side, coefficients, factor, noise, rate, speed, line, out_features[block, side])
