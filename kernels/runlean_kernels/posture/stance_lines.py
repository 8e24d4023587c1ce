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
from runlean_kernels.posture.posture_angles import POSTURE_COLUMNS, between, left_share

FloatArray = NDArray[np.float64]
ByteArray = NDArray[np.int8]

#: Rows of `stance_lines`' result for each side, in order.
STANCE_LINES = ("body_lean", "hip_hinge", "straightness")
# their columns in the result of `posture_angles`
BODY_LEAN, HIP_HINGE, STRAIGHTNESS = (POSTURE_COLUMNS.index(name) for name in STANCE_LINES)


@kernel
def _middle(xy: FloatArray, weight: FloatArray, i: int, left: int) -> tuple[float, float]:
    share = left_share(xy[i, left, 0], xy[i, left + 1, 0], weight[i, left], weight[i, left + 1])
    return between(xy[i, left, 0], xy[i, left + 1, 0], share), between(xy[i, left, 1], xy[i, left + 1, 1], share)


@kernel
def stance_lines(
    xy: FloatArray, weight: FloatArray, direction: FloatArray, stance_side: ByteArray, angles: FloatArray, first: int,
    stop: int, out: FloatArray,
) -> None:  # fmt: skip
    """Body lean, hip hinge and straightness over each foot in and next to its stance, in the rows ``first..stop - 1``.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px, y down
        Landmarks in the gravity frame (camera roll removed); NaN = missing.
    weight : float64 (row, 23)
    direction : float64 (row,)
        +1 running to +x, -1 running to -x, NaN unknown.
    stance_side : int8 (row,)
        Foot on the ground: 0 left, 1 right, negative none.
    angles : float64 (row, 15), rad
        As `posture_angles` leaves them for these rows.
    first, stop : int
        A stance just beyond them counts as one that is next to a row.
    out : float64 (2, 3, row)
        Per side `STANCE_LINES`, rad, straightness a fraction; NaN at rows further than one from that foot's stance.

    Notes
    -----
    Body lean = lean(ankle -> mid-shoulder); hip hinge = lean(mid-hip -> mid-shoulder) - lean(ankle -> mid-hip);
    straightness as `runlean_kernels.posture.straightness`. At rows of stance they are those of ``angles``: four of five
    lines need not be computed again.
    """
    n = stance_side.shape[0]
    for i in range(first, stop):
        down = stance_side[i]
        for side in range(2):
            if down == side:
                out[side, 0, i] = angles[i, BODY_LEAN]
                out[side, 1, i] = angles[i, HIP_HINGE]
                out[side, 2, i] = angles[i, STRAIGHTNESS]
                continue
            near = (i > 0 and stance_side[i - 1] == side) or (i + 1 < n and stance_side[i + 1] == side)
            if not near:
                for k in range(3):
                    out[side, k, i] = math.nan
                continue
            d = direction[i]
            hx, hy = _middle(xy, weight, i, LEFT_HIP)
            sx, sy = _middle(xy, weight, i, LEFT_SHOULDER)
            ex, ey = _middle(xy, weight, i, LEFT_EAR)
            ax = xy[i, LEFT_ANKLE + side, 0]
            ay = xy[i, LEFT_ANKLE + side, 1]
            out[side, 0, i] = arctan2(d * (sx - ax), ay - sy)
            out[side, 1, i] = arctan2(d * (sx - hx), hy - sy) - arctan2(d * (hx - ax), ay - hy)
            out[side, 2, i] = bow(ax, ay, hx, hy, sx, sy, ex, ey)
