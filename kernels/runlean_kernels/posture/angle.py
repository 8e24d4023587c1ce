"""Angles of single segments and joints: a scalar core each, and the loop over rows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel
from runlean_kernels.posture.arctan2 import arctan2

FloatArray = NDArray[np.float64]


@kernel
def lean(x_lower: float, y_lower: float, x_upper: float, y_upper: float, direction: float) -> float:
    r"""Lean of the line from a lower to an upper point against the vertical, forward positive.

    Notes
    -----
    .. math:: \mathrm{atan2}(d\,(x_Q - x_P),\; y_P - y_Q)
    """
    return arctan2(direction * (x_upper - x_lower), y_lower - y_upper)


@kernel
def flexion(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    r"""Flexion at B of the joint A-B-C: 0 when straight, pi when folded.

    Notes
    -----
    :math:`\pi - \mathrm{atan2}(|u \times v|, u \cdot v)` with u = A - B, v = C - B; the two signs cancel into
    :math:`\mathrm{atan2}(|u \times v|, -u \cdot v)`. Unlike the arc cosine it is exact near a straight leg.
    """
    ux = ax - bx
    uy = ay - by
    vx = cx - bx
    vy = cy - by
    return arctan2(abs(ux * vy - uy * vx), -(ux * vx + uy * vy))


@kernel
def turn(ux: float, uy: float, vx: float, vy: float, direction: float) -> float:
    """Signed angle from (downward) line u to line v, positive when v points further forward than u."""
    return arctan2(direction * (uy * vx - ux * vy), ux * vx + uy * vy)


@kernel
def bow(ax: float, ay: float, hx: float, hy: float, sx: float, sy: float, ex: float, ey: float) -> float:
    r"""Furthest of hip and shoulder from the line ankle-ear, as a fraction of that line's length.

    Notes
    -----
    .. math:: \max_{K \in \{H, S\}} |(E - A) \times (K - A)| \,/\, |E - A|^2
    """
    ux = ex - ax
    uy = ey - ay
    hip = abs(ux * (hy - ay) - uy * (hx - ax))
    shoulder = abs(ux * (sy - ay) - uy * (sx - ax))
    square = ux * ux + uy * uy
    if not square > 0.0 or math.isnan(hip) or math.isnan(shoulder):
        return math.nan
    return (hip if hip > shoulder else shoulder) / square


# The loops read flat views of (row, 2) arrays: with two indices the compiler made no vector code, and the joint angle
# took 10.9 instead of 3.7 ns.


@kernel
def segment_lean(lower: FloatArray, upper: FloatArray, direction: FloatArray, out: FloatArray) -> None:
    """Lean of a segment against the vertical, per row.

    Parameters
    ----------
    lower, upper : float64 (row, 2), px, y down
        Lower and upper end. A segment of no length has no lean (NaN).
    direction : float64 (row,)
        +1 running to +x, -1 running to -x, NaN unknown.
    out : float64 (row,), rad
        Positive = forward.
    """
    p = lower.reshape(lower.size)
    q = upper.reshape(upper.size)
    for i in range(out.shape[0]):
        out[i] = lean(p[2 * i], p[2 * i + 1], q[2 * i], q[2 * i + 1], direction[i])


@kernel
def joint_angle(a: FloatArray, b: FloatArray, c: FloatArray, out: FloatArray) -> None:
    """Flexion of the joint b between its neighbours a and c, per row: 0 = straight.

    Parameters
    ----------
    a, b, c : float64 (row, 2), px
        For the knee: hip, knee, ankle.
    out : float64 (row,), rad
        0 to pi. Does not change under mirror, rotation, translation or scale.
    """
    p = a.reshape(a.size)
    q = b.reshape(b.size)
    r = c.reshape(c.size)
    for i in range(out.shape[0]):
        out[i] = flexion(p[2 * i], p[2 * i + 1], q[2 * i], q[2 * i + 1], r[2 * i], r[2 * i + 1])


@kernel
def hip_flexion(
    shoulder: FloatArray, hip: FloatArray, knee: FloatArray, direction: FloatArray, out: FloatArray
) -> None:
    """Angle between the trunk's line and the thigh, per row.

    Parameters
    ----------
    shoulder, hip, knee : float64 (row, 2), px, y down
        The trunk's line goes from shoulder to hip, the thigh from hip to knee.
    direction : float64 (row,)
        +1 running to +x, -1 running to -x, NaN unknown.
    out : float64 (row,), rad
        Positive = the thigh is ahead of the trunk's line (flexed), negative = extended behind it.
    """
    s = shoulder.reshape(shoulder.size)
    h = hip.reshape(hip.size)
    k = knee.reshape(knee.size)
    for i in range(out.shape[0]):
        j = 2 * i
        out[i] = turn(h[j] - s[j], h[j + 1] - s[j + 1], k[j] - h[j], k[j + 1] - h[j + 1], direction[i])


@kernel
def straightness(ankle: FloatArray, hip: FloatArray, shoulder: FloatArray, ear: FloatArray, out: FloatArray) -> None:
    """How far hip or shoulder lie off the line from ankle to ear, per row.

    Parameters
    ----------
    ankle, hip, shoulder, ear : float64 (row, 2), px
        Stance ankle, mid-hip, mid-shoulder, mid-ear.
    out : float64 (row,), fraction of the distance ankle-ear
        0 = on one straight line.
    """
    a = ankle.reshape(ankle.size)
    h = hip.reshape(hip.size)
    s = shoulder.reshape(shoulder.size)
    e = ear.reshape(ear.size)
    for i in range(out.shape[0]):
        j = 2 * i
        out[i] = bow(a[j], a[j + 1], h[j], h[j + 1], s[j], s[j + 1], e[j], e[j + 1])


@kernel
def foot_angle(heel: FloatArray, toe: FloatArray, direction: FloatArray, out: FloatArray) -> None:
    """Inclination of the foot from heel to toe against the horizontal, per row.

    Parameters
    ----------
    heel, toe : float64 (row, 2), px, y down
    direction : float64 (row,)
        +1 running to +x, -1 running to -x, NaN unknown.
    out : float64 (row,), rad
        Positive = the toe is higher than the heel.
    """
    p = heel.reshape(heel.size)
    q = toe.reshape(toe.size)
    for i in range(out.shape[0]):
        out[i] = arctan2(p[2 * i + 1] - q[2 * i + 1], direction[i] * (q[2 * i] - p[2 * i]))
