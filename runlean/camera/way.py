"""The camera's way as a whole, once every frame has been seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def camera_moves(dx: FloatArray, dy: FloatArray, shot: IntArray, scale: float) -> bool:
    """True where the background's position spreads by over 1 thumbnail pixel (5th-95th percentile) in a shot.

    Tripods measured 0.1-0.4 thumbnail pixels, encoding noise included.

    Parameters
    ----------
    dx, dy : float64 (frame,), px
    shot : int64 (frame,)
    scale : float
        Pixels to a thumbnail pixel.
    """
    for number in np.unique(shot):
        inside = shot == number
        for shift in (dx[inside], dy[inside]):
            low, high = np.percentile(shift, [5.0, 95.0])
            if high - low > scale:
                return True
    return False


def bridged(at: FloatArray, lost: BoolArray, shot: IntArray) -> FloatArray:
    """Positions (frame,) in which the camera goes on evenly where its background was lost.

    Steps that were not seen are taken from those before and after them, between these in proportion; before the first
    and after the last that was seen it stands.
    """
    out = at.copy()
    for number in np.unique(shot):
        inside = np.flatnonzero(shot == number)
        step, seen = np.diff(at[inside]), ~lost[inside][1:]
        index = np.flatnonzero(seen)
        step[~seen] = 0.0
        if len(index):
            between = slice(int(index[0]), int(index[-1]) + 1)
            step[between] = np.interp(np.arange(len(step))[between], index, step[index])
        out[inside] = at[inside[0]] + np.concatenate([[0.0], np.cumsum(step)])
    return out
