"""The mean path of the hips: the frame in which the legs swing about one place.

In it the feet move as over a belt whichever way the runner was filmed: on a treadmill the path stands, over ground it
runs on, and in both the foot on the ground goes backward at the running speed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels import landmarks as lm
from runlean_kernels.events.leg_signals import middle
from runlean_kernels.events.linear_solve import cholesky, solve_lower, solve_upper
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
def hip_path(
    xy: FloatArray,
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
    xy : float64 (row, 23, 2), px
    time_s : float64 (row,)
    offsets, node_offsets : int64 (track + 1,)
    node_s : float64 (node,)
    nodes : float64 (node, 4)
        As ``stride_phase`` leaves them.
    out : float64 (node, 2), px
        NaN where there is no phase or too few hips.

    Notes
    -----
    Weighted least squares of a line plus one and two oscillations per stride in a bell-shaped window of two strides. The
    window alone would do inside the track; the oscillations keep its ends unbiased, where it sees one side only.
    """
    normal = np.empty((N_PATH_TERMS, N_PATH_TERMS))
    rhs_x = np.empty(N_PATH_TERMS)
    rhs_y = np.empty(N_PATH_TERMS)
    b = np.empty(N_PATH_TERMS)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        for node in range(node_offsets[track], node_offsets[track + 1]):
            out[node, 0] = np.nan
            out[node, 1] = np.nan
            if math.isnan(nodes[node, 0]):
                continue
            omega = nodes[node, 1]
            half = TWO_PI / omega
            centre = node_s[node]
            normal[:] = 0.0
            rhs_x[:] = 0.0
            rhs_y[:] = 0.0
            n = 0
            while first > offsets[track] and time_s[first - 1] > centre - half:
                first -= 1
            while first < offsets[track + 1] and time_s[first] <= centre - half:
                first += 1
            row = first
            c = 1.0
            s = 0.0
            before = centre
            while row < offsets[track + 1] and time_s[row] < centre + half:
                dc, ds = rotation(omega * (time_s[row] - before))
                c, s = c * dc - s * ds, s * dc + c * ds
                before = time_s[row]
                x = middle(xy[row, lm.LEFT_HIP, 0], xy[row, lm.RIGHT_HIP, 0])
                y = middle(xy[row, lm.LEFT_HIP, 1], xy[row, lm.RIGHT_HIP, 1])
                row += 1
                if math.isnan(x + y):
                    continue
                u = (before - centre) / half
                w = (1.0 - u * u) * (1.0 - u * u)
                b[0] = 1.0
                b[1] = u
                b[2] = c
                b[3] = s
                b[4] = c * c - s * s
                b[5] = 2.0 * c * s
                for i in range(N_PATH_TERMS):
                    wb = w * b[i]
                    rhs_x[i] += wb * x
                    rhs_y[i] += wb * y
                    for j in range(N_PATH_TERMS):
                        normal[i, j] += wb * b[j]
                n += 1
            if n < 2 * N_PATH_TERMS:
                continue
            for i in range(N_PATH_TERMS):
                normal[i, i] *= 1.0 + 1e-6
            if cholesky(normal):
                solve_lower(normal, rhs_x)
                solve_upper(normal, rhs_x)
                solve_lower(normal, rhs_y)
                solve_upper(normal, rhs_y)
                out[node, 0] = rhs_x[0]
                out[node, 1] = rhs_y[0]
