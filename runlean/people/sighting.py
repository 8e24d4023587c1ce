"""Persons as the detector saw them in one frame, in pixels of the upright picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runlean_kernels.tracking.overlap import box_cover

FloatArray = npt.NDArray[np.float64]

_SHOULDERS_AND_HIPS = (5, 6, 11, 12)
#: Below this a shoulder or hip is a guess, and the middle of the box says more about where the trunk is.
_TRUNK_SCORE = 0.15
#: Where the middle of the trunk lies in a standing or running person's box, share of its height from the top.
_TRUNK_IN_BOX = 0.36


#: One person from two tiles: heights (natural logarithm) and trunks differ by less than this, body heights. Two
#: runners abreast may be nearer in height, hardly in place.
_ALIKE = 0.4
_NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Sightings:
    """The persons in one frame.

    Attributes
    ----------
    box : float64 (p, 4)
        x0, y0, x1, y1 of the whole person, px.
    score : float64 (p,)
        0..1.
    trunk : float64 (p, 2)
        Middle of shoulders and hips, px: the part of a runner that swings least.
    colour : float64 (p, bin)
        Histogram of the trunk's colours, sums to 1; NaN where it is unknown.
    """

    box: FloatArray
    score: FloatArray
    trunk: FloatArray
    colour: FloatArray

    def __len__(self) -> int:
        return len(self.score)

    @property
    def height(self) -> FloatArray:
        """Heights of the boxes, px."""
        return np.asarray(self.box[:, 3] - self.box[:, 1])

    def take(self, index: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Sightings:
        """The persons at ``index``."""
        return Sightings(self.box[index], self.score[index], self.trunk[index], self.colour[index])


def together(parts: Sequence[Sightings]) -> Sightings:
    """The persons of several parts of one picture, one part behind the other."""
    names = ("box", "score", "trunk", "colour")
    return Sightings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def each_once(seen: Sightings, shared: float) -> Sightings:
    """The best sighting of everybody.

    Parameters
    ----------
    seen : Sightings
    shared : float
        Two are the same person where their boxes share this part of the smaller one, and are about as high.
    """
    order = np.argsort(-seen.score, kind="stable")
    cover = np.empty((len(seen), len(seen)))
    box = np.ascontiguousarray(seen.box)
    box_cover(box, box, cover)
    cover = np.maximum(cover, cover.T)
    alike = np.abs(np.log(np.maximum(seen.height, 1.0))[:, None] - np.log(np.maximum(seen.height, 1.0))) < _ALIKE
    near = np.abs(seen.trunk[:, None] - seen.trunk[None]).max(axis=2) < _NEAR * seen.height[:, None]
    kept: list[int] = []
    for i in order.tolist():
        if not any(cover[i, j] > shared and alike[i, j] and near[i, j] for j in kept):
            kept.append(i)
    return seen.take(np.array(sorted(kept), np.int64))


def inside(points: FloatArray, boxes: FloatArray) -> npt.NDArray[np.bool_]:
    """Which points (p, 2) lie in any of the boxes (n, 4)."""
    x, y = points[:, 0, None], points[:, 1, None]
    within = (x >= boxes[:, 0]) & (x <= boxes[:, 2]) & (y >= boxes[:, 1]) & (y <= boxes[:, 3])
    return np.asarray(within.any(axis=1))


def no_sightings(bins: int = 0) -> Sightings:
    """A frame without anybody."""
    return Sightings(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 2)), np.zeros((0, bins)))


def trunk_centre(box: FloatArray, xy: FloatArray, score: FloatArray) -> FloatArray:
    """Middle of the trunk of every person.

    Parameters
    ----------
    box : float64 (p, 4)
        px.
    xy : float64 (p, 17, 2)
        COCO-17 keypoints, px.
    score : float64 (p, 17)

    Returns
    -------
    float64 (p, 2)
        Mean of shoulders and hips, px; where they are guesses, or lie outside the box, a place in the box.
    """
    points = xy[:, _SHOULDERS_AND_HIPS, :]
    middle = points.mean(axis=1)
    height = box[:, 3] - box[:, 1]
    usual = np.stack([0.5 * (box[:, 0] + box[:, 2]), box[:, 1] + _TRUNK_IN_BOX * height], axis=1)
    sure = score[:, _SHOULDERS_AND_HIPS].min(axis=1) >= _TRUNK_SCORE
    near = np.abs(middle - usual).max(axis=1) < 0.3 * height
    return np.where((sure & near)[:, None], middle, usual)
