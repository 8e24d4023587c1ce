"""Who runs before whom, and the bodies in front painted out of the pictures of those behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from runlean_kernels.tracking.paint import mean_colour, paint_body

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: How much a body's height counts beside its foot line: on a level seen at eye height all feet stand on one line, and
#: only size tells who is nearer.
_HEIGHT_PART: Final = 0.15
#: Boxes that share less of the smaller one do not hide anything.
_TOUCH: Final = 0.02
#: A body whose mean score is lower is not known well enough to be painted by its shape.
_KNOWN_SCORE: Final = 0.3
_LEAST_SCORE: Final = 0.2

#: Limbs as pairs of points, and half their thickness with clothes, body heights. Rendered runners are covered; the
#: foot is a disc about the ankle, for want of a toe.
_LIMBS: Final = (
    (("left_ear", "right_ear"), ("nose", "nose"), 0.075),
    (("left_shoulder", "right_shoulder"), ("left_ear", "right_ear"), 0.055),
    (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), 0.085),
    *(((f"{s}_shoulder",) * 2, (f"{s}_elbow",) * 2, 0.04) for s in ("left", "right")),
    *(((f"{s}_elbow",) * 2, (f"{s}_wrist",) * 2, 0.04) for s in ("left", "right")),
    *(((f"{s}_hip",) * 2, (f"{s}_knee",) * 2, 0.06) for s in ("left", "right")),
    *(((f"{s}_knee",) * 2, (f"{s}_ankle",) * 2, 0.045) for s in ("left", "right")),
    *(((f"{s}_ankle",) * 2, (f"{s}_ankle",) * 2, 0.07) for s in ("left", "right")),
)


def in_front(box: FloatArray) -> BoolArray:
    """Who may hide whom in one frame.

    Parameters
    ----------
    box : float64 (n, 4)
        x0, y0, x1, y1 of the bodies over a gait cycle, px.

    Returns
    -------
    bool (n, n)
        True at [i, j] where j is nearer to the camera than i and their boxes overlap. No circles.

    Notes
    -----
    On level ground who is nearer stands lower in the picture and is larger.
    """
    n = len(box)
    height = box[:, 3] - box[:, 1]
    nearness = box[:, 3] + _HEIGHT_PART * height
    rank = np.empty(n, np.int64)
    rank[np.lexsort((np.arange(n), nearness))] = np.arange(n)
    wide = np.minimum(box[:, None, 2], box[None, :, 2]) - np.maximum(box[:, None, 0], box[None, :, 0])
    tall = np.minimum(box[:, None, 3], box[None, :, 3]) - np.maximum(box[:, None, 1], box[None, :, 1])
    area = (box[:, 2] - box[:, 0]) * height
    shared = np.where((wide > 0) & (tall > 0), wide * tall, 0.0)
    touch = shared > _TOUCH * np.minimum(area[:, None], area[None, :])
    return np.asarray(touch & (rank[None, :] > rank[:, None]))


def waves(front: BoolArray) -> IntArray:
    """How many bodies must be known before each, int64 (n,): 0 with nobody in front, else one more than theirs."""
    n = len(front)
    wave = np.zeros(n, np.int64)
    # the one with the fewest in front is settled first; there are no circles, so n rounds settle all
    for _ in range(n):
        after = np.where(front.any(axis=1), np.where(front, wave[None, :], -1).max(axis=1, initial=-1) + 1, 0)
        if np.array_equal(after, wave):
            break
        wave = after
    return wave


@dataclass(frozen=True, slots=True)
class BodyPainter:
    """Paints bodies whose points are known.

    Parameters
    ----------
    keypoint_names : tuple of str
        Of the points that it will be given.
    """

    limbs: IntArray
    radius: FloatArray

    @classmethod
    def of(cls, keypoint_names: tuple[str, ...]) -> BodyPainter:
        """A painter for a network's keypoints; limbs that it does not have are left out."""
        known = [limb for limb in _LIMBS if all(name in keypoint_names for name in (*limb[0], *limb[1]))]
        index = [[keypoint_names.index(name) for name in (*limb[0], *limb[1])] for limb in known]
        return cls(np.array(index, np.int64).reshape(-1, 4), np.array([limb[2] for limb in known], np.float64))

    def is_known(self, score: FloatArray) -> bool:
        """Whether a body's points are good enough to paint it."""
        return len(self.limbs) > 0 and bool(score.mean() >= _KNOWN_SCORE)

    def paint(
        self, crop: npt.NDArray[np.uint8], box: FloatArray, bodies: list[tuple[FloatArray, FloatArray, float]]
    ) -> None:
        """Paint bodies out of a crop, in its mean colour.

        Parameters
        ----------
        crop : uint8 (H, W, 3)
            Changed in place.
        box : float64 (4,)
            Of the crop in the picture, px.
        bodies : list of (xy, score, height)
            Points float64 (keypoint, 2), px of the picture; scores (keypoint,); height, px.
        """
        colour = np.empty(3)
        mean_colour(crop, colour)
        for xy, score, height in bodies:
            paint_body(crop, box, xy, score, height, self.limbs, self.radius, _LEAST_SCORE, colour)
