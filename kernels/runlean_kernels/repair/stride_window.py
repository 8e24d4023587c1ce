"""Windows in which a stride's frequency is taken as constant, for `stride_side` and `leg_cycle`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

#: Length, s. Runners vary their frequency by 1 to 2 % over such a time: a tenth of the half cycle that exchanged legs
#: are off by.
WINDOW_S = 4.0
#: A window tells nothing with fewer rows, or over less time, s.
LEAST_ROWS = 20
LEAST_SPAN_S = 1.2


@kernel
def longest_window(time_s: NDArray[np.float64], first: int, stop: int) -> int:
    """Most rows of a track, ``first`` to ``stop - 1`` of ``time_s``, in any `WINDOW_S`."""
    longest = 0
    low = first
    for i in range(first, stop):
        while time_s[i] - time_s[low] > WINDOW_S + 1e-6:
            low += 1
        longest = max(longest, i - low + 1)
    return longest
