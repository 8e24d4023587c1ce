"""Rectangles of YUV planes that lie on a GPU, as RGB on the GPU: one thread per output pixel.

The same sums as ``image/crop.py`` and ``image/turned.py``, so the same picture but for rounding. Reading the source
directly, without weights in memory, is what suits a GPU: an output pixel needs about ``step`` squared samples, and its
neighbours' threads read the neighbouring ones.
"""

from __future__ import annotations

import math
from typing import Any

from numba import cuda

from runlean_kernels.cuda.span import span_ends, span_of, weight_of


@cuda.jit(device=True)
def _byte(value: float, share: float) -> int:
    return int(min(max(value, 0.0), 255.0) * share + 0.5)


@cuda.jit
def crops_to_rgb_on_gpu(
    y: Any,
    u: Any,
    v: Any,
    chroma: int,
    sub_x: int,
    sub_y: int,
    width: int,
    height: int,
    colour: Any,
    affines: Any,
    out: Any,
) -> None:
    """Crops with sides parallel to the picture's: any scale, quarter turns, mirrors.

    Parameters
    ----------
    y, u, v, chroma, sub_x, sub_y, width, height, colour
        As for ``image.crop.crop_to_rgb``, in the GPU's memory.
    affines : float64 (n, 2, 3)
        From output pixel-edge to coded source pixel-edge coordinates; one diagonal is 0.
    out : uint8 (n, H, W, 3)
        Receives RGB. The grid is (W, H, n) in x, y, z.
    """
    i, j, k = cuda.grid(3)
    if k >= out.shape[0] or j >= out.shape[1] or i >= out.shape[2]:
        return
    swapped = affines[k, 0, 1] != 0.0
    across, down = (j, i) if swapped else (i, j)
    step_x = affines[k, 0, 1] if swapped else affines[k, 0, 0]
    step_y = affines[k, 1, 0] if swapped else affines[k, 1, 1]
    x_low, x_high, x_inside, x_share = span_of(affines[k, 0, 2], step_x, width, across)
    y_low, y_high, y_inside, y_share = span_of(affines[k, 1, 2], step_y, height, down)
    share = x_share * y_share
    if x_share == 0.0 or y_share == 0.0:
        out[k, j, i, 0] = 0
        out[k, j, i, 1] = 0
        out[k, j, i, 2] = 0
        return
    left, right = span_ends(x_low, x_high, width)
    top, bottom = span_ends(y_low, y_high, height)
    luma = 0.0
    for row in range(top, bottom):
        line = 0.0
        for column in range(left, right):
            line += weight_of(x_low, x_high, x_inside, column, column + 1) * y[row, column]
        luma += weight_of(y_low, y_high, y_inside, row, row + 1) * line
    blue = 0.0
    red = 0.0
    if chroma > 0:
        for row in range(top >> sub_y, ((bottom - 1) >> sub_y) + 1):
            wy = weight_of(y_low, y_high, y_inside, row << sub_y, min((row + 1) << sub_y, height))
            for column in range(left >> sub_x, ((right - 1) >> sub_x) + 1):
                weight = wy * weight_of(x_low, x_high, x_inside, column << sub_x, min((column + 1) << sub_x, width))
                if chroma == 1:
                    blue += weight * u[row, column]
                    red += weight * v[row, column]
                else:
                    blue += weight * u[row, 2 * column]
                    red += weight * u[row, 2 * column + 1]
    grey = colour[0] * luma
    out[k, j, i, 0] = _byte(grey + colour[1] * red + colour[2], share)
    out[k, j, i, 1] = _byte(grey + colour[3] * blue + colour[4] * red + colour[5], share)
    out[k, j, i, 2] = _byte(grey + colour[6] * blue + colour[7], share)


@cuda.jit
def turned_crops_to_rgb_on_gpu(
    y: Any,
    u: Any,
    v: Any,
    chroma: int,
    sub_x: int,
    sub_y: int,
    width: int,
    height: int,
    colour: Any,
    affines: Any,
    out: Any,
) -> None:
    """Crops at any angle, sampled as ``image.turned.turned_crop_to_rgb`` does; parameters as above."""
    i, j, k = cuda.grid(3)
    if k >= out.shape[0] or j >= out.shape[1] or i >= out.shape[2]:
        return
    xx, xy, x0 = affines[k, 0, 0], affines[k, 0, 1], affines[k, 0, 2]
    yx, yy, y0 = affines[k, 1, 0], affines[k, 1, 1], affines[k, 1, 2]
    n_across = max(1, int(math.ceil(math.sqrt(xx * xx + yx * yx) - 1e-9)))
    n_down = max(1, int(math.ceil(math.sqrt(xy * xy + yy * yy) - 1e-9)))
    shrinks = n_across > 1 and n_down > 1
    luma = 0.0
    blue = 0.0
    red = 0.0
    inside = 0
    for b in range(n_down):
        q = j + (b + 0.5) / n_down
        for a in range(n_across):
            p = i + (a + 0.5) / n_across
            px = xx * p + xy * q + x0
            py = yx * p + yy * q + y0
            if not (0.0 <= px < width and 0.0 <= py < height):
                continue
            inside += 1
            row, column = int(py), int(px)
            if chroma == 1:
                blue += u[row >> sub_y, column >> sub_x]
                red += v[row >> sub_y, column >> sub_x]
            elif chroma == 2:
                blue += u[row >> sub_y, 2 * (column >> sub_x)]
                red += u[row >> sub_y, 2 * (column >> sub_x) + 1]
            if shrinks:
                luma += y[row, column]
                continue
            sx = min(max(px - 0.5, 0.0), width - 1.0)
            sy = min(max(py - 0.5, 0.0), height - 1.0)
            left, top = int(sx), int(sy)
            right, bottom = int(min(sx + 1.0, width - 1.0)), int(min(sy + 1.0, height - 1.0))
            fx, fy = sx - left, sy - top
            luma += (1.0 - fy) * ((1.0 - fx) * y[top, left] + fx * y[top, right])
            luma += fy * ((1.0 - fx) * y[bottom, left] + fx * y[bottom, right])
    share = inside / (n_across * n_down)
    part = 1.0 / max(inside, 1)
    grey = colour[0] * luma * part
    blue *= part
    red *= part
    out[k, j, i, 0] = _byte(grey + colour[1] * red + colour[2], share)
    out[k, j, i, 1] = _byte(grey + colour[3] * blue + colour[4] * red + colour[5], share)
    out[k, j, i, 2] = _byte(grey + colour[6] * blue + colour[7], share)


@cuda.jit
def average_luma_on_gpu(y: Any, width: int, height: int, scale: float, affine: Any, out: Any) -> None:
    """A small luma picture; parameters as for ``image.luma.average_luma``. The grid is (w, h)."""
    i, j = cuda.grid(2)
    if j >= out.shape[0] or i >= out.shape[1]:
        return
    swapped = affine[0, 1] != 0.0
    across, down = (j, i) if swapped else (i, j)
    step_x = affine[0, 1] if swapped else affine[0, 0]
    step_y = affine[1, 0] if swapped else affine[1, 1]
    x_low, x_high, x_inside, _ = span_of(affine[0, 2], step_x, width, across)
    y_low, y_high, y_inside, _ = span_of(affine[1, 2], step_y, height, down)
    left, right = span_ends(x_low, x_high, width)
    top, bottom = span_ends(y_low, y_high, height)
    total = 0.0
    for row in range(top, bottom):
        line = 0.0
        for column in range(left, right):
            line += weight_of(x_low, x_high, x_inside, column, column + 1) * y[row, column]
        total += weight_of(y_low, y_high, y_inside, row, row + 1) * line
    out[j, i] = total * scale


@cuda.jit
def sum_colours_on_gpu(crops: Any, sums: Any) -> None:
    """Add every row's colours to ``sums`` float64 (n, 3), which starts at 0. The grid is (H, n)."""
    j, k = cuda.grid(2)
    if k >= crops.shape[0] or j >= crops.shape[1]:
        return
    for channel in range(3):
        total = 0.0
        for i in range(crops.shape[2]):
            total += crops[k, j, i, channel]
        cuda.atomic.add(sums, (k, channel), total)


@cuda.jit
def cover_on_gpu(crops: Any, sums: Any, rectangles: Any, keep: Any) -> None:
    """Fill rectangles with each crop's mean colour, but for a column that stays.

    Parameters
    ----------
    crops : uint8 (n, H, W, 3)
        Changed in place. The grid is (W, H, n).
    sums : float64 (n, 3)
        From ``sum_colours_on_gpu``.
    rectangles : int32 (n, m, 4)
        left, top, right, bottom in pixels of the crop, ends not included; empty ones do nothing.
    keep : float64 (n, 2)
        From where to where pixel centres stay, px.
    """
    i, j, k = cuda.grid(3)
    if k >= crops.shape[0] or j >= crops.shape[1] or i >= crops.shape[2]:
        return
    if keep[k, 0] <= i + 0.5 <= keep[k, 1]:
        return
    pixels = crops.shape[1] * crops.shape[2]
    for m in range(rectangles.shape[1]):
        if rectangles[k, m, 0] <= i < rectangles[k, m, 2] and rectangles[k, m, 1] <= j < rectangles[k, m, 3]:
            for channel in range(3):
                crops[k, j, i, channel] = int(sums[k, channel] / pixels)
            return
