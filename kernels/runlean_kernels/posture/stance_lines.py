"""The lines from a standing foot to hip, shoulder and ear, at the rows of its stance and those next to it.

An angle to the stance ankle is there in stance only; its mean from contact to toe-off needs the rows around both
instants, too, and in a short flight the same row serves the foot that left and the one that comes.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_EAR, LEFT_HIP, LEFT_SHOULDER
from runlean_kernels.posture.angle import bow
from runlean_kernels.posture.arctan2 import arctan2
from runlean_kernels.posture.posture_angles import left_share

FloatArray = NDArray[np.float64]
ByteArray = NDArray[np.int8]

#: Rows of `stance_lines`' result for each side, in order.
STANCE_LINES = ("body_lean", "hip_hinge", "straightness")


@kernel
def _middle(xy: FloatArray, weight: FloatArray, i: int, left: int, axis: int) -> float:
    share = left_share(xy[i, left, 0], xy[i, left + 1, 0], weight[i, left], weight[i, left + 1])
    if share <= 0.0:
        return float(xy[i, left + 1, axis])
    if share >= 1.0:
        return float(xy[i, left, axis])
    return float(share * xy[i, left, axis] + (1.0 - share) * xy[i, left + 1, axis])


@kernel
def stance_lines(
    xy: FloatArray, weight: FloatArray, direction: FloatArray, stance_side: ByteArray, out: FloatArray
) -> None:
    """Body lean, hip hinge and straightness over each foot in and next to its stance.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px, y down
        Landmarks in the gravity frame (camera roll removed); NaN = missing.
    weight : float64 (row, 23)
    direction : float64 (row,)
        +1 running to +x, -1 running to -x, NaN unknown.
    stance_side : int8 (row,)
        Foot on the ground: 0 left, 1 right, negative none.
    out : float64 (2, 3, row)
        Per side `STANCE_LINES`, rad, straightness a fraction; NaN at rows further than one from that foot's stance.

    Notes
    -----
    Body lean = lean(ankle -> mid-shoulder); hip hinge = lean(mid-hip -> mid-shoulder) - lean(ankle -> mid-hip);
    straightness as `runlean_kernels.posture.straightness`. At rows of stance they equal `posture_angles`.
    """
    n = stance_side.shape[0]
    for i in range(n):
        for side in range(2):
            near = stance_side[i] == side
            near = near or (i > 0 and stance_side[i - 1] == side)
            near = near or (i + 1 < n and stance_side[i + 1] == side)
            if not near:
                for k in range(3):
                    out[side, k, i] = math.nan
                continue
            d = direction[i]
            hx = _middle(xy, weight, i, LEFT_HIP, 0)
            hy = _middle(xy, weight, i, LEFT_HIP, 1)
            sx = _middle(xy, weight, i, LEFT_SHOULDER, 0)
            sy = _middle(xy, weight, i, LEFT_SHOULDER, 1)
            ex = _middle(xy, weight, i, LEFT_EAR, 0)
            ey = _middle(xy, weight, i, LEFT_EAR, 1)
            ax = xy[i, LEFT_ANKLE + side, 0]
            ay = xy[i, LEFT_ANKLE + side, 1]
            out[side, 0, i] = arctan2(d * (sx - ax), ay - sy)
            out[side, 1, i] = arctan2(d * (sx - hx), hy - sy) - arctan2(d * (hx - ax), ay - hy)
            out[side, 2, i] = bow(ax, ay, hx, hy, sx, sy, ex, ey)
