"""One standard deviation of every stride value.

Three sources differ from stride to stride: keypoint noise (measured on each track from what is too fast to be
movement, and passed through the low-pass), the own timing of the stride's events, and the scale. What all strides share
(:mod:`runlean.gait.systematic`) is added by :func:`with_systematic`: a stride's ``_sd`` is against the truth, so it
holds both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.gait.events import ContactEvents
from runlean.gait.smooth import TRUNK_CUTOFF_HZ
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels import landmarks as lm

#: Share of a network's error that changes slowly with the phase of the stride, so that neither the low-pass nor the
#: stance mean removes it: sd of a point as a share of leg length.
PHASE_ERROR_OF_LEG = 0.008

#: How fast shank, knee and foot turn about contact at 3 m/s (Novacheck 1998): a late contact reads them late.
SHANK_RATE_DEG_S = 250.0
KNEE_RATE_DEG_S = 150.0
FOOT_RATE_DEG_S = 350.0

#: What events of single strides differ by from what clean points tell: force plates under markers without noise at
#: 150 Hz, s.
EVENT_OWN_SD_S = 0.0025

#: The contacts of one foot are late by another amount than the other's: sd of the difference over force plates, s. It
#: makes steps uneven, and leaves strides and means as they are.
FEET_DIFFER_SD_S = 0.003

#: A network guesses the ear that is turned away: its error differs from stride to stride more than white noise says.
EAR_OF_TRUNK = 0.025

#: Speed of single steps from the way of the hips (over ground) or the standing foot: relative sd.
SPEED_RELATIVE_SD = 0.045


@dataclass(frozen=True, slots=True)
class PointNoise:
    """Noise of smoothed points.

    Attributes
    ----------
    sd_px : float64 (track, 23)
        One standard deviation per coordinate after the low-pass, px.
    leg_px, trunk_px : float64 (track,)
        Lengths that turn it into angles.
    shank_px, foot_px : float64 (track,)
    from_network : bool
        Points that a network made carry its phase error; markers do not.
    """

    sd_px: FloatArray
    leg_px: FloatArray
    trunk_px: FloatArray
    shank_px: FloatArray
    foot_px: FloatArray
    from_network: bool

    def point(self, track: IntArray, *points: int) -> FloatArray:
        """Noise of the mean of some points, with the phase error, px (contact,)."""
        white = np.sqrt(np.nansum(self.sd_px[:, points] ** 2, axis=1)) / len(points)
        phase = PHASE_ERROR_OF_LEG * self.leg_px if self.from_network else np.zeros(len(white))
        noise: FloatArray = np.hypot(white, phase)[track]
        return noise


def stride_sd(
    columns: dict[str, FloatArray], events: ContactEvents, noise: PointNoise, scale_sd: FloatArray
) -> dict[str, FloatArray]:
    """What differs from stride to stride of every measured column: one standard deviation in the column's unit.

    Parameters
    ----------
    columns : dict
        From :func:`runlean.gait.strides.stride_columns`.
    events : ContactEvents
    noise : PointNoise
    scale_sd : float64 (track,)
        Relative standard deviation of metres per pixel; NaN without a scale.
    """
    track = events.track
    ic = _own(events.contact_sd_s, events.contact_bias_sd_s[track])
    to = _own(events.toe_off_sd_s, events.toe_off_bias_sd_s[track])
    same = track[1:] == track[:-1]
    next_ic = np.append(np.where(same, ic[1:], np.nan), np.nan)[: len(ic)]
    same2 = track[2:] == track[:-2]
    after_ic = np.append(np.where(same2, ic[2:], np.nan), [np.nan, np.nan])[: len(ic)]
    step, stride = columns["step_time_s"], columns["stride_time_s"]
    sd: dict[str, FloatArray] = {
        "contact_s": ic,
        "toe_off_s": to,
        "contact_time_s": np.hypot(ic, to),
        "flight_time_s": np.hypot(to, next_ic),
        "step_time_s": np.hypot(np.hypot(ic, next_ic), FEET_DIFFER_SD_S),
        "stride_time_s": np.hypot(ic, after_ic),
    }
    sd["duty_factor"] = columns["duty_factor"] * np.hypot(
        sd["contact_time_s"] / columns["contact_time_s"], sd["stride_time_s"] / stride
    )
    sd["cadence_spm"] = columns["cadence_spm"] * sd["step_time_s"] / step

    trunk_px, leg_px = noise.trunk_px[track], noise.leg_px[track]
    shoulder = noise.point(track, lm.LEFT_SHOULDER, lm.RIGHT_SHOULDER)
    hip = noise.point(track, lm.LEFT_HIP, lm.RIGHT_HIP)
    ankle = noise.point(track, lm.LEFT_ANKLE)
    knee = noise.point(track, lm.LEFT_KNEE)
    own_hip = noise.point(track, lm.LEFT_HIP)
    ear = noise.point(track, lm.LEFT_EAR, lm.RIGHT_EAR)
    # a stance of T seconds holds about 2 fc T independent values of a signal cut off at fc
    independent = np.maximum(1.0, 2 * TRUNK_CUTOFF_HZ * np.nan_to_num(columns["contact_time_s"], nan=0.0))
    trunk_sd = np.degrees(np.hypot(shoulder, hip) / trunk_px)
    leg_sd = np.degrees(np.hypot(ankle, hip) / leg_px)
    body_sd = np.degrees(np.hypot(ankle, shoulder) / (leg_px + trunk_px))
    sd["trunk_lean_contact_deg"] = trunk_sd
    sd["trunk_lean_deg"] = trunk_sd / np.sqrt(independent)
    # the line from the stance ankle sweeps forward: a stance that is taken late as a whole is read ahead
    speed = np.abs(events.foot_speed_px[track])
    late = 0.5 * np.hypot(ic, to)
    sd["body_lean_deg"] = np.hypot(body_sd / np.sqrt(independent), np.degrees(speed / (leg_px + trunk_px)) * late)
    sd["hip_hinge_deg"] = np.hypot(np.hypot(trunk_sd, leg_sd) / np.sqrt(independent), np.degrees(speed / leg_px) * late)
    guessed = EAR_OF_TRUNK * trunk_px if noise.from_network else 0.0
    sd["head_lean_deg"] = np.degrees(
        np.hypot(np.hypot(ear, shoulder) / np.sqrt(independent), guessed) / (0.35 * trunk_px)
    )
    sd["straightness_frac"] = np.hypot(hip, ankle) / (leg_px + trunk_px) / np.sqrt(independent)
    # at contact the foot nears the hip by its speed times the timing error
    reach = np.hypot(np.hypot(ankle, hip) / leg_px, 0.5 * speed * ic / leg_px)
    sd["overstride_frac"] = reach
    sd["overstride_hip_frac"] = reach
    shank_sd = np.degrees(np.hypot(ankle, knee) / noise.shank_px[track])
    sd["shin_lean_contact_deg"] = np.hypot(shank_sd, SHANK_RATE_DEG_S * ic)
    sd["knee_flexion_contact_deg"] = np.hypot(
        # a knee off its place by e turns thigh and shank by 2 e / leg each, and against each other
        np.degrees(np.hypot(2.0 * knee, np.hypot(own_hip, ankle)) / (0.5 * leg_px)),
        KNEE_RATE_DEG_S * ic,
    )
    foot_sd = np.degrees(
        np.hypot(noise.point(track, lm.LEFT_HEEL), noise.point(track, lm.LEFT_BIG_TOE)) / noise.foot_px[track]
    )
    sd["foot_strike_angle_deg"] = np.hypot(foot_sd, FOOT_RATE_DEG_S * ic)
    height_sd = 1.5 * hip
    sd["vertical_oscillation_frac"] = height_sd / leg_px
    metres_sd = scale_sd[track]
    frac = columns["vertical_oscillation_frac"]
    relative = sd["vertical_oscillation_frac"] / frac
    sd["vertical_oscillation_m"] = columns["vertical_oscillation_m"] * np.hypot(relative, metres_sd)
    sd["speed_mps"] = columns["speed_mps"] * np.hypot(SPEED_RELATIVE_SD, metres_sd)
    sd["step_length_m"] = columns["step_length_m"] * np.hypot(
        np.hypot(SPEED_RELATIVE_SD, metres_sd), sd["step_time_s"] / step
    )
    return {
        name: np.where(np.isfinite(columns[name]), values, np.nan) for name, values in sd.items() if name in columns
    }


def with_systematic(
    sd: dict[str, FloatArray], track: IntArray, systematic: dict[int, dict[str, float]]
) -> dict[str, FloatArray]:
    """``<column>_sd``: what differs from stride to stride and what all strides of a runner share, together.

    Parameters
    ----------
    sd : dict
        From :func:`stride_sd`.
    track : int64 (contact,)
    systematic : dict of int to dict
        By track, from :func:`runlean.gait.systematic.systematic_sd`.
    """
    n = 1 + max([int(track.max()) if len(track) else 0, *systematic])
    out = {}
    for name, values in sd.items():
        shared = np.zeros(n)
        for t, own in systematic.items():
            shared[t] = own.get(name, 0.0)
        out[name] = np.hypot(values, shared[track])
    return out


def _own(total: FloatArray, shared: FloatArray) -> FloatArray:
    """The part of an event's standard deviation that is not shared."""
    return np.sqrt(np.maximum(total**2 - np.nan_to_num(shared) ** 2, 0.0) + EVENT_OWN_SD_S**2)
