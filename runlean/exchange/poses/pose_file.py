"""The record that every reader of a pose file fills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PoseFile:
    """Keypoints that another tool found.

    Attributes
    ----------
    kind : str
        Which tool's file it is, as people call it.
    names : tuple of str
        Keypoint names as the file, or the set that its number of points stands for, has them.
    xy : float64 (frame, person, keypoint, 2)
        Pixels, y down; NaN = missing.
    scores : float64 (frame, person, keypoint) or None
        None where the file has none.
    time_s : float64 (frame,) or None
        None where the file counts frames only.
    fps : float or None
        Where the file says it.
    width, height : int
        0 where the file does not say.
    """

    kind: str
    names: tuple[str, ...]
    xy: FloatArray
    scores: FloatArray | None
    time_s: FloatArray | None = None
    fps: float | None = None
    width: int = 0
    height: int = 0


def hide_zeros(points: FloatArray) -> FloatArray:
    """Points (..., 3) with x, y set to NaN where x, y are 0, 0: how OpenPose and COCO say that there is none."""
    out = points.copy()
    out[(out[..., 0] == 0.0) & (out[..., 1] == 0.0), :2] = np.nan
    return out
