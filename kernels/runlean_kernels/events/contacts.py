"""One contact per foot and turn of the stride phase, with its time."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.gait_kind import RUNNING
from runlean_kernels.events.stride_phase import TWO_PI
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KindArray = npt.NDArray[np.int8]

#: How much single contacts and toe-offs differ from the cycle's own, s (force plates, 18 trials at 150 Hz: 3.1 and 3.6).
STRIDE_CONTACT_SD_S = 0.0031
STRIDE_TOE_OFF_SD_S = 0.0036


@kernel
def time_of_phase(node_s: FloatArray, nodes: FloatArray, begin: int, end: int, phase: float) -> float:
    """Time at which a track's stride phase reaches a value; NaN outside the nodes or in a gap between them."""
    low = begin
    high = end
    # nodes without a phase lie between those with one: step over them
    before = -1
    for node in range(low, high):
        value = nodes[node, 0]
        if math.isnan(value):
            before = -1
            continue
        if value > phase:
            if before < 0:
                return np.nan
            share = (phase - nodes[before, 0]) / (value - nodes[before, 0])
            return node_s[before] + share * (node_s[node] - node_s[before])
        before = node
    return np.nan


@kernel
def event_phase(events: FloatArray, cycle: FloatArray, begin: int, end: int, block: int, side: int, column: int,
                phase: float) -> float:  # fmt: skip
    """Own phase of an event at a place of the track: between the blocks' own centres, linear."""
    here = events[block, side, column]
    other = block + 1 if phase > cycle[block, 0] else block - 1
    if other < begin or other >= end or math.isnan(cycle[other, 0]) or math.isnan(events[other, side, column]):
        return here
    share = (phase - cycle[block, 0]) / (cycle[other, 0] - cycle[block, 0])
    return here + min(max(share, 0.0), 1.0) * (events[other, side, column] - here)


@kernel
def emit_contacts(
    node_offsets: IntArray,
    node_s: FloatArray,
    nodes: FloatArray,
    first_stride: IntArray,
    block_strides: int,
    block_offsets: IntArray,
    cycle: FloatArray,
    events: FloatArray,
    kind: KindArray,
    frame_interval_s: FloatArray,
    out_track: IntArray,
    out_side: KindArray,
    out: FloatArray,
) -> int:
    """All contacts of all tracks, in time order within a track; returns how many.

    Parameters
    ----------
    node_offsets : int64 (track + 1,)
    node_s, nodes
        As ``stride_phase`` takes and leaves them.
    first_stride : int64 (track,)
    block_strides : int
    block_offsets : int64 (track + 1,)
    cycle : float64 (block, 4)
    events : float64 (block, 2, 4)
    kind : int8 (block,)
    frame_interval_s : float64 (track,)
    out_track : int64 (contact,)
    out_side : int8 (contact,)
    out : float64 (contact, 4)
        Contact, toe-off (NaN beyond the track's end), their standard deviations, s.
    """
    n = 0
    for track in range(node_offsets.shape[0] - 1):
        begin, end = node_offsets[track], node_offsets[track + 1]
        first_block, last_block = block_offsets[track], block_offsets[track + 1]
        start = begin
        while start < end:
            if math.isnan(nodes[start, 0]):
                start += 1
                continue
            stop = start
            while stop + 1 < end and not math.isnan(nodes[stop + 1, 0]):
                stop += 1
            half = int(math.floor(nodes[start, 0] / math.pi)) - 1
            last_half = int(math.ceil(nodes[stop, 0] / math.pi)) + 1
            node = start
            for turn in range(half, last_half + 1):
                # left feet land after even half turns, right ones after odd
                side = turn % 2
                centre = turn * math.pi
                block = first_block + (int(math.floor(centre / TWO_PI)) - first_stride[track]) // block_strides
                block = min(max(block, first_block), last_block - 1)
                if kind[block] != RUNNING:
                    continue
                at = centre + event_phase(events, cycle, first_block, last_block, block, side, 0, centre)
                off = centre + event_phase(events, cycle, first_block, last_block, block, side, 2, centre)
                while node < stop and nodes[node + 1, 0] <= at - TWO_PI:
                    node += 1
                contact = time_of_phase(node_s, nodes, node, stop + 1, at)
                toe_off = time_of_phase(node_s, nodes, node, stop + 1, off)
                if math.isnan(contact) or contact < node_s[begin] + 0.5 * frame_interval_s[track]:
                    continue
                out_track[n] = track
                out_side[n] = side
                out[n, 0] = contact
                out[n, 1] = toe_off
                out[n, 2] = math.hypot(events[block, side, 1], STRIDE_CONTACT_SD_S)
                out[n, 3] = math.hypot(events[block, side, 3], STRIDE_TOE_OFF_SD_S)
                n += 1
            start = stop + 1
    return n
