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
