"""Initial contact and toe-off from what was read off the cycle: a weighted mean whose weights are known errors.

Feature i says that the event lies at ``phase_i / rate + offset_i + slope_i (speed - 3.6)``. Its error is the model's (how
much the offset differs between runners: ``sd_i``, with one correlation between all features, because a runner who lands
gently is late by all of them) plus what the rows' noise leaves in it. The best linear combination of such features has a
closed form, drops the missing ones by itself, and knows its own standard deviation.

Offsets and errors were fitted to force plates of 6 runners at 2.5, 3.5 and 4.5 m/s (36 runner-speed-sides) and, at 0.4 of
the weight, to 7 rendered ones; docs/decisions/events.md has the figures, each runner being left out in turn.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.event_features import N_CONTACT, N_FEATURES
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Seconds from the feature to the event, at REFERENCE_SPEED.
OFFSET_S = np.array([
    0.0277, 0.0024, 0.0194, 0.0210, -0.0432, -0.0374, 0.0066, -0.0008, 0.0228,
    0.2575, 0.0137, 0.0608, -0.0046, -0.0130, -0.0869, 0.0693, -0.0351, 0.0108,
])  # fmt: skip
#: Seconds per (leg length / second). Contact needs none: tried, and left-out runners came out no better.
SLOPE = np.array([
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    -0.0236, 0.0016, 0.0006, -0.0046, -0.0068, 0.0020, -0.0057, 0.0032, 0.0030,
])  # fmt: skip
#: Standard deviation of the offset between runners, s.
FEATURE_SD_S = np.array([
    0.0115, 0.0141, 0.0056, 0.0075, 0.0081, 0.0078, 0.0076, 0.0116, 0.0058,
    0.0103, 0.0099, 0.0166, 0.0095, 0.0109, 0.0115, 0.0088, 0.0068, 0.0059,
])  # fmt: skip
#: Features of heel and toe: where a network places the feet badly they contradict the ankle, and then the ankle is believed.
OF_FOOT = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1], dtype=np.bool_)
CORRELATION = 0.2
REFERENCE_SPEED = 3.6
#: Speeds seen when fitting, leg lengths per second, with a margin; beyond them the slopes are not followed.
SPEED_LOW = 2.0
SPEED_HIGH = 5.5
#: A feature this many standard deviations off the others loses weight with the square of its distance.
OUTLYING = 2.0
#: Ratio of the error of left-out runners to the one that the formula expects (1.1 to 1.3 in 18 trials).
SD_INFLATION = 1.25
#: The noise of a feature is never less than this: rows are not independent.
NOISE_FLOOR_S = 0.001


@kernel
def fuse(features: FloatArray, first: int, last: int, rate: float, speed: float) -> tuple[float, float, int]:
    """Event time in seconds from the start of the foot's own cycle, its standard deviation, number of features used.

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
    """
    v = min(max(speed, SPEED_LOW), SPEED_HIGH) - REFERENCE_SPEED
    if math.isnan(v):
        v = 0.0
    mean = np.nan
    sd = np.nan
    used = 0
    for sweep in range(5):
        # C = A + u u', A diagonal: Sherman-Morrison gives C^-1 1 in one pass
        plain = 0.0
        crossed = 0.0
        loading = 0.0
        for i in range(first, last):
            if math.isnan(features[i, 0]) or math.isnan(features[i, 1]):
                continue
            s = FEATURE_SD_S[i]
            a = (1.0 - CORRELATION) * s * s + (features[i, 1] / rate) ** 2 + NOISE_FLOOR_S * NOISE_FLOOR_S
            if sweep == 0:
                if OF_FOOT[i]:
                    continue
            else:
                estimate = features[i, 0] / rate + OFFSET_S[i] + SLOPE[i] * v
                z = abs(estimate - mean) / math.sqrt(a + CORRELATION * s * s) / OUTLYING
                if z > 1.0:
                    a *= z * z * z * z
            u = math.sqrt(CORRELATION) * s
            plain += 1.0 / a
            crossed += u / a
            loading += u * u / a
        if not plain > 0.0:
            return np.nan, np.nan, 0
        share = crossed / (1.0 + loading)
        total = 0.0
        weighted = 0.0
        used = 0
        for i in range(first, last):
            if math.isnan(features[i, 0]) or math.isnan(features[i, 1]):
                continue
            s = FEATURE_SD_S[i]
            a = (1.0 - CORRELATION) * s * s + (features[i, 1] / rate) ** 2 + NOISE_FLOOR_S * NOISE_FLOOR_S
            estimate = features[i, 0] / rate + OFFSET_S[i] + SLOPE[i] * v
            if sweep == 0:
                if OF_FOOT[i]:
                    continue
            else:
                z = abs(estimate - mean) / math.sqrt(a + CORRELATION * s * s) / OUTLYING
                if z > 1.0:
                    a *= z * z * z * z
            w = (1.0 - share * math.sqrt(CORRELATION) * s) / a
            total += w
            weighted += w * estimate
            used += 1
        mean = weighted / total
        sd = SD_INFLATION / math.sqrt(total)
    return mean, sd, used


@kernel
def cycle_events(features: FloatArray, cycle: FloatArray, out: FloatArray) -> None:
    """Events of every block of strides.

    Parameters
    ----------
    features : float64 (block, 2, N_FEATURES, 2)
    cycle : float64 (block, 4)
        As ``cycle_features`` leaves them.
    out : float64 (block, 2, 4)
        Per side: own phase of initial contact (rad), its standard deviation (s), the same of toe-off.
    """
    for block in range(features.shape[0]):
        rate = cycle[block, 1]
        for side in range(2):
            out[block, side] = np.nan
            if math.isnan(rate):
                continue
            contact, contact_sd, _ = fuse(features[block, side], 0, N_CONTACT, rate, cycle[block, 2])
            toe_off, toe_off_sd, _ = fuse(features[block, side], N_CONTACT, N_FEATURES, rate, cycle[block, 2])
            out[block, side, 0] = contact * rate
            out[block, side, 1] = contact_sd
            out[block, side, 2] = toe_off * rate
            out[block, side, 3] = toe_off_sd
