"""Posture at every frame: angles, centre of mass, in the gravity frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.gait.convention import PointConvention
from runlean.pose.tracks import FloatArray
from runlean_kernels import landmarks as lm
from runlean_kernels.posture import DE_LEVA_SEGMENTS, STANCE_LINES, center_of_mass, posture_angles, stance_lines

#: Columns of frames.parquet in the order of the kernel's output.
ANGLE_COLUMNS: Final = (
    "trunk_lean_deg", "body_lean_deg", "hip_hinge_deg", "head_lean_deg", "straightness_frac",
    "shin_lean_left_deg", "shin_lean_right_deg", "knee_flexion_left_deg", "knee_flexion_right_deg",
    "hip_flexion_left_deg", "hip_flexion_right_deg", "elbow_flexion_left_deg", "elbow_flexion_right_deg",
    "foot_angle_left_deg", "foot_angle_right_deg",
)  # fmt: skip

#: Rows that three kernels look at one after the other while the processor's cache holds them.
ROWS_IN_CACHE: Final = 1024


@dataclass(frozen=True, slots=True)
class Posture:
    """Per-row posture.

    Attributes
    ----------
    angles : float64 (row, 15)
        In the order of ``ANGLE_COLUMNS``; radians, straightness a fraction.
    com : float64 (row, 2)
        Centre of mass in the frame of the points given, px.
    lines : float64 (2, 3, row)
        ``STANCE_LINES`` over the left and the right foot, at the rows of its stance and those next to it; radians,
        straightness a fraction.
    """

    angles: FloatArray
    com: FloatArray
    lines: FloatArray

    def column(self, name: str) -> FloatArray:
        """One column, radians or fraction, float64 (row,)."""
        return np.ascontiguousarray(self.angles[:, ANGLE_COLUMNS.index(name)])

    def over_foot(self, name: str, side: int) -> FloatArray:
        """A line to the standing foot, over the left (0) or right (1) one, radians or fraction, float64 (row,)."""
        line: FloatArray = self.lines[side, STANCE_LINES.index(name.rsplit("_", 1)[0])]
        return line


def turn_shoulders(xy: FloatArray, direction: FloatArray, convention: PointConvention | None) -> FloatArray:
    """Points with the shoulders turned forward about the mid-hip by the network's trunk offset.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    direction : float64 (row,), +1 or -1
    convention : PointConvention or None
        None: a copy as it is.
    """
    out = xy.copy()
    if convention is None or convention.trunk_offset_deg == 0.0:
        return out
    angle = np.radians(convention.trunk_offset_deg) * direction
    hip = 0.5 * (xy[:, lm.LEFT_HIP] + xy[:, lm.RIGHT_HIP])
    shoulder = 0.5 * (xy[:, lm.LEFT_SHOULDER] + xy[:, lm.RIGHT_SHOULDER])
    trunk = shoulder - hip
    cos, sin = np.cos(angle), np.sin(angle)
    # clockwise on the screen is forward for a runner to the right
    shift_x = cos * trunk[:, 0] - sin * trunk[:, 1] - trunk[:, 0]
    shift_y = sin * trunk[:, 0] + cos * trunk[:, 1] - trunk[:, 1]
    for point in (lm.LEFT_SHOULDER, lm.RIGHT_SHOULDER):
        out[:, point, 0] += shift_x
        out[:, point, 1] += shift_y
    return out


def compute_posture(
    xy: FloatArray,
    weight: FloatArray,
    direction: FloatArray,
    stance_side: npt.NDArray[np.int8],
) -> Posture:
    """Angles, centre of mass and lines to the standing foot of every row.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px, roll removed
    weight : float64 (row, 23)
    direction : float64 (row,), +1 or -1; NaN where unknown gives NaN leans
    stance_side : int8 (row,)
        0 left, 1 right, negative: no foot known to be down.
    """
    n = len(xy)
    angles, com = np.empty((n, len(ANGLE_COLUMNS))), np.empty((n, 2))
    lines = np.empty((2, len(STANCE_LINES), n))
    for begin in range(0, n, ROWS_IN_CACHE):
        rows = slice(begin, min(begin + ROWS_IN_CACHE, n))
        posture_angles(xy[rows], weight[rows], direction[rows], stance_side[rows], angles[rows])
        center_of_mass(xy[rows], DE_LEVA_SEGMENTS, com[rows])
        stance_lines(xy, weight, direction, stance_side, angles, rows.start, rows.stop, lines)
    return Posture(angles, com, lines)
