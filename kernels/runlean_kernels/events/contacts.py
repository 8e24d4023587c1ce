"""One contact per foot and turn of the stride phase, with its time."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_sums import BLOCK_STRIDES
from runlean_kernels.events.gait_kind import RUNNING
from runlean_kernels.events.stride_phase import TWO_PI, first_row_at
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KindArray = npt.NDArray[np.int8]


@kernel
def time_of_phase(node_s: FloatArray, nodes: FloatArray, begin: int, end: int, phase: float) -> float:
    """Time at which the phase of consecutive nodes ``begin:end`` reaches a value; NaN outside them."""
    if not nodes[begin, 0] <= phase:
        return math.nan
    low = begin
    high = end - 1
    if nodes[high, 0] < phase:
        return math.nan
    while high - low > 1:
        half = (low + high) // 2
        if nodes[half, 0] <= phase:
            low = half
        else:
            high = half
    rise = nodes[high, 0] - nodes[low, 0]
    share = (phase - nodes[low, 0]) / rise if rise > 0.0 else 0.0
    return float(node_s[low] + share * (node_s[high] - node_s[low]))


@kernel
def between_blocks(
    events: FloatArray, cycle: FloatArray, begin: int, end: int, block: int, side: int, column: int, phase: float
) -> float:
    """Value of an event at a place of the track: linear between the centres of the blocks."""
    here: float = events[block, side, column]
    other = block + 1 if phase > cycle[block, 0] else block - 1
    if other < begin or other >= end or math.isnan(cycle[other, 0]) or math.isnan(events[other, side, column]):
        return here
    share = (phase - cycle[block, 0]) / (cycle[other, 0] - cycle[block, 0])
    return float(here + min(max(share, 0.0), 1.0) * (events[other, side, column] - here))


@kernel
def emit_contacts(
    node_offsets: IntArray,
    node_s: FloatArray,
    nodes: FloatArray,
    first_stride: IntArray,
    block_offsets: IntArray,
    cycle: FloatArray,
    events: FloatArray,
    kind: KindArray,
    out_track: IntArray,
    out_side: KindArray,
    out_block: IntArray,
    out: FloatArray,
) -> int:
    """All contacts of all tracks at their place in the mean cycle, in time order within a track; returns how many.

    Parameters
    ----------
    node_offsets, block_offsets : int64 (track + 1,)
    node_s, nodes
        As ``stride_phase`` takes and leaves them.
    first_stride : int64 (track,)
    cycle : float64 (block, 4)
        As ``cycle_features`` leaves it.
    events : float64 (block, 2, 4)
        As ``cycle_events`` leaves it.
    kind : int8 (block,)
    out_track : int64 (contact,)
    out_side : int8 (contact,)
    out_block : int64 (contact,)
        Block of strides whose waveform holds for the contact.
    out : float64 (contact, 5)
        Contact, toe-off (NaN beyond the phase's end), their standard deviations (s), share of the swing explained.
    """
    n = 0
    for track in range(node_offsets.shape[0] - 1):
        end = node_offsets[track + 1]
        first_block, last_block = block_offsets[track], block_offsets[track + 1]
        start = node_offsets[track]
        while start < end:
            if math.isnan(nodes[start, 0]):
                start += 1
                continue
            stop = start + 1
            while stop < end and nodes[stop, 0] > nodes[stop - 1, 0]:
                stop += 1
            for turn in range(math.floor(nodes[start, 0] / math.pi) - 1, math.ceil(nodes[stop - 1, 0] / math.pi) + 1):
                # left feet land after even half turns, right ones after odd
                side = turn % 2
                centre = turn * math.pi
                block = first_block + (int(np.floor(centre / TWO_PI)) - first_stride[track]) // BLOCK_STRIDES
                block = min(max(block, first_block), last_block - 1)
                if kind[block] != RUNNING:
                    continue
                for event in range(2):
                    own = between_blocks(events, cycle, first_block, last_block, block, side, event, centre)
                    out[n, event] = time_of_phase(node_s, nodes, start, stop, centre + own)
                    out[n, 2 + event] = events[block, side, 2 + event]
                if math.isnan(out[n, 0]):
                    continue
                node = first_row_at(node_s, start, stop - 1, out[n, 0])
                out[n, 4] = min(max(nodes[node, 3], 0.0), 1.0)
                out_track[n] = track
                out_side[n] = side
                out_block[n] = block
                n += 1
            start = stop
    return n
