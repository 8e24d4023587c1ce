"""Sums over blocks of strides from which the mean waveform of the cycle is solved.

The signals are those of `cycle_signals`. Each kind of point has its own sums, because its own frames may be missing.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_signals import (
    N_PLANES,
    N_SHIFT_SIGNALS,
    N_SIDE_SIGNALS,
    SHIFT_SIGNALS,
    finish_signals,
    gather_signals,
)
from runlean_kernels.events.rotor import phasor
from runlean_kernels.jit import kernel, sum_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TWO_PI = 2.0 * math.pi

#: Harmonics of the stride: up to about 14 Hz, where the foot's impact ends and marker or network noise goes on.
N_HARMONICS = 10
N_TERMS = 2 * N_HARMONICS + 1
#: Products of two terms are terms of up to twice the harmonic: the normal matrix is made of these sums alone.
N_MOMENTS = 4 * N_HARMONICS + 1
#: Groups of signals that are present or missing together: leg, heel and toe of each side, hips.
N_GROUPS = 7
GROUP_OF = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6])
GROUP_START = np.array([0, 4, 6, 8, 12, 14, 16, 17])
#: Rows whose sums are taken together.
CHUNK = 64
#: Phases whose values are taken together.
LANES = 16
#: Strides in one block.
BLOCK_STRIDES = 10


@kernel
def fourier_terms(phase: float, out: FloatArray) -> None:
    """1, cos phase, sin phase, cos 2 phase, sin 2 phase ... as many as ``out`` holds."""
    c1, s1 = phasor(phase * (1.0 / TWO_PI))
    c = c1
    s = s1
    out[0] = 1.0
    for k in range((out.shape[0] - 1) // 2):
        out[1 + 2 * k] = c
        out[2 + 2 * k] = s
        c, s = c * c1 - s * s1, s * c1 + c * s1


@sum_kernel
def all_terms(phase: FloatArray, out: FloatArray) -> None:
    """`fourier_terms` of many rows, ``out`` (term, at least as many rows): a term of all rows beside each other."""
    n = phase.shape[0]
    c1 = out[1]
    s1 = out[2]
    one = out[0]
    for r in range(n):
        one[r] = 1.0
    for r in range(n):
        c1[r], s1[r] = phasor(phase[r] * (1.0 / TWO_PI))
    for k in range(1, (out.shape[0] - 1) // 2):
        c0 = out[2 * k - 1]
        s0 = out[2 * k]
        c = out[2 * k + 1]
        s = out[2 * k + 2]
        # one array written at a time: with two there are more overlaps to rule out than the compiler does
        for r in range(n):
            c[r] = c0[r] * c1[r] - s0[r] * s1[r]
        for r in range(n):
            s[r] = s0[r] * c1[r] + c0[r] * s1[r]


@sum_kernel
def _add_seven(c: FloatArray, terms: FloatArray, first: int, n: int, out: FloatArray) -> None:
    """Add seven terms (7, any), from index ``first`` on, to ``out``, which is then read and written but once."""
    # views from 0 on: an index that might be negative makes no vector code
    term_0 = terms[0][first:]
    term_1 = terms[1][first:]
    term_2 = terms[2][first:]
    term_3 = terms[3][first:]
    term_4 = terms[4][first:]
    term_5 = terms[5][first:]
    term_6 = terms[6][first:]
    for i in range(n):
        even = c[0] * term_0[i] + c[2] * term_2[i] + c[4] * term_4[i] + c[6] * term_6[i]
        out[i] += even + c[1] * term_1[i] + c[3] * term_3[i] + c[5] * term_5[i]


@kernel
def series(c: FloatArray, terms: FloatArray, first: int, n: int, out: FloatArray) -> None:
    """Values of the Fourier series ``c`` (N_TERMS,) at ``n`` phases whose ``terms`` (N_TERMS, any) begin at ``first``.

    Term by term over all phases, which is vector code; phase by phase was ten times slower. ``out`` is written up to
    whole vectors of `LANES`.
    """
    whole = (n + LANES - 1) // LANES * LANES
    out[:whole] = 0.0
    # a number of rounds that the compiler does not know: it would write the loop out three times wherever it is called
    for j in range(0, c.shape[0], 7):
        _add_seven(c[j : j + 7], terms[j : j + 7], first, whole, out)


@sum_kernel
def _add_products(value: FloatArray, terms: FloatArray, out: FloatArray) -> None:
    """Add to ``out`` (7,) the products of ``value`` (row,) with seven terms (7, row); each value is read but once."""
    a = b = c = d = e = f = g = 0.0
    for r in range(value.shape[0]):
        v = value[r]
        a += v * terms[0, r]
        b += v * terms[1, r]
        c += v * terms[2, r]
        d += v * terms[3, r]
        e += v * terms[4, r]
        f += v * terms[5, r]
        g += v * terms[6, r]
    out[0] += a
    out[1] += b
    out[2] += c
    out[3] += d
    out[4] += e
    out[5] += f
    out[6] += g


@sum_kernel
def _add_terms(terms: FloatArray, weight: FloatArray, out: FloatArray) -> None:
    """Add to ``out`` (term,) each term's sum over the rows, weighted."""
    for j in range(out.shape[0]):
        term = terms[j]
        total = 0.0
        for r in range(weight.shape[0]):
            total += weight[r] * term[r]
        out[j] += total


@sum_kernel
def _square(value: FloatArray) -> float:
    total = 0.0
    for r in range(value.shape[0]):
        total += value[r] * value[r]
    return total


@kernel
def _presence(planes: FloatArray, first: int, last: int, n: int, out: FloatArray) -> int:
    """1 where all signals ``first..last - 1`` are there, else 0; returns in how many of ``n`` rows they are."""
    for r in range(n):
        out[r] = planes[first, r]
    for i in range(first + 1, last):
        signal = planes[i]
        for r in range(n):
            out[r] += signal[r]
    count = 0
    for r in range(n):
        known = out[r] == out[r]
        count += 1 if known else 0
        out[r] = 1.0 if known else 0.0
    return count


@kernel
def _add_rows(
    planes: FloatArray, n: int, terms: FloatArray, present: FloatArray, shared: FloatArray, moments: FloatArray,
    rhs: FloatArray, square: FloatArray,
) -> None:  # fmt: skip
    """Add ``n`` rows of one block to its sums; ``terms`` (N_MOMENTS, row) are theirs.

    Groups that are there in every row have the same moments, which are added up once, in ``shared`` (N_MOMENTS,).
    """
    is_shared = False
    for group in range(N_GROUPS):
        first, last = GROUP_START[group], GROUP_START[group + 1]
        count = _presence(planes, first, last, n, present)
        if count == 0:
            continue
        if count < n:
            _add_terms(terms, present[:n], moments[group])
            for i in range(first, last):
                for r in range(n):
                    planes[i, r] = planes[i, r] if present[r] > 0.0 else 0.0
        else:
            if not is_shared:
                shared[:] = 0.0
                _add_terms(terms, present[:n], shared)
                is_shared = True
            for j in range(N_MOMENTS):
                moments[group, j] += shared[j]
        for i in range(first, last):
            value = planes[i, :n]
            square[i] += _square(value)
            for j in range(0, N_TERMS, 7):
                _add_products(value, terms[j : j + 7], rhs[i, j : j + 7])


@kernel
def _write_rows(planes: FloatArray, out: FloatArray) -> None:
    """What is kept of some rows' signals, into ``out`` (row, 2 * N_SHIFT_SIGNALS)."""
    for r in range(out.shape[0]):
        row = out[r]
        for i in range(N_SHIFT_SIGNALS):
            row[i] = planes[SHIFT_SIGNALS[i], r]
            row[N_SHIFT_SIGNALS + i] = planes[N_SIDE_SIGNALS + SHIFT_SIGNALS[i], r]


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
    out_signals : float64 (row, 2 * N_SHIFT_SIGNALS)
        Of the signals those of `SHIFT_SIGNALS`, the left side's and the right side's; NaN where the row has no
        phase or the point is missing.
    """
    out_moments[:] = 0.0
    out_rhs[:] = 0.0
    out_square[:] = 0.0
    out_rows[:] = 0.0
    terms = np.empty((N_MOMENTS, CHUNK))
    planes = np.full((N_PLANES, CHUNK), np.nan)
    present = np.empty(CHUNK)
    shared = np.empty(N_MOMENTS)
    path = np.empty((2, CHUNK))
    for track in range(offsets.shape[0] - 1):
        begin, end = node_offsets[track], node_offsets[track + 1]
        node = begin
        # rows that lie behind one another in one block, gathered when they are all known
        start = offsets[track]
        n = 0
        filling = -1
        last = offsets[track + 1]
        for row in range(offsets[track], last + 1):
            block = -1
            hip_x = math.nan
            hip_y = math.nan
            span = 1.0
            if row < last:
                while node + 2 < end and node_s[node + 1] <= time_s[row]:
                    node += 1
                if not math.isnan(phase[row]):
                    span = node_s[node + 1] - node_s[node]
                    share = (time_s[row] - node_s[node]) / span
                    hip_x = hip[node, 0] + share * (hip[node + 1, 0] - hip[node, 0])
                    hip_y = hip[node, 1] + share * (hip[node + 1, 1] - hip[node, 1])
                if math.isnan(hip_x):
                    out_signals[row] = np.nan
                else:
                    turn = int(np.floor(phase[row] / TWO_PI))
                    block = block_offsets[track] + (turn - first_stride[track]) // BLOCK_STRIDES
            if n > 0 and (block != filling or n == CHUNK):
                stop = start + n
                gather_signals(xy[start:stop], hips[start:stop], path, direction[track], length[track], planes)
                finish_signals(planes, n, length[track])
                _write_rows(planes, out_signals[start:stop])
                all_terms(phase[start:stop], terms)
                _add_rows(
                    planes, n, terms, present, shared, out_moments[filling], out_rhs[filling], out_square[filling]
                )
                n = 0
            if block < 0:
                continue
            if n == 0:
                start = row
            filling = block
            path[0, n] = hip_x
            path[1, n] = hip_y
            n += 1
            out_rows[block, 0] += 1.0
            out_rows[block, 1] += phase[row]
            out_rows[block, 2] += (nodes[node + 1, 0] - nodes[node, 0]) / span
            out_rows[block, 3] += nodes[node, 2]
