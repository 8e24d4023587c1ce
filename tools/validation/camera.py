"""What a rendered clip's camera matrices say: gravity in the picture, the camera's roll and its yaw to the runner."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: A camera whose axis stays within this of the perpendicular to the running direction films a side view, deg.
PERPENDICULAR_DEG = 5.0


def projected(k: FloatArray, rt: FloatArray, xyz: FloatArray) -> FloatArray:
    """Pixels of points in space.

    Parameters
    ----------
    k : float64 (frame, 3, 3)
    rt : float64 (frame, 3, 4)
        World (z up, m) to camera (x right, y down, z forward).
    xyz : float64 (frame, 3), m
    """
    seen = np.einsum("fij,fj->fi", rt[:, :, :3], xyz) + rt[:, :, 3]
    pixel = np.einsum("fij,fj->fi", k, seen)
    return np.asarray(pixel[:, :2] / pixel[:, 2:])


def upward(k: FloatArray, rt: FloatArray, xyz: FloatArray) -> FloatArray:
    """Unit vector in the picture that gravity's vertical makes at a point in space, (frame, 2)."""
    step = np.array([0.0, 0.0, 0.01])
    v = projected(k, rt, xyz + step) - projected(k, rt, xyz)
    return np.asarray(v / np.hypot(v[:, 0], v[:, 1])[:, None])


def roll_deg(rt: FloatArray) -> FloatArray:
    """Camera roll per frame, positive for a camera turned clockwise (uprights lean left in the picture)."""
    return np.asarray(np.degrees(np.arctan2(-rt[:, 0, 2], -rt[:, 1, 2])))


def yaw_deg(rt: FloatArray, forward: FloatArray, xyz: FloatArray) -> FloatArray:
    """Angle between running direction and the plane across the line of sight, positive when the runner comes nearer.

    Parameters
    ----------
    rt : float64 (frame, 3, 4)
    forward : float64 (3,)
        Running direction in the world.
    xyz : float64 (frame, 3)
        Where the runner is.
    """
    camera = -np.einsum("fji,fj->fi", rt[:, :, :3], rt[:, :, 3])
    sight = (xyz - camera)[:, :2]
    sight = sight / np.hypot(sight[:, 0], sight[:, 1])[:, None]
    return np.asarray(np.degrees(np.arcsin(np.clip(-sight @ forward[:2], -1.0, 1.0))))


def axis_yaw_deg(rt: FloatArray, forward: FloatArray) -> FloatArray:
    """The same for the camera's axis instead of the line of sight."""
    axis = rt[:, 2, :2] / np.hypot(rt[:, 2, 0], rt[:, 2, 1])[:, None]
    return np.asarray(np.degrees(np.arcsin(np.clip(-axis @ forward[:2], -1.0, 1.0))))
