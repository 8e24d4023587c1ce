"""Who runs and who only stands there, from the keypoints of the last second or two."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Points whose left-right difference alternates in any gait.
_PAIRS: Final = (("left_ankle", "right_ankle"), ("left_knee", "right_knee"))
#: Span of keypoints that a verdict needs, seconds of the video.
_SPAN_S = 1.3
_PHANTOM_S = 0.6
#: Spread (15th to 85th percentile) of those differences below which nobody runs, body heights. Runners measured
#: 0.4-0.8 and in eightfold slow motion at least 0.07 within the span, people who stand 0.01-0.03.
_STILL = 0.045
#: Median keypoint score below which the crop holds no person: 0.12-0.18 on scaffolding taken for one; runners
#: 0.57 and more, people half hidden 0.37.
_PHANTOM_SCORE = 0.22
#: An idle person wakes when two of the last three looks differ by this from how they stood.
_WAKE = 0.12


@dataclass(slots=True)
class _History:
    times: deque[float] = field(default_factory=deque)
    scores: deque[float] = field(default_factory=deque)
    limbs: deque[FloatArray] = field(default_factory=deque)
    stance: FloatArray | None = None


class GaitWatch:
    """Keeps a short history of every track's legs.

    Parameters
    ----------
    keypoint_names : tuple of str
        Of the pose network; without knees and ankles nobody is ever called idle.
    """

    def __init__(self, keypoint_names: tuple[str, ...]) -> None:
        known = all(name in keypoint_names for pair in _PAIRS for name in pair)
        self._left = [keypoint_names.index(pair[0]) for pair in _PAIRS] if known else []
        self._right = [keypoint_names.index(pair[1]) for pair in _PAIRS] if known else []
        self._history: dict[int, _History] = {}

    def add(self, track_id: int, time_s: float, height: float, xy: FloatArray, score: FloatArray) -> None:
        """Note one crop's keypoints.

        Parameters
        ----------
        track_id : int
        time_s : float
        height : float
            Of the body, px.
        xy, score : float64 (keypoint, 2), (keypoint,)
        """
        history = self._history.setdefault(track_id, _History())
        history.times.append(time_s)
        history.scores.append(float(score.mean()))
        history.limbs.append(((xy[self._left] - xy[self._right]) / max(height, 1.0)).ravel())
        while len(history.times) > 3 and time_s - history.times[1] >= _SPAN_S:
            for values in (history.times, history.scores, history.limbs):
                values.popleft()

    def forget_all_but(self, track_ids: set[int]) -> None:
        """Drop the histories of tracks that have ended."""
        for gone in set(self._history) - track_ids:
            del self._history[gone]

    def is_still(self, track_id: int) -> bool:
        """True where the last keypoints show no gait, or no person."""
        history = self._history.get(track_id)
        if history is None or not self._left:
            return False
        span = history.times[-1] - history.times[0]
        if span >= _PHANTOM_S and float(np.median(history.scores)) < _PHANTOM_SCORE:
            return True
        limbs = np.stack(history.limbs)
        if history.stance is not None:
            moved = np.abs(limbs[-3:] - history.stance).max(axis=1) > _WAKE
            if moved.sum() < 2:
                return True
            history.stance = None
            return False
        if span < 0.95 * _SPAN_S or len(limbs) < 8:
            return False
        low, high = np.percentile(limbs, [15.0, 85.0], axis=0)
        if (high - low).max() < _STILL:
            history.stance = np.median(limbs, axis=0)
            return True
        return False
