"""Leans and angles of true joints, by the definitions of the documentation; written apart from runlean's kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: de Leva 1996, mean of both sexes: from, to, share of body mass, centre as a share of the way. 'hip' without a side
#: is the middle of both.
SEGMENTS = (
    ("ear", "ear", 0.0681, 0.0),
    ("shoulder", "hip", 0.43015, 0.4046),
    *(
        (f"{side}_{a}", f"{side}_{b}", mass, centre)
        for side in ("left", "right")
        for a, b, mass, centre in (
            ("shoulder", "elbow", 0.0263, 0.5763),
            ("elbow", "wrist", 0.0150, 0.45665),
            ("wrist", "wrist", 0.00585, 0.0),
            ("hip", "knee", 0.1447, 0.38535),
            ("knee", "ankle", 0.0457, 0.43735),
            ("heel", "big_toe", 0.0133, 0.42145),
        )
    ),
)


def point(joints: dict[str, FloatArray], name: str) -> FloatArray:
    """A joint, or the middle of its left and right one."""
    if name in joints:
        return joints[name]
    return np.asarray(0.5 * (joints[f"left_{name}"] + joints[f"right_{name}"]))


def lean_deg(lower: FloatArray, upper: FloatArray, up: FloatArray, direction: float) -> FloatArray:
    """Angle of a line to the vertical, positive forward.

    Parameters
    ----------
    lower, upper : float64 (frame, 2), px, y down
    up : float64 (frame, 2)
        Gravity's vertical in the picture, a unit vector.
    direction : +1 or -1
        Running to the right or to the left.
    """
    v = upper - lower
    aside = -v[:, 0] * up[:, 1] + v[:, 1] * up[:, 0]
    return np.asarray(np.degrees(np.arctan2(direction * aside, np.sum(v * up, axis=1))))


def flexion_deg(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """180 degrees less the angle at b: 0 = straight."""
    u, v = a - b, c - b
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return np.asarray(180.0 - np.degrees(np.abs(np.arctan2(cross, np.sum(u * v, axis=1)))))


def straightness(ankle: FloatArray, hip: FloatArray, shoulder: FloatArray, ear: FloatArray) -> FloatArray:
    """Largest distance of hip and shoulder from the line ankle-ear, as a fraction of its length."""
    line = ear - ankle
    length2 = np.sum(line**2, axis=1)

    def off(p: FloatArray) -> FloatArray:
        v = p - ankle
        return np.asarray(np.abs(line[:, 0] * v[:, 1] - line[:, 1] * v[:, 0]) / length2)

    return np.maximum(off(hip), off(shoulder))


def centre_of_mass(joints: dict[str, FloatArray]) -> FloatArray:
    """Centre of mass of the whole body, (frame, 2 or 3)."""
    total = sum(mass for _, _, mass, _ in SEGMENTS)
    parts = [
        mass * (point(joints, a) + share * (point(joints, b) - point(joints, a))) for a, b, mass, share in SEGMENTS
    ]
    return np.asarray(np.sum(parts, axis=0) / total)


def side_angles(joints: dict[str, FloatArray], side: str, up: FloatArray, direction: float) -> dict[str, FloatArray]:
    """Columns of one leg and arm, per frame."""
    ankle, knee, hip = (joints[f"{side}_{name}"] for name in ("ankle", "knee", "hip"))
    thigh = lean_deg(knee, hip, up, direction)
    trunk = lean_deg(point(joints, "hip"), point(joints, "shoulder"), up, direction)
    return {
        f"shin_lean_{side}_deg": lean_deg(ankle, knee, up, direction),
        f"knee_flexion_{side}_deg": flexion_deg(hip, knee, ankle),
        f"hip_flexion_{side}_deg": trunk - thigh,
        f"elbow_flexion_{side}_deg": flexion_deg(
            joints[f"{side}_shoulder"], joints[f"{side}_elbow"], joints[f"{side}_wrist"]
        ),
    }


def stance_lines(joints: dict[str, FloatArray], side: str, up: FloatArray, direction: float) -> dict[str, FloatArray]:
    """Lines from one foot's ankle, per frame; they mean something while that foot stands."""
    ankle, hip = joints[f"{side}_ankle"], point(joints, "hip")
    shoulder, ear = point(joints, "shoulder"), point(joints, "ear")
    trunk = lean_deg(hip, shoulder, up, direction)
    return {
        "body_lean_deg": lean_deg(ankle, shoulder, up, direction),
        "hip_hinge_deg": trunk - lean_deg(ankle, hip, up, direction),
        "straightness_frac": straightness(ankle, hip, shoulder, ear),
    }
