"""The columns of strides.parquet: one row per foot contact."""

from __future__ import annotations

from typing import Final

from runlean.tables.quantity import Quantity

_EVENTS = (
    "One 180 Hz camera: 4.5 ms RMS at contact, 6.9 ms at toe-off (Hreljac & Marshall 2000); a 30 Hz camera "
    "as others "
    "read it: 30-36 ms"
)
_LEG_ANGLE = "2D sagittal running, OpenPose: RMSE knee 7.8, ankle 5.7 deg (Van Hooren 2023)"
_NETWORK_LEAN = (
    "As per frame: the network's offset of the shoulder (raw MoveNet 1.1-3.5 deg less lean on rendered "
    "runners) does "
    "not average away over strides; it stands as systematic_sd in summary.json"
)
_SCALE = "Scales with the error of the scale (runner height or belt speed)"


def _measured(
    name: str,
    label: str,
    unit: str,
    definition: str,
    source: str = "",
    known_error: str = "",
    needs: tuple[str, ...] = (),
    ratio: bool = False,
) -> Quantity:
    return Quantity(
        name, "strides", label, unit, definition, source, known_error, needs=needs, has_sd=True, ratio=ratio
    )  # fmt: skip


STRIDE_QUANTITIES: Final = (
    Quantity(
        "runner_id", "strides", "Runner", "", "Number of the runner within the video", kind="int32",
        role="key",
    ),
    Quantity(
        "stride", "strides", "Stride", "", "Number of the contact, in time order, from 0", kind="int32",
        role="key",
    ),
    Quantity(
        "side", "strides", "Side", "", "left or right: the foot that touches down", kind="string", role="key",
    ),
    Quantity(
        "contact_s", "strides", "Initial contact", "s",
        "Moment at which the foot meets the ground, sub-frame",
        "Handsaker 2016; Fellin 2010", _EVENTS, role="moment", has_sd=True,
    ),
    Quantity(
        "toe_off_s", "strides", "Toe-off", "s", "Moment at which the same foot leaves the ground, sub-frame",
        "Handsaker 2016; Fellin 2010", _EVENTS, role="moment", has_sd=True,
    ),
    _measured(
        "contact_time_s", "Contact time", "s", "toe_off_s - contact_s", "", _EVENTS, ratio=True,
    ),
    _measured(
        "flight_time_s", "Flight time", "s",
        "The other foot's next contact_s - toe_off_s; negative: both feet on the ground",
        "", _EVENTS, ratio=True,
    ),
    _measured(
        "step_time_s", "Step time", "s", "The other foot's next contact_s - contact_s", "", _EVENTS,
        ratio=True,
    ),
    _measured(
        "stride_time_s", "Stride time", "s", "This foot's next contact_s - contact_s", "", _EVENTS,
        ratio=True,
    ),
    _measured(
        "duty_factor", "Duty factor", "", "contact_time_s / stride_time_s", "Van Hooren 2024", _EVENTS,
        ratio=True,
    ),
    _measured(
        "cadence_spm", "Cadence", "spm", "120 / stride_time_s (the last step: 60 / step_time_s)", "Lieberman 2015",
        "Errors of contacts cancel over strides: the mean is far more exact than one step", ratio=True,
    ),
    _measured(
        "trunk_lean_deg", "Trunk lean", "deg", "Mean over stance of trunk_lean_deg per frame",
        "Teng & Powers 2015",
        _NETWORK_LEAN,
    ),
    _measured(
        "trunk_lean_contact_deg", "Trunk lean at contact", "deg", "trunk_lean_deg at contact_s", "",
        _NETWORK_LEAN,
    ),
    _measured(
        "body_lean_deg", "Body lean", "deg", "Mean over stance of lean(stance ankle -> mid-shoulder)", "",
        "Depends on where stance begins and ends: the line sweeps about 50 deg through stance",
    ),
    _measured(
        "hip_hinge_deg", "Hip hinge", "deg",
        "Mean over stance of trunk lean - lean(stance ankle -> mid-hip); 0 = one straight line from the "
        "ankles, "
        "positive = bent at the waist",
        "", "As body_lean_deg and trunk_lean_deg together",
    ),
    _measured(
        "straightness_frac", "Straightness", "frac",
        "Mean over stance of straightness_frac per frame; 0 = one straight line",
        "", "Not validated; takes in the offsets of shoulder and ear", ("head",),
    ),
    _measured(
        "head_lean_deg", "Head lean", "deg", "Mean over stance of lean(mid-shoulder -> mid-ear)", "",
        "A short line: 1 cm of shoulder or ear error is about 3 deg", ("head",),
    ),
    _measured(
        "overstride_frac", "Overstride", "frac",
        "Foot ahead of the centre of mass at contact, as a fraction of leg length",
        "Wille 2014 (centre of mass - heel)",
        "See docs/validation.md",
    ),
    _measured(
        "overstride_hip_frac", "Overstride from the hip", "frac",
        "Foot ahead of the hip at contact, as a fraction of leg length", "Warrener 2021 (hip - heel)",
        "See docs/validation.md",
    ),
    _measured(
        "shin_lean_contact_deg", "Shin lean at contact", "deg",
        "lean(ankle -> knee) at contact_s; negative: the foot reaches ahead of the knee", "", _LEG_ANGLE,
    ),
    _measured(
        "knee_flexion_contact_deg", "Knee flexion at contact", "deg",
        "180 - angle(hip, knee, ankle) at contact_s", "",
        _LEG_ANGLE,
    ),
    _measured(
        "foot_strike_angle_deg", "Foot strike angle", "deg",
        "Foot inclination (heel -> toe) at contact_s minus its median in flat mid-stance; positive: heel "
        "first",
        "Altman & Davis 2012", "See docs/validation.md; one frame is 5-10 deg of foot rotation at 60 fps",
        ("feet",),
    ),
    Quantity(
        "foot_strike", "strides", "Foot strike", "",
        "rearfoot (angle above 8 deg), midfoot (-1.6 to 8), forefoot (below -1.6); null where the angle "
        "cannot tell, and below 55 pictures a second where the class is not 75 % likely (midfoot never is)",
        "Altman & Davis 2012", "See docs/validation.md", kind="string", role="class", needs=("feet",),
    ),
    _measured(
        "vertical_oscillation_frac", "Vertical oscillation", "frac",
        "Highest - lowest centre of mass within the step, as a fraction of leg length", "Van Hooren 2024",
        "See docs/validation.md", ratio=True,
    ),
    _measured(
        "vertical_oscillation_m", "Vertical oscillation", "m",
        "vertical_oscillation_frac in metres", "Van Hooren 2024", _SCALE, ("metres",), ratio=True,
    ),
    _measured(
        "step_length_m", "Step length", "m",
        "Way of the body over the ground (or of the belt) within the step", "",
        _SCALE, ("metres",), ratio=True,
    ),
    _measured(
        "speed_mps", "Speed", "mps", "step_length_m / step_time_s; on a treadmill the belt's speed", "",
        _SCALE,
        ("metres",), ratio=True,
    ),
)  # fmt: skip
