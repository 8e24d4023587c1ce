"""Times of steps and strides from contacts and toe-offs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SideArray = npt.NDArray[np.int8]


@kernel
def step_timing(
    track: IntArray,
    side: SideArray,
    contact_s: FloatArray,
    toe_off_s: FloatArray,
    step_period_s: FloatArray,
    out: FloatArray,
) -> None:
    """Durations that begin at each contact.

    A step runs from one foot's contact to the other's, a stride to the same foot's next contact, flight from toe-off
    to the other foot's contact. A neighbour that is missing leaves NaN: a step longer than 1.6 of the track's step
    period has a contact missing inside it, and is not a step.

    Parameters
    ----------
    track : int64 (contact,)
        Track of each contact; contacts lie in time order within a track.
    side : int8 (contact,)
        0 left, 1 right.
    contact_s, toe_off_s : float64 (contact,)
    step_period_s : float64 (track,)
        Typical step time of each track; NaN = unknown, nothing is rejected by it.
    out : float64 (contact, 6)
        contact time, flight time, step time, stride time (s), duty factor, cadence (steps per minute).

    Notes
    -----
    Cadence is 60 over the mean step of the stride, because left and right steps differ by up to 15 ms in healthy
    runners: of single steps the median falls into the gap between two heaps (18 force-plate trials: off by 0.3 steps
    per minute in the median and 1.5 at worst, by strides 0.07 and 0.3). The last step, whose stride does not end,
    stands for itself.
    """
    n = contact_s.shape[0]
    for i in range(n):
        for c in range(6):
            out[i, c] = np.nan
        contact_time = toe_off_s[i] - contact_s[i]
        out[i, 0] = contact_time
        longest = 1.6 * step_period_s[track[i]]
        if i + 1 < n and track[i + 1] == track[i] and side[i + 1] != side[i]:
            step = contact_s[i + 1] - contact_s[i]
            if not step > longest:
                out[i, 1] = contact_s[i + 1] - toe_off_s[i]
                out[i, 2] = step
                out[i, 5] = 60.0 / step
                if i + 2 < n and track[i + 2] == track[i] and side[i + 2] == side[i]:
                    second = contact_s[i + 2] - contact_s[i + 1]
                    if not second > longest:
                        out[i, 3] = step + second
                        out[i, 4] = contact_time / out[i, 3]
                        out[i, 5] = 120.0 / out[i, 3]


@kernel
def stance_side(
    track: IntArray,
    side: SideArray,
    contact_s: FloatArray,
    toe_off_s: FloatArray,
    time_s: FloatArray,
    offsets: IntArray,
    out: SideArray,
) -> None:
    """Foot on the ground at every row: 0 left, 1 right, -1 flight, -2 unknown (outside the first and last event).

    Parameters
    ----------
    track, side, contact_s, toe_off_s : (contact,)
        As in :func:`step_timing`.
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    out : int8 (row,)
    """
    out[:] = -2
    n = contact_s.shape[0]
    for i in range(n):
        begin, end = offsets[track[i]], offsets[track[i] + 1]
        row = begin + np.searchsorted(time_s[begin:end], contact_s[i])
        while row < end and time_s[row] <= toe_off_s[i]:
            out[row] = side[i]
            row += 1
        if i + 1 < n and track[i + 1] == track[i] and side[i + 1] != side[i]:
            # only between two alternating contacts is the time off the ground known to be flight
            while row < end and time_s[row] < contact_s[i + 1] and np.isfinite(toe_off_s[i]):
                if contact_s[i + 1] - toe_off_s[i] < 1.0:
                    out[row] = -1
                row += 1
