"""All posture angles of a row in one pass over the landmarks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import (
    LEFT_ANKLE,
    LEFT_BIG_TOE,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_HEEL,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
)
from runlean_kernels.posture.angle import bow
from runlean_kernels.posture.arctan2 import arctan2

FloatArray = NDArray[np.float64]
ByteArray = NDArray[np.int8]

#: Columns of `posture_angles`' result, in order.
POSTURE_COLUMNS = (
    "trunk_lean", "body_lean", "hip_hinge", "head_lean", "straightness", "shin_lean_left", "shin_lean_right",
    "knee_flexion_left", "knee_flexion_right", "hip_flexion_left", "hip_flexion_right", "elbow_flexion_left",
    "elbow_flexion_right", "foot_angle_left", "foot_angle_right",
)  # fmt: skip
N_POSTURE = 15

#: A side counts in full while its weight is at least this part of its partner's, and less and less below.
EVEN_RATIO = 0.5


@kernel
def left_share(left: float, right: float, left_weight: float, right_weight: float) -> float:
    """Share of the left point in the middle of a pair, 0 to 1; a point that is missing has none.

    Notes
    -----
    Two sides of comparable weight count the same: pelvis and shoulder girdle turn about the vertical in every
    stride, which moves left and right points by up to 3 cm in opposite senses, and only their plain mean cancels
    that. Below `EVEN_RATIO` the weaker side's share falls linearly with its weight to 0, so that nothing jumps.
    """
    if math.isnan(left):
        return 0.0
    if math.isnan(right):
        return 1.0
    a = left_weight if left_weight > 0.0 else 0.0
    b = right_weight if right_weight > 0.0 else 0.0
    if a < EVEN_RATIO * b:
        return 0.5 * a / (EVEN_RATIO * b)
    if b < EVEN_RATIO * a:
        return 1.0 - 0.5 * b / (EVEN_RATIO * a)
    return 0.5


@kernel
def _between(left: float, right: float, share: float) -> float:
    if share <= 0.0:
        return right
    if share >= 1.0:
        return left
    return share * left + (1.0 - share) * right


@kernel
def posture_angles(
    xy: FloatArray, weight: FloatArray, direction: FloatArray, stance_side: ByteArray, out: FloatArray
) -> None:
    """All posture angles per row.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px, y down
        Landmarks in the gravity frame (camera roll removed); NaN = missing.
    weight : float64 (row, 23)
        Trust in each point, any scale (scores, or 1 / variance); weighs left against right of a pair.
    direction : float64 (row,)
        +1 running to +x, -1 running to -x, NaN unknown.
    stance_side : int8 (row,)
        Foot on the ground: 0 left, 1 right, -1 none (body lean, hip hinge and straightness are then NaN).
    out : float64 (row, 15), rad
        Columns `POSTURE_COLUMNS`; straightness is a fraction. Forward positive; flexion 0 = straight; hip flexion
        negative behind the trunk's line; foot angle positive = toe above heel.

    Notes
    -----
    The middle of a pair is the plain mean while the two sides' weights are comparable (see `left_share`); where
    one side is missing the other stands for both, as is usual in 2D side view. The vector of every angle is
    gathered first and all arc tangents are taken in one loop, which becomes vector code.
    """
    y = np.zeros(N_POSTURE)
    x = np.ones(N_POSTURE)
    for i in range(out.shape[0]):
        d = direction[i]
        share = left_share(xy[i, LEFT_HIP, 0], xy[i, LEFT_HIP + 1, 0], weight[i, LEFT_HIP], weight[i, LEFT_HIP + 1])
        hx = _between(xy[i, LEFT_HIP, 0], xy[i, LEFT_HIP + 1, 0], share)
        hy = _between(xy[i, LEFT_HIP, 1], xy[i, LEFT_HIP + 1, 1], share)
        share = left_share(
            xy[i, LEFT_SHOULDER, 0],
            xy[i, LEFT_SHOULDER + 1, 0],
            weight[i, LEFT_SHOULDER],
            weight[i, LEFT_SHOULDER + 1],
        )
        sx = _between(xy[i, LEFT_SHOULDER, 0], xy[i, LEFT_SHOULDER + 1, 0], share)
        sy = _between(xy[i, LEFT_SHOULDER, 1], xy[i, LEFT_SHOULDER + 1, 1], share)
        share = left_share(xy[i, LEFT_EAR, 0], xy[i, LEFT_EAR + 1, 0], weight[i, LEFT_EAR], weight[i, LEFT_EAR + 1])
        ex = _between(xy[i, LEFT_EAR, 0], xy[i, LEFT_EAR + 1, 0], share)
        ey = _between(xy[i, LEFT_EAR, 1], xy[i, LEFT_EAR + 1, 1], share)

        ax = math.nan
        ay = math.nan
        if stance_side[i] >= 0:
            ax = xy[i, LEFT_ANKLE + stance_side[i], 0]
            ay = xy[i, LEFT_ANKLE + stance_side[i], 1]

        tx = sx - hx
        ty = hy - sy
        y[0] = d * tx  # trunk lean
        x[0] = ty
        y[1] = d * (sx - ax)  # body lean
        x[1] = ay - sy
        y[2] = d * (hx - ax)  # leg lean
        x[2] = ay - hy
        y[3] = d * (ex - sx)  # head lean
        x[3] = sy - ey
        for side in range(2):
            kx = xy[i, LEFT_KNEE + side, 0]
            ky = xy[i, LEFT_KNEE + side, 1]
            fx = xy[i, LEFT_ANKLE + side, 0]
            fy = xy[i, LEFT_ANKLE + side, 1]
            # thigh and shank point down: u = hip to knee, v = knee to ankle
            ux = kx - xy[i, LEFT_HIP + side, 0]
            uy = ky - xy[i, LEFT_HIP + side, 1]
            vx = fx - kx
            vy = fy - ky
            y[5 + side] = d * (kx - fx)  # shin lean
            x[5 + side] = fy - ky
            y[7 + side] = abs(ux * vy - uy * vx)  # knee flexion
            x[7 + side] = ux * vx + uy * vy
            y[9 + side] = d * (ty * ux + tx * uy)  # hip flexion: the trunk's line points down as (-tx, ty)
            x[9 + side] = ty * uy - tx * ux
            ux = xy[i, LEFT_ELBOW + side, 0] - xy[i, LEFT_SHOULDER + side, 0]
            uy = xy[i, LEFT_ELBOW + side, 1] - xy[i, LEFT_SHOULDER + side, 1]
            vx = xy[i, LEFT_WRIST + side, 0] - xy[i, LEFT_ELBOW + side, 0]
            vy = xy[i, LEFT_WRIST + side, 1] - xy[i, LEFT_ELBOW + side, 1]
            y[11 + side] = abs(ux * vy - uy * vx)  # elbow flexion
            x[11 + side] = ux * vx + uy * vy
            y[13 + side] = xy[i, LEFT_HEEL + side, 1] - xy[i, LEFT_BIG_TOE + side, 1]  # foot angle
            x[13 + side] = d * (xy[i, LEFT_BIG_TOE + side, 0] - xy[i, LEFT_HEEL + side, 0])
        for k in range(N_POSTURE):
            out[i, k] = arctan2(y[k], x[k])
        out[i, 2] = out[i, 0] - out[i, 2]
        out[i, 4] = bow(ax, ay, hx, hy, sx, sy, ex, ey)
