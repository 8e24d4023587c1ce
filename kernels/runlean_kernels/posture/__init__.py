"""Posture: leans, joint angles, the centre of mass. Radians, forward positive, in the gravity frame."""

from runlean_kernels.posture.angle import foot_angle, hip_flexion, joint_angle, segment_lean, straightness
from runlean_kernels.posture.center_of_mass import DE_LEVA_SEGMENTS, LEAST_MASS, center_of_mass
from runlean_kernels.posture.posture_angles import POSTURE_COLUMNS, posture_angles
from runlean_kernels.posture.stance_lines import STANCE_LINES, stance_lines

__all__ = [
    "DE_LEVA_SEGMENTS",
    "LEAST_MASS",
    "POSTURE_COLUMNS",
    "STANCE_LINES",
    "center_of_mass",
    "foot_angle",
    "hip_flexion",
    "joint_angle",
    "posture_angles",
    "segment_lean",
    "stance_lines",
    "straightness",
]
