"""The mean path of the hips: the frame in which the legs swing about one place.

In it the feet move as over a belt whichever way the runner was filmed: on a treadmill the path stands, over ground it
runs on, and in both the foot on the ground goes backward at the running speed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.linear_solve import cholesky, solve_forward
from runlean_kernels.events.rotor import turn_through
from runlean_kernels.events.stride_phase import TWO_PI
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

N_PATH_TERMS = 6


@kernel
def row_phase(
    time_s: FloatArray,
    offsets: IntArray,
    node_offsets: IntArray,
    node_s: FloatArray,
    nodes: FloatArray,
    out: FloatArray,
) -> None:
    """Stride phase of each row, linear between the nodes; NaN unless both nodes around the row have one.

    Parameters
    ----------
    time_s : float64 (row,)
    offsets, node_offsets : int64 (track + 1,)
    node_s : float64 (node,)
    nodes : float64 (node, 4)
        As ``stride_phase`` leaves them.
    out : float64 (row,), rad
    """
    for track in range(offsets.shape[0] - 1):
        begin, end = node_offsets[track], node_offsets[track + 1]
        node = begin
        for row in range(offsets[track], offsets[track + 1]):
            while node + 2 < end and node_s[node + 1] <= time_s[row]:
                node += 1
            out[row] = np.nan
            if node + 1 < end:
                share = (time_s[row] - node_s[node]) / (node_s[node + 1] - node_s[node])
                out[row] = nodes[node, 0] + share * (nodes[node + 1, 0] - nodes[node, 0])


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
        Right sides, in the order of ``path_matrix``.
    """
    half = TWO_PI / omega
    n = last - first
    turn_through(time_s, first, n, centre, 1.0 / half, wave)
    flat = hips[first:last].reshape(2 * n)
    t = time_s[first:last]
    _place_sums(flat, t, wave[0], wave[1], centre, half, out_x, out_y)
    return int(_window_sums(flat, t, wave[0], wave[1], centre, half, out))


@kernel
def path_matrix(sums: FloatArray, out: FloatArray) -> None:
    """Upper triangle of the normal matrix (6, 6) of u, cos, sin, cos 2, sin 2, 1 from ``path_sums`` (15,)."""
    one = sums[0]
    c1 = sums[1]
    s1 = sums[2]
    c2 = sums[3]
    s2 = sums[4]
    c3 = sums[5]
    s3 = sums[6]
    c4 = sums[7]
    s4 = sums[8]
    out[0, 0] = sums[14]
    out[0, 1] = sums[10]
    out[0, 2] = sums[11]
    out[0, 3] = sums[12]
    out[0, 4] = sums[13]
    out[0, 5] = sums[9]
    out[1, 1] = 0.5 * (one + c2)
    out[1, 2] = 0.5 * s2
    out[1, 3] = 0.5 * (c1 + c3)
    out[1, 4] = 0.5 * (s1 + s3)
    out[1, 5] = c1
    out[2, 2] = 0.5 * (one - c2)
    out[2, 3] = 0.5 * (s3 - s1)
    out[2, 4] = 0.5 * (c1 - c3)
    out[2, 5] = s1
    out[3, 3] = 0.5 * (one + c4)
    out[3, 4] = 0.5 * s4
    out[3, 5] = c2
    out[4, 4] = 0.5 * (one - c4)
    out[4, 5] = s2
    out[5, 5] = one


@kernel
def hip_path(
    hips: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    node_offsets: IntArray,
    node_s: FloatArray,
    nodes: FloatArray,
    out: FloatArray,
) -> None:
    """Mean position of the hips at each node, free of the oscillation within the stride.

    Parameters
    ----------
    hips : float64 (row, 2), px
        Middle of the hips.
    time_s : float64 (row,)
    offsets, node_offsets : int64 (track + 1,)
    node_s : float64 (node,)
    nodes : float64 (node, 4)
        As ``stride_phase`` leaves them.
    out : float64 (node, 2), px
        NaN where there is no phase or too few hips.

    Notes
    -----
    Weighted least squares of a line plus one and two oscillations per stride in a bell-shaped window of two strides.
    The window alone would do inside the track; the oscillations keep its ends unbiased, where it sees one side only.
    """
    normal = np.empty((N_PATH_TERMS, N_PATH_TERMS))
    rhs_x = np.empty(N_PATH_TERMS)
    rhs_y = np.empty(N_PATH_TERMS)
    sums = np.empty(15)
    wave = np.empty((2, 256))
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        last = first
        end = offsets[track + 1]
        for node in range(node_offsets[track], node_offsets[track + 1]):
            out[node, 0] = np.nan
            out[node, 1] = np.nan
            if math.isnan(nodes[node, 0]):
                continue
            half = TWO_PI / nodes[node, 1]
            # windows differ in length where the frequency does: both ends may move either way
            while first > offsets[track] and time_s[first - 1] > node_s[node] - half:
                first -= 1
            while first < end and time_s[first] <= node_s[node] - half:
                first += 1
            last = max(last, first)
            while last > first and time_s[last - 1] >= node_s[node] + half:
                last -= 1
            while last < end and time_s[last] < node_s[node] + half:
                last += 1
            if last - first < 2 * N_PATH_TERMS:
                continue
            if wave.shape[1] < last - first:
                wave = np.empty((2, 2 * (last - first)))
            n = path_sums(hips, time_s, first, last, node_s[node], nodes[node, 1], wave, sums, rhs_x, rhs_y)
            if n < 2 * N_PATH_TERMS:
                continue
            path_matrix(sums, normal)
            for i in range(N_PATH_TERMS):
                normal[i, i] *= 1.0 + 1e-6
            if cholesky(normal):
                # the place is the last unknown: known before the way back
                solve_forward(normal, rhs_x)
                solve_forward(normal, rhs_y)
                out[node, 0] = rhs_x[N_PATH_TERMS - 1] / normal[N_PATH_TERMS - 1, N_PATH_TERMS - 1]
                out[node, 1] = rhs_y[N_PATH_TERMS - 1] / normal[N_PATH_TERMS - 1, N_PATH_TERMS - 1]
