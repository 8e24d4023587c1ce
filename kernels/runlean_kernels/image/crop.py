"""A rectangle of a YUV picture straight into an RGB batch, in one pass over the planes that the decoder made.

Every map has pixel edges at integers and centres at integer + 0.5. Luma and chroma are averaged first and
turned into RGB after; the conversion is linear, so but for rounding (and colours out of RGB's gamut) that
equals averaging RGB. A chroma sample stands for the whole block of luma pixels that share it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from runlean_kernels.image.axis import axis_taps, axis_weights, fold_weights, shift_starts
from runlean_kernels.image.colour import line_to_rgb, store_columns, store_rows
from runlean_kernels.image.lanes import LANES, add_lanes, gather_lanes, interleave, share_lanes, used_taps
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float32]
SampleArray = npt.NDArray[Any]


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
    """One rectangle of a picture as RGB: exact area average when shrinking, bilinear when enlarging.

    Its sides are parallel to the picture's (any scale, quarter turns, mirrors); for other angles see
    ``turned_crop_to_rgb``.

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
        From ``colour_weights``.
    affine : float64 (2, 3)
        From output pixel-edge to coded source pixel-edge coordinates; one diagonal is 0.
    out : uint8 (H, W, 3)
        Receives RGB; 0 outside the picture.
    """
    swapped = affine[0, 1] != 0.0
    # the work goes along coded rows: when swapped, those become columns of the output
    n_columns, n_rows = (out.shape[0], out.shape[1]) if swapped else (out.shape[1], out.shape[0])
    step_x = affine[0, 1] if swapped else affine[0, 0]
    step_y = affine[1, 0] if swapped else affine[1, 1]
    taps_x, taps_y = axis_taps(step_x), axis_taps(step_y)
    fold_x = min(taps_x, axis_taps(step_x / (1 << sub_x) + 1.0))

    y_start, y_count = np.empty((2, n_rows), np.int32), np.empty((2, n_rows), np.int32)
    x_start, x_count = np.empty((2, n_columns), np.int32), np.empty((2, n_columns), np.int32)
    y_weight, y_cover = np.empty((2, n_rows, taps_y), np.float32), np.empty(n_rows, np.float32)
    x_weight, x_cover = np.empty((n_columns, taps_x), np.float32), np.empty(n_columns, np.float32)
    c_weight = np.empty((n_columns, fold_x), np.float32)
    axis_weights(affine[1, 2], step_y, height, y_start[0], y_count[0], y_weight[0], y_cover)
    axis_weights(affine[0, 2], step_x, width, x_start[0], x_count[0], x_weight, x_cover)
    fold_weights(y_start[0], y_count[0], y_weight[0], sub_y, y_start[1], y_count[1], y_weight[1])
    fold_weights(x_start[0], x_count[0], x_weight, sub_x, x_start[1], x_count[1], c_weight)
    begin, end = shift_starts(x_start[0], x_count[0], x_cover)
    c_begin, c_end = shift_starts(x_start[1], x_count[1], x_cover)

    taps, c_taps = used_taps(x_count[0], taps_x), used_taps(x_count[1], fold_x)

    # weights of 0 read a few samples on: lines are longer than what is put in, and never hold NaN
    n = end - begin
    c_n = (2 if chroma == 2 else 1) * (c_end - c_begin)
    lines = np.zeros((LANES, max(n, c_n) + 2 * taps_x), np.float32)
    lanes = np.zeros(LANES * lines.shape[1], np.float32)
    # three arrays, not rows of one: then the colour loop vectorises, 0.03 ms instead of 0.19 for 256 x 256
    size = LANES * n_columns
    luma, blue, red = np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.float32)
    row_cover, cover = np.zeros(LANES, np.float32), np.zeros(size, np.float32)
    for top in range(0, n_rows, LANES):
        many = min(LANES, n_rows - top)
        for r in range(LANES):
            row_cover[r] = y_cover[top + r] if r < many and end > 0 else 0.0
        add_lanes(y, y_start[0], y_weight[0], y_count[0], row_cover, top, begin, n, lines)
        interleave(lines, n, lanes)
        gather_lanes(lanes, 0, 1, x_start[0], x_weight, taps, luma)
        if chroma != 0:
            first = 2 * c_begin if chroma == 2 else c_begin
            add_lanes(u, y_start[1], y_weight[1], y_count[1], row_cover, top, first, c_n, lines)
            interleave(lines, c_n, lanes)
        if chroma == 1:
            gather_lanes(lanes, 0, 1, x_start[1], c_weight, c_taps, blue)
            add_lanes(v, y_start[1], y_weight[1], y_count[1], row_cover, top, c_begin, c_n, lines)
            interleave(lines, c_n, lanes)
            gather_lanes(lanes, 0, 1, x_start[1], c_weight, c_taps, red)
        elif chroma == 2:
            gather_lanes(lanes, 0, 2, x_start[1], c_weight, c_taps, blue)
            gather_lanes(lanes, 1, 2, x_start[1], c_weight, c_taps, red)
        else:
            blue[:], red[:] = 0.0, 0.0
        share_lanes(x_cover, row_cover, cover)
        line_to_rgb(luma, blue, red, cover, 1.0, colour)
        if swapped:
            store_columns(luma, red, blue, many, out[:, top:])
        else:
            store_rows(luma, red, blue, many, out[top:])


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
    """Several rectangles of one picture by ``crop_to_rgb``: affines (n, 2, 3), out (n, H, W, 3)."""
    for k in range(affines.shape[0]):
        crop_to_rgb(y, u, v, chroma, sub_x, sub_y, width, height, colour, affines[k], out[k])
