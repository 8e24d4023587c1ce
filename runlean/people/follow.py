"""Everybody in a video, frame by frame, from detections on few frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.camera import FrameMotion
from runlean.people.sampling import Sampling
from runlean.people.sighting import Sightings
from runlean.people.track import Knot, Track
from runlean.people.tracker import Matching, PersonTracker
from runlean.video import Frame

FloatArray = npt.NDArray[np.float64]

#: Somebody faster than this goes somewhere, body heights per second; a slow walk is 0.5.
_TRAVELS = 0.3


@dataclass(frozen=True, slots=True)
class PlannedFrame:
    """Who is to be looked at in one frame.

    Attributes
    ----------
    frame : Frame
    track_id : int64 (n,)
    box : float64 (n, 4)
        x0, y0, x1, y1 around each body over a gait cycle, px.
    seen : bool (n,)
        False where the track is carried on without a detection.
    resting : float64 (m, 4)
        Boxes of people who are in the picture but not looked at, px.
    repeated : bool
        The picture is the one before once more.
    """

    frame: Frame
    track_id: npt.NDArray[np.int64]
    box: FloatArray
    seen: npt.NDArray[np.bool_]
    resting: FloatArray
    repeated: bool


class PeopleFollower:
    """Takes frames in order and says, stretch by stretch, where everybody was.

    A stretch runs from one detection to the next. Where the later one holds a surprise (somebody new, somebody
    gone, somebody elsewhere than expected), the stretch is halved and the detector asked in between, so that
    detections are dense only where something happens.

    Parameters
    ----------
    tracker : PersonTracker
    sampling : Sampling
    """

    def __init__(self, tracker: PersonTracker, sampling: Sampling) -> None:
        self._tracker = tracker
        self._sampling = sampling
        self._frames: list[Frame] = []
        self._motions: list[FrameMotion] = []
        self._sampled_s = -np.inf
        #: Colours that each track wore last, float64 (bin,) by track id; also of those that have ended.
        self.colours: dict[int, FloatArray] = {}

    def expected_boxes(self, time_s: float) -> FloatArray:
        """Where everybody should be at a time, px, for the camera to leave out; the camera's last shift is used."""
        shift = (self._motions[-1].dx_px, self._motions[-1].dy_px) if self._motions else (0.0, 0.0)
        return self._tracker.boxes(time_s, shift)

    @property
    def track_ids(self) -> set[int]:
        """Who is being followed."""
        return {track.track_id for track in self._tracker.tracks}

    def rest(self, still: set[int]) -> None:
        """Say whose legs do not move: unless they travel, they are looked at only where the detector is asked."""
        for track in self._tracker.tracks:
            speed = float(np.hypot(track.motion[2], track.motion[3]))
            track.idle = track.track_id in still and speed < _TRAVELS * track.height

    def add(self, frame: Frame, motion: FrameMotion) -> list[PlannedFrame]:
        """Take the next frame; returns the frames that are now settled, in order."""
        planned: list[PlannedFrame] = []
        if motion.cut:
            planned = self.finish()
            self._tracker.end_all()
            self._sampling.restart()
            self._sampled_s = -np.inf
        self._frames.append(frame)
        self._motions.append(motion)
        if self._sampling.is_due(frame.time_s - self._sampled_s, len(self._frames)):
            planned += self._settle()
        return planned

    def finish(self) -> list[PlannedFrame]:
        """Settle what is left: the video, or the shot, ends here."""
        return self._settle() if self._frames else []

    def _settle(self) -> list[PlannedFrame]:
        planned: list[PlannedFrame] = []
        self._calm = True
        self._stretch(-1, len(self._frames) - 1, None, planned)
        self._sampling.learn(self._calm, self._tracker, self._frames[-1].time_s)
        self._sampled_s = self._frames[-1].time_s
        # the shift of the last frame is still needed by `expected_boxes`
        self._frames, self._motions = [], self._motions[-1:]
        self._motions = []
        return planned

    def _stretch(self, low: int, high: int, seen: Sightings | None, planned: list[PlannedFrame]) -> None:
        """Settle the frames after ``low`` up to ``high``, halving where the detection there surprises."""
        if seen is None:
            seen = self._sampling.look(self._frames[high], self._tracker, self._shift(high))
        time_s = self._frames[high].time_s
        shift = self._shift(high)
        matching = self._tracker.match(seen, time_s, shift)
        start_s = self._frames[low].time_s if low >= 0 else self._sampled_s
        if self._sampling.is_surprise(self._tracker, seen, matching):
            self._calm = False
            if high - low > 1 and time_s - start_s > self._sampling.least_s:
                middle = (low + high) // 2
                self._stretch(low, middle, None, planned)
                self._stretch(middle, high, seen, planned)
                return
        before = {track.track_id: track for track in self._tracker.tracks}
        self._tracker.update(seen, matching, time_s, shift)
        self.colours |= {track.track_id: track.colour for track in self._tracker.tracks if track.hits >= 2}
        planned += self._plan(low, high, before, matching)

    def _shift(self, index: int) -> tuple[float, float]:
        return self._motions[index].dx_px, self._motions[index].dy_px

    def _plan(self, low: int, high: int, before: dict[int, Track], matching: Matching) -> list[PlannedFrame]:
        """Boxes of the frames after ``low`` up to ``high``, between the last two knots of every track."""
        known = list(before.values())
        alive = [
            (track, matching.sighting[i] >= 0)
            for i, track in enumerate(known)
            if len(track.knots) > 1 and (track in self._tracker.tracks)
        ]
        fresh = [track for track in self._tracker.tracks if track.track_id not in before]
        planned = []
        for index in range(low + 1, high + 1):
            time_s = self._frames[index].time_s
            rows = [
                (track.track_id, between(track.knots[-2], track.knots[-1], time_s), seen)
                for track, seen in alive
                if index == high or not track.idle
            ]
            if index == high:
                rows += [(track.track_id, between(track.knots[-1], track.knots[-1], time_s), True) for track in fresh]
            box = np.array([row[1] for row in rows], np.float64).reshape(-1, 4)
            resting = [
                between(track.knots[-2], track.knots[-1], time_s)
                for track, seen in alive
                if seen and index != high and track.idle
            ]
            seen = np.array([row[2] for row in rows], np.bool_)
            planned.append(
                PlannedFrame(
                    self._frames[index],
                    np.array([row[0] for row in rows], np.int64),
                    box + np.tile(self._shift(index), 2),
                    seen,
                    np.array(resting, np.float64).reshape(-1, 4) + np.tile(self._shift(index), 2),
                    self._motions[index].repeated,
                )
            )
        return planned


def between(first: Knot, second: Knot, time_s: float) -> FloatArray:
    """Box at a time between two knots, float64 (4,), px of a picture that stands still."""
    span = second.time_s - first.time_s
    share = (time_s - first.time_s) / span if span > 0 else 1.0
    x = first.x + share * (second.x - first.x)
    y = first.y + share * (second.y - first.y)
    left, up, right, down = first.reach + share * (second.reach - first.reach)
    return np.array([x - left, y - up, x + right, y + down])
