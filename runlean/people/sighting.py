"""Persons as the detector saw them in one frame, in pixels of the upright picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_SHOULDERS_AND_HIPS = (5, 6, 11, 12)
#: Below this a shoulder or hip is a guess, and the middle of the box says more about where the trunk is.
_TRUNK_SCORE = 0.15
#: Where the middle of the trunk lies in a standing or running person's box, share of its height from the top.
_TRUNK_IN_BOX = 0.36


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
