"""Walking over the tracks of a flat array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from runlean.pose.tracks import IntArray


def segments(offsets: IntArray) -> Iterator[slice]:
    """Row range of each track."""
    for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        yield slice(start, stop)


def track_of_row(offsets: IntArray) -> IntArray:
    """Track index of every row, int64 (row,)."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def spread(values: npt.NDArray[np.float64], offsets: IntArray) -> npt.NDArray[np.float64]:
    """One value per track, repeated over the track's rows."""
    return np.ascontiguousarray(values[track_of_row(offsets)])
