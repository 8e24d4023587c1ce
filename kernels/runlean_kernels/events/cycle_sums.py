"""Sums over blocks of strides from which the mean waveform of the cycle is solved.

Signals, in leg lengths or radians, left then right: ankle forward and up, knee flexion, distance hip-ankle; heel
forward, distance hip-heel; toe up, distance hip-toe; and last the hips' height. Each kind of point has its own sums,
because its own frames may be missing.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels import landmarks as lm
from runlean_kernels.events.leg_signals import middle
from runlean_kernels.jit import kernel
from runlean_kernels.posture.arctan2 import arctan2

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Harmonics of the stride: up to about 14 Hz, where the foot's impact ends and marker or network noise goes on.
N_HARMONICS = 10
N_TERMS = 2 * N_HARMONICS + 1
#: Products of two terms are terms of up to twice the harmonic: the normal matrix is made of these sums alone.
N_MOMENTS = 4 * N_HARMONICS + 1
N_SIDE_SIGNALS = 8
N_SIGNALS = 2 * N_SIDE_SIGNALS + 1
ANKLE_X, ANKLE_Y, KNEE, LEG, HEEL_X, HEEL_LEG, TOE_Y, TOE_LEG = range(N_SIDE_SIGNALS)
HIP_Y = 2 * N_SIDE_SIGNALS
#: Groups of signals that are present or missing together: leg, heel and toe of each side, hips.
N_GROUPS = 7
GROUP_OF = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6])
GROUP_START = np.array([0, 4, 6, 8, 12, 14, 16, 17])
#: Strides in one block.
BLOCK_STRIDES = 10


@kernel
def fourier_terms(phase: float, out: FloatArray) -> None:
    """1, cos phase, sin phase, cos 2 phase, sin 2 phase ... as many as ``out`` holds."""
    c1 = math.cos(phase)
    s1 = math.sin(phase)
    c = c1
    s = s1
    out[0] = 1.0
    for k in range((out.shape[0] - 1) // 2):
        out[1 + 2 * k] = c
        out[2 + 2 * k] = s
        c, s = c * c1 - s * s1, s * c1 + c * s1


@kernel
def row_signals(
    xy: FloatArray, hips: FloatArray, row: int, hip_x: float, hip_y: float, direction: float, length: float,
    out: FloatArray,
) -> None:  # fmt: skip
    """Signals of one row in the frame of the mean hip, forward and up positive, into ``out`` (N_SIGNALS,)."""
    scale = direction / length
    unit = 1.0 / length
    # the middle of the hips: half the noise, and the pelvis' turn does not count as a movement of the leg
    mx = hips[row, 0]
    my = hips[row, 1]
    for side in range(2):
        base = side * N_SIDE_SIGNALS
        knee = lm.LEFT_KNEE + side
        heel = lm.LEFT_HEEL + side
        ax = xy[row, lm.LEFT_ANKLE + side, 0]
        ay = xy[row, lm.LEFT_ANKLE + side, 1]
        ux = xy[row, knee, 0] - mx
        uy = xy[row, knee, 1] - my
        vx = ax - xy[row, knee, 0]
        vy = ay - xy[row, knee, 1]
        hx = xy[row, heel, 0]
        hy = xy[row, heel, 1]
        tx = middle(xy[row, lm.LEFT_BIG_TOE + side, 0], xy[row, lm.LEFT_SMALL_TOE + side, 0])
        ty = middle(xy[row, lm.LEFT_BIG_TOE + side, 1], xy[row, lm.LEFT_SMALL_TOE + side, 1])
        out[base + ANKLE_X] = (ax - hip_x) * scale
        out[base + ANKLE_Y] = (hip_y - ay) * unit
        out[base + KNEE] = arctan2(direction * (ux * vy - uy * vx), ux * vx + uy * vy)
        out[base + LEG] = math.sqrt((ax - mx) ** 2 + (ay - my) ** 2) * unit
        out[base + HEEL_X] = (hx - hip_x) * scale
        out[base + HEEL_LEG] = math.sqrt((hx - mx) ** 2 + (hy - my) ** 2) * unit
        out[base + TOE_Y] = (hip_y - ty) * unit
        out[base + TOE_LEG] = math.sqrt((tx - mx) ** 2 + (ty - my) ** 2) * unit
    out[HIP_Y] = (hip_y - my) * unit


@kernel
def sum_blocks(
    xy: FloatArray,
    hips: FloatArray,
    time_s: FloatArray,
    phase: FloatArray,
    offsets: IntArray,
    direction: FloatArray,
    length: FloatArray,
    node_offsets: IntArray,
    node_s: FloatArray,
    nodes: FloatArray,
    hip: FloatArray,
    first_stride: IntArray,
    block_offsets: IntArray,
    out_moments: FloatArray,
    out_rhs: FloatArray,
    out_square: FloatArray,
    out_rows: FloatArray,
    out_signals: FloatArray,
) -> None:
    """Sums over the rows of every block of strides.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    hips : float64 (row, 2), px
        Middle of the hips.
    time_s, phase : float64 (row,)
    offsets : int64 (track + 1,)
    direction, length : float64 (track,)
    node_offsets : int64 (track + 1,)
    node_s : float64 (node,)
    nodes : float64 (node, 4)
        As ``stride_phase`` leaves them.
    hip : float64 (node, 2), px
        Mean path of the hips.
    first_stride : int64 (track,)
        Number of the first turn of the phase in each track.
    block_offsets : int64 (track + 1,)
    out_moments : float64 (block, N_GROUPS, N_MOMENTS)
        Sums of 1, cos, sin, cos 2, sin 2 ... of the phase over the rows in which the group is present.
    out_rhs : float64 (block, N_SIGNALS, N_TERMS)
        Sums of the signal times the Fourier terms.
    out_square : float64 (block, N_SIGNALS)
        Sums of the signal's squares.
    out_rows : float64 (block, 4)
        Number of rows, sums of their phases (rad), phase rates (rad/s) and swing amplitudes (leg lengths).
    out_signals : float64 (row, N_SIGNALS)
        The signals; NaN where the row has no phase or the point is missing.
    """
    out_moments[:] = 0.0
    out_rhs[:] = 0.0
    out_square[:] = 0.0
    out_rows[:] = 0.0
    terms = np.empty(N_MOMENTS)
    for track in range(offsets.shape[0] - 1):
        begin, end = node_offsets[track], node_offsets[track + 1]
        node = begin
        for row in range(offsets[track], offsets[track + 1]):
            while node + 2 < end and node_s[node + 1] <= time_s[row]:
                node += 1
            signal = out_signals[row]
            signal[:] = np.nan
            if math.isnan(phase[row]):
                continue
            span = node_s[node + 1] - node_s[node]
            share = (time_s[row] - node_s[node]) / span
            hip_x = hip[node, 0] + share * (hip[node + 1, 0] - hip[node, 0])
            hip_y = hip[node, 1] + share * (hip[node + 1, 1] - hip[node, 1])
            if math.isnan(hip_x):
                continue
            turn = int(np.floor(phase[row] / (2.0 * math.pi)))
            block = block_offsets[track] + (turn - first_stride[track]) // BLOCK_STRIDES
            fourier_terms(phase[row], terms)
            row_signals(xy, hips, row, hip_x, hip_y, direction[track], length[track], signal)
            out_rows[block, 0] += 1.0
            out_rows[block, 1] += phase[row]
            out_rows[block, 2] += (nodes[node + 1, 0] - nodes[node, 0]) / span
            out_rows[block, 3] += nodes[node, 2]
            for group in range(N_GROUPS):
                present = True
                for i in range(GROUP_START[group], GROUP_START[group + 1]):
                    present = present and not math.isnan(signal[i])
                if not present:
                    continue
                moments = out_moments[block, group]
                for j in range(N_MOMENTS):
                    moments[j] += terms[j]
                for i in range(GROUP_START[group], GROUP_START[group + 1]):
                    value = signal[i]
                    out_square[block, i] += value * value
                    rhs = out_rhs[block, i]
                    for j in range(N_TERMS):
                        rhs[j] += value * terms[j]
