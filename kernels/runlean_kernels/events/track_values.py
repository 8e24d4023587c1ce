"""Values per track from values per node or block."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_sums import BLOCK_STRIDES
from runlean_kernels.events.gait_kind import NONE, RUNNING, WALKING
from runlean_kernels.events.stride_phase import TWO_PI
from runlean_kernels.jit import kernel
from runlean_kernels.statistics.order import median_in_place

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KindArray = npt.NDArray[np.int8]

#: A track that runs for this share of its frames is a runner's.
RUNNING_SHARE = 0.25


@kernel
def block_ranges(nodes: FloatArray, node_offsets: IntArray, out_first: IntArray, out_offsets: IntArray) -> None:
    """First turn of the phase in each track (track,), and offsets (track + 1,) of its blocks of strides."""
    out_offsets[0] = 0
    for track in range(node_offsets.shape[0] - 1):
        lowest = np.inf
        highest = -np.inf
        for node in range(node_offsets[track], node_offsets[track + 1]):
            if nodes[node, 0] < lowest:
                lowest = nodes[node, 0]
            if nodes[node, 0] > highest:
                highest = nodes[node, 0]
        out_first[track] = 0
        out_offsets[track + 1] = out_offsets[track]
        if highest >= lowest:
            first = int(np.floor(lowest / TWO_PI))
            out_first[track] = first
            out_offsets[track + 1] += (int(np.floor(highest / TWO_PI)) - first) // BLOCK_STRIDES + 1


@kernel
def track_median(values: FloatArray, offsets: IntArray, out: FloatArray) -> None:
    """Median of the finite values of each track; NaN where there are none."""
    for track in range(offsets.shape[0] - 1):
        own = np.empty(offsets[track + 1] - offsets[track])
        n = 0
        for i in range(offsets[track], offsets[track + 1]):
            if math.isfinite(values[i]):
                own[n] = values[i]
                n += 1
        out[track] = median_in_place(own, n)


@kernel
def node_speed(x: FloatArray, node_s: FloatArray, node_offsets: IntArray, out: FloatArray) -> None:
    """Slope between each node (node,) and the next of its track; NaN at its last."""
    for track in range(node_offsets.shape[0] - 1):
        for node in range(node_offsets[track], node_offsets[track + 1]):
            out[node] = np.nan
            if node + 1 < node_offsets[track + 1]:
                out[node] = (x[node + 1] - x[node]) / (node_s[node + 1] - node_s[node])


@kernel
def track_kind(kind: KindArray, n_rows: FloatArray, offsets: IntArray, out: KindArray) -> None:
    """What each track does: running if it does so for a quarter of its frames, else what most of them show.

    Parameters
    ----------
    kind : int8 (block,)
    n_rows : float64 (block,)
    offsets : int64 (track + 1,)
    out : int8 (track,)
    """
    for track in range(offsets.shape[0] - 1):
        running = 0.0
        walking = 0.0
        total = 0.0
        for block in range(offsets[track], offsets[track + 1]):
            total += n_rows[block]
            if kind[block] == RUNNING:
                running += n_rows[block]
            elif kind[block] == WALKING:
                walking += n_rows[block]
        out[track] = NONE
        if total > 0.0 and running >= RUNNING_SHARE * total:
            out[track] = RUNNING
        elif walking > 0.5 * total:
            out[track] = WALKING
