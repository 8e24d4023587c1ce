"""Heels and toes of a second network, put on the legs of the first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Columns that are joined on, canonical names.
FEET = ("left_heel", "right_heel", "left_big_toe", "right_big_toe")


def join_feet(
    xy: FloatArray,
    score: FloatArray,
    names: tuple[str, ...],
    feet_xy: FloatArray,
    feet_score: FloatArray,
    feet_names: tuple[str, ...],
) -> tuple[FloatArray, FloatArray]:
    """Keypoints with heels and big toes of a second network behind them.

    Parameters
    ----------
    xy, score : float64 (row, keypoint, 2), (row, keypoint)
        First network, px.
    names : tuple of str
        Its keypoints.
    feet_xy, feet_score, feet_names
        The second network's, on the same rows.

    Returns
    -------
    xy : float64 (row, keypoint + 4, 2)
    score : float64 (row, keypoint + 4)
    """
    columns = [feet_names.index(name) for name in FEET]
    return (
        np.concatenate([xy, feet_xy[:, columns]], axis=1),
        np.concatenate([score, feet_score[:, columns]], axis=1),
    )
