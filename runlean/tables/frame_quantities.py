"""The columns of frames.parquet: one row per runner per frame."""

from __future__ import annotations

from typing import Final

from runlean.tables.quantity import Quantity

_NETWORK_LEAN = (
    "Networks place the shoulder 3-4 cm above and 1-3 cm behind the joint centre: on rendered runners raw "
    "MoveNet "
    "reads 1.1-3.5 deg (median 2.4) less lean, BlazePose 1.5-3.8 (2.8). Others' random error per frame: "
    "3.2-5.5 deg, "
    "MoveNet against manual digitising (arXiv 2409.10175)"
)
_LEG_ANGLE = "2D sagittal running, OpenPose: RMSE hip 5.9, knee 7.8, ankle 5.7 deg (Van Hooren 2023)"
_DE_LEVA = "Segment masses and centres: de Leva 1996"


def _shin(side: str) -> Quantity:
    return Quantity(
        f"shin_lean_{side}_deg", "frames", f"Shin lean, {side}", "deg",
        f"lean({side} ankle -> {side} knee); negative: the foot reaches ahead of the knee",
        known_error=_LEG_ANGLE,
    )  # fmt: skip


def _knee(side: str) -> Quantity:
    return Quantity(
        f"knee_flexion_{side}_deg", "frames", f"Knee flexion, {side}", "deg",
        f"180 - angle({side} hip, knee, ankle); 0 = straight leg", known_error=_LEG_ANGLE,
    )  # fmt: skip


def _hip(side: str) -> Quantity:
    return Quantity(
        f"hip_flexion_{side}_deg", "frames", f"Hip flexion, {side}", "deg",
        f"Angle between the {side} thigh and the trunk line; positive: the knee is ahead of the trunk line",
        known_error=_LEG_ANGLE,
    )  # fmt: skip


def _elbow(side: str) -> Quantity:
    return Quantity(
        f"elbow_flexion_{side}_deg", "frames", f"Elbow flexion, {side}", "deg",
        f"180 - angle({side} shoulder, elbow, wrist); 0 = straight arm",
        known_error="Not validated; the far arm is often hidden by the trunk",
    )  # fmt: skip


def _foot(side: str) -> Quantity:
    return Quantity(
        f"foot_angle_{side}_deg", "frames", f"Foot angle, {side}", "deg",
        f"Inclination of the line {side} heel -> big toe above the ground; positive: toes up",
        known_error="Heel and toe of BlazePose; see docs/validation.md", needs=("feet",),
    )  # fmt: skip


FRAME_QUANTITIES: Final = (
    Quantity(
        "runner_id", "frames", "Runner", "", "Number of the runner within the video", kind="int32",
        role="key",
    ),
    Quantity("frame", "frames", "Frame", "", "Index of the decoded frame, from 0", kind="int32", role="key"),
    Quantity(
        "time_s", "frames", "Time", "s",
        "Presentation time from the first frame, by the container's time stamps, divided by the slow-motion "
        "factor",
        known_error="As exact as the container's time stamps", role="moment",
    ),
    Quantity(
        "<keypoint>_x_px", "frames", "Keypoint, horizontal", "px",
        "Repaired and filtered position in the upright picture, x to the right",
        known_error="On rendered runners the visible joints lie within 1-2 % of body height (Thunder)",
        kind="float32", role="point",
    ),
    Quantity(
        "<keypoint>_y_px", "frames", "Keypoint, vertical", "px",
        "Repaired and filtered position in the upright picture, y down",
        known_error="As the horizontal position", kind="float32", role="point",
    ),
    Quantity(
        "<keypoint>_score", "frames", "Keypoint, confidence", "",
        "The network's own confidence, 0..1, as it came: not a probability",
        kind="float32", role="point",
    ),
    Quantity(
        "filled", "frames", "Filled", "",
        "A point of this row was missing or wrong, and put in over a short gap or by the stride",
        kind="bool", role="class",
    ),
    Quantity(
        "phase", "frames", "Phase", "",
        "left_stance, right_stance or flight, by the contacts found; null where no contacts are known",
        kind="string", role="class",
    ),
    Quantity(
        "com_x_px", "frames", "Centre of mass, horizontal", "px",
        "Mass-weighted mean of the centres of the visible segments, renormalised", _DE_LEVA,
        "Not validated against force plates", role="point",
    ),
    Quantity(
        "com_y_px", "frames", "Centre of mass, vertical", "px",
        "As com_x_px, y down", _DE_LEVA, "Not validated against force plates", role="point",
    ),
    Quantity(
        "trunk_lean_deg", "frames", "Trunk lean", "deg",
        "lean(mid-hip -> mid-shoulder) against gravity's vertical, hips and shoulders weighed by score and "
        "side; positive forward",
        "Teng & Powers 2015", _NETWORK_LEAN,
    ),
    Quantity(
        "body_lean_deg", "frames", "Body lean", "deg",
        "lean(stance ankle -> mid-shoulder); sweeps from behind to ahead through stance; null in flight",
        known_error="The network's offset of the shoulder weighs about a third as much as in trunk_lean_deg",
    ),
    Quantity(
        "hip_hinge_deg", "frames", "Hip hinge", "deg",
        "Trunk lean - lean(stance ankle -> mid-hip); null in flight; only its mean over stance says where "
        "the runner bends",
        known_error="As trunk_lean_deg",
    ),
    Quantity(
        "head_lean_deg", "frames", "Head lean", "deg", "lean(mid-shoulder -> mid-ear); positive forward",
        known_error="A short line: 1 cm of shoulder or ear error is about 3 deg", needs=("head",),
    ),
    Quantity(
        "straightness_frac", "frames", "Straightness", "frac",
        "Largest distance of hip and shoulder from the line stance ankle -> ear, as a fraction of that "
        "line's length; "
        "0 = one straight line",
        known_error="Not validated; takes in the offsets of shoulder and ear", needs=("head",),
    ),
    _shin("left"), _shin("right"),
    _knee("left"), _knee("right"),
    _hip("left"), _hip("right"),
    _elbow("left"), _elbow("right"),
    _foot("left"), _foot("right"),
)  # fmt: skip
