"""The own timing of single strides: how much earlier or later than the mean cycle an event of one stride came.

Around an event, rows that run ahead of or behind the mean waveform tell the shift; it is believed as far as the rows'
noise lets it be. With clean markers that is nearly all of it, at 30 Hz with noisy points next to nothing.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_signals import N_SHIFT_SIGNALS, N_SIDE_SIGNALS, SHIFT_SIGNALS
from runlean_kernels.events.cycle_sums import CHUNK, LANES, N_TERMS, all_terms, series
from runlean_kernels.events.stride_phase import first_row_at
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SideArray = npt.NDArray[np.int8]

#: Standard deviation of single events about the cycle's own, s (force plates: 3.1 for contacts, 3.5 for toe-offs).
SHIFT_SD_S = 0.0033
#: Frames to each side of contact and toe-off, s.
REACH_S = np.array([0.05, 0.08])
#: Events nearer to the track's end than this many of their standard deviations may lie beyond it, and are not told.
EDGE_SD = 2.0
#: Noise of a signal is never less than this (leg lengths or rad): 1e-4 is a twentieth of a millimetre.
LEAST_NOISE = 1e-4


@kernel
def _centred_sums(
    signals: FloatArray, column: int, row: IntArray, value: FloatArray, slope: FloatArray, begin: int, end: int,
    out: FloatArray,
) -> None:  # fmt: skip
    """Of one event's rows ``begin..end - 1`` how many there are, and the centred sums of r r, r s and s s, (4,)."""
    n = sum_r = sum_s = rr = rs = ss = 0.0
    for k in range(begin, end):
        r = signals[row[k], column] - value[k]
        s = slope[k]
        if r == r:
            n += 1.0
            sum_r += r
            sum_s += s
            rr += r * r
            rs += r * s
            ss += s * s
    out[0] = n
    if n > 0.0:
        per_n = 1.0 / n
        out[1] = rr - sum_r * sum_r * per_n
        out[2] = rs - sum_r * sum_s * per_n
        out[3] = ss - sum_s * sum_s * per_n


@kernel
def _add_rows(
    signals: FloatArray, coefficients: FloatArray, side: int, rate: float, n: int, row: IntArray, event: IntArray,
    phase: FloatArray, terms: FloatArray, slopes: FloatArray, values: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """Sums of the events whose ``n`` rows were gathered, one event after the other; see `shift_sums`."""
    all_terms(phase[:n], terms)
    for which in range(N_SHIFT_SIGNALS):
        c = coefficients[side * N_SIDE_SIGNALS + SHIFT_SIGNALS[which]]
        if math.isnan(c[0]):
            continue
        series(c, terms, 0, n, values[0])
        slopes[0] = 0.0
        for k in range(1, (N_TERMS + 1) // 2):
            slopes[2 * k - 1] = rate * k * c[2 * k]
            slopes[2 * k] = -rate * k * c[2 * k - 1]
        series(slopes, terms, 0, n, values[1])
        begin = 0
        while begin < n:
            end = begin + 1
            while end < n and event[end] == event[begin]:
                end += 1
            of_event = out[event[begin] >> 1, event[begin] & 1, which]
            _centred_sums(signals, side * N_SHIFT_SIGNALS + which, row, values[0], values[1], begin, end, of_event)
            begin = end


@kernel
def shift_sums(
    signals: FloatArray,
    time_s: FloatArray,
    phase: FloatArray,
    offsets: IntArray,
    cycle: FloatArray,
    coefficients: FloatArray,
    track: IntArray,
    side: SideArray,
    block: IntArray,
    instants: FloatArray,
    out: FloatArray,
) -> None:
    """Sums of residuals r and slopes s of the waveforms about each event.

    Parameters
    ----------
    signals : float64 (row, 2 * N_SHIFT_SIGNALS)
    time_s, phase : float64 (row,)
    offsets : int64 (track + 1,)
    cycle, coefficients
        As ``cycle_features`` leaves them.
    track, side, block : (contact,)
    instants : float64 (contact, 5)
        Contact and toe-off in the mean cycle first.
    out : float64 (contact, 2, N_SHIFT_SIGNALS, 4)
        Per event and signal: number of rows, and the centred sums of r r, r s (leg lengths squared per s), s s.

    Notes
    -----
    Events of one block and side have the same waveforms: rows of many of them are taken together.
    """
    size = CHUNK
    terms = np.empty((N_TERMS, size))
    gathered = np.zeros(size)
    row_of = np.empty(size, dtype=np.int64)
    event_of = np.empty(size, dtype=np.int64)
    slopes = np.empty(N_TERMS)
    values = np.empty((2, size))
    out[:] = 0.0
    start = 0
    while start < track.shape[0]:
        stop = start
        while stop < track.shape[0] and block[stop] == block[start] and track[stop] == track[start]:
            stop += 1
        first, last = offsets[track[start]], offsets[track[start] + 1]
        own = coefficients[block[start]]
        rate = cycle[block[start], 1]
        for of_side in range(2):
            n = 0
            # one more turn after the last contact takes what is left
            for contact in range(start, stop + 1):
                over = contact == stop
                if not over and side[contact] != of_side:
                    continue
                for event in range(2):
                    begin = first
                    end = first
                    if not over and not math.isnan(instants[contact, event]):
                        when = instants[contact, event]
                        begin = first_row_at(time_s, first, last, when - REACH_S[event])
                        end = begin
                        while end < last and time_s[end] <= when + REACH_S[event]:
                            end += 1
                    if n > 0 and (over or n + end - begin > size):
                        _add_rows(
                            signals, own, of_side, rate, n, row_of, event_of, gathered, terms, slopes, values, out
                        )
                        n = 0
                    if end - begin > size:
                        size = (end - begin + LANES - 1) // LANES * LANES
                        terms = np.empty((N_TERMS, size))
                        gathered = np.zeros(size)
                        row_of = np.empty(size, dtype=np.int64)
                        event_of = np.empty(size, dtype=np.int64)
                        values = np.empty((2, size))
                    for row in range(begin, end):
                        gathered[n] = phase[row] + of_side * math.pi
                        row_of[n] = row
                        event_of[n] = 2 * contact + event
                        n += 1
        start = stop


@kernel
def shift_events(
    time_s: FloatArray, offsets: IntArray, track: IntArray, sums: FloatArray, noise: FloatArray, instants: FloatArray
) -> None:
    """Move contacts and toe-offs to where each stride has them, and finish their standard deviations.

    Parameters
    ----------
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    track : int64 (contact,)
        Contacts of a track lie together.
    sums : float64 (contact, 2, N_SHIFT_SIGNALS, 4)
        As ``shift_sums`` leaves them.
    noise : float64 (N_SHIFT_SIGNALS,)
        Scratch.
    instants : float64 (contact, 5), in and out
        Contact, toe-off (s), the standard deviations that all contacts share in, replaced by each event's own.

    Notes
    -----
    A stride that is late by d has the waveform :math:`T(t - d)`, so that its residuals are :math:`-d\\,\\dot T`; each
    signal's own mean is free. The noise of a signal is what such fits leave over all events of the track (rows within
    0.1 s, so that slow differences between strides do not count as noise). The least-squares d over the signals is
    shrunk toward 0 by its variance against SHIFT_SD_S squared.
    """
    start = 0
    while start < track.shape[0]:
        stop = start
        while stop < track.shape[0] and track[stop] == track[start]:
            stop += 1
        first_s = time_s[offsets[track[start]]]
        last_s = time_s[offsets[track[start] + 1] - 1]
        for event in range(2):
            for which in range(N_SHIFT_SIGNALS):
                left = 0.0
                freedom = 0.0
                for contact in range(start, stop):
                    n, rr, rs, ss = sums[contact, event, which]
                    if n > 2.0 and ss > 0.0:
                        left += rr - rs * rs / ss
                        freedom += n - 2.0
                noise[which] = max(left / freedom, LEAST_NOISE * LEAST_NOISE) if freedom > 0.0 else np.inf
            for contact in range(start, stop):
                precision = 1.0 / (SHIFT_SD_S * SHIFT_SD_S)
                pull = 0.0
                for which in range(N_SHIFT_SIGNALS):
                    pull -= sums[contact, event, which, 2] / noise[which]
                    precision += sums[contact, event, which, 3] / noise[which]
                when = instants[contact, event] + pull / precision
                sd = math.sqrt(instants[contact, 2 + event] ** 2 + 1.0 / precision)
                if not first_s + EDGE_SD * sd <= when <= last_s - EDGE_SD * sd:
                    when = math.nan
                    sd = math.nan
                instants[contact, event] = when
                instants[contact, 2 + event] = sd
        start = stop
