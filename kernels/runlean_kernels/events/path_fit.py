"""The fit of the hips' path about an instant: a line and two oscillations per stride, in a bell-shaped window."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.rotor import turn_through
from runlean_kernels.events.stride_phase import TWO_PI
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = npt.NDArray[np.float64]

N_PATH_TERMS = 6


@sum_kernel
def _window_sums(
    hips: FloatArray, time_s: FloatArray, cosine: FloatArray, sine: FloatArray, centre: float, half: float,
    out: FloatArray,
) -> float:  # fmt: skip
    """The sums without the hips' place; returns the number of rows with hips."""
    n = w_1 = w_c = w_s = w_c2 = w_s2 = w_c3 = w_s3 = w_c4 = w_s4 = 0.0
    u_1 = u_c = u_s = u_c2 = u_s2 = u_u = 0.0
    for k in range(time_s.shape[0]):
        u = (time_s[k] - centre) / half
        w = max(0.0, 1.0 - u * u)
        known = hips[2 * k] + hips[2 * k + 1]
        known = 1.0 if (known == known) & (w > 0.0) else 0.0
        n += known
        w *= w * known
        c = cosine[k]
        s = sine[k]
        c2 = c * c - s * s
        s2 = 2.0 * c * s
        wu = w * u
        w_1 += w
        w_c += w * c
        w_s += w * s
        w_c2 += w * c2
        w_s2 += w * s2
        w_c3 += w * (c2 * c - s2 * s)
        w_s3 += w * (s2 * c + c2 * s)
        w_c4 += w * (c2 * c2 - s2 * s2)
        w_s4 += w * 2.0 * c2 * s2
        u_1 += wu
        u_c += wu * c
        u_s += wu * s
        u_c2 += wu * c2
        u_s2 += wu * s2
        u_u += wu * u
    out[0] = w_1
    out[1] = w_c
    out[2] = w_s
    out[3] = w_c2
    out[4] = w_s2
    out[5] = w_c3
    out[6] = w_s3
    out[7] = w_c4
    out[8] = w_s4
    out[9] = u_1
    out[10] = u_c
    out[11] = u_s
    out[12] = u_c2
    out[13] = u_s2
    out[14] = u_u
    return n


@sum_kernel
def _place_sums(
    hips: FloatArray, time_s: FloatArray, cosine: FloatArray, sine: FloatArray, centre: float, half: float,
    out_x: FloatArray, out_y: FloatArray,
) -> None:  # fmt: skip
    """The sums with the hips' place."""
    x_1 = x_u = x_c = x_s = x_c2 = x_s2 = y_1 = y_u = y_c = y_s = y_c2 = y_s2 = 0.0
    for k in range(time_s.shape[0]):
        u = (time_s[k] - centre) / half
        w = max(0.0, 1.0 - u * u)
        w *= w
        x = hips[2 * k]
        y = hips[2 * k + 1]
        known = x + y
        x = w * x if known == known else 0.0
        y = w * y if known == known else 0.0
        c = cosine[k]
        s = sine[k]
        c2 = c * c - s * s
        s2 = 2.0 * c * s
        x_1 += x
        x_u += x * u
        x_c += x * c
        x_s += x * s
        x_c2 += x * c2
        x_s2 += x * s2
        y_1 += y
        y_u += y * u
        y_c += y * c
        y_s += y * s
        y_c2 += y * c2
        y_s2 += y * s2
    out_x[0] = x_u
    out_x[1] = x_c
    out_x[2] = x_s
    out_x[3] = x_c2
    out_x[4] = x_s2
    out_x[5] = x_1
    out_y[0] = y_u
    out_y[1] = y_c
    out_y[2] = y_s
    out_y[3] = y_c2
    out_y[4] = y_s2
    out_y[5] = y_1


@kernel
def path_sums(
    hips: FloatArray,
    time_s: FloatArray,
    first: int,
    last: int,
    centre: float,
    omega: float,
    wave: FloatArray,
    out: FloatArray,
    out_x: FloatArray,
    out_y: FloatArray,
) -> int:
    """Weighted sums of one node's fit; returns the number of rows in it.

    Parameters
    ----------
    hips : float64 (row, 2), px
    time_s : float64 (row,)
    first, last : int
        Rows looked at; those less than a stride from the centre count.
    centre, omega : float
        Time (s) and stride frequency (rad/s) of the node.
    wave : float64 (2, at least as many)
        Scratch.
    out : float64 (15,)
        Sums of 1, cos, sin ... cos 4, sin 4; of u times 1, cos, sin, cos 2, sin 2; and of u squared. All products of
        the fit's terms are made of these.
    out_x, out_y : float64 (N_PATH_TERMS,)
        Right sides, in the order of ``path_place``.
    """
    half = TWO_PI / omega
    n = last - first
    turn_through(time_s, first, n, centre, 1.0 / half, wave)
    flat = hips[first:last].reshape(2 * n)
    t = time_s[first:last]
    _place_sums(flat, t, wave[0], wave[1], centre, half, out_x, out_y)
    return int(_window_sums(flat, t, wave[0], wave[1], centre, half, out))


@kernel
def path_place(sums: FloatArray, rhs_x: FloatArray, rhs_y: FloatArray) -> tuple[float, float]:
    """The last unknown, the place, of the fit of u, cos, sin, cos 2, sin 2 and 1; NaN where it cannot be solved.

    Notes
    -----
    ``sums`` (15,), ``rhs_x`` and ``rhs_y`` (N_PATH_TERMS,) are those of `path_sums`. The normal matrix A = LDL' is
    written out, six divisions and no root: in loops over a triangle of six it took four times as long. The place is
    known before the way back.
    """
    one = sums[0]
    c1 = sums[1]
    s1 = sums[2]
    c2 = sums[3]
    s2 = sums[4]
    c3 = sums[5]
    s3 = sums[6]
    c4 = sums[7]
    s4 = sums[8]
    u1 = sums[9]
    uc = sums[10]
    us = sums[11]
    uc2 = sums[12]
    us2 = sums[13]
    uu = sums[14]
    more = 1.0 + 1e-6
    # the row of u is the matrix' own; those below it lose the rows above them, times their share of each
    if not uu > 0.0:
        return math.nan, math.nan
    d_0 = 1.0 / (more * uu)
    l_1 = uc * d_0
    l_2 = us * d_0
    l_3 = uc2 * d_0
    l_4 = us2 * d_0
    l_5 = u1 * d_0
    # cos: with itself, sin, cos 2, sin 2 and 1
    a_1 = more * 0.5 * (one + c2) - l_1 * uc
    a_2 = 0.5 * s2 - l_1 * us
    a_3 = 0.5 * (c1 + c3) - l_1 * uc2
    a_4 = 0.5 * (s1 + s3) - l_1 * us2
    a_5 = c1 - l_1 * u1
    if not a_1 > 0.0:
        return math.nan, math.nan
    d_1 = 1.0 / a_1
    m_2 = a_2 * d_1
    m_3 = a_3 * d_1
    m_4 = a_4 * d_1
    m_5 = a_5 * d_1
    # sin
    b_2 = more * 0.5 * (one - c2) - l_2 * us - m_2 * a_2
    b_3 = 0.5 * (s3 - s1) - l_2 * uc2 - m_2 * a_3
    b_4 = 0.5 * (c1 - c3) - l_2 * us2 - m_2 * a_4
    b_5 = s1 - l_2 * u1 - m_2 * a_5
    if not b_2 > 0.0:
        return math.nan, math.nan
    d_2 = 1.0 / b_2
    n_3 = b_3 * d_2
    n_4 = b_4 * d_2
    n_5 = b_5 * d_2
    # cos 2
    e_3 = more * 0.5 * (one + c4) - l_3 * uc2 - m_3 * a_3 - n_3 * b_3
    e_4 = 0.5 * s4 - l_3 * us2 - m_3 * a_4 - n_3 * b_4
    e_5 = c2 - l_3 * u1 - m_3 * a_5 - n_3 * b_5
    if not e_3 > 0.0:
        return math.nan, math.nan
    d_3 = 1.0 / e_3
    o_4 = e_4 * d_3
    o_5 = e_5 * d_3
    # sin 2
    f_4 = more * 0.5 * (one - c4) - l_4 * us2 - m_4 * a_4 - n_4 * b_4 - o_4 * e_4
    f_5 = s2 - l_4 * u1 - m_4 * a_5 - n_4 * b_5 - o_4 * e_5
    if not f_4 > 0.0:
        return math.nan, math.nan
    d_4 = 1.0 / f_4
    p_5 = f_5 * d_4
    # 1
    g_5 = more * one - l_5 * u1 - m_5 * a_5 - n_5 * b_5 - o_5 * e_5 - p_5 * f_5
    if not g_5 > 0.0:
        return math.nan, math.nan
    x_0 = rhs_x[0]
    x_1 = rhs_x[1]
    x_2 = rhs_x[2]
    x_3 = rhs_x[3]
    x_4 = rhs_x[4]
    x_5 = rhs_x[5]
    x_1 -= l_1 * x_0
    x_2 -= l_2 * x_0 + m_2 * x_1
    x_3 -= l_3 * x_0 + m_3 * x_1 + n_3 * x_2
    x_4 -= l_4 * x_0 + m_4 * x_1 + n_4 * x_2 + o_4 * x_3
    x_5 -= l_5 * x_0 + m_5 * x_1 + n_5 * x_2 + o_5 * x_3 + p_5 * x_4
    y_0 = rhs_y[0]
    y_1 = rhs_y[1]
    y_2 = rhs_y[2]
    y_3 = rhs_y[3]
    y_4 = rhs_y[4]
    y_5 = rhs_y[5]
    y_1 -= l_1 * y_0
    y_2 -= l_2 * y_0 + m_2 * y_1
    y_3 -= l_3 * y_0 + m_3 * y_1 + n_3 * y_2
    y_4 -= l_4 * y_0 + m_4 * y_1 + n_4 * y_2 + o_4 * y_3
    y_5 -= l_5 * y_0 + m_5 * y_1 + n_5 * y_2 + o_5 * y_3 + p_5 * y_4
    return x_5 / g_5, y_5 / g_5
