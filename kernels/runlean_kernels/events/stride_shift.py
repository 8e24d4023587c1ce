"""The own timing of single strides: how much earlier or later than the mean cycle an event of one stride came.

Around an event, rows that run ahead of or behind the mean waveform tell the shift; it is believed as far as the rows'
noise lets it be. With clean markers that is nearly all of it, at 30 Hz with noisy points next to nothing.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.events.cycle_sums import KNEE, LEG, N_SIDE_SIGNALS, N_TERMS, TOE_LEG, TOE_Y, fourier_terms
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Standard deviation of single events about the cycle's own, s (force plates: 3.1 for contacts, 3.5 for toe-offs).
SHIFT_SD_S = 0.0033
#: Signals that follow a stride's own events (correlation with force plates 0.5-0.9); the ankle's place does not (0.3).
SHIFT_SIGNALS = np.array([KNEE, LEG, TOE_Y, TOE_LEG])
#: Frames to each side of the event, s.
CONTACT_REACH_S = 0.05
TOE_OFF_REACH_S = 0.08


@kernel
def stride_shift(
    signals: FloatArray,
    time_s: FloatArray,
    phase: FloatArray,
    first: int,
    last: int,
    when: float,
    reach: float,
    side: int,
    rate: float,
    coefficients: FloatArray,
    noise: FloatArray,
    terms: FloatArray,
) -> tuple[float, float]:
    """Shift of one event against the mean cycle (s, later positive), and its standard deviation.

    Parameters
    ----------
    signals : float64 (row, N_SIGNALS)
    time_s, phase : float64 (row,)
    first, last : int
        Rows at or after ``when - reach``, up to the track's end.
    when : float
        Time of the event in the mean cycle, s.
    reach : float
    side : int
    rate : float
        Phase rate, rad/s.
    coefficients : float64 (N_SIGNALS, N_TERMS)
    noise : float64 (N_SIGNALS,)
    terms : float64 (N_TERMS,)

    Notes
    -----
    A stride that is late by d has the waveform :math:`T(t - d)`, so that its residuals are :math:`-d\\,\\dot T`; each
    signal's own mean is free. The least-squares d is shrunk toward 0 by its variance against SHIFT_SD_S squared.
    """
    numerator = 0.0
    denominator = 0.0
    for which in range(SHIFT_SIGNALS.shape[0]):
        i = SHIFT_SIGNALS[which] + side * N_SIDE_SIGNALS
        c = coefficients[i]
        if math.isnan(c[0]) or math.isnan(noise[i]):
            continue
        n = 0
        sr = 0.0
        sd = 0.0
        srd = 0.0
        sdd = 0.0
        row = first
        while row < last and time_s[row] <= when + reach:
            value = signals[row, i]
            if not math.isnan(value):
                fourier_terms(phase[row] + side * math.pi, terms)
                mean = c[0]
                slope = 0.0
                for k in range((N_TERMS - 1) // 2):
                    mean += c[1 + 2 * k] * terms[1 + 2 * k] + c[2 + 2 * k] * terms[2 + 2 * k]
                    slope += (k + 1) * (c[2 + 2 * k] * terms[1 + 2 * k] - c[1 + 2 * k] * terms[2 + 2 * k])
                slope *= rate
                residual = value - mean
                n += 1
                sr += residual
                sd += slope
                srd += residual * slope
                sdd += slope * slope
            row += 1
        if n >= 2:
            weight = 1.0 / (noise[i] * noise[i] + 1e-8)
            numerator -= weight * (srd - sr * sd / n)
            denominator += weight * (sdd - sd * sd / n)
    prior = 1.0 / (SHIFT_SD_S * SHIFT_SD_S)
    return numerator / (denominator + prior), 1.0 / math.sqrt(denominator + prior)
