"""Sums over blocks of strides from which the mean waveform of the cycle is solved.

Signals, in leg lengths or radians, left then right: ankle forward and up, knee flexion, distance hip-ankle; heel forward,
distance hip-heel; toe up, distance hip-toe; and last the hips' height. Each kind of point has its own normal matrix,
because its own frames may be missing; frames in which every point that the track has is present share one.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels import landmarks as lm
from runlean_kernels.events.leg_signals import middle
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Harmonics of the stride: up to about 14 Hz, where the foot's impact ends and marker or network noise goes on.
N_HARMONICS = 10
N_TERMS = 2 * N_HARMONICS + 1
N_SIDE_SIGNALS = 8
N_SIGNALS = 2 * N_SIDE_SIGNALS + 1
ANKLE_X, ANKLE_Y, KNEE, LEG, HEEL_X, HEEL_LEG, TOE_Y, TOE_LEG = range(N_SIDE_SIGNALS)
HIP_Y = 2 * N_SIDE_SIGNALS
#: Groups of signals that are present or missing together: leg, heel and toe of each side, hips.
N_GROUPS = 7
GROUP_OF = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6])
#: Strides in one block.
BLOCK_STRIDES = 6


@kernel
def fourier_basis(phase: float, out: FloatArray) -> None:
    """1, cos k phase, sin k phase (k = 1..N_HARMONICS) into ``out`` (N_TERMS,)."""
    c1 = math.cos(phase)
    s1 = math.sin(phase)
    c = c1
    s = s1
    out[0] = 1.0
    for k in range(N_HARMONICS):
        out[1 + 2 * k] = c
        out[2 + 2 * k] = s
        c, s = c * c1 - s * s1, s * c1 + c * s1


@kernel
def row_signals(xy: FloatArray, row: int, hip_x: float, hip_y: float, direction: float, length: float,
                out: FloatArray) -> None:  # fmt: skip
    """Signals of one row in the frame of the mean hip, forward and up positive, into ``out`` (N_SIGNALS,)."""
    scale = direction / length
    # the middle of the hips: half the noise, and the pelvis' turn does not count as a movement of the leg
    mx = middle(xy[row, lm.LEFT_HIP, 0], xy[row, lm.RIGHT_HIP, 0])
    my = middle(xy[row, lm.LEFT_HIP, 1], xy[row, lm.RIGHT_HIP, 1])
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
        tx = middle(xy[row, lm.LEFT_BIG_TOE + side, 0], xy[row, lm.LEFT_SMALL_TOE + side, 0])
        ty = middle(xy[row, lm.LEFT_BIG_TOE + side, 1], xy[row, lm.LEFT_SMALL_TOE + side, 1])
        out[base + ANKLE_X] = (ax - hip_x) * scale
        out[base + ANKLE_Y] = (hip_y - ay) / length
        out[base + KNEE] = math.atan2(direction * (ux * vy - uy * vx), ux * vx + uy * vy)
        out[base + LEG] = math.hypot(ax - mx, ay - my) / length
        out[base + HEEL_X] = (xy[row, heel, 0] - hip_x) * scale
        out[base + HEEL_LEG] = math.hypot(xy[row, heel, 0] - mx, xy[row, heel, 1] - my) / length
        out[base + TOE_Y] = (hip_y - ty) / length
        out[base + TOE_LEG] = math.hypot(tx - mx, ty - my) / length
    out[HIP_Y] = (hip_y - my) / length


@kernel
def sum_blocks(
    xy: FloatArray,
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
    out_normal: FloatArray,
    out_rhs: FloatArray,
    out_square: FloatArray,
    out_rows: FloatArray,
) -> None:
    """Normal matrices and right sides of every block of strides.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
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
    out_normal : float64 (block, N_GROUPS + 1, N_TERMS, N_TERMS)
        Lower triangles; the last group holds the rows in which every signal that the track has is present.
    out_rhs : float64 (block, N_SIGNALS, N_TERMS)
    out_square : float64 (block, N_SIGNALS, 2)
        Sum of squares and number of rows.
    out_rows : float64 (block, 3)
        Number of rows, sum of their phases (rad), sum of their phase rates (rad/s).
    """
    out_normal[:] = 0.0
    out_rhs[:] = 0.0
    out_square[:] = 0.0
    out_rows[:] = 0.0
    basis = np.empty(N_TERMS)
    signal = np.empty(N_SIGNALS)
    has = np.empty(N_GROUPS, dtype=np.bool_)
    ever = np.empty(N_GROUPS, dtype=np.bool_)
    for track in range(offsets.shape[0] - 1):
        begin, end = node_offsets[track], node_offsets[track + 1]
        if block_offsets[track] == block_offsets[track + 1]:
            continue
        ever[:] = False
        for row in range(offsets[track], offsets[track + 1]):
            row_signals(xy, row, 0.0, 0.0, direction[track], length[track], signal)
            for i in range(N_SIGNALS):
                if not math.isnan(signal[i]):
                    ever[GROUP_OF[i]] = True
        node = begin
        for row in range(offsets[track], offsets[track + 1]):
            while node + 2 < end and node_s[node + 1] <= time_s[row]:
                node += 1
            if math.isnan(phase[row]):
                continue
            span = node_s[node + 1] - node_s[node]
            share = (time_s[row] - node_s[node]) / span
            hip_x = hip[node, 0] + share * (hip[node + 1, 0] - hip[node, 0])
            hip_y = hip[node, 1] + share * (hip[node + 1, 1] - hip[node, 1])
            if math.isnan(hip_x):
                continue
            rate = (nodes[node + 1, 0] - nodes[node, 0]) / span
            turn = int(math.floor(phase[row] / (2.0 * math.pi)))
            block = block_offsets[track] + (turn - first_stride[track]) // BLOCK_STRIDES
            fourier_basis(phase[row], basis)
            row_signals(xy, row, hip_x, hip_y, direction[track], length[track], signal)
            has[:] = True
            for i in range(N_SIGNALS):
                if math.isnan(signal[i]):
                    has[GROUP_OF[i]] = False
            whole = True
            for group in range(N_GROUPS):
                if ever[group] and not has[group]:
                    whole = False
            out_rows[block, 0] += 1.0
            out_rows[block, 1] += phase[row]
            out_rows[block, 2] += rate
            for i in range(N_SIGNALS):
                if has[GROUP_OF[i]]:
                    value = signal[i]
                    out_square[block, i, 0] += value * value
                    out_square[block, i, 1] += 1.0
                    for j in range(N_TERMS):
                        out_rhs[block, i, j] += value * basis[j]
            for group in range(N_GROUPS + 1):
                if (group == N_GROUPS and whole) or (group < N_GROUPS and not whole and has[group]):
                    for i in range(N_TERMS):
                        for j in range(i + 1):
                            out_normal[block, group, i, j] += basis[i] * basis[j]
