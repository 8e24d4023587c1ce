"""Boxes over boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.detection.overlap import box_iou
from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]


@kernel
def box_overlap(first: FloatArray, second: FloatArray, out: FloatArray) -> None:
    """Intersection over union of every pair of boxes; 0 where a box is NaN.

    Parameters
    ----------
    first, second : float64 (n, 4), (m, 4)
        x0, y0, x1, y1.
    out : float64 (n, m)
    """
    for i in range(first.shape[0]):
        for j in range(second.shape[0]):
            overlap = box_iou(first[i], second[j])
            out[i, j] = overlap if overlap > 0.0 else 0.0


@kernel
def box_cover(first: FloatArray, second: FloatArray, out: FloatArray) -> None:
    """Share of each first box that lies inside each second; 0 where a box is NaN or empty.

    Parameters
    ----------
    first, second : float64 (n, 4), (m, 4)
        x0, y0, x1, y1.
    out : float64 (n, m)
    """
    for i in range(first.shape[0]):
        area = (first[i, 2] - first[i, 0]) * (first[i, 3] - first[i, 1])
        for j in range(second.shape[0]):
            width = min(first[i, 2], second[j, 2]) - max(first[i, 0], second[j, 0])
            height = min(first[i, 3], second[j, 3]) - max(first[i, 1], second[j, 1])
            out[i, j] = 0.0
            if width > 0.0 and height > 0.0 and area > 0.0:
                out[i, j] = width * height / area
