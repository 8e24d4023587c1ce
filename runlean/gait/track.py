"""Walking over the tracks of a flat array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from runlean.pose.tracks import IntArray

#: Rows that go through many kernels together: 1.5 MB of points.
ROWS_AT_ONCE = 4096


def segments(offsets: IntArray) -> Iterator[slice]:
    """Row range of each track."""
    for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        yield slice(start, stop)


def batches(offsets: IntArray, rows: int = ROWS_AT_ONCE) -> Iterator[tuple[slice, slice, IntArray]]:
    """Consecutive tracks whose rows go through many kernels together: tracks, rows, and their own offsets.

    Thousands of short tracks one kernel after the other would leave the processor's cache each time: a quarter of the
    kernels' time. A track with more rows is a batch by itself; no track at all is one empty batch.
    """
    n = len(offsets) - 1
    first = 0
    while first < max(n, 1):
        stop = min(n, max(first + 1, int(np.searchsorted(offsets, offsets[first] + rows, side="right")) - 1))
        ends = offsets[first : stop + 1]
        yield slice(first, stop), slice(int(ends[0]), int(ends[-1])), ends - ends[0]
        first = max(stop, 1)


def track_of_row(offsets: IntArray) -> IntArray:
    """Track index of every row, int64 (row,)."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def spread(values: npt.NDArray[np.float64], offsets: IntArray) -> npt.NDArray[np.float64]:
    """One value per track, repeated over the track's rows."""
    return np.ascontiguousarray(values[track_of_row(offsets)])
