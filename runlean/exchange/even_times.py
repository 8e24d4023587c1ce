"""Formats that know one frame rate for the whole file: rows at even times, gaps kept as gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.exchange.recording import Recording
from runlean_kernels.filters.uniform import LONGEST_STEP

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Stamps this far from an even grid, as a part of its interval, are rounding of the container (whole milliseconds at
#: 60 frames per second are off by 3 %), not another rate; the same limit as the video room's.
EVEN_TOLERANCE = 0.1


@dataclass(frozen=True, slots=True)
class EvenGrid:
    """The times that every runner of a recording is put on.

    Attributes
    ----------
    start_s : float
        Time of row 0; 0 but for videos whose stamps jump before the first frame that anybody is in.
    rate_hz : float
        Rows per second of real time.
    resampled : bool
        The video's frame rate varies: values are interpolated. Otherwise row r is decoded frame r.
    """

    start_s: float
    rate_hz: float
    resampled: bool

    def time_of(self, row: IntArray) -> FloatArray:
        """Times of rows."""
        return self.start_s + row / self.rate_hz


def even_grid(recording: Recording) -> EvenGrid:
    """One grid for all runners of a recording.

    A constant frame rate keeps its frames: the rate is frames over duration, so that rounded stamps do not add up. A
    varying one is laid over the median interval.
    """
    frame, time_s = frame_times(recording)
    if len(frame) < 2:
        return EvenGrid(float(time_s[0]) - float(frame[0]) / 30.0 if len(frame) else 0.0, 30.0, False)
    interval = float(time_s[-1] - time_s[0]) / float(frame[-1] - frame[0])
    start = float(time_s[0]) - interval * float(frame[0])
    if np.abs(time_s - start - interval * frame).max() <= EVEN_TOLERANCE * interval:
        # what is left of rounding must not turn a first time of 0 into 1e-17
        return EvenGrid(start if abs(start) > 1e-9 else 0.0, 1.0 / interval, False)
    return EvenGrid(0.0, 1.0 / float(np.median(np.diff(time_s) / np.diff(frame))), True)


def frame_times(recording: Recording) -> tuple[IntArray, FloatArray]:
    """Every frame that any runner is in, rising, and its time."""
    frame = np.concatenate([runner.frame for runner in recording.runners] or [np.zeros(0, np.int64)])
    time_s = np.concatenate([runner.time_s for runner in recording.runners] or [np.zeros(0)])
    frame, first = np.unique(frame, return_index=True)
    return frame, time_s[first]


def on_grid(grid: EvenGrid, frame: IntArray, time_s: FloatArray, values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Rows of one runner on the grid.

    Parameters
    ----------
    grid : EvenGrid
    frame : int64 (row,)
    time_s : float64 (row,)
    values : float64 (row, ...)

    Returns
    -------
    row : int64 (n,)
        Consecutive rows of the grid, from the runner's first to his last.
    values : float64 (n, ...)
        NaN where the runner has no frame.
    """
    if len(frame) == 0:
        return np.zeros(0, np.int64), values[:0]
    if not grid.resampled:
        row = np.arange(frame[0], frame[-1] + 1)
        out = np.full((len(row), *values.shape[1:]), np.nan)
        out[frame - frame[0]] = values
        return row, out
    first = int(np.ceil((time_s[0] - grid.start_s) * grid.rate_hz - 1e-6))
    last = int(np.floor((time_s[-1] - grid.start_s) * grid.rate_hz + 1e-6))
    row = np.arange(first, last + 1)
    return row, interpolate(time_s, values, np.clip(grid.time_of(row), time_s[0], time_s[-1]))


def interpolate(time_s: FloatArray, values: FloatArray, at_s: FloatArray) -> FloatArray:
    """Values between the rows, by cubic Hermite with the slopes of parabolas through three neighbours.

    Parameters
    ----------
    time_s : float64 (row,)
        Increasing.
    values : float64 (row, ...)
    at_s : float64 (instant,)
        Within ``time_s``.

    Returns
    -------
    float64 (instant, ...)
        NaN where one of the two rows around is NaN or they lie more than `LONGEST_STEP` median intervals apart.

    Notes
    -----
    A straight line between frames would cut a foot's path short by a h^2 / 8: 14 mm at 100 m/s^2 and 30 frames per
    second; the cubic leaves a tenth of that.
    """
    n = len(time_s)
    if n < 2:
        return np.broadcast_to(values, (len(at_s), *values.shape[1:])).copy()
    flat = values.reshape(n, -1)
    h = np.diff(time_s)[:, None]
    secant = np.diff(flat, axis=0) / h
    secant[h[:, 0] > LONGEST_STEP * np.median(h)] = np.nan
    slope = np.full_like(flat, np.nan)
    slope[1:-1] = (secant[:-1] * h[1:] + secant[1:] * h[:-1]) / (h[:-1] + h[1:])
    i = np.clip(np.searchsorted(time_s, at_s, side="right") - 1, 0, n - 2)
    u = ((at_s - time_s[i]) / h[i, 0])[:, None]
    before, after = slope[i], slope[i + 1]
    before = np.where(np.isfinite(before), before, secant[i])
    after = np.where(np.isfinite(after), after, secant[i])
    out = (
        (1 + 2 * u) * (1 - u) ** 2 * flat[i]
        + u * (1 - u) ** 2 * h[i] * before
        + u**2 * (3 - 2 * u) * flat[i + 1]
        + u**2 * (u - 1) * h[i] * after
    )
    out = np.where(u == 0.0, flat[i], np.where(u == 1.0, flat[i + 1], out))
    return out.reshape(len(at_s), *values.shape[1:])
