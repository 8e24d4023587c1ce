"""Treadmill or over ground: does the ground move, or the runner?"""

from __future__ import annotations

import numpy as np

from runlean.gait.result import Mode
from runlean.pose.tracks import CameraTrack, FloatArray, IntArray
from runlean_kernels import landmarks as lm

#: The camera's way is known where the background was seen in this share of the new pictures: a pan of which half is
#: lost, and bridged over, still shows half of the travel at least. Rendered treadmills before plain walls, cropped to
#: the runner or in the dark, had 0.99 and more; a pan beside a runner who fills the picture 0.7.
LEAST_FOLLOWED = 0.5


def share_followed(camera: CameraTrack | None, frame: IntArray) -> float:
    """Share of a track's new pictures in which enough of the background was seen; 1 where nothing tells otherwise."""
    if camera is None or camera.followed is None:
        return 1.0
    new = frame[~camera.repeated[frame]]
    return float(camera.followed[new].mean()) if len(new) else 1.0


def running_mode(
    p: FloatArray,
    time_s: FloatArray,
    frame: IntArray,
    camera: CameraTrack | None,
    running_speed_px: float,
    belt: bool = False,
) -> Mode | None:
    """Mode of one track.

    The hip's travel over the scene, as a share of the running speed that the stance foot shows relative to the hip:
    near 1 over ground, near 0 on a treadmill. A runner who stays where he is in the picture runs on a treadmill only
    where the background is seen to stay as well: a camera may go with him.

    Parameters
    ----------
    p : float64 (row, 23, 2), px
        In the picture, camera motion not yet taken away.
    time_s, frame : (row,)
    camera : CameraTrack or None
        None: the camera is taken to stand still.
    running_speed_px : float
        Speed of the stance foot relative to the hip, px/s.
    belt : bool
        A belt's speed was given: a treadmill where the background does not tell.

    Returns
    -------
    {'treadmill', 'overground'} or None
        None where the running speed is not known, or not whether the camera goes with the runner.
    """
    if not running_speed_px > 0 or len(p) < 2:
        return None
    hip = 0.5 * (p[:, lm.LEFT_HIP, 0] + p[:, lm.RIGHT_HIP, 0])
    if camera is not None:
        hip = hip - camera.dx_px[frame]
    known = np.isfinite(hip)
    if known.sum() < 2:
        return None
    if share_followed(camera, frame) < LEAST_FOLLOWED:
        return "treadmill" if belt else None
    t, x = time_s[known], hip[known]
    slope = np.polyfit(t - t.mean(), x, 1)[0]
    return "overground" if abs(slope) > 0.3 * running_speed_px else "treadmill"
