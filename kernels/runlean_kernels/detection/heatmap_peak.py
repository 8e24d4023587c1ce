"""Keypoints from heatmaps: the highest cell, refined by the centroid of the cells around it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

Float32Array = npt.NDArray[np.float32]

#: Cells to each side of the highest one that enter the centroid: a peak of BlazePose is about 5 cells wide.
REACH = 2


@kernel
def heatmap_peak(heatmap: Float32Array, out_xy: Float32Array, out_score: Float32Array) -> None:
    """Peak of every heatmap, with a fraction of a cell.

    Parameters
    ----------
    heatmap : float32 (n, keypoint, h, w)
        Not negative; cell (i, j) covers the square from (j, i) to (j + 1, i + 1).
    out_xy : float32 (n, keypoint, 2)
        x, y in cells, pixel-edge coordinates (the first cell's centre is 0.5); NaN where the map holds nothing
        above 0, or NaN.
    out_score : float32 (n, keypoint)
        Height of the peak; 0 where there is none.
    """
    n, k, h, w = heatmap.shape
    for i in range(n):
        for p in range(k):
            best = 0.0
            row = -1
            column = -1
            for y in range(h):
                for x in range(w):
                    if heatmap[i, p, y, x] > best:
                        best = heatmap[i, p, y, x]
                        row = y
                        column = x
            if row < 0:
                out_xy[i, p, 0] = math.nan
                out_xy[i, p, 1] = math.nan
                out_score[i, p] = 0.0
                continue
            total = 0.0
            sx = 0.0
            sy = 0.0
            for y in range(max(0, row - REACH), min(h, row + REACH + 1)):
                for x in range(max(0, column - REACH), min(w, column + REACH + 1)):
                    value = max(0.0, float(heatmap[i, p, y, x]))
                    total += value
                    sx += value * x
                    sy += value * y
            out_xy[i, p, 0] = sx / total + 0.5
            out_xy[i, p, 1] = sy / total + 0.5
            out_score[i, p] = best
