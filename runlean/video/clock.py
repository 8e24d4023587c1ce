"""Presentation times from a container's stamps, mended where they are missing, repeated or run backwards."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

#: Frames that may wait for the next good stamp; each one keeps a picture in memory.
_MAX_WAITING = 8
#: Stamps closer than this are the same stamp.
_LEAST_STEP_S = 1e-6
#: An interval is of another length than the usual one beyond this share of it: millisecond stamps of a 60 fps
#: video differ by 3 %, a missing picture by 100 %.
_INTERVAL_TOLERANCE = 0.1


@dataclass(frozen=True, slots=True)
class Timing:
    """What the time stamps of all frames that came say.

    Attributes
    ----------
    n_frames : int
        Frames that came.
    duration_s : float
        From the first frame to the end of the last, seconds.
    fps_from_timestamps : float
        One over the usual interval: the mean of the intervals near the median (the median alone is off by 1 %
        where stamps are whole milliseconds). NaN below two frames.
    variable_frame_rate : bool
        An interval differs from the median by more than a tenth of it and more than the stamps' own rounding.
    stamps_mended : int
        Frames whose stamp was missing, repeated or ran backwards, and got a time between its neighbours'.
    """

    n_frames: int
    duration_s: float
    fps_from_timestamps: float
    variable_frame_rate: bool
    stamps_mended: int


class PresentationClock:
    """Turns stamps in decode order into strictly increasing seconds from the first frame.

    A frame without a usable stamp waits for the next good one and is spread evenly before it; when that does
    not come within 8 frames, time goes on by the usual interval, and later stamps are shifted to follow on.

    Parameters
    ----------
    interval_s : float
        Interval to assume until stamps have shown one.
    tick_s : float
        Unit that the stamps are counted in.
    """

    def __init__(self, interval_s: float = 1.0 / 30.0, tick_s: float = 0.0) -> None:
        self._tick = tick_s
        self._assumed = interval_s if 1e-4 < interval_s < 10.0 else 1.0 / 30.0
        self._times = array("d")
        self._shift: float | None = None
        self._waiting: list[float | None] = []
        self._mended = 0

    @property
    def interval_s(self) -> float:
        """Median of the last 31 intervals, or the one assumed while there are none."""
        if len(self._times) < 2:
            return self._assumed
        return max(_LEAST_STEP_S, float(np.median(np.diff(np.asarray(self._times[-32:])))))

    def push(self, stamp_s: float | None) -> list[float]:
        """Take the next frame's stamp and return the times that are now known, oldest frame first.

        Parameters
        ----------
        stamp_s : float or None
            The container's stamp in seconds, None where there is none.

        Returns
        -------
        list of float
            Empty while a frame waits; later one time for each frame that waited and for this one.
        """
        if not self._times and not self._waiting:
            self._shift = None if stamp_s is None else -stamp_s
            self._mended += stamp_s is None
            self._times.append(0.0)
            return [0.0]
        last = self._times[-1]
        if stamp_s is not None and self._shift is not None and stamp_s + self._shift > last + _LEAST_STEP_S:
            good = stamp_s + self._shift
            count = len(self._waiting) + 1
            times = [last + (good - last) * i / count for i in range(1, count)] + [good]
            self._settle(times, count - 1)
            return times
        self._waiting.append(stamp_s)
        if len(self._waiting) <= _MAX_WAITING:
            return []
        return self.flush()

    def flush(self) -> list[float]:
        """Times of the frames that still wait, at the usual interval; the last stamp anchors what follows."""
        if not self._waiting:
            return []
        step, last = self.interval_s, self._times[-1]
        stamp = self._waiting[-1]
        times = [last + step * (i + 1) for i in range(len(self._waiting))]
        if stamp is not None:
            self._shift = times[-1] - stamp
        self._settle(times, len(times))
        return times

    def _settle(self, times: list[float], mended: int) -> None:
        self._times.extend(times)
        self._mended += mended
        self._waiting.clear()

    def timing(self) -> Timing:
        """What the stamps so far say."""
        times = np.asarray(self._times)
        n = len(times)
        if n < 2:
            return Timing(n, self._assumed * n, float("nan"), False, self._mended)
        intervals = np.diff(times)
        usual = float(np.median(intervals))
        near = np.abs(intervals - usual) <= max(_INTERVAL_TOLERANCE * usual, 1.01 * self._tick)
        interval = float(intervals[near].mean())
        return Timing(n, float(times[-1]) + interval, 1.0 / interval, not near.all(), self._mended)
