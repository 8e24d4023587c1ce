"""Rectangles at any angle, for crops that follow a body's axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean_kernels.image.colour import to_byte
from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float32]
SampleArray = npt.NDArray[Any]


@kernel
def turned_crop_to_rgb(
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
    """One rectangle at any angle as RGB; parameters as for ``crop_to_rgb``, any affine.

    An output pixel is the mean of a grid of samples as fine as the source's pixels, near the area average: of the
    nearest pixels when shrinking, bilinear (luma) when enlarging. At about ten times the cost of the path with
    parallel sides.
    """
    across = math.hypot(affine[0, 0], affine[1, 0])
    down = math.hypot(affine[0, 1], affine[1, 1])
    n_across, n_down = max(1, math.ceil(across - 1e-9)), max(1, math.ceil(down - 1e-9))
    shrinks = n_across > 1 and n_down > 1
    one, two, sub_x_u, sub_y_u = np.uintp(1), np.uintp(2), np.uintp(sub_x), np.uintp(sub_y)
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            luma, blue, red, inside = 0.0, 0.0, 0.0, 0
            for b in range(n_down):
                q = j + (b + 0.5) / n_down
                for a in range(n_across):
                    p = i + (a + 0.5) / n_across
                    px = affine[0, 0] * p + affine[0, 1] * q + affine[0, 2]
                    py = affine[1, 0] * p + affine[1, 1] * q + affine[1, 2]
                    if not (0.0 <= px < width and 0.0 <= py < height):
                        continue
                    inside += 1
                    row, column = np.uintp(py), np.uintp(px)
                    if chroma == 1:
                        blue += u[row >> sub_y_u, column >> sub_x_u]
                        red += v[row >> sub_y_u, column >> sub_x_u]
                    elif chroma == 2:
                        blue += u[row >> sub_y_u, two * (column >> sub_x_u)]
                        red += u[row >> sub_y_u, two * (column >> sub_x_u) + one]
                    if shrinks:
                        luma += y[row, column]
                        continue
                    sx, sy = min(max(px - 0.5, 0.0), width - 1.0), min(max(py - 0.5, 0.0), height - 1.0)
                    x0, y0 = np.uintp(sx), np.uintp(sy)
                    x1, y1 = np.uintp(min(sx + 1.0, width - 1.0)), np.uintp(min(sy + 1.0, height - 1.0))
                    fx, fy = sx - x0, sy - y0
                    luma += (1.0 - fy) * ((1.0 - fx) * y[y0, x0] + fx * y[y0, x1])
                    luma += fy * ((1.0 - fx) * y[y1, x0] + fx * y[y1, x1])
            cover = inside / (n_across * n_down)
            share = 1.0 / max(inside, 1)
            grey, blue, red = colour[0] * luma * share, blue * share, red * share
            out[j, i, 0] = to_byte(grey + colour[1] * red + colour[2], cover)
            out[j, i, 1] = to_byte(grey + colour[3] * blue + colour[4] * red + colour[5], cover)
            out[j, i, 2] = to_byte(grey + colour[6] * blue + colour[7], cover)


@kernel
def turned_crops_to_rgb(
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
    """Several rectangles of one picture by ``turned_crop_to_rgb``: affines (n, 2, 3), out (n, H, W, 3)."""
    for k in range(affines.shape[0]):
        turned_crop_to_rgb(y, u, v, chroma, sub_x, sub_y, width, height, colour, affines[k], out[k])
