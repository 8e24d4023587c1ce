"""The columns of strides.parquet: one row per foot contact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.gait.angles import Posture
from runlean.gait.events import ContactEvents
from runlean.gait.foot import STRIKE_WINDOW_S, flat_foot_angle
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels import landmarks as lm
from runlean_kernels.statistics import value_at, window_mean, window_range
from runlean_kernels.strides import step_timing

#: Means over stance, from contact to toe-off and not from frame to frame: of the trunk and the head, ...
STANCE_MEANS = ("trunk_lean_deg", "head_lean_deg")
#: ... and of the lines to the foot that stands, which sweep forward: an end that is off by half a frame shows in them.
FOOT_MEANS = ("body_lean_deg", "hip_hinge_deg", "straightness_frac")


@dataclass(frozen=True, slots=True)
class TrackScales:
    """Per-track values that the stride columns need, all float64 (track,).

    Attributes
    ----------
    direction : +1 or -1; NaN unknown
    leg_length_px : px
    metres_per_px : NaN without a scale
    foot_speed_px : speed of the stance foot relative to the hip, px/s
    belt_speed_mps : belt speed as given; NaN
    overground : 1.0 where the runner travels over the scene, 0.0 on a treadmill, NaN unknown
    step_period_s : typical step time
    """

    direction: FloatArray
    leg_length_px: FloatArray
    metres_per_px: FloatArray
    foot_speed_px: FloatArray
    belt_speed_mps: FloatArray
    overground: FloatArray
    step_period_s: FloatArray


def stride_columns(
    events: ContactEvents,
    posture: Posture,
    xy: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    scales: TrackScales,
) -> dict[str, npt.NDArray[np.float64]]:
    """Measured columns of every contact, edge units.

    Parameters
    ----------
    events : ContactEvents
        Contacts of all tracks, in time order within a track.
    posture : Posture
        Of the smoothed points, roll removed.
    xy : float64 (row, 23, 2), px
        The same smoothed points, roll removed and camera motion taken away.
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    scales : TrackScales

    Returns
    -------
    dict of float64 (contact,)
    """
    n = len(events.contact_s)
    track = events.track
    contact, toe_off = events.contact_s, events.toe_off_s
    timing = np.empty((n, 6))
    step_timing(track, events.side, contact, toe_off, scales.step_period_s, timing)
    out: dict[str, FloatArray] = {
        "contact_s": contact,
        "toe_off_s": toe_off,
        "contact_time_s": timing[:, 0].copy(),
        "flight_time_s": timing[:, 1].copy(),
        "step_time_s": timing[:, 2].copy(),
        "stride_time_s": timing[:, 3].copy(),
        "duty_factor": timing[:, 4].copy(),
        "cadence_spm": timing[:, 5].copy(),
    }

    every = slice(None)
    of_foot = [np.flatnonzero(events.side == side) for side in (0, 1)]

    def mean(values: FloatArray, start: FloatArray, stop: FloatArray, of: slice | IntArray = every) -> FloatArray:
        result = np.empty(len(start[of]))
        window_mean(np.ascontiguousarray(values), time_s, offsets, track[of], start[of], stop[of], result)
        return result

    def at(values: FloatArray, instants: FloatArray, of: slice | IntArray = every) -> FloatArray:
        result = np.empty(len(instants[of]))
        value_at(np.ascontiguousarray(values), time_s, offsets, track[of], instants[of], result)
        return result

    def of_side(
        measure: Callable[..., FloatArray], left: FloatArray, right: FloatArray, *when: FloatArray
    ) -> FloatArray:
        """What each contact's own side measures."""
        result = np.empty(n)
        for values, mine in zip((left, right), of_foot, strict=True):
            result[mine] = measure(values, *when, mine)
        return result

    for name in STANCE_MEANS:
        out[name] = _edge(name, mean(posture.column(name), contact, toe_off))
    for name in FOOT_MEANS:
        left, right = (posture.over_foot(name, side) for side in (0, 1))
        out[name] = _edge(name, of_side(mean, left, right, contact, toe_off))
    lean = posture.column("trunk_lean_deg")
    out["trunk_lean_contact_deg"] = np.degrees(at(lean, contact))

    direction, leg = scales.direction[track], scales.leg_length_px[track]
    metres = scales.metres_per_px[track]
    ankle_x = of_side(at, xy[:, lm.LEFT_ANKLE, 0], xy[:, lm.RIGHT_ANKLE, 0], contact)
    mid_hip_x = 0.5 * (xy[:, lm.LEFT_HIP, 0] + xy[:, lm.RIGHT_HIP, 0])
    hip_x = at(mid_hip_x, contact)
    com_x = at(posture.com[:, 0], contact)
    out["overstride_frac"] = direction * (ankle_x - com_x) / leg
    out["overstride_hip_frac"] = direction * (ankle_x - hip_x) / leg
    out["shin_lean_contact_deg"] = np.degrees(
        of_side(at, posture.column("shin_lean_left_deg"), posture.column("shin_lean_right_deg"), contact)
    )
    out["knee_flexion_contact_deg"] = np.degrees(
        of_side(at, posture.column("knee_flexion_left_deg"), posture.column("knee_flexion_right_deg"), contact)
    )
    out["foot_strike_angle_deg"] = np.full(n, np.nan)
    if xy.shape[1] > lm.N_WITHOUT_FEET:
        foot_left, foot_right = posture.column("foot_angle_left_deg"), posture.column("foot_angle_right_deg")
        flat = flat_foot_angle(foot_left, foot_right, time_s, offsets, events)
        landed = contact + STRIKE_WINDOW_S
        foot = of_side(mean, foot_left, foot_right, contact, landed)
        out["foot_strike_angle_deg"] = np.degrees(foot - flat)

    height = np.empty(n)
    window_range(
        np.ascontiguousarray(posture.com[:, 1]),
        time_s,
        offsets,
        track,
        contact,
        contact + timing[:, 2],
        height,
    )
    out["vertical_oscillation_frac"] = height / leg
    out["vertical_oscillation_m"] = height * metres

    travel = direction * (at(mid_hip_x, contact + timing[:, 2]) - hip_x) / timing[:, 2]
    speed_px = np.where(scales.overground[track] > 0.5, travel, scales.foot_speed_px[track])
    speed = np.where(np.isfinite(scales.belt_speed_mps[track]), scales.belt_speed_mps[track], speed_px * metres)
    out["speed_mps"] = speed
    out["step_length_m"] = speed * timing[:, 2]
    return out


def _edge(name: str, values: FloatArray) -> FloatArray:
    return np.degrees(values) if name.endswith("_deg") else values
