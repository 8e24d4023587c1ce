"""Instants of the cycle that tell initial contact and toe-off, read off the mean waveform.

Each is a phase of the foot's own cycle (0 = ankle furthest ahead of the other one, in the fundamental) with the
standard deviation that the rows' noise leaves in it. What is missing or not there is NaN. ``FEATURES`` says how each is
found.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle import half_turn, solve_cycle
from runlean_kernels.events.cycle_signals import (
    ANKLE_X,
    ANKLE_Y,
    HEEL_LEG,
    HEEL_X,
    HIP_Y,
    KNEE,
    LEG,
    N_SIDE_SIGNALS,
    N_SIGNALS,
    TOE_LEG,
    TOE_Y,
)
from runlean_kernels.events.cycle_sums import GROUP_OF, N_GROUPS, N_MOMENTS, N_TERMS
from runlean_kernels.events.waveform import (
    N_COLUMNS,
    N_SCRATCH,
    derivative,
    derivative_sd,
    derivative_terms,
    find_level,
    find_peak,
)
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

(
    # landmarks of the cycle that others are looked for from
    ANKLE_FOREMOST, ANKLE_LOWEST, HEEL_FOREMOST,
    # initial contact
    SWING_TURN,       # the stride phase itself: always there, knows nothing of this runner
    ANKLE_BACKWARD,   # ankle goes backward at half the running speed
    KNEE_EXTENDED,    # knee straightest before landing
    LEG_LONGEST,      # hip to ankle longest before landing
    LEG_SHORTENING,   # hip to ankle shortening fastest
    HIP_UPWARD,       # hips' acceleration turns upward
    ANKLE_DOWN,       # ankle down to 0.02 leg lengths above its lowest
    ANKLE_STOPPED,    # ankle's acceleration upward greatest: the ground takes its fall
    HEEL_BACKWARD,    # heel goes backward at 0.8 of the running speed
    HEEL_LONGEST,     # hip to heel longest before landing
    HEEL_FASTEST,     # heel goes backward fastest: from here the ground slows it to its own speed
    # toe-off
    SWING_TURN_OFF,   # the stride phase itself
    ANKLE_RISEN,      # ankle up to 0.10 leg lengths above its lowest
    ANKLE_RISING,     # ankle rises at 1 leg length per second
    LEG_PUSHED,       # hip to ankle longest in the push
    KNEE_PUSHED,      # knee straightest in the push
    ANKLE_REARMOST,
    ANKLE_LIFTED,     # ankle up to 0.03 leg lengths
    TOE_PUSHED,       # hip to toe longest
    TOE_RISING,       # toe rises at 0.5 leg lengths per second
) = range(23)  # fmt: skip
N_FEATURES = 23
FIRST_OF_CONTACT = SWING_TURN
FIRST_OF_TOE_OFF = SWING_TURN_OFF

PHASE, LOW, HIGH, FALLING, RISING = range(5)
ABSOLUTE, PER_SPEED, PER_SECOND, ABOVE_LOWEST = range(4)
NOWHERE = -1
#: signal, order of the derivative, what happens there, level, its unit, from, to (own phase, rad), anchor. PER_SPEED in
#: running speeds; PER_SECOND: in leg lengths per second; ABOVE_LOWEST: leg lengths above the ankle's lowest. An anchor
#: is the feature at which the search begins, or ends where the ankle still comes down.
FEATURES = np.array([
    (ANKLE_X, 0, HIGH, 0.0, ABSOLUTE, -1.3, 0.8, NOWHERE),
    (ANKLE_Y, 0, LOW, 0.0, ABSOLUTE, -0.4, 2.1, NOWHERE),
    (HEEL_X, 0, HIGH, 0.0, ABSOLUTE, -1.3, 0.8, NOWHERE),
    (ANKLE_X, 0, PHASE, 0.0, ABSOLUTE, 0.0, 0.0, NOWHERE),
    (ANKLE_X, 1, FALLING, -0.5, PER_SPEED, -0.2, 1.3, ANKLE_FOREMOST),
    (KNEE, 0, LOW, 0.0, ABSOLUTE, -1.0, 0.9, NOWHERE),
    (LEG, 0, HIGH, 0.0, ABSOLUTE, -1.0, 0.9, NOWHERE),
    (LEG, 1, LOW, 0.0, ABSOLUTE, -0.2, 1.5, LEG_LONGEST),
    (HIP_Y, 2, RISING, 0.0, ABSOLUTE, -0.4, 1.2, NOWHERE),
    (ANKLE_Y, 0, FALLING, 0.02, ABOVE_LOWEST, -1.0, 0.8, ANKLE_LOWEST),
    (ANKLE_Y, 2, HIGH, 0.0, ABSOLUTE, 0.0, 1.2, NOWHERE),
    (HEEL_X, 1, FALLING, -0.8, PER_SPEED, -0.2, 1.3, HEEL_FOREMOST),
    (HEEL_LEG, 0, HIGH, 0.0, ABSOLUTE, -1.0, 0.9, NOWHERE),
    (HEEL_X, 2, RISING, 0.0, ABSOLUTE, -0.2, 1.3, HEEL_FOREMOST),
    (ANKLE_X, 0, PHASE, 0.0, ABSOLUTE, 0.0, 0.0, NOWHERE),
    (ANKLE_Y, 0, RISING, 0.10, ABOVE_LOWEST, 0.8, 4.0, ANKLE_LOWEST),
    (ANKLE_Y, 1, RISING, 1.0, PER_SECOND, 0.8, 4.0, ANKLE_LOWEST),
    (LEG, 0, HIGH, 0.0, ABSOLUTE, 1.3, 3.6, NOWHERE),
    (KNEE, 0, LOW, 0.0, ABSOLUTE, 1.3, 3.6, NOWHERE),
    (ANKLE_X, 0, LOW, 0.0, ABSOLUTE, 2.0, 4.6, NOWHERE),
    (ANKLE_Y, 0, RISING, 0.03, ABOVE_LOWEST, 0.8, 4.0, ANKLE_LOWEST),
    (TOE_LEG, 0, HIGH, 0.0, ABSOLUTE, 1.3, 4.2, NOWHERE),
    (TOE_Y, 1, RISING, 0.5, PER_SECOND, 0.9, 4.2, NOWHERE),
], dtype=np.float64)  # fmt: skip


def _features_of() -> IntArray:
    """Features by the group of their signal (leg, heel and toe of a side, hips), filled up with -1."""
    out = np.full((4, N_COLUMNS), -1, dtype=np.int64)
    for row, group in enumerate((0, 1, 2, GROUP_OF[HIP_Y])):
        own = [f for f, line in enumerate(FEATURES) if GROUP_OF[int(line[0])] == group and line[2] != PHASE]
        out[row, : len(own)] = own
    return out


FEATURES_OF = _features_of()

#: Own phases between which the foot stands flat in every pace seen: the running speed is read there.
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
            way = derivative(c, 0, FLAT_FROM) - derivative(c, 0, FLAT_TO)
            total += way / (FLAT_TO - FLAT_FROM) * rate
            n += 1
    return total / n if n > 0 else np.nan


@kernel
def side_features(
    side: int,
    coefficients: FloatArray,
    factor: FloatArray,
    noise: FloatArray,
    rate: float,
    speed: float,
    hip: FloatArray,
    terms: FloatArray,
    work: FloatArray,
    grid: FloatArray,
    out: FloatArray,
) -> None:
    """All features of one side.

    Parameters
    ----------
    side : int
    coefficients, factor, noise
        As ``solve_cycle`` leaves them.
    rate, speed : float
        Phase rate (rad/s) and stance speed (leg lengths/s).
    hip : float64 (N_TERMS,)
        The hips' height in this side's own phase.
    terms : float64 (N_TERMS, N_COLUMNS)
    work : float64 (3, N_COLUMNS)
    grid : float64 (N_SCRATCH,)
        Scratch, all three.
    out : float64 (N_FEATURES, 2)
        Own phase and its standard deviation, rad.
    """
    for f in range(N_FEATURES):
        out[f, 0] = np.nan
        out[f, 1] = np.nan
        signal = int(FEATURES[f, 0])
        order = int(FEATURES[f, 1])
        what = int(FEATURES[f, 2])
        level = FEATURES[f, 3]
        unit = int(FEATURES[f, 4])
        low = FEATURES[f, 5]
        high = FEATURES[f, 6]
        anchor = int(FEATURES[f, 7])
        if signal != HIP_Y:
            signal += side * N_SIDE_SIGNALS
        c = hip if signal == HIP_Y else coefficients[signal]
        if math.isnan(c[0]):
            continue
        if what == PHASE:
            out[f, 0] = 0.0
            out[f, 1] = 0.0
            continue
        if anchor >= 0 and not math.isnan(out[anchor, 0]):
            if what == FALLING and unit == ABOVE_LOWEST:
                high = out[anchor, 0]
            else:
                low = out[anchor, 0]
        if unit == PER_SPEED:
            level *= speed / rate
        elif unit == PER_SECOND:
            level /= rate
        elif unit == ABOVE_LOWEST:
            level += derivative(c, 0, out[ANKLE_LOWEST, 0] if not math.isnan(out[ANKLE_LOWEST, 0]) else 0.8)
        if what in (LOW, HIGH):
            at = find_peak(c, order, what == HIGH, low, high, grid)
            order += 1
        else:
            at = find_level(c, order, level, what == RISING, low, high, grid)
        out[f, 0] = at
    for group in range(FEATURES_OF.shape[0]):
        group_errors(side, FEATURES_OF[group], coefficients, factor, noise, hip, terms, work, out)


@kernel
def group_errors(
    side: int,
    features: IntArray,
    coefficients: FloatArray,
    factor: FloatArray,
    noise: FloatArray,
    hip: FloatArray,
    terms: FloatArray,
    work: FloatArray,
    out: FloatArray,
) -> None:
    """Standard deviations of the features that are read off signals with one factor, a line of `FEATURES_OF`.

    An instant is as uncertain as the noise in the derivative that passes a level there, over that derivative's slope.
    """
    n = 0
    group = -1
    for f in features:
        if f < 0 or math.isnan(out[f, 0]):
            continue
        if n == 0:
            terms[:] = 0.0
        signal = int(FEATURES[f, 0]) + (0 if FEATURES[f, 0] == HIP_Y else side * N_SIDE_SIGNALS)
        order = int(FEATURES[f, 1]) + (1 if FEATURES[f, 2] in (LOW, HIGH) else 0)
        c = hip if signal == HIP_Y else coefficients[signal]
        group = GROUP_OF[signal]
        derivative_terms(order, out[f, 0] - side * math.pi, terms[:, n])
        work[0, n] = noise[signal]
        work[1, n] = max(abs(derivative(c, order + 1, out[f, 0])), 1e-9)
        n += 1
    if n == 0:
        return
    derivative_sd(factor[group], terms, work[0], work[2])
    n = 0
    for f in features:
        if f >= 0 and not math.isnan(out[f, 0]):
            out[f, 1] = work[2, n] / work[1, n]
            n += 1


@kernel
def cycle_features(
    block_offsets: IntArray,
    moments: FloatArray,
    rhs: FloatArray,
    square: FloatArray,
    rows: FloatArray,
    out_features: FloatArray,
    out_cycle: FloatArray,
    out_coefficients: FloatArray,
) -> None:
    """Waveforms and features of every block of strides.

    Parameters
    ----------
    block_offsets : int64 (track + 1,)
    moments, rhs, square, rows
        As ``sum_blocks`` leaves them.
    out_features : float64 (block, 2, N_FEATURES, 2)
        Own phase and its standard deviation (rad) per side.
    out_cycle : float64 (block, 4)
        Mean phase (rad), phase rate (rad/s), stance speed (leg lengths/s), swing amplitude (leg lengths).
    out_coefficients : float64 (block, N_SIGNALS, N_TERMS)
        The waveforms, each side's in its own phase.
    """
    work_moments = np.empty((N_GROUPS, N_MOMENTS))
    work_rhs = np.empty((N_SIGNALS, N_TERMS))
    work_square = np.empty(N_SIGNALS)
    columns = np.empty((N_TERMS, 4))
    factor = np.zeros((N_GROUPS, N_TERMS, N_TERMS))
    noise = np.empty(N_SIGNALS)
    hip = np.empty(N_TERMS)
    terms = np.empty((N_TERMS, N_COLUMNS))
    work = np.empty((3, N_COLUMNS))
    grid = np.empty(N_SCRATCH)
    ratio = np.empty(N_GROUPS)
    for track in range(block_offsets.shape[0] - 1):
        begin, end = block_offsets[track], block_offsets[track + 1]
        ratio[:] = np.nan
        for block in range(begin, end):
            out_features[block] = np.nan
            out_cycle[block] = np.nan
            out_coefficients[block] = np.nan
            if not rows[block, 0] > 0.0:
                continue
            coefficients = out_coefficients[block]
            solve_cycle(
                block, begin, end, moments, rhs, square, rows, work_moments, work_rhs, work_square, columns,
                factor, coefficients, noise, ratio,
            )  # fmt: skip
            rate = rows[block, 2] / rows[block, 0]
            speed = stance_speed(coefficients, rate)
            out_cycle[block, 0] = rows[block, 1] / rows[block, 0]
            out_cycle[block, 1] = rate
            out_cycle[block, 2] = speed
            out_cycle[block, 3] = rows[block, 3] / rows[block, 0]
            for side in range(2):
                if side == 0:
                    hip[:] = coefficients[HIP_Y]
                else:
                    half_turn(coefficients[HIP_Y], hip)
                side_features(
                    side, coefficients, factor, noise, rate, speed, hip, terms, work, grid, out_features[block, side]
                )
