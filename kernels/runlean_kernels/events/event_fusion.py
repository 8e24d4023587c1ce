"""Initial contact and toe-off from what was read off the cycle: a weighted mean whose weights are known errors.

Feature i says that the event lies at ``phase_i / rate + offset_i + slope_i (speed - 3.6)``. Its error is the model's
(how much the offset differs between runners: ``sd_i``, with one correlation between all features, because a runner who
lands gently is late by all of them, and a higher one between features that read the same thing) plus what the rows'
noise leaves in it. The best linear combination of these has a closed form, drops the missing ones by itself, and knows
its own standard deviation.

Offsets and errors were fitted to force plates of 6 runners at 2.5, 3.5 and 4.5 m/s (36 runner-speed-sides) and, at 0.6
of their weight, to 7 rendered ones (14 sides); for contact the third power of the error is least, which keeps the worst
runner nearer than least squares would. docs/decisions/events.md has the figures, each runner being left out in turn.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.event_features import FIRST_OF_CONTACT, FIRST_OF_TOE_OFF, N_FEATURES
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]

_X = math.nan
#: Seconds from the feature to the event, at REFERENCE_SPEED; none for the three that only others are found from.
OFFSET_S = np.array([
    _X, _X, _X,
    0.0280, 0.0059, 0.0192, 0.0201, -0.0416, -0.0377, 0.0071, -0.0269, 0.0022, 0.0222, -0.0339,
    0.2581, 0.0127, 0.0588, -0.0043, -0.0121, -0.0872, 0.0694, -0.0354, 0.0101,
])  # fmt: skip
#: Seconds per (leg length / second). Contact needs none: tried, and left-out runners came out no better.
SLOPE = np.array([
    _X, _X, _X,
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    -0.0236, 0.0019, 0.0011, -0.0045, -0.0067, 0.0022, -0.0056, 0.0033, 0.0031,
])  # fmt: skip
#: Standard deviation of the offset between runners, s.
FEATURE_SD_S = np.array([
    _X, _X, _X,
    0.0120, 0.0176, 0.0062, 0.0087, 0.0105, 0.0086, 0.0079, 0.0070, 0.0146, 0.0062, 0.0040,
    0.0107, 0.0108, 0.0190, 0.0098, 0.0116, 0.0113, 0.0089, 0.0078, 0.0063,
])  # fmt: skip
#: Features of heel and toe: where a network places the feet badly they contradict the ankle, and the ankle is believed.
OF_FOOT = np.array([0] * 11 + [1, 1, 1] + [0] * 7 + [1, 1], dtype=np.bool_)
CORRELATION = 0.2
#: Features that read the same thing err together, so that three of them are not three witnesses: how far the leg is
#: stretched before it lands (knee straightest, hip to ankle and hip to heel longest: 0.6-0.8 under force plates), the
#: foot drawn back (ankle, heel: 0.9), and the stride's rhythm (its phase, the leg shortening, the hips' turn upward:
#: 0.8-0.9, of which 0.5 is believed: with more, left-out runners' ankles at 150 Hz came out worse). Group 0: others.
GROUP_OF = np.array([0, 0, 0, 3, 2, 1, 1, 3, 3, 0, 0, 2, 1, 0] + [0] * 9, dtype=np.int64)
GROUP_CORRELATION = np.array([CORRELATION, 0.7, 0.8, 0.5])
N_FEATURE_GROUPS = 4
REFERENCE_SPEED = 3.6
#: Speeds seen when fitting, leg lengths per second, with a margin; beyond them the slopes are not followed.
SPEED_LOW = 2.0
SPEED_HIGH = 5.5
#: A feature more than this many standard deviations off the others loses weight with the fourth power of its distance.
OUTLYING = 2.0
#: Error of left-out runners over the one that the formula expects, contact and toe-off: from ankles, and where a
#: feature of heel or toe took part (0.86 and 1.19, 0.64 and 1.06 by tools/event_calibration.py, to 0.1 and 0.2).
SD_INFLATION = np.array([[0.9, 1.2], [0.7, 1.1]])
#: The noise of a feature is never less than this: rows are not independent.
NOISE_FLOOR_S = 0.001


@kernel
def fuse(
    features: FloatArray, first: int, last: int, rate: float, speed: float, work: FloatArray
) -> tuple[float, float]:
    """Event time in seconds from the start of the foot's own cycle, and its standard deviation.

    Parameters
    ----------
    features : float64 (N_FEATURES, 2)
        Own phase and standard deviation, rad.
    first, last : int
        Range of the features of this event.
    rate : float
        Phase rate, rad/s.
    speed : float
        Leg lengths per second.
    work : float64 (N_FEATURES, 2)

    Notes
    -----
    With covariance :math:`C = B + u u'`, :math:`u_i = \\sqrt{\\rho} s_i`, the weights are proportional to
    :math:`C^{-1} 1 = B^{-1} 1 - B^{-1} u \\, (u' B^{-1} 1) / (1 + u' B^{-1} u)`. B has a block for each group,
    :math:`A + \\kappa s s'` with A diagonal and :math:`\\kappa = \\rho_g - \\rho`, whose inverse has the same form.
    Features of the feet join after the first round, and in each of the four that follow the outlying ones lose weight.
    """
    v = min(max(speed, SPEED_LOW), SPEED_HIGH) - REFERENCE_SPEED
    if math.isnan(v):
        v = 0.0
    for i in range(first, last):
        s = FEATURE_SD_S[i]
        work[i, 0] = features[i, 0] / rate + OFFSET_S[i] + SLOPE[i] * v
        own = 1.0 - GROUP_CORRELATION[GROUP_OF[i]]
        work[i, 1] = own * s * s + (features[i, 1] / rate) ** 2 + NOISE_FLOOR_S * NOISE_FLOOR_S
    mean = np.nan
    sd = np.nan
    for sweep in range(5):
        plain = 0.0
        plain_mean = 0.0
        crossed = 0.0
        crossed_mean = 0.0
        loading = 0.0
        with_feet = False
        for group in range(N_FEATURE_GROUPS):
            ones = 0.0
            ones_mean = 0.0
            joint = 0.0
            joint_mean = 0.0
            square = 0.0
            for i in range(first, last):
                estimate = work[i, 0]
                a = work[i, 1]
                if GROUP_OF[i] != group or math.isnan(estimate) or math.isnan(a) or (sweep == 0 and OF_FOOT[i]):
                    continue
                s = FEATURE_SD_S[i]
                if sweep > 0:
                    z = abs(estimate - mean) / math.sqrt(a + GROUP_CORRELATION[group] * s * s) / OUTLYING
                    if z > 1.0:
                        a *= z**4
                with_feet = with_feet or OF_FOOT[i]
                ones += 1.0 / a
                ones_mean += estimate / a
                joint += s / a
                joint_mean += s * estimate / a
                square += s * s / a
            excess = GROUP_CORRELATION[group] - CORRELATION
            shrink = 1.0 / (1.0 + excess * square)
            plain += ones - excess * joint * joint * shrink
            plain_mean += ones_mean - excess * joint * joint_mean * shrink
            crossed += joint * shrink
            crossed_mean += joint_mean * shrink
            loading += square * shrink
        if not plain > 0.0:
            return np.nan, np.nan
        weight = CORRELATION / (1.0 + CORRELATION * loading)
        total = plain - weight * crossed * crossed
        mean = (plain_mean - weight * crossed * crossed_mean) / total
        sd = SD_INFLATION[1 if with_feet else 0, 0 if first == FIRST_OF_CONTACT else 1] / math.sqrt(total)
    return mean, sd


@kernel
def cycle_events(features: FloatArray, cycle: FloatArray, out: FloatArray) -> None:
    """Events of every block of strides.

    Parameters
    ----------
    features : float64 (block, 2, N_FEATURES, 2)
    cycle : float64 (block, 4)
        As ``cycle_features`` leaves them.
    out : float64 (block, 2, 4)
        Per side: own phases of initial contact and toe-off (rad), their standard deviations (s).
    """
    work = np.empty((N_FEATURES, 2))
    for block in range(features.shape[0]):
        rate = cycle[block, 1]
        speed = cycle[block, 2]
        for side in range(2):
            out[block, side] = np.nan
            if math.isnan(rate):
                continue
            contact, contact_sd = fuse(features[block, side], FIRST_OF_CONTACT, FIRST_OF_TOE_OFF, rate, speed, work)
            toe_off, toe_off_sd = fuse(features[block, side], FIRST_OF_TOE_OFF, N_FEATURES, rate, speed, work)
            out[block, side, 0] = contact * rate
            out[block, side, 1] = toe_off * rate
            out[block, side, 2] = contact_sd
            out[block, side, 3] = toe_off_sd
