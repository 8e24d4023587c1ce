"""Detections of sampled frames become tracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.people.sighting import Sightings
from runlean.people.track import Knot, Track
from runlean_kernels.tracking.assignment import assignment
from runlean_kernels.tracking.motion import N_STATE, association_cost, predicted_motion, updated_motion
from runlean_kernels.tracking.overlap import box_cover, box_overlap

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: A person who was seen within this time may have jumped.
_JUMP_WITHIN_S = 0.3
#: Beyond this surprise a track starts its velocity anew, body heights.
_JUMPED = 0.3


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """What is assumed of people and of the detector, lengths in body heights.

    Attributes
    ----------
    acceleration : float
        Square root of the spectral density of the trunk's acceleration, 1/s^1.5. A runner's trunk speeds up and
        slows down by a tenth of 4 m/s twice a step: 0.5 covers that and a slow change of pace.
    first_speed : float
        Standard deviation of the speed of a person seen once, 1/s.
    position_sd : float
        Of the detector's trunk.
    height_sd, colour_sd : float
        Relative change of height and Hellinger distance of colours that cost one half each.
    limit : float
        Costlier pairs are not matched: half a squared deviation of 4.
    sure_score, least_score : float
        Detections above the first are matched first and may begin tracks; those between only continue them.
    jump : float
        Standard deviation of a movement that nothing announced (a start from the blocks, a jolt of the camera).
    jump_limit : float
        Costlier pairs are not matched with that deviation.
    coast_s, hidden_s : float
        How long a track that nobody was seen on is carried on: with nothing in the way, and behind somebody.
    cover : float
        Somebody is in the way when this share of the track's box lies in theirs.
    """

    acceleration: float = 0.5
    first_speed: float = 1.8
    position_sd: float = 0.05
    height_sd: float = 0.15
    colour_sd: float = 0.35
    limit: float = 8.0
    sure_score: float = 0.4
    least_score: float = 0.2
    jump: float = 0.25
    jump_limit: float = 3.0
    coast_s: float = 1.0
    hidden_s: float = 3.0
    cover: float = 0.35


@dataclass(frozen=True, slots=True)
class Matching:
    """Who is who in one frame; nothing has been changed yet.

    Attributes
    ----------
    sighting : int64 (track,)
        Index of each track's detection, -1 where it has none.
    fresh : int64 (n,)
        Detections that would begin a track.
    surprise : float64 (track,)
        Distance from where the track was expected, body heights; NaN without a detection.
    """

    sighting: IntArray
    fresh: IntArray
    surprise: FloatArray


class PersonTracker:
    """Follows everybody in one shot, from one sampled frame to the next.

    Positions are those in a picture that stands still: the camera's shift is taken off before, and put on after.

    Parameters
    ----------
    width, height : int
        Upright picture, px.
    options : TrackerOptions, optional
    """

    def __init__(self, width: int, height: int, options: TrackerOptions | None = None) -> None:
        self.options = options or TrackerOptions()
        self._size = (float(width), float(height))
        self._next_id = 1
        self.tracks: list[Track] = []

    def predicted(self, time_s: float) -> FloatArray:
        """States of all tracks at a time, float64 (track, 7)."""
        state = np.stack([t.motion for t in self.tracks]) if self.tracks else np.zeros((0, N_STATE))
        elapsed = np.array([time_s - t.time_s for t in self.tracks], np.float64)
        acceleration = self.options.acceleration * np.array([t.height for t in self.tracks], np.float64)
        out = np.empty_like(state)
        predicted_motion(state, elapsed, acceleration, out)
        return out

    def boxes(self, time_s: float, shift: tuple[float, float]) -> FloatArray:
        """Where everybody is expected in the picture, float64 (track, 4), px."""
        out = np.empty((len(self.tracks), 4))
        # for every frame: positions alone, without their variances
        for i, track in enumerate(self.tracks):
            left, up, right, down = track.reach().tolist()
            x, y, vx, vy = track.motion[:4].tolist()
            elapsed = time_s - track.time_s
            x, y = x + elapsed * vx + shift[0], y + elapsed * vy + shift[1]
            out[i] = x - left, y - up, x + right, y + down
        return out

    def match(self, seen: Sightings, time_s: float, shift: tuple[float, float]) -> Matching:
        """Compare detections with the tracks: sure ones first, then the doubtful with who is left."""
        options = self.options
        tracks = self.tracks
        n = len(tracks)
        result = np.full(n, -1, np.int64)
        state = self.predicted(time_s)
        noise = options.position_sd * np.array([t.height for t in tracks], np.float64)
        xy = np.ascontiguousarray(seen.trunk - np.asarray(shift))
        sure = seen.score >= options.sure_score
        taken = np.zeros(len(seen), np.bool_)
        doubtful = ~sure & (seen.score >= options.least_score)
        recent = np.array([t.missing_s + t.hidden_s < _JUMP_WITHIN_S for t in tracks], np.bool_)
        everyone = np.ones(n, np.bool_)
        jump = np.hypot(noise, options.jump / options.position_sd * noise)
        for deviation, limit, who, stage in (
            (noise, options.limit, everyone, sure),
            (noise, options.limit, everyone, doubtful),
            (jump, options.jump_limit, recent, sure),
        ):
            rows, columns = np.flatnonzero((result < 0) & who), np.flatnonzero(stage & ~taken)
            if not len(rows) or not len(columns):
                continue
            cost = self._cost(rows, state[rows], deviation[rows], seen.take(columns), xy[columns])
            found = np.empty(len(rows), np.int64)
            assignment(cost, limit, found)
            for row, column in zip(rows, found, strict=True):
                if column >= 0:
                    result[row] = columns[column]
                    taken[columns[column]] = True
        surprise = np.full(n, np.nan)
        for i in np.flatnonzero(result >= 0):
            gap = xy[result[i]] - state[i, :2]
            surprise[i] = float(np.hypot(gap[0], gap[1])) / tracks[i].height
        return Matching(result, self._fresh(seen, sure & ~taken, taken), surprise)

    def _cost(
        self, rows: IntArray, state: FloatArray, noise: FloatArray, seen: Sightings, xy: FloatArray
    ) -> FloatArray:
        tracks = [self.tracks[i] for i in rows]
        cost = np.empty((len(tracks), len(seen)))
        association_cost(
            np.ascontiguousarray(state),
            noise,
            np.log([t.height for t in tracks]),
            np.stack([t.colour for t in tracks]),
            np.ascontiguousarray(xy),
            np.log(np.maximum(seen.height, 1.0)),
            np.ascontiguousarray(seen.colour),
            self.options.height_sd,
            self.options.colour_sd,
            cost,
        )
        return cost

    def _fresh(self, seen: Sightings, free: npt.NDArray[np.bool_], taken: npt.NDArray[np.bool_]) -> IntArray:
        """Detections that stand for somebody new: not a second box on a person who is already matched."""
        candidates, known = np.flatnonzero(free), np.flatnonzero(taken)
        if not len(candidates) or not len(known):
            return candidates
        overlap = np.empty((len(candidates), len(known)))
        box_overlap(np.ascontiguousarray(seen.box[candidates]), np.ascontiguousarray(seen.box[known]), overlap)
        return np.asarray(candidates[overlap.max(axis=1) < 0.75])

    def update(self, seen: Sightings, matching: Matching, time_s: float, shift: tuple[float, float]) -> None:
        """Move all tracks to a time and let the matched learn; begin and end tracks."""
        state = self.predicted(time_s)
        measured = np.full((len(self.tracks), 2), np.nan)
        noise = self.options.position_sd * np.array([t.height for t in self.tracks], np.float64)
        for i, j in enumerate(matching.sighting):
            if j >= 0:
                measured[i] = seen.trunk[j] - np.asarray(shift)
        for jumped in np.flatnonzero(matching.surprise > _JUMPED):
            # the old velocity is worth nothing: any could have begun since the last time
            track = self.tracks[jumped]
            spread, elapsed = (self.options.first_speed * track.height) ** 2, time_s - track.time_s
            state[jumped, 4:] += spread * elapsed**2, spread * elapsed, spread
            state[jumped, 4] += (self.options.jump * track.height) ** 2
        corrected = np.empty_like(state)
        updated_motion(state, measured, noise, corrected)
        seen_boxes = np.ascontiguousarray(seen.box[matching.sighting[matching.sighting >= 0]])
        for i, track in enumerate(self.tracks):
            elapsed = time_s - track.time_s
            track.motion, track.time_s = corrected[i], time_s
            if matching.sighting[i] >= 0:
                track.see(seen, int(matching.sighting[i]), self._size)
                track.seen_s = time_s
            elif self._is_covered(track, seen_boxes, shift):
                track.hidden_s += elapsed
            else:
                track.missing_s += elapsed
            self._tie(track)
        self.tracks = [t for t in self.tracks if not self._is_gone(t, shift)]
        for j in matching.fresh:
            self._begin(seen, int(j), time_s, shift)

    def end_all(self) -> None:
        """A hard cut: nobody of this shot is in the next."""
        self.tracks = []

    def _begin(self, seen: Sightings, index: int, time_s: float, shift: tuple[float, float]) -> None:
        height = float(seen.height[index])
        x, y = seen.trunk[index] - np.asarray(shift)
        speed = self.options.first_speed * height
        noise = self.options.position_sd * height
        motion = np.array([x, y, 0.0, 0.0, noise * noise, 0.0, speed * speed])
        track = Track(self._next_id, motion, time_s, time_s, time_s, height, seen.colour[index].copy(), hits=0)
        track.see(seen, index, self._size)
        self._tie(track)
        self._next_id += 1
        self.tracks.append(track)

    def _tie(self, track: Track) -> None:
        x, y = (float(v) for v in track.motion[:2])
        reach = track.reach()
        if track.knots:
            # size and reach change slowly: a crop that breathes would add its own motion to the keypoints
            reach = track.knots[-1].reach + 0.35 * (reach - track.knots[-1].reach)
        track.knots.append(Knot(track.time_s, x, y, reach))
        del track.knots[:-2]

    def _is_covered(self, track: Track, boxes: FloatArray, shift: tuple[float, float]) -> bool:
        """True where one of ``boxes`` lies over much of a track's."""
        if not len(boxes):
            return False
        share = np.empty((1, len(boxes)))
        box_cover((track.box() + np.tile(shift, 2))[None], boxes, share)
        return bool(share.max() >= self.options.cover)

    def _is_gone(self, track: Track, shift: tuple[float, float]) -> bool:
        if track.seen_s == track.time_s:
            return False
        if track.hits < 2 or track.missing_s > self.options.coast_s or track.hidden_s > self.options.hidden_s:
            return True
        x, y = track.motion[0] + shift[0], track.motion[1] + shift[1]
        return not (0.0 <= x <= self._size[0] and 0.0 <= y <= self._size[1])
