"""One standard deviation of every stride value, and what no number of strides averages away.

Three sources are propagated: keypoint noise (measured on each track from what is too fast to be movement, and passed
through the low-pass), the events' own timing uncertainty, and the scale. The systematic part - where the network
places its points, the camera's roll and yaw, the event model's residual between runners - stands beside the means.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.gait.convention import UNCORRECTED_TRUNK_SD_DEG, UNKNOWN_TRUNK_SD_DEG, PointConvention
from runlean.gait.events import SYSTEMATIC_CONTACT_SD_S, SYSTEMATIC_TOE_OFF_SD_S, ContactEvents
from runlean.gait.smooth import TRUNK_CUTOFF_HZ
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels import landmarks as lm

#: Where networks place lower-limb points against joint centres: systematic sd as a share of leg length
#: (0.5-0.9 % of body height on the rendered bodies, about twice that of the leg).
POINT_PLACEMENT_OF_LEG = 0.012

#: Share of a network's error that changes slowly with the phase of the stride, so that neither the low-pass nor the
#: stance mean removes it: sd of a point as a share of leg length.
PHASE_ERROR_OF_LEG = 0.008

#: How fast shank, knee and foot turn about contact at 3 m/s (Novacheck 1998): a late contact reads them late.
SHANK_RATE_DEG_S = 250.0
KNEE_RATE_DEG_S = 150.0
FOOT_RATE_DEG_S = 350.0


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
    """``<column>_sd`` of every measured column, in the column's unit.

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
    ic, to = events.contact_sd_s, events.toe_off_sd_s
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
        "step_time_s": np.hypot(ic, next_ic),
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
    sd["body_lean_deg"] = body_sd / np.sqrt(independent)
    sd["hip_hinge_deg"] = np.hypot(trunk_sd, leg_sd) / np.sqrt(independent)
    sd["head_lean_deg"] = np.degrees(np.hypot(ear, shoulder) / (0.35 * trunk_px)) / np.sqrt(independent)
    sd["straightness_frac"] = np.hypot(hip, ankle) / (leg_px + trunk_px) / np.sqrt(independent)
    # at contact the foot nears the hip by its speed times the timing error
    speed = np.abs(events.foot_speed_px[track])
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
    sd["speed_mps"] = columns["speed_mps"] * np.hypot(0.03, metres_sd)
    sd["step_length_m"] = columns["step_length_m"] * np.hypot(np.hypot(0.03, metres_sd), sd["step_time_s"] / step)
    return {
        name: np.where(np.isfinite(columns[name]), values, np.nan) for name, values in sd.items() if name in columns
    }


def systematic_sd(
    convention: PointConvention | None,
    *,
    from_network: bool,
    yaw_sd_deg: float,
    roll_sd_deg: float,
    lean_deg: float,
    step_time_s: float,
    scale_relative_sd: float,
    vertical_oscillation_m: float,
    contact_sd_s: float,
    toe_off_sd_s: float,
) -> dict[str, float]:
    """What no number of strides averages away, per column: one standard deviation in the column's unit.

    Parameters
    ----------
    convention : PointConvention or None
        The correction that was applied.
    from_network : bool
        False: markers or another tool's points.
    yaw_sd_deg : float
        Angle off the perpendicular that is not known to be 0 (yaw and its uncertainty together).
    roll_sd_deg : float
        Of the camera roll.
    lean_deg : float
        Mean trunk lean: a yaw shrinks its tangent.
    step_time_s : float
    scale_relative_sd : float
        Of metres per pixel; NaN without a scale.
    vertical_oscillation_m : float
    contact_sd_s, toe_off_sd_s : float
        What all contacts of the runner share; NaN takes the event model's own.
    """
    ic = contact_sd_s if np.isfinite(contact_sd_s) else SYSTEMATIC_CONTACT_SD_S
    to = toe_off_sd_s if np.isfinite(toe_off_sd_s) else SYSTEMATIC_TOE_OFF_SD_S
    if convention is not None:
        placement = convention.trunk_sd_deg
    else:
        placement = UNCORRECTED_TRUNK_SD_DEG if from_network else UNKNOWN_TRUNK_SD_DEG
    yaw = np.radians(min(abs(yaw_sd_deg), 60.0))
    yaw_on_lean = abs(lean_deg) * (1.0 / np.cos(yaw) - 1.0) if np.isfinite(lean_deg) else 0.0
    trunk = float(np.sqrt(placement**2 + roll_sd_deg**2 + yaw_on_lean**2))
    leg = float(np.degrees(POINT_PLACEMENT_OF_LEG))
    out = {
        "trunk_lean_deg": trunk,
        "trunk_lean_contact_deg": trunk,
        "body_lean_deg": float(np.hypot(0.5 * placement + leg, roll_sd_deg)),
        "hip_hinge_deg": float(np.hypot(placement, 2 * leg)),
        "head_lean_deg": float(np.hypot(5.0, roll_sd_deg)),
        "shin_lean_contact_deg": float(np.hypot(2.0, roll_sd_deg)),
        "knee_flexion_contact_deg": 4.0,
        "foot_strike_angle_deg": 4.0,
        "overstride_frac": 0.02,
        "overstride_hip_frac": 0.02,
        "vertical_oscillation_frac": 0.01,
        "straightness_frac": 0.01,
        "contact_s": ic,
        "toe_off_s": to,
        "contact_time_s": float(np.hypot(ic, to)),
        "flight_time_s": float(np.hypot(ic, to)),
    }
    if step_time_s > 0:
        out["duty_factor"] = out["contact_time_s"] / (2 * step_time_s)
    if np.isfinite(scale_relative_sd):
        out["vertical_oscillation_m"] = float(np.hypot(0.008, vertical_oscillation_m * scale_relative_sd))
        out["speed_mps"] = 0.15
        out["step_length_m"] = 0.06
    return out
