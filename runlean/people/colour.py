"""What a person wears, as a small histogram: tells runners apart who cross."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_LEVELS = 4
#: Bins of a histogram: 4 levels of each of red, green and blue.
BINS = _LEVELS**3


def trunk_colour(picture: npt.NDArray[np.uint8], xy: FloatArray, box: FloatArray) -> FloatArray:
    """Colour histogram of every person's trunk and thighs.

    Parameters
    ----------
    picture : uint8 (H, W, 3)
        RGB.
    xy : float64 (p, 17, 2)
        COCO-17 keypoints, px of ``picture``.
    box : float64 (p, 4)
        Used where the trunk is smaller than the histogram needs.

    Returns
    -------
    float64 (p, 64)
        Sums to 1; NaN where nothing of the trunk lies in the picture.
    """
    out = np.full((len(xy), BINS), np.nan)
    rows, columns = picture.shape[:2]
    for i, points in enumerate(xy):
        trunk = points[[5, 6, 11, 12]]
        height = box[i, 3] - box[i, 1]
        centre = trunk.mean(axis=0)
        half = np.maximum(0.5 * np.ptp(trunk, axis=0), [0.05 * height, 0.12 * height])
        x0, y0 = np.floor(centre - half).astype(int)
        x1, y1 = np.ceil(centre + half).astype(int)
        patch = picture[max(y0, 0) : min(y1, rows), max(x0, 0) : min(x1, columns)].reshape(-1, 3)
        if not len(patch):
            continue
        level = patch.astype(np.int64) * _LEVELS // 256
        index = (level[:, 0] * _LEVELS + level[:, 1]) * _LEVELS + level[:, 2]
        count = np.bincount(index, minlength=BINS).astype(np.float64)
        out[i] = count / count.sum()
    return out
