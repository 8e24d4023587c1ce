"""What makes numbers wrong, recognised and named: each check gives a notice and the columns to withhold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.gait.mode import LEAST_FOLLOWED
from runlean.gait.result import Notice
from runlean.gait.roll import PAN_TOLD_DEG, Roll
from runlean.gait.view import View
from runlean.pose.tracks import BoolArray, FloatArray

#: Fewest steps for stable means (Dingenen 2018), and fewest contacts for any mean.
STABLE_STEPS = 7
MIN_CONTACTS = 4

#: Steps per minute of runners: sprinters reach 290, joggers rarely fall below 135 (marathon finalists 185,
#: Lieberman 2015: preferred 170). Below SLOW the film may be slowed down, below SURELY_SLOW it is, or nobody runs.
SLOW_CADENCE_SPM = 125.0
FAST_CADENCE_SPM = 310.0
SURELY_SLOW_CADENCE_SPM = 100.0

#: See :func:`gravity_ratio`: a runner's, and half-way (in time) to film at half speed.
TYPICAL_GRAVITY_RATIO = 0.065
SLOW_GRAVITY_RATIO = 0.03

#: Steps of one runner differ by 1-3 % (force plates), left from right by up to 15 % in a limp, and a sprint's first
#: steps by 5 % from one to the next. One that is this much longer or shorter than the one before had a contact missed
#: or made up; ...
STEP_JUMP = 1.28
#: ... where so many steps do, what is left is not known to be right.
BROKEN_SHARE = 0.15
#: A contact missed or made up makes a step twice or half as long. One step that is off by less (two jumps, where a leg
#: was hidden) is borne where that is below this share of all: it moves the mean of the cadence by about 3 % at most.
MISSED_JUMP = 1.4
BORNE_SHARE = 0.2

#: Real pictures per second of film that repeats most of them, below which a stride is seen some six times: contacts on
#: track_dupframes (9 a second) were 70 ms early, two of eight made up.
LEAST_REAL_FPS = 12.0

#: A foot that is seen in fewer of the frames than this has no path to be followed; a far foot that legs hide in turn is
#: seen in more than half.
LEAST_FOOT_SEEN = 0.25

LEAN_COLUMNS = (
    "trunk_lean_deg", "trunk_lean_contact_deg", "body_lean_deg", "hip_hinge_deg", "straightness_frac",
    "head_lean_deg",
)  # fmt: skip
SAGITTAL_COLUMNS = (
    *LEAN_COLUMNS, "overstride_frac", "overstride_hip_frac", "shin_lean_contact_deg", "knee_flexion_contact_deg",
    "foot_strike_angle_deg", "foot_strike", "step_length_m", "speed_mps",
)  # fmt: skip
TIMING_COLUMNS = (
    "contact_time_s", "flight_time_s", "step_time_s", "stride_time_s", "cadence_spm", "speed_mps", "step_length_m",
)  # fmt: skip
#: Everything that gait gives.
GAIT_COLUMNS = (
    *SAGITTAL_COLUMNS, *TIMING_COLUMNS, "duty_factor", "vertical_oscillation_frac", "vertical_oscillation_m",
)  # fmt: skip
#: What does not rest on the moments of contact.
WITHOUT_CONTACTS = ("trunk_lean_deg", "head_lean_deg")
CONTACT_COLUMNS = ("contact_time_s", "flight_time_s", "duty_factor", "toe_off_s")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that spoke.

    Attributes
    ----------
    notice : Notice
    withhold : dict
        Column -> reason; these columns become null.
    """

    notice: Notice
    withhold: dict[str, str]


def check_view(view: View) -> Finding | None:
    """Front views give no sagittal numbers; oblique ones say so."""
    if view.kind == "front":
        reason = (
            f"seen from the front or behind (yaw about {view.yaw_deg:.0f} degrees): lean and reach lie along the line "
            "of sight"
        )
        return Finding(
            Notice("front_view", f"The runner is {reason}. Film from the side for these numbers."),
            dict.fromkeys(SAGITTAL_COLUMNS, reason),
        )
    if view.kind == "oblique":
        return Finding(
            Notice(
                "oblique_view",
                f"The camera stands about {abs(view.yaw_deg):.0f} degrees (+-{view.sd_deg:.0f}) off the perpendicular: "
                "angles and lengths are as the picture shows them, and their uncertainty is widened.",
            ),
            {},
        )
    return None


def check_camera(followed: float, belt: bool) -> Finding | None:
    """A background too little of which is seen: nobody knows whether the camera goes with the runner.

    Parameters
    ----------
    followed : float
        Share of the pictures in which it is seen.
    belt : bool
        A belt's speed was given, which answers that but not whether the camera shakes.
    """
    if followed >= LEAST_FOLLOWED:
        return None
    reason = "too little of the background is seen to tell whether the camera moves"
    columns = ["vertical_oscillation_frac", "vertical_oscillation_m", *([] if belt else ["speed_mps", "step_length_m"])]
    message = (
        f"Enough of the background is seen in {100 * followed:.0f} % of the pictures only (plain, dark, or hidden by "
        "the runner): whether the camera goes with the runner is not known"
        + ("." if belt else ", nor whether this is a treadmill; where it is one give --treadmill-speed.")
    )
    return Finding(Notice("camera_not_followed", message), dict.fromkeys(columns, reason))


def check_roll(roll: Roll) -> Finding | None:
    """A pan's way that is not level may be the ground's slope."""
    if not (roll.from_pan and abs(roll.roll_deg) >= PAN_TOLD_DEG):
        return None
    message = (
        f"The camera's roll of {roll.roll_deg:.1f} degrees (+-{roll.sd_deg:.1f}) is read off the way of its pan: where "
        "the ground slopes give --roll."
    )
    return Finding(Notice("roll_from_pan", message), {})


def gravity_ratio(oscillation_frac: float, step_time_s: float) -> float:
    """Vertical oscillation over what gravity makes of the step time, ``h / (g T^2)``, dimensionless.

    A body in flight falls with g, so runners who bounce by h take steps of time T with h / (g T^2) of about 0.05-0.08
    (0.08 m and 0.35 s: 0.067) whatever their speed; film slowed down F times shows this ratio divided by F^2.

    Parameters
    ----------
    oscillation_frac : float
        Vertical oscillation, fraction of leg length (a leg is taken as 0.9 m).
    step_time_s : float
    """
    return oscillation_frac * 0.9 / (9.81 * step_time_s**2)


def check_slow_motion(cadence_spm: float, oscillation_frac: float, slow_motion: float, clock: float) -> Finding | None:
    """Film that is slowed down.

    Running was seen on a faster clock only; or the cadence is one that no runner has; or the bounce is too small for
    its time under gravity.
    """
    if not np.isfinite(cadence_spm):
        return None
    ratio = gravity_ratio(oscillation_frac, 60.0 / cadence_spm)
    if clock == 1.0 and (
        cadence_spm >= SLOW_CADENCE_SPM or (cadence_spm >= SURELY_SLOW_CADENCE_SPM and not ratio < SLOW_GRAVITY_RATIO)
    ):
        return None
    factor = np.sqrt(TYPICAL_GRAVITY_RATIO / ratio) if ratio > 0 else np.nan
    guess = f", by gravity about {factor:.1f} times" if np.isfinite(factor) and factor > 1.2 else ""
    given = f" ({slow_motion:g} was given)" if slow_motion != 1.0 else ""
    reason = f"the film is slowed down ({cadence_spm:.0f} steps per minute in video time{guess})"
    return Finding(
        Notice(
            "slow_motion",
            f"Cadence reads {cadence_spm:.0f} steps per minute in video time, so the film is slowed down{guess}: times "
            f"are not real time and are withheld. Give --slow-motion FACTOR, capture rate / playback rate{given}.",
        ),
        dict.fromkeys(TIMING_COLUMNS, reason),
    )


def check_impossible(cadence_spm: float) -> Finding | None:
    """A cadence beyond any runner's: the points are too poor for gait, as they are on runners of a few pixels."""
    if not cadence_spm > FAST_CADENCE_SPM:
        return None
    reason = f"a cadence of {cadence_spm:.0f} steps per minute was read, which no runner has: the points are too poor"
    return Finding(
        Notice("poor_pose", f"No gait numbers: {reason} (too small, blurred or hidden)."),
        dict.fromkeys(GAIT_COLUMNS, reason),
    )


def check_repeated(repeated: BoolArray, fps: float) -> Finding | None:
    """Repeated pictures: the true frame rate is lower than the file says."""
    share = float(np.mean(repeated)) if len(repeated) else 0.0
    if share < 0.1:
        return None
    effective = fps * (1 - share)
    withhold = {}
    if share > 0.4:
        withhold = dict.fromkeys(
            CONTACT_COLUMNS if effective >= LEAST_REAL_FPS else (*CONTACT_COLUMNS, *TIMING_COLUMNS),
            f"{100 * share:.0f} % of the pictures are repeats (about {effective:.0f} real pictures per second)",
        )
    return Finding(
        Notice(
            "repeated_frames",
            f"{100 * share:.0f} % of the pictures repeat the one before: about {effective:.0f} of {fps:.0f} pictures "
            "per second are real, and event times are no finer than that.",
        ),
        withhold,
    )


def check_feet_visible(
    ankle_y: FloatArray, ankle_known: BoolArray, height: int, body_px: float, running: bool
) -> Finding | None:
    """A runner cut off at the feet has no contacts to be seen; nor has one of whom one foot is never seen.

    Parameters
    ----------
    ankle_y : float64 (row, 2), px
        Left and right.
    ankle_known : bool (row, 2)
    height : int
        Of the picture; 0 where it is not known.
    body_px : float
    running : bool
        Steps were found. Where they were not, the feet are why, and nothing that rests on steps is told.
    """
    if not len(ankle_known):
        return None
    at_edge = 0.0
    if height > 0:
        at_edge = float(np.nanmean(ankle_y > height - 0.03 * body_px)) if np.isfinite(ankle_y).any() else 1.0
    seen = ankle_known.mean(axis=0)
    if ankle_known.mean() < 0.5 or at_edge >= 0.3:
        reason = "the feet are outside the picture"
        message = "The feet are outside the picture most of the time: film the whole body."
    elif seen.min() < LEAST_FOOT_SEEN:
        reason = f"the {('left', 'right')[int(seen.argmin())]} foot is hardly ever seen"
        message = f"{reason[0].upper()}{reason[1:]} (cut off or hidden): film the whole body."
    else:
        return None
    if not running:
        return Finding(
            Notice("feet_cut_off", message), dict.fromkeys(GAIT_COLUMNS, f"{reason}, so that no steps can be told")
        )
    columns = (
        *CONTACT_COLUMNS, "overstride_frac", "overstride_hip_frac", "shin_lean_contact_deg", "foot_strike",
        "foot_strike_angle_deg", "knee_flexion_contact_deg", "body_lean_deg", "hip_hinge_deg", "straightness_frac",
    )  # fmt: skip
    return Finding(Notice("feet_cut_off", message), dict.fromkeys(columns, reason))


def check_steps(n_contacts: int) -> Finding | None:
    """Too few steps for stable means."""
    if n_contacts >= STABLE_STEPS:
        return None
    return Finding(
        Notice(
            "few_steps",
            f"{n_contacts} foot contacts were found; {STABLE_STEPS} or more are needed for stable means (Dingenen 2018)"
            + ("; below 4 no means are given." if n_contacts < MIN_CONTACTS else "."),
        ),
        {},
    )


def check_even_steps(contact_s: FloatArray) -> Finding | None:
    """Steps that jump in length: contacts were missed or made up, as on legs that are hidden or exchanged.

    Parameters
    ----------
    contact_s : float64 (contact,)
        Of one runner, in time order.
    """
    step = np.diff(contact_s)
    if len(step) < 3 or not (step > 0).all():
        return None
    size = np.exp(np.abs(np.diff(np.log(step))))
    jumps = size > STEP_JUMP
    if not jumps.mean() >= BROKEN_SHARE:
        return None
    if jumps.sum() <= 2 and jumps.mean() < BORNE_SHARE and size.max() < MISSED_JUMP:
        return None
    reason = (
        f"{int(jumps.sum())} of {len(jumps)} steps are far longer or shorter than the one before: contacts were missed "
        "or made up"
    )
    return Finding(
        Notice("broken_steps", f"No step numbers: {reason} (legs hidden, exchanged or seen too rarely)."),
        {name: reason for name in GAIT_COLUMNS if name not in WITHOUT_CONTACTS},
    )


def check_frame_rate(fps: float) -> Finding | None:
    """A low frame rate makes event times coarse."""
    if not fps < 24:
        return None
    return Finding(
        Notice("low_frame_rate", f"{fps:.1f} pictures per second: event times are uncertain; film at 60 or more."),
        {},
    )


def not_running(kind: str, view: View) -> Finding:
    """A person who does not run has no gait numbers."""
    if kind == "walking":
        reason = "the person walks (no flight phase)"
    elif view.kind == "front":
        reason = "seen from the front, no steps can be told"
    else:
        reason = "no running was found: no alternating foot contacts with a flight phase between"
    return Finding(
        Notice("walking" if kind == "walking" else "no_running", f"No gait numbers: {reason}."),
        dict.fromkeys(GAIT_COLUMNS, reason),
    )
