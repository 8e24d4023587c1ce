"""One second-order low-pass, run forwards and backwards over a single run of samples."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]

#: Samples of the odd extension at either end, as scipy.signal.filtfilt takes them for a second-order filter.
PADDING = 9

#: From this part of the sampling rate on, a cut-off leaves nothing to remove and the data pass unchanged.
HIGHEST_CUTOFF = 0.45

#: A filter run forwards and backwards has its -3 dB point where the single filter has -1.5 dB: the single one's
#: corner lies higher by 1 / (sqrt(2) - 1)^(1/4).
_DOUBLE_PASS = (math.sqrt(2.0) - 1.0) ** -0.25

# rows of a filter's column: b0, b1, b2, a1, a2
N_COEFFICIENTS = 5


@kernel
def design_low_pass(cutoff_hz: FloatArray, interval_s: float, filters: FloatArray) -> None:
    """Coefficients (5, channel) of the single pass; 1, 0, 0, 0, 0 where nothing is to be filtered."""
    for c in range(cutoff_hz.shape[0]):
        if c > 0 and cutoff_hz[c] == cutoff_hz[c - 1]:
            for k in range(N_COEFFICIENTS):
                filters[k, c] = filters[k, c - 1]
            continue
        filters[0, c] = 1.0
        for k in range(1, N_COEFFICIENTS):
            filters[k, c] = 0.0
        if not 0.0 < cutoff_hz[c] * interval_s < HIGHEST_CUTOFF:
            continue
        w = math.tan(math.pi * cutoff_hz[c] * interval_s) * _DOUBLE_PASS
        scale = 1.0 / (1.0 + math.sqrt(2.0) * w + w * w)
        filters[0, c] = w * w * scale
        filters[1, c] = 2.0 * w * w * scale
        filters[2, c] = w * w * scale
        filters[3, c] = 2.0 * (w * w - 1.0) * scale
        filters[4, c] = (1.0 - math.sqrt(2.0) * w + w * w) * scale


@kernel
def run_forwards(samples: FloatArray, first: int, stop: int, filters: FloatArray, c: int, state: FloatArray) -> None:
    """Filter ``samples[first:stop]`` in place from the state (2, channel) of channel c, which moves on."""
    z1 = state[0, c]
    z2 = state[1, c]
    for i in range(first, stop):
        x = samples[i]
        y = filters[0, c] * x + z1
        z1 = filters[1, c] * x - filters[3, c] * y + z2
        z2 = filters[2, c] * x - filters[4, c] * y
        samples[i] = y
    state[0, c] = z1
    state[1, c] = z2


@kernel
def settle(filters: FloatArray, c: int, value: float, state: FloatArray) -> None:
    """State of channel c as if ``value`` had come in for ever."""
    state[0, c] = (1.0 - filters[0, c]) * value
    state[1, c] = (filters[2, c] - filters[4, c]) * value


@kernel
def filter_run(samples: FloatArray, n: int, filters: FloatArray, c: int, state: FloatArray) -> None:
    """Both passes over the n samples at ``samples[PADDING:PADDING + n]``, in place; the rest is scratch."""
    pad = min(PADDING, n - 1)
    last = PADDING + n - 1
    for k in range(1, pad + 1):
        samples[PADDING - k] = 2.0 * samples[PADDING] - samples[PADDING + k]
        samples[last + k] = 2.0 * samples[last] - samples[last - k]
    begin = PADDING - pad
    end = last + pad + 1
    settle(filters, c, samples[begin], state)
    run_forwards(samples, begin, end, filters, c, state)
    for k in range((end - begin) // 2):
        kept = samples[begin + k]
        samples[begin + k] = samples[end - 1 - k]
        samples[end - 1 - k] = kept
    settle(filters, c, samples[begin], state)
    run_forwards(samples, begin, end, filters, c, state)
    for k in range((end - begin) // 2):
        kept = samples[begin + k]
        samples[begin + k] = samples[end - 1 - k]
        samples[end - 1 - k] = kept
