"""Treadmill or over ground: does the ground move, or the runner?"""

from __future__ import annotations

import numpy as np

from runlean.gait.result import Mode
from runlean.pose.tracks import CameraTrack, FloatArray, IntArray
from runlean_kernels import landmarks as lm


def running_mode(
    p: FloatArray, time_s: FloatArray, frame: IntArray, camera: CameraTrack | None, running_speed_px: float
) -> Mode | None:
    """Mode of one track.

    The hip's travel over the scene, as a share of the running speed that the stance foot shows relative to the hip:
    near 1 over ground, near 0 on a treadmill.

    Parameters
    ----------
    p : float64 (row, 23, 2), px
        In the picture, camera motion not yet taken away.
    time_s, frame : (row,)
    camera : CameraTrack or None
        None: the camera is taken to stand still.
    running_speed_px : float
        Speed of the stance foot relative to the hip, px/s.

    Returns
    -------
    {'treadmill', 'overground'} or None
        None where the running speed is not known.
    """
    if not running_speed_px > 0 or len(p) < 2:
        return None
    hip = 0.5 * (p[:, lm.LEFT_HIP, 0] + p[:, lm.RIGHT_HIP, 0])
    if camera is not None:
        hip = hip - camera.dx_px[frame]
    known = np.isfinite(hip)
    if known.sum() < 2:
        return None
    t, x = time_s[known], hip[known]
    slope = np.polyfit(t - t.mean(), x, 1)[0]
    return "overground" if abs(slope) > 0.3 * running_speed_px else "treadmill"
