"""The growing list of (track, frame) rows, and their keypoints as they come in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean.people.follow import PlannedFrame
from runlean.pose.crops import CropAnswer

FloatArray = npt.NDArray[np.float64]


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
    feet_xy, feet_score : of the second network, or None
    """

    track_id: npt.NDArray[np.int64]
    frame: npt.NDArray[np.int64]
    time_s: FloatArray
    box: FloatArray
    seen: npt.NDArray[np.bool_]
    xy: FloatArray
    score: FloatArray
    feet_xy: FloatArray | None
    feet_score: FloatArray | None


class RowBook:
    """Keeps the rows in the order in which they were planned, and says which need a crop."""

    def __init__(self) -> None:
        self._track: list[npt.NDArray[np.int64]] = []
        self._frame: list[int] = []
        self._time: list[float] = []
        self._box: list[FloatArray] = []
        self._seen: list[npt.NDArray[np.bool_]] = []
        self._source: list[npt.NDArray[np.int64]] = []
        self._answers: list[CropAnswer] = []
        self._crops = 0
        self._last: dict[int, int] = {}

    def plan(self, planned: PlannedFrame) -> FloatArray:
        """Note a frame's rows; returns the boxes that need a crop, float64 (n, 4).

        A repeated picture needs none for a person who was in the frame before: the answer is the same.
        """
        source = np.empty(len(planned.track_id), np.int64)
        wanted = np.ones(len(source), np.bool_)
        for i, track in enumerate(planned.track_id.tolist()):
            known = self._last.get(track) if planned.repeated else None
            wanted[i] = known is None
            source[i] = self._crops if known is None else known
            self._crops += known is None
        self._last = dict(zip(planned.track_id.tolist(), source.tolist(), strict=True))
        self._track.append(planned.track_id)
        self._frame.append(planned.frame.index)
        self._time.append(planned.frame.time_s)
        self._box.append(planned.box)
        self._seen.append(planned.seen)
        self._source.append(source)
        return planned.box[wanted]

    def answer(self, answer: CropAnswer) -> None:
        """Note the next job's keypoints."""
        self._answers.append(answer)

    def rows(self, keypoints: int) -> Rows:
        """Everything, sorted."""
        counts = [len(t) for t in self._track]
        track = np.concatenate([*self._track, np.zeros(0, np.int64)])
        frame = np.repeat(np.asarray(self._frame, np.int64), counts)
        order = np.lexsort((frame, track))
        source = np.concatenate([*self._source, np.zeros(0, np.int64)])[order]

        def gathered(parts: list[FloatArray], shape: tuple[int, ...]) -> FloatArray:
            return np.asarray(np.concatenate([*parts, np.zeros((0, *shape))])[source])

        feet = [a for a in self._answers if a.feet_xy is not None and a.feet_score is not None]
        points = feet[0].feet_xy.shape[1] if feet and feet[0].feet_xy is not None else 0
        return Rows(
            track[order],
            frame[order],
            np.repeat(np.asarray(self._time, np.float64), counts)[order],
            np.concatenate([*self._box, np.zeros((0, 4))])[order],
            np.concatenate([*self._seen, np.zeros(0, np.bool_)])[order],
            gathered([a.xy for a in self._answers], (keypoints, 2)),
            gathered([a.score for a in self._answers], (keypoints,)),
            gathered([a.feet_xy for a in feet if a.feet_xy is not None], (points, 2)) if feet else None,
            gathered([a.feet_score for a in feet if a.feet_score is not None], (points,)) if feet else None,
        )
