"""What every stride of a rendered runner truly measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from validation import posture
from validation.matching import Contacts

FloatArray = npt.NDArray[np.float64]


def step_times(c: Contacts) -> dict[str, FloatArray]:
    """Timing columns of contacts without gaps.

    Parameters
    ----------
    c : Contacts
        In time order; both feet in turn.
    """
    n = len(c)
    step, stride, flight = (np.full(n, np.nan) for _ in range(3))
    other = c.side[1:] != c.side[:-1]
    step[:-1] = np.where(other, np.diff(c.contact_s), np.nan)
    flight[:-1] = np.where(other, c.contact_s[1:] - c.toe_off_s[:-1], np.nan)
    if n > 2:
        stride[:-2] = np.where(other[1:] & other[:-1], c.contact_s[2:] - c.contact_s[:-2], np.nan)
    contact = c.toe_off_s - c.contact_s
    return {
        "contact_time_s": contact,
        "flight_time_s": flight,
        "step_time_s": step,
        "stride_time_s": stride,
        "duty_factor": contact / stride,
        "cadence_spm": 60.0 / step,
    }


def stride_truth(
    own: dict[str, Any],
    c: Contacts,
    frames: dict[str, FloatArray],
    legs: dict[str, dict[str, FloatArray]],
    joints: dict[str, FloatArray],
    forward: FloatArray,
    fps: float,
) -> dict[str, FloatArray]:
    """Columns of strides.parquet at every true contact.

    Parameters
    ----------
    own : dict
        The runner's entry in .gt.json; a clip that drifts has its values second by second, the others one for all.
    c : Contacts
    frames : dict of str to float64 (frame,)
        True columns of frames.parquet.
    legs : dict of str to dict
        For each side the lines from that foot's ankle, in every frame.
    joints : dict of str to float64 (frame, 3), m
    forward : float64 (3,)
        Running direction.
    fps : float

    Returns
    -------
    dict of str to float64 (contact,)
        NaN where the clip does not show the whole of it.
    """
    truth = own["truth"]
    out = step_times(c)
    n = len(c)
    t = np.arange(len(joints["left_hip"])) / fps

    def of_side(values: dict[str, float]) -> FloatArray:
        return np.array([values[side] for side in c.side], dtype=float)

    def at_contact(name: str, course: str) -> FloatArray:
        if own.get("course"):
            return along_course(own["course"], course, c.contact_s)
        return of_side({side: values[name] for side, values in truth["at_contact"].items()})

    for name in ("trunk_lean_deg", "head_lean_deg"):
        out[name] = np.array([_mean_between(t, frames[name], c.contact_s[i], c.toe_off_s[i]) for i in range(n)])
    for name in ("body_lean_deg", "hip_hinge_deg", "straightness_frac"):
        out[name] = np.array(
            [_mean_between(t, legs[c.side[i]][name], c.contact_s[i], c.toe_off_s[i]) for i in range(n)]
        )
    out["trunk_lean_contact_deg"] = np.interp(c.contact_s, t, frames["trunk_lean_deg"], left=np.nan, right=np.nan)
    segments = truth["segment_lengths_m"]
    leg = segments["thigh"] + segments["shank"]
    reach = at_contact("ankle_to_hip_forward_m", "ankle_to_hip_forward_m") / leg
    com = posture.centre_of_mass(joints)
    ahead = (com - posture.point(joints, "hip")) @ forward / leg
    out["overstride_hip_frac"] = reach
    out["overstride_frac"] = reach - np.interp(c.contact_s, t, ahead, left=np.nan, right=np.nan)
    out["shin_lean_contact_deg"] = -at_contact("shank_angle_deg", "shank_angle_at_contact_deg")
    out["knee_flexion_contact_deg"] = at_contact("knee_flexion_deg", "knee_flexion_at_contact_deg")
    if not own.get("course"):  # the course of a clip that drifts leaves the foot out, and it does change
        out["foot_strike_angle_deg"] = of_side({s: v["foot_pitch_deg"] for s, v in truth["at_contact"].items()})
    rise = np.array(
        [_range_between(t, com[:, 2], c.contact_s[i], c.contact_s[i] + out["step_time_s"][i]) for i in range(n)]
    )
    out["vertical_oscillation_m"] = rise
    out["vertical_oscillation_frac"] = rise / leg
    out["speed_mps"] = np.full(n, float(truth["speed_mps"]))
    out["step_length_m"] = truth["speed_mps"] * out["step_time_s"]
    return out


def along_course(course: list[dict[str, float]], name: str, t: FloatArray) -> FloatArray:
    """A drifting value at some times, from its values second by second."""
    return np.interp(t, [float(c["t"]) for c in course], [float(c[name]) for c in course])


def _mean_between(t: FloatArray, values: FloatArray, start: float, stop: float) -> float:
    """Mean of a per-frame value between two times, straight between frames; NaN beyond the clip."""
    if not (start >= t[0] and stop <= t[-1] and stop > start):
        return float("nan")
    at = start + (stop - start) * (np.arange(40) + 0.5) / 40
    return float(np.mean(np.interp(at, t, values)))


def _range_between(t: FloatArray, values: FloatArray, start: float, stop: float) -> float:
    """Highest - lowest between two times, each extreme from the parabola through its three frames."""
    inside = np.flatnonzero((t >= start) & (t <= stop))
    if not (len(inside) > 3 and start >= t[0] and stop <= t[-1]):
        return float("nan")
    top = inside[int(np.argmax(values[inside]))]
    low = inside[int(np.argmin(values[inside]))]
    return _vertex(values, int(top)) - _vertex(values, int(low))


def _vertex(values: FloatArray, i: int) -> float:
    if i == 0 or i == len(values) - 1:
        return float(values[i])
    before, here, after = values[i - 1 : i + 2]
    bend = before - 2 * here + after
    return float(here) if bend == 0.0 else float(here - (after - before) ** 2 / (8 * bend))
