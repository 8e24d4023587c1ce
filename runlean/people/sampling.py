"""When the detector is asked, and how closely it looks."""

from __future__ import annotations

import numpy as np

from runlean.people.finder import LONG_SIDES, PersonFinder
from runlean.people.sighting import Sightings
from runlean.people.tracker import Matching, PersonTracker
from runlean.video import Frame
from runlean_kernels.tracking.overlap import box_overlap


class Sampling:
    """Intervals and resolution of detection, adapted to what was seen.

    Parameters
    ----------
    most_frames : int
        A stretch is never longer: its frames wait in memory.
    least_s, most_s : float
        Shortest and longest interval, seconds of the video.
    """

    def __init__(self, most_frames: int, least_s: float = 0.1, most_s: float = 1.0) -> None:
        self._most_frames = max(1, most_frames)
        self.least_s, self._most_s = least_s, most_s
        self._long_side = 0
        self.restart()

    def restart(self) -> None:
        """Know nothing: after a cut, and at the start."""
        self._interval_s = 0.15
        self._looks = 0
        self._wide_s = -np.inf

    def is_due(self, since_s: float, waiting: int) -> bool:
        """True when the detector is to be asked on a frame ``since_s`` after the last time."""
        return since_s >= self._interval_s - 1e-6 or waiting >= self._most_frames

    def look(self, finder: PersonFinder, frame: Frame, tracker: PersonTracker) -> Sightings:
        """Ask the detector, at the resolution that the persons' size calls for."""
        self._looks += 1
        heights = np.array([t.height for t in tracker.tracks if t.hits >= 2 or t.score > 0.4])
        wide = frame.time_s - self._wide_s > 2.0
        if len(heights):
            # small persons far behind the runners need not be seen
            small = float(heights[heights >= 0.4 * heights.max()].min())
            side = finder.long_side_for(small)
            if wide:
                self._wide_s = frame.time_s
                side = max(side, 512)
            return finder.find(frame, side)
        if self._looks == 1 or wide:
            self._wide_s = frame.time_s
            best = finder.find(frame, 512)
            if len(best):
                side = finder.long_side_for(float(best.height[best.height >= 0.4 * best.height.max()].min()))
                if side <= 512:
                    return best
            else:
                side = 1024
            again = finder.find(frame, max(side, 768))
            return again if len(again) >= len(best) else best
        return finder.find(frame, 512)

    def is_surprise(self, tracker: PersonTracker, seen: Sightings, matching: Matching) -> bool:
        """True where somebody came, went, or is not where expected."""
        if len(matching.fresh) and seen.score[matching.fresh].max() >= 0.4:
            return True
        for i, track in enumerate(tracker.tracks):
            lost = matching.sighting[i] < 0
            if lost and track.hits >= 2 and track.seen_s == track.time_s:
                return True
            if not lost and matching.surprise[i] > 0.15 and track.hits >= 2:
                return True
        return False

    def learn(self, calm: bool, tracker: PersonTracker, time_s: float) -> None:
        """Set the next interval."""
        if not tracker.tracks:
            self._interval_s = 0.25
            return
        if not calm or any(track.hits < 3 for track in tracker.tracks):
            self._interval_s = 0.15
            return
        self._interval_s = min(self._most_s, 1.6 * self._interval_s)
        if len(tracker.tracks) > 1:
            # people about to cover each other are watched closely
            ahead = tracker.boxes(time_s + self._interval_s, (0.0, 0.0))
            overlap = np.empty((len(ahead), len(ahead)))
            box_overlap(ahead, ahead, overlap)
            np.fill_diagonal(overlap, 0.0)
            if overlap.max() > 0.05:
                self._interval_s = 0.17


__all__ = ["LONG_SIDES", "Sampling"]
