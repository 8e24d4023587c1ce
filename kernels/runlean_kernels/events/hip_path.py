"""The mean path of the hips: the frame in which the legs swing about one place.

In it the feet move as over a belt whichever way the runner was filmed: on a treadmill the path stands, over ground it
runs on, and in both the foot on the ground goes backward at the running speed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.linear_solve import cholesky, solve_back, solve_forward
from runlean_kernels.events.rotor import rotation
from runlean_kernels.events.stride_phase import TWO_PI
from runlean_kernels.jit import kernel

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


@kernel
def path_sums(
    hips: FloatArray,
    time_s: FloatArray,
    first: int,
    last: int,
    centre: float,
    omega: float,
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
        Rows from the window's first to the track's end.
    centre, omega : float
        Time (s) and stride frequency (rad/s) of the node.
    out : float64 (15,)
        Sums of 1, cos, sin ... cos 4, sin 4; of u times 1, cos, sin, cos 2, sin 2; and of u squared. All products of
        the fit's terms are made of these.
    out_x, out_y : float64 (N_PATH_TERMS,)
    """
    half = TWO_PI / omega
    out[:] = 0.0
    out_x[:] = 0.0
    out_y[:] = 0.0
    n = 0
    c = 1.0
    s = 0.0
    before = centre
    for row in range(first, last):
        u = (time_s[row] - centre) / half
        w = 1.0 - u * u
        if w <= 0.0:
            break
        dc, ds = rotation(omega * (time_s[row] - before))
        c, s = c * dc - s * ds, s * dc + c * ds
        before = time_s[row]
        x = hips[row, 0]
        y = hips[row, 1]
        if math.isnan(x + y):
            continue
        w *= w
        c2 = c * c - s * s
        s2 = 2.0 * c * s
        wu = w * u
        out[0] += w
        out[1] += w * c
        out[2] += w * s
        out[3] += w * c2
        out[4] += w * s2
        out[5] += w * (c2 * c - s2 * s)
        out[6] += w * (s2 * c + c2 * s)
        out[7] += w * (c2 * c2 - s2 * s2)
        out[8] += w * 2.0 * c2 * s2
        out[9] += wu
        out[10] += wu * c
        out[11] += wu * s
        out[12] += wu * c2
        out[13] += wu * s2
        out[14] += wu * u
        wx = w * x
        wy = w * y
        out_x[0] += wx
        out_x[1] += wx * u
        out_x[2] += wx * c
        out_x[3] += wx * s
        out_x[4] += wx * c2
        out_x[5] += wx * s2
        out_y[0] += wy
        out_y[1] += wy * u
        out_y[2] += wy * c
        out_y[3] += wy * s
        out_y[4] += wy * c2
        out_y[5] += wy * s2
        n += 1
    return n


@kernel
def path_matrix(sums: FloatArray, out: FloatArray) -> None:
    """Upper triangle of the normal matrix (6, 6) of 1, u, cos, sin, cos 2, sin 2 from ``path_sums`` (15,)."""
    one = sums[0]
    c1 = sums[1]
    s1 = sums[2]
    c2 = sums[3]
    s2 = sums[4]
    c3 = sums[5]
    s3 = sums[6]
    c4 = sums[7]
    s4 = sums[8]
    out[0, 0] = one
    out[0, 1] = sums[9]
    out[0, 2] = c1
    out[0, 3] = s1
    out[0, 4] = c2
    out[0, 5] = s2
    out[1, 1] = sums[14]
    out[1, 2] = sums[10]
    out[1, 3] = sums[11]
    out[1, 4] = sums[12]
    out[1, 5] = sums[13]
    out[2, 2] = 0.5 * (one + c2)
    out[2, 3] = 0.5 * s2
    out[2, 4] = 0.5 * (c1 + c3)
    out[2, 5] = 0.5 * (s1 + s3)
    out[3, 3] = 0.5 * (one - c2)
    out[3, 4] = 0.5 * (s3 - s1)
    out[3, 5] = 0.5 * (c1 - c3)
    out[4, 4] = 0.5 * (one + c4)
    out[4, 5] = 0.5 * s4
    out[5, 5] = 0.5 * (one - c4)


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
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        for node in range(node_offsets[track], node_offsets[track + 1]):
            out[node, 0] = np.nan
            out[node, 1] = np.nan
            if math.isnan(nodes[node, 0]):
                continue
            half = TWO_PI / nodes[node, 1]
            while first > offsets[track] and time_s[first - 1] > node_s[node] - half:
                first -= 1
            while first < offsets[track + 1] and time_s[first] <= node_s[node] - half:
                first += 1
            n = path_sums(hips, time_s, first, offsets[track + 1], node_s[node], nodes[node, 1], sums, rhs_x, rhs_y)
            if n < 2 * N_PATH_TERMS:
                continue
            path_matrix(sums, normal)
            for i in range(N_PATH_TERMS):
                normal[i, i] *= 1.0 + 1e-6
            if cholesky(normal):
                solve_forward(normal, rhs_x)
                solve_back(normal, rhs_x)
                solve_forward(normal, rhs_y)
                solve_back(normal, rhs_y)
                out[node, 0] = rhs_x[0]
                out[node, 1] = rhs_y[0]
