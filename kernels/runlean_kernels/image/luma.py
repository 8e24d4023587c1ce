"""A small luma picture by area average, for camera motion."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from runlean_kernels.image.axis import axis_taps, axis_weights
from runlean_kernels.image.lanes import LANES, gather_lanes, interleave, used_taps
from runlean_kernels.image.plane import add_rows
from runlean_kernels.jit import kernel


@kernel
def average_luma(
    y: npt.NDArray[Any],
    width: int,
    height: int,
    scale: float,
    affine: npt.NDArray[np.float64],
    out: npt.NDArray[np.float32],
) -> None:
    """Luma of a rectangle inside the picture, sides parallel to it; area average, bilinear when enlarging.

    Parameters
    ----------
    y : uint8 or uint16 (rows, row length)
        Luma plane with its padding.
    width, height : int
        Size of the coded picture, pixels.
    scale : float
        Factor on the result.
    affine : float64 (2, 3)
        From output pixel-edge to coded source pixel-edge coordinates; quarter turns and mirrors only.
    out : float32 (h, w)
        Receives luma times ``scale``.
    """
    swapped = affine[0, 1] != 0.0
    n_columns, n_rows = (out.shape[0], out.shape[1]) if swapped else (out.shape[1], out.shape[0])
    step_x = affine[0, 1] if swapped else affine[0, 0]
    step_y = affine[1, 0] if swapped else affine[1, 1]
    x_start, x_count = np.empty(n_columns, np.int32), np.empty(n_columns, np.int32)
    y_start, y_count = np.empty(n_rows, np.int32), np.empty(n_rows, np.int32)
    x_weight, x_cover = np.empty((n_columns, axis_taps(step_x)), np.float32), np.empty(n_columns, np.float32)
    y_weight, y_cover = np.empty((n_rows, axis_taps(step_y)), np.float32), np.empty(n_rows, np.float32)
    axis_weights(affine[0, 2], step_x, width, x_start, x_count, x_weight, x_cover)
    axis_weights(affine[1, 2], step_y, height, y_start, y_count, y_weight, y_cover)
    taps = used_taps(x_count, x_weight.shape[1])
    lines = np.zeros((LANES, width + x_weight.shape[1]), np.float32)
    lanes, found = np.zeros(LANES * lines.shape[1], np.float32), np.empty(LANES * n_columns, np.float32)
    factor = np.float32(scale)
    for top in range(0, n_rows, LANES):
        many = min(LANES, n_rows - top)
        for r in range(many):
            add_rows(y, y_start[top + r], y_weight[top + r], y_count[top + r], 0, width, lines[r])
        interleave(lines, width, lanes)
        gather_lanes(lanes, 0, 1, x_start, x_weight, taps, found)
        if swapped:
            for i in range(n_columns):
                for r in range(many):
                    out[i, top + r] = found[LANES * i + r] * factor
        else:
            for r in range(many):
                for i in range(n_columns):
                    out[top + r, i] = found[LANES * i + r] * factor


@kernel
def average_cells(y: npt.NDArray[Any], across: int, down: int, out: npt.NDArray[np.float32]) -> None:
    """Mean of whole cells of samples, ``average_luma`` where nothing lies between two output pixels.

    Rows are read one after the other, as memory gives them fastest, and added up as whole numbers: 1080p to 240 x 135
    takes a fifth less beside a network.

    Parameters
    ----------
    y : uint8 (rows, row length)
        Luma plane with its padding.
    across, down : int
        Size of a cell, samples; at most 257 down.
    out : float32 (h, w)
        Receives the means of the cells from the top left.
    """
    rows, columns = out.shape
    n = across * columns
    total = np.empty(n, np.uint16)
    share = np.float32(1.0 / (across * down))
    for i in range(rows):
        total[:] = 0
        for r in range(down):
            line = y[down * i + r]
            for x in range(n):
                total[x] += np.uint16(line[x])
        for j in range(columns):
            cell = np.int32(0)
            for x in range(across * j, across * (j + 1)):
                cell += np.int32(total[x])
            out[i, j] = share * np.float32(cell)
