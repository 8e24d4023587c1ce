"""A rectangle of a YUV picture straight into an RGB batch, in one pass over the planes that the decoder made.

Every map has pixel edges at integers and centres at integer + 0.5. Luma and chroma are averaged first and
turned into RGB after; the conversion is linear, so but for rounding (and colours out of RGB's gamut) that equals
averaging RGB. A chroma sample stands for the whole block of luma pixels that share it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean_kernels.image.axis import axis_taps, axis_weights, count_taps, fold_weights
from runlean_kernels.image.plane import add_rows, gather_columns
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float32]
SampleArray = npt.NDArray[Any]


@kernel
def to_byte(value: float, cover: float) -> int:
    """RGB value clipped to 0..255, dimmed by the share outside the picture, rounded."""
    return int(min(max(value, 0.0), 255.0) * cover + 0.5)


@kernel
def crop_upright(
    y: SampleArray,
    u: SampleArray,
    v: SampleArray,
    chroma: int,
    sub_x: int,
    sub_y: int,
    width: int,
    height: int,
    colour: FloatArray,
    affine: npt.NDArray[np.float64],
    out: npt.NDArray[np.uint8],
) -> None:
    """Crop with sides parallel to the picture's: quarter turns, mirrors, scales. See ``crop_to_rgb``."""
    swapped = affine[0, 1] != 0.0
    # in coded orientation: columns run along x, rows along y; swapped, an output row is a coded column
    n_columns, n_rows = (out.shape[0], out.shape[1]) if swapped else (out.shape[1], out.shape[0])
    step_x = affine[0, 1] if swapped else affine[0, 0]
    step_y = affine[1, 0] if swapped else affine[1, 1]

    taps_x, taps_y = axis_taps(step_x), axis_taps(step_y)
    x_start, x_count = np.empty((2, n_columns), np.int32), np.empty((2, n_columns), np.int32)
    y_start, y_count = np.empty((2, n_rows), np.int32), np.empty((2, n_rows), np.int32)
    x_weight = np.empty((2, n_columns, taps_x), np.float32)
    y_weight = np.empty((2, n_rows, taps_y), np.float32)
    x_cover, y_cover = np.empty(n_columns, np.float32), np.empty(n_rows, np.float32)
    axis_weights(affine[0, 2], step_x, width, x_start[0], x_weight[0], x_cover)
    axis_weights(affine[1, 2], step_y, height, y_start[0], y_weight[0], y_cover)
    fold_weights(x_start[0], x_weight[0], sub_x, x_start[1], x_weight[1])
    fold_weights(y_start[0], y_weight[0], sub_y, y_start[1], y_weight[1])

    begin, end = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for k in range(2):
        count_taps(x_weight[k], x_count[k])
        count_taps(y_weight[k], y_count[k])
        begin[k] = 1 << 30
        for i in range(n_columns):
            if x_cover[i] > 0.0:
                begin[k] = min(begin[k], x_start[k, i])
                end[k] = max(end[k], x_start[k, i] + x_count[k, i])
        begin[k] = min(begin[k], end[k])
        for i in range(n_columns):
            # columns outside the picture read something, and count for nothing
            x_start[k, i] = min(max(x_start[k, i] - begin[k], 0), max(end[k] - begin[k] - x_count[k, i], 0))

    span, chroma_span = end[0] - begin[0], end[1] - begin[1]
    total = np.zeros(max(span, 2 * chroma_span) + taps_x, np.float32)
    luma, blue, red = (
        np.empty(n_columns, np.float32),
        np.zeros(n_columns, np.float32),
        np.zeros(n_columns, np.float32),
    )
    for j in range(n_rows):
        if y_cover[j] == 0.0 or span == 0:
            for i in range(n_columns):
                for c in range(3):
                    if swapped:
                        out[i, j, c] = 0
                    else:
                        out[j, i, c] = 0
            continue
        add_rows(y, y_start[0, j], y_weight[0, j], y_count[0, j], begin[0], end[0], total)
        gather_columns(total, 0, 1, x_start[0], x_count[0], x_weight[0], luma)
        row, weight, count = y_start[1, j], y_weight[1, j], y_count[1, j]
        if chroma == 1:
            add_rows(u, row, weight, count, begin[1], end[1], total)
            gather_columns(total, 0, 1, x_start[1], x_count[1], x_weight[1], blue)
            add_rows(v, row, weight, count, begin[1], end[1], total)
            gather_columns(total, 0, 1, x_start[1], x_count[1], x_weight[1], red)
        elif chroma == 2:
            add_rows(u, row, weight, count, 2 * begin[1], 2 * end[1], total)
            gather_columns(total, 0, 2, x_start[1], x_count[1], x_weight[1], blue)
            gather_columns(total, 1, 2, x_start[1], x_count[1], x_weight[1], red)
        for i in range(n_columns):
            grey = colour[0] * luma[i]
            cover = x_cover[i] * y_cover[j]
            r = to_byte(grey + colour[1] * red[i] + colour[2], cover)
            g = to_byte(grey + colour[3] * blue[i] + colour[4] * red[i] + colour[5], cover)
            b = to_byte(grey + colour[6] * blue[i] + colour[7], cover)
            if swapped:
                out[i, j, 0], out[i, j, 1], out[i, j, 2] = r, g, b
            else:
                out[j, i, 0], out[j, i, 1], out[j, i, 2] = r, g, b


@kernel
def crop_turned(
    y: SampleArray,
    u: SampleArray,
    v: SampleArray,
    chroma: int,
    sub_x: int,
    sub_y: int,
    width: int,
    height: int,
    colour: FloatArray,
    affine: npt.NDArray[np.float64],
    out: npt.NDArray[np.uint8],
) -> None:
    """Crop at any angle: an output pixel is the mean of a grid of bilinear samples. See ``crop_to_rgb``.

    The grid is as fine as the source's pixels, so it comes near the area average; samples outside the picture
    are black.
    """
    across = math.hypot(affine[0, 0], affine[1, 0])
    down = math.hypot(affine[0, 1], affine[1, 1])
    n_across, n_down = max(1, math.ceil(across - 1e-9)), max(1, math.ceil(down - 1e-9))
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            luma, blue, red, inside = 0.0, 0.0, 0.0, 0
            for b in range(n_down):
                for a in range(n_across):
                    p, q = i + (a + 0.5) / n_across, j + (b + 0.5) / n_down
                    px = affine[0, 0] * p + affine[0, 1] * q + affine[0, 2]
                    py = affine[1, 0] * p + affine[1, 1] * q + affine[1, 2]
                    if px < 0.0 or py < 0.0 or px >= width or py >= height:
                        continue
                    inside += 1
                    sx, sy = min(max(px - 0.5, 0.0), width - 1.0), min(max(py - 0.5, 0.0), height - 1.0)
                    x0, y0 = int(sx), int(sy)
                    x1, y1 = min(x0 + 1, width - 1), min(y0 + 1, height - 1)
                    fx, fy = sx - x0, sy - y0
                    luma += (1.0 - fy) * ((1.0 - fx) * y[y0, x0] + fx * y[y0, x1])
                    luma += fy * ((1.0 - fx) * y[y1, x0] + fx * y[y1, x1])
                    if chroma == 1:
                        blue += u[int(py) >> sub_y, int(px) >> sub_x]
                        red += v[int(py) >> sub_y, int(px) >> sub_x]
                    elif chroma == 2:
                        blue += u[int(py) >> sub_y, 2 * (int(px) >> sub_x)]
                        red += u[int(py) >> sub_y, 2 * (int(px) >> sub_x) + 1]
            if inside == 0:
                out[j, i, 0] = out[j, i, 1] = out[j, i, 2] = 0
                continue
            cover = inside / (n_across * n_down)
            luma, blue, red = luma / inside, blue / inside, red / inside
            grey = colour[0] * luma
            out[j, i, 0] = to_byte(grey + colour[1] * red + colour[2], cover)
            out[j, i, 1] = to_byte(grey + colour[3] * blue + colour[4] * red + colour[5], cover)
            out[j, i, 2] = to_byte(grey + colour[6] * blue + colour[7], cover)


@kernel
def crop_to_rgb(
    y: SampleArray,
    u: SampleArray,
    v: SampleArray,
    chroma: int,
    sub_x: int,
    sub_y: int,
    width: int,
    height: int,
    colour: FloatArray,
    affine: npt.NDArray[np.float64],
    out: npt.NDArray[np.uint8],
) -> None:
    """One rectangle of a picture as RGB; exact area average when shrinking, bilinear when enlarging.

    Parameters
    ----------
    y, u, v : uint8 or uint16 (rows, row length)
        Planes with their padding. Interleaved UV comes as ``u`` (and again as ``v``, which is not read).
    chroma : int
        0 no chroma, 1 two planes, 2 interleaved.
    sub_x, sub_y : int
        Log2 of the chroma subsampling.
    width, height : int
        Size of the coded picture, pixels.
    colour : float32 (8,)
        Row of ``colour_weights``.
    affine : float64 (2, 3)
        From output pixel-edge to coded source pixel-edge coordinates.
    out : uint8 (H, W, 3)
        Receives RGB; 0 outside the picture.
    """
    along = affine[0, 1] == 0.0 and affine[1, 0] == 0.0
    across = affine[0, 0] == 0.0 and affine[1, 1] == 0.0
    if along or across:
        crop_upright(y, u, v, chroma, sub_x, sub_y, width, height, colour, affine, out)
    else:
        crop_turned(y, u, v, chroma, sub_x, sub_y, width, height, colour, affine, out)


@kernel
def crops_to_rgb(
    y: SampleArray,
    u: SampleArray,
    v: SampleArray,
    chroma: int,
    sub_x: int,
    sub_y: int,
    width: int,
    height: int,
    colour: FloatArray,
    affines: npt.NDArray[np.float64],
    out: npt.NDArray[np.uint8],
) -> None:
    """Several rectangles of one picture: ``affines`` float64 (n, 2, 3), ``out`` uint8 (n, H, W, 3)."""
    for k in range(affines.shape[0]):
        crop_to_rgb(y, u, v, chroma, sub_x, sub_y, width, height, colour, affines[k], out[k])
