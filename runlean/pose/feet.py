"""Heels and toes of a second network, put on the legs of the first."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Columns that are joined on, canonical names.
FEET: Final = ("left_heel", "right_heel", "left_big_toe", "right_big_toe")
_LEGS: Final = ("left_ankle", "right_ankle", "left_knee", "right_knee")
#: The networks call the legs by opposite names where the crossed assignment is nearer by this factor.
_CROSSED: Final = 0.6
#: And the straight one is off by more than this on average, body heights: closer legs are together.
_TOGETHER: Final = 0.03
#: A foot whose ankle the two networks see further apart than this is not joined on, body heights. Mean error of heels
#: and toes on rendered runners: 2.5 % of body height within, 9 to 26 % beyond (1 % of the feet of single runners, 10 %
#: in a crowd).
_APART: Final = 0.07


def join_feet(
    xy: FloatArray,
    score: FloatArray,
    names: tuple[str, ...],
    feet_xy: FloatArray,
    feet_score: FloatArray,
    feet_names: tuple[str, ...],
    height: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Keypoints with heels and big toes of a second network behind them.

    Where the two networks disagree on which leg is the left one, the second follows the first (repair undoes swaps of
    whole legs later, feet and all). Where their ankles still lie far apart the foot is another leg's, or another
    person's, and becomes NaN with score 0.

    Parameters
    ----------
    xy, score : float64 (row, keypoint, 2), (row, keypoint)
        First network, px.
    names : tuple of str
        Its keypoints.
    feet_xy, feet_score, feet_names
        The second network's, on the same rows.
    height : float64 (row,)
        Of the bodies, px.

    Returns
    -------
    xy : float64 (row, keypoint + 4, 2)
    score : float64 (row, keypoint + 4)
    """
    points = feet_xy[:, [feet_names.index(name) for name in FEET]]
    confidence = feet_score[:, [feet_names.index(name) for name in FEET]]
    if all(name in names and name in feet_names for name in _LEGS):
        first = xy[:, [names.index(name) for name in _LEGS]]
        second = feet_xy[:, [feet_names.index(name) for name in _LEGS]]
        straight = np.linalg.norm(second - first, axis=2)
        crossed = np.linalg.norm(second[:, [1, 0, 3, 2]] - first, axis=2)
        swap = crossed.sum(axis=1) < _CROSSED * straight.sum(axis=1)
        swap &= straight.mean(axis=1) > _TOGETHER * height
        points = np.where(swap[:, None, None], points[:, [1, 0, 3, 2]], points)
        confidence = np.where(swap[:, None], confidence[:, [1, 0, 3, 2]], confidence)
        apart = np.where(swap[:, None], crossed, straight)[:, [0, 1, 0, 1]]
        lost = ~(apart <= _APART * height[:, None])
        points = np.where(lost[:, :, None], np.nan, points)
        confidence = np.where(lost, 0.0, confidence)
    return np.concatenate([xy, points], axis=1), np.concatenate([score, confidence], axis=1)
