"""The mean path of the hips: the frame in which the legs swing about one place.

In it the feet move as over a belt whichever way the runner was filmed: on a treadmill the path stands, over ground it
runs on, and in both the foot on the ground goes backward at the running speed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.path_fit import N_PATH_TERMS, path_place, path_sums
from runlean_kernels.events.stride_phase import TWO_PI
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


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
            out[node, 0], out[node, 1] = path_place(sums, rhs_x, rhs_y)
