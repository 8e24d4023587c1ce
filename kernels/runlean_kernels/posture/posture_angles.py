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

#: Rows whose arc tangents are taken together: the vectors written for one row are long in memory before they are read
#: back four at a time.
_TILE = 16

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
def between(left: float, right: float, share: float) -> float:
    """The point of a pair at which the left one counts ``share``."""
    if share <= 0.0:
        return right
    if share >= 1.0:
        return left
    return share * left + (1.0 - share) * right


@kernel
def _gather(
    xy: FloatArray, weight: FloatArray, i: int, d: float, side_down: int, y: FloatArray, x: FloatArray, at: int
) -> float:
    """Put the vector of every angle of row i at ``y[at:at + 15]``, ``x[at:at + 15]``; returns the straightness.

    Place 2 takes the leg's lean instead of the hip hinge, place 4 (straightness) stays as it is; so do the last two
    where no feet were looked for.
    """
    share = left_share(xy[i, LEFT_HIP, 0], xy[i, LEFT_HIP + 1, 0], weight[i, LEFT_HIP], weight[i, LEFT_HIP + 1])
    hx = between(xy[i, LEFT_HIP, 0], xy[i, LEFT_HIP + 1, 0], share)
    hy = between(xy[i, LEFT_HIP, 1], xy[i, LEFT_HIP + 1, 1], share)
    share = left_share(
        xy[i, LEFT_SHOULDER, 0], xy[i, LEFT_SHOULDER + 1, 0], weight[i, LEFT_SHOULDER], weight[i, LEFT_SHOULDER + 1]
    )
    sx = between(xy[i, LEFT_SHOULDER, 0], xy[i, LEFT_SHOULDER + 1, 0], share)
    sy = between(xy[i, LEFT_SHOULDER, 1], xy[i, LEFT_SHOULDER + 1, 1], share)
    share = left_share(xy[i, LEFT_EAR, 0], xy[i, LEFT_EAR + 1, 0], weight[i, LEFT_EAR], weight[i, LEFT_EAR + 1])
    ex = between(xy[i, LEFT_EAR, 0], xy[i, LEFT_EAR + 1, 0], share)
    ey = between(xy[i, LEFT_EAR, 1], xy[i, LEFT_EAR + 1, 1], share)

    ax = math.nan
    ay = math.nan
    if side_down >= 0:
        ax = xy[i, LEFT_ANKLE + side_down, 0]
        ay = xy[i, LEFT_ANKLE + side_down, 1]

    tx = sx - hx
    ty = hy - sy
    y[at] = d * tx  # trunk lean
    x[at] = ty
    y[at + 1] = d * (sx - ax)  # body lean
    x[at + 1] = ay - sy
    y[at + 2] = d * (hx - ax)  # leg lean
    x[at + 2] = ay - hy
    y[at + 3] = d * (ex - sx)  # head lean
    x[at + 3] = sy - ey
    for side in range(2):
        k = at + side
        kx = xy[i, LEFT_KNEE + side, 0]
        ky = xy[i, LEFT_KNEE + side, 1]
        fx = xy[i, LEFT_ANKLE + side, 0]
        fy = xy[i, LEFT_ANKLE + side, 1]
        # thigh and shank point down: u = hip to knee, v = knee to ankle
        ux = kx - xy[i, LEFT_HIP + side, 0]
        uy = ky - xy[i, LEFT_HIP + side, 1]
        vx = fx - kx
        vy = fy - ky
        y[k + 5] = d * (kx - fx)  # shin lean
        x[k + 5] = fy - ky
        y[k + 7] = abs(ux * vy - uy * vx)  # knee flexion
        x[k + 7] = ux * vx + uy * vy
        y[k + 9] = d * (ty * ux + tx * uy)  # hip flexion: the trunk's line points down as (-tx, ty)
        x[k + 9] = ty * uy - tx * ux
        ux = xy[i, LEFT_ELBOW + side, 0] - xy[i, LEFT_SHOULDER + side, 0]
        uy = xy[i, LEFT_ELBOW + side, 1] - xy[i, LEFT_SHOULDER + side, 1]
        vx = xy[i, LEFT_WRIST + side, 0] - xy[i, LEFT_ELBOW + side, 0]
        vy = xy[i, LEFT_WRIST + side, 1] - xy[i, LEFT_ELBOW + side, 1]
        y[k + 11] = abs(ux * vy - uy * vx)  # elbow flexion
        x[k + 11] = ux * vx + uy * vy
        if xy.shape[1] > LEFT_BIG_TOE + side:
            y[k + 13] = xy[i, LEFT_HEEL + side, 1] - xy[i, LEFT_BIG_TOE + side, 1]  # foot angle
            x[k + 13] = d * (xy[i, LEFT_BIG_TOE + side, 0] - xy[i, LEFT_HEEL + side, 0])
    return bow(ax, ay, hx, hy, sx, sy, ex, ey)


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
    one side is missing the other stands for both, as is usual in 2D side view. The vectors of all angles of a few
    rows are gathered first, then all their arc tangents are taken in one loop, which becomes vector code.
    """
    # without feet their two columns are left out
    n_columns = N_POSTURE if xy.shape[1] > LEFT_BIG_TOE + 1 else N_POSTURE - 2
    # one place of each row, that of the straightness, is not set
    y = np.ones(_TILE * n_columns)
    x = np.ones(_TILE * n_columns)
    angle = np.empty(_TILE * n_columns)
    straight = np.empty(_TILE)
    for begin in range(0, out.shape[0], _TILE):
        n = min(_TILE, out.shape[0] - begin)
        for k in range(n):
            i = begin + k
            straight[k] = _gather(xy, weight, i, direction[i], int(stance_side[i]), y, x, k * n_columns)
        for k in range(_TILE * n_columns):
            angle[k] = arctan2(y[k], x[k])
        for k in range(n):
            own = angle[k * n_columns : (k + 1) * n_columns]
            for column in range(n_columns):
                out[begin + k, column] = own[column]
            for column in range(n_columns, N_POSTURE):
                out[begin + k, column] = math.nan
            out[begin + k, 2] = own[0] - own[2]
            out[begin + k, 4] = straight[k]
