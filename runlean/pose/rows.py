"""The growing list of (track, frame) rows, and their keypoints as they come in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.people.follow import PlannedFrame
from runlean.pose.crops import CropAnswer

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """One row for each person in each frame, sorted by track and then by frame.

    Attributes
    ----------
    track_id, frame : int64 (row,)
    time_s : float64 (row,)
        Of the video, not divided by any slow motion.
    box : float64 (row, 4)
        The planned person box, px.
    seen : bool (row,)
        A detection stands on both sides of the frame.
    xy, score : float64 (row, keypoint, 2), (row, keypoint)
        NaN and 0 where no crop was made.
    feet_xy, feet_score : of the second network; no keypoints where there is none
    """

    track_id: IntArray
    frame: IntArray
    time_s: FloatArray
    box: FloatArray
    seen: BoolArray
    xy: FloatArray
    score: FloatArray
    feet_xy: FloatArray
    feet_score: FloatArray

    def __len__(self) -> int:
        return len(self.track_id)

    def tracks(self) -> list[tuple[int, int]]:
        """First row of every track, and the one behind its last."""
        starts = np.append(np.flatnonzero(np.diff(self.track_id, prepend=-1)), len(self))
        return list(itertools.pairwise(starts.tolist()))

    def take(self, index: IntArray | BoolArray) -> Rows:
        """The rows at ``index``."""
        return Rows(*(getattr(self, name)[index] for name in self.__slots__))


class _Stack:
    """Rows of one array that grows."""

    def __init__(self, shape: tuple[int, ...], fill: float) -> None:
        self._data = np.full((256, *shape), fill)
        self._fill = fill
        self.n = 0

    def extend(self, rows: FloatArray) -> None:
        while self.n + len(rows) > len(self._data):
            self._data = np.concatenate([self._data, np.full_like(self._data, self._fill)])
        self._data[self.n : self.n + len(rows)] = rows
        self.n += len(rows)

    def at(self, source: IntArray) -> FloatArray:
        """Rows at ``source``; the fill value where that is negative."""
        out = self._data[source]
        out[source < 0] = self._fill
        return out


class RowBook:
    """Keeps the rows in the order in which they were planned, and says which need a crop.

    Parameters
    ----------
    keypoints, feet_keypoints : int
        Of the two networks.
    """

    def __init__(self, keypoints: int, feet_keypoints: int = 0) -> None:
        self._planned: list[tuple[IntArray, int, float, FloatArray, BoolArray, IntArray]] = []
        self._xy = _Stack((keypoints, 2), np.nan)
        self._score = _Stack((keypoints,), 0.0)
        self._feet_xy = _Stack((feet_keypoints, 2), np.nan)
        self._feet_score = _Stack((feet_keypoints,), 0.0)
        self._crops = 0
        self._last: dict[int, int] = {}

    @property
    def planned_frames(self) -> int:
        """How many frames were planned so far."""
        return len(self._planned)

    def plan(self, planned: PlannedFrame) -> IntArray:
        """Note a frame's rows; returns which of them need a crop, int64 (n,).

        A repeated picture needs none for a person who was in the frame before: the answer is the same.
        """
        ids = planned.track_id.tolist()
        source = np.full(len(ids), -1, np.int64)
        wanted = np.zeros(len(ids), np.bool_)
        for i, track in enumerate(ids):
            known = self._last.get(track, -1) if planned.repeated else -1
            if known >= 0:
                source[i] = known
            else:
                wanted[i] = True
                source[i] = self._crops
                self._crops += 1
        self._last = dict(zip(ids, source.tolist(), strict=True))
        self._planned.append(
            (planned.track_id, planned.frame.index, planned.frame.time_s, planned.box, planned.seen, source)
        )
        return np.flatnonzero(wanted)

    def answer(self, answer: CropAnswer) -> None:
        """Note the next job's keypoints."""
        self._xy.extend(answer.xy)
        self._score.extend(answer.score)
        self._feet_xy.extend(answer.feet_xy)
        self._feet_score.extend(answer.feet_score)

    def answered(self, first: int, last: int) -> Iterator[tuple[int, float, float, FloatArray, FloatArray]]:
        """Track, time, height of the body, keypoints and scores of the crops of planned frames first..last - 1."""
        for track_id, _, time_s, box, _, source in self._planned[first:last]:
            xy, score = self._xy.at(source), self._score.at(source)
            for i in np.flatnonzero(source >= 0):
                yield int(track_id[i]), time_s, float(box[i, 3] - box[i, 1]), xy[i], score[i]

    def rows(self) -> Rows:
        """Everything, sorted."""
        counts = [len(p[0]) for p in self._planned]
        track = np.concatenate([*(p[0] for p in self._planned), np.zeros(0, np.int64)])
        frame = np.repeat(np.array([p[1] for p in self._planned], np.int64), counts)
        time_s = np.repeat(np.array([p[2] for p in self._planned], np.float64), counts)
        order = np.lexsort((frame, track))
        source = np.concatenate([*(p[5] for p in self._planned), np.zeros(0, np.int64)])[order]
        return Rows(
            track[order],
            frame[order],
            time_s[order],
            np.concatenate([*(p[3] for p in self._planned), np.zeros((0, 4))])[order],
            np.concatenate([*(p[4] for p in self._planned), np.zeros(0, np.bool_)])[order],
            self._xy.at(source),
            self._score.at(source),
            self._feet_xy.at(source),
            self._feet_score.at(source),
        )
