"""When the detector is asked, and how closely it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.people.finder import LARGEST_WHOLE, PersonFinder
from runlean.people.sighting import Sightings, inside, together
from runlean.people.tracker import Matching, PersonTracker
from runlean.video import Frame
from runlean_kernels.tracking.overlap import box_overlap

FloatArray = npt.NDArray[np.float64]

#: Height of a person in the detector's input who is alone, px: on rendered races recall of runners in full view
#: was 0.75 at 30 px, 0.93 at 45, 0.98 at 60 and 1.0 at 80.
ALONE_HEIGHT: Final = 64.0
#: The same in a close look where people cover each other, and while somebody is new, who may bring somebody else
#: half hidden. Eight races, 262 runners of whom a quarter or more can be seen; found at 110, 140, 190, 260 px of those
#: with nobody in front 84, 87, 89, 94 %, with 60 to 80 % to be seen 53, 63, 89, 89 %, with less 43, 48, 43, 37 %.
CLOSE_HEIGHT: Final = 230.0
#: Height in the first look of all, by which the next are chosen.
NEW_HEIGHT: Final = 140.0
_NEW_S = 0.7
#: Who is known and alone is looked at closely so often, s, at `NEW_HEIGHT`: somebody may have come out from behind him.
#: Two of whom 70 to 100 % can be seen, a tenth of a height apart, were one at 64 px to the end of a clip and two in
#: every close look (at 110 to 290 px).
GLANCE_S: Final = 0.3
#: Of somebody who is alone in the picture, each glance that finds nobody else doubles the time to the next, up to
#: this: from behind a lone runner few come out, and who does is seen by the next look at the whole picture.
LONGEST_GLANCE_S: Final = 3.0
#: Input of the first look and of looks into an empty scene, long side, px.
SEARCH_SIDE: Final = 512
#: Persons lower than this share of the tallest do not call for a larger input.
_FAR_BEHIND = 0.35
#: Two persons whose boxes overlap are watched closely if their distance changes by this, body heights per second.
_CROSSING_SPEED = 0.15
#: Boxes that share more of their union touch.
_TOUCH = 0.02
_CLOSE_WATCH_S = 0.17


@dataclass(frozen=True, slots=True)
class _Glance:
    """When somebody was last looked at closely, s, and after which time he is again, s."""

    time_s: float
    every_s: float = GLANCE_S


class Sampling:
    """Intervals and resolution of detection, adapted to what was seen.

    Parameters
    ----------
    finder : PersonFinder
    most_frames : int
        A stretch is never longer: its frames wait in memory.
    least_s, most_s : float
        Shortest and longest interval, seconds of the video.
    """

    def __init__(self, finder: PersonFinder, most_frames: int, least_s: float = 0.1, most_s: float = 1.0) -> None:
        self._finder = finder
        self._most_frames = max(1, most_frames)
        self.least_s, self._most_s = least_s, most_s
        self.restart()

    def restart(self) -> None:
        """Know nothing: after a cut, and at the start."""
        self._interval_s = 0.15
        self._wide_s = -np.inf
        self._far_s = -np.inf
        self._crowded = False
        self._side = self._wide_side = 0
        self._glances: dict[int, _Glance] = {}

    def is_due(self, since_s: float, waiting: int) -> bool:
        """True when the detector is to be asked on a frame ``since_s`` after the last time."""
        return since_s >= self._interval_s - 1e-6 or waiting >= self._most_frames

    def look(self, frame: Frame, tracker: PersonTracker, shift: tuple[float, float]) -> Sightings:
        """Ask the detector, at the resolution that the persons' size calls for, and closely where they are together."""
        if not self._side or not tracker.tracks:
            return self._search(frame)
        tiled = self._side > LARGEST_WHOLE
        boxes = tracker.boxes(frame.time_s, shift)
        # who is small enough for tiles takes long to cross the picture
        if frame.time_s - self._wide_s >= (1.0 if self._crowded and not tiled else 3.0):
            self._wide_s = frame.time_s
            seen = self._finder.find(frame, self._wide_side)
        else:
            strip = self._finder.strip(boxes) if self._side > 384 else None
            seen = self._finder.find(frame, self._side, strip, boxes)
        for bunch in self._bunches(tracker, boxes, frame.time_s):
            # where it looked closely, that is the answer
            near = self._finder.find_closely(frame, boxes[bunch], CLOSE_HEIGHT)
            seen = together((seen.take(~inside(seen.trunk, boxes[bunch])), near))
            self._glances.update({tracker.tracks[i].track_id: _Glance(frame.time_s) for i in bunch})
        for track_id, box in self._overdue(tracker, boxes, frame.time_s):
            near = self._finder.find_closely(frame, box, NEW_HEIGHT)
            here = inside(seen.trunk, box)
            sure = tracker.options.sure_score
            # of one who is alone the first answer stands: his box must not change with every closer look
            if (near.score >= sure).sum() > max(1, (seen.score[here] >= sure).sum()):
                seen = together((seen.take(~here), near))
            elif len(tracker.tracks) == 1:
                every_s = min(2.0 * self._glances[track_id].every_s, LONGEST_GLANCE_S)
                self._glances[track_id] = _Glance(frame.time_s, every_s)
        return seen

    def _overdue(self, tracker: PersonTracker, boxes: FloatArray, time_s: float) -> list[tuple[int, FloatArray]]:
        """Id and box (1, 4) of those whom no close look has seen for a while; they are noted as looked at."""
        out = []
        known = self._glances
        self._glances = {}
        for track, box in zip(tracker.tracks, boxes, strict=True):
            last = known.get(track.track_id, _Glance(track.born_s + _NEW_S))
            every_s = last.every_s if len(tracker.tracks) == 1 else GLANCE_S
            if not track.idle and time_s - last.time_s >= every_s:
                last = _Glance(time_s, every_s)
                out.append((track.track_id, box[None]))
            self._glances[track.track_id] = last
        return out

    def _bunches(self, tracker: PersonTracker, boxes: FloatArray, time_s: float) -> list[npt.NDArray[np.int64]]:
        """Tracks whose boxes touch, bunch by bunch; and who is new, alone (nobody else in the picture: once)."""
        tracks = tracker.tracks
        overlap = np.empty((len(tracks), len(tracks)))
        box_overlap(boxes, boxes, overlap)
        together_with = overlap > _TOUCH
        active = np.array([not track.idle for track in tracks])
        new = np.array([time_s - track.born_s < _NEW_S for track in tracks])
        if len(tracks) == 1 and tracks[0].track_id in self._glances:
            new[:] = False
        left = set(np.flatnonzero(active & (new | (together_with.sum(axis=1) > 1))).tolist())
        out = []
        while left:
            bunch = {left.pop()}
            while more := {j for i in bunch for j in np.flatnonzero(together_with[i]).tolist()} - bunch:
                bunch |= more
            left -= bunch
            out.append(np.array(sorted(bunch), np.int64))
        return out

    def _search(self, frame: Frame) -> Sightings:
        """Look for anybody; every two seconds also for people far away."""
        self._wide_s = frame.time_s
        seen = self._finder.find(frame, SEARCH_SIDE)
        side = SEARCH_SIDE
        if len(seen):
            height = seen.height[seen.height >= _FAR_BEHIND * seen.height.max()]
            side = self._finder.long_side_for(height, np.full(len(height), NEW_HEIGHT))
        elif frame.time_s - self._far_s >= 2.0:
            self._far_s = frame.time_s
            side = self._finder.far_side
        if side <= SEARCH_SIDE:
            return seen
        again = self._finder.find(frame, side)
        return again if len(again) >= len(seen) else seen

    def is_surprise(self, tracker: PersonTracker, seen: Sightings, matching: Matching) -> bool:
        """True where somebody came, went, or is not where expected."""
        if len(matching.fresh):
            return True
        for i, track in enumerate(tracker.tracks):
            if track.idle or track.hits < 2:
                continue
            if matching.sighting[i] < 0:
                if track.seen_s == track.time_s:
                    return True
            elif matching.surprise[i] > 0.15:
                return True
        return False

    def learn(self, calm: bool, tracker: PersonTracker, time_s: float) -> None:
        """Set the next interval and resolution."""
        self._crowded = False
        self._side = 0
        tracks = tracker.tracks
        if not tracks:
            self._interval_s = 0.25
            return
        active = [track for track in tracks if not track.idle]
        if not calm or any(track.hits < 3 for track in active):
            self._interval_s = 0.15
        else:
            self._interval_s = min(self._most_s, 1.6 * self._interval_s)
        height = np.array([track.height for track in tracks])
        wanted = np.full(len(tracks), ALONE_HEIGHT)
        crowded = self._crossing(tracker, time_s)
        if crowded.any():
            self._crowded = True
            self._interval_s = min(self._interval_s, _CLOSE_WATCH_S)
        counts = height >= _FAR_BEHIND * max((track.height for track in active), default=0.0)
        counts &= np.array([not track.idle for track in tracks]) | crowded
        if not counts.any():
            counts[:] = True
        self._side = self._finder.long_side_for(height[counts], wanted[counts])
        most = self._finder.long_side_for(height[counts], np.full(int(counts.sum()), np.inf))
        self._wide_side = max(self._side, min(SEARCH_SIDE, most))

    def _crossing(self, tracker: PersonTracker, time_s: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tracks that cover, or soon will, somebody who moves against them."""
        tracks = tracker.tracks
        out = np.zeros(len(tracks), np.bool_)
        if len(tracks) < 2:
            return out
        speed = np.array([[t.motion[2], t.motion[3]] for t in tracks])
        height = np.array([t.height for t in tracks])
        against = np.linalg.norm(speed[:, None] - speed[None], axis=2)
        moving = against > _CROSSING_SPEED * np.minimum(height[:, None], height[None])
        for ahead_s in (0.0, 0.2, 0.4, 0.5 * self._interval_s, self._interval_s):
            ahead = tracker.boxes(time_s + ahead_s, (0.0, 0.0))
            overlap = np.empty((len(ahead), len(ahead)))
            box_overlap(ahead, ahead, overlap)
            np.fill_diagonal(overlap, 0.0)
            out |= ((overlap > _TOUCH) & moving).any(axis=1)
        return out
