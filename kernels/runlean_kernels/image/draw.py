"""Anti-aliased shapes and letters drawn straight onto 8-bit 4:2:0 planes.

Every shape is a signed distance in pixels, negative inside; a pixel is covered by ``0.5 - distance``, cut to 0..1.
Luma and chroma are blended with the coverage at their own pixel centres, so nothing is converted to RGB and back.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

PlaneArray = npt.NDArray[np.uint8]
ShapeArray = npt.NDArray[np.float64]

#: Columns of a row of shapes: kind, opacity, Y, U, V, then eight numbers that depend on the kind.
SHAPE_COLUMNS = 13
#: x0, y0, x1, y1, half width: a line with round ends; a disc where both ends are one.
LINE = 0
#: x, y, radius, half width of the line.
RING = 1
#: x0, y0, x1, y1, radius of the corners.
PANEL = 2
#: x, y, radius, then two directions of length 1 (ax, ay, bx, by), b less than half a turn clockwise of a.
WEDGE = 3
#: x, y of the top left pixel, width, height, offset in the atlas.
GLYPH = 4


@kernel
def signed_distance(shape: ShapeArray, x: float, y: float) -> float:
    """Distance in pixels from a point to a shape's edge, negative inside; not for letters."""
    kind = int(shape[0])
    if kind == LINE:
        dx, dy = shape[7] - shape[5], shape[8] - shape[6]
        px, py = x - shape[5], y - shape[6]
        along = dx * dx + dy * dy
        t = min(max((px * dx + py * dy) / along, 0.0), 1.0) if along > 0.0 else 0.0
        return float(math.sqrt((px - t * dx) ** 2 + (py - t * dy) ** 2) - shape[9])
    if kind == RING:
        return float(abs(math.sqrt((x - shape[5]) ** 2 + (y - shape[6]) ** 2) - shape[7]) - shape[8])
    if kind == PANEL:
        r = shape[9]
        qx = abs(x - 0.5 * (shape[5] + shape[7])) - 0.5 * (shape[7] - shape[5]) + r
        qy = abs(y - 0.5 * (shape[6] + shape[8])) - 0.5 * (shape[8] - shape[6]) + r
        return float(math.sqrt(max(qx, 0.0) ** 2 + max(qy, 0.0) ** 2) + min(max(qx, qy), 0.0) - r)
    px, py = x - shape[5], y - shape[6]
    beside = max(shape[9] * px - shape[8] * py, shape[10] * py - shape[11] * px)
    return float(max(math.sqrt(px * px + py * py) - shape[7], beside))


@kernel
def shape_rows(shape: ShapeArray) -> tuple[float, float]:
    """Top and bottom of the rows that a shape can touch."""
    kind = int(shape[0])
    if kind == LINE:
        return min(shape[6], shape[8]) - shape[9] - 1.0, max(shape[6], shape[8]) + shape[9] + 1.0
    if kind == RING:
        return shape[6] - shape[7] - shape[8] - 1.0, shape[6] + shape[7] + shape[8] + 1.0
    if kind == PANEL:
        return shape[6] - 1.0, shape[8] + 1.0
    return shape[6] - shape[7] - 1.0, shape[6] + shape[7] + 1.0


@kernel
def shape_columns(shape: ShapeArray, y: float, reach: float) -> tuple[float, float]:
    """Left and right of what a shape can touch within ``reach`` of row ``y``; slanted lines touch little of a row."""
    kind = int(shape[0])
    if kind == LINE:
        x0, y0, x1, y1 = shape[5], shape[6], shape[7], shape[8]
        wide = shape[9] + reach
        if abs(y1 - y0) < 1e-9:
            return min(x0, x1) - wide, max(x0, x1) + wide
        t0, t1 = (y - wide - y0) / (y1 - y0), (y + wide - y0) / (y1 - y0)
        if t0 > t1:
            t0, t1 = t1, t0
        a, b = x0 + min(max(t0, 0.0), 1.0) * (x1 - x0), x0 + min(max(t1, 0.0), 1.0) * (x1 - x0)
        return min(a, b) - wide, max(a, b) + wide
    if kind == RING:
        wide = shape[7] + shape[8] + reach
        return shape[5] - wide, shape[5] + wide
    if kind == PANEL:
        return shape[5] - reach, shape[7] + reach
    return shape[5] - shape[7] - reach, shape[5] + shape[7] + reach


@kernel
def blend_shape(plane: PlaneArray, shape: ShapeArray, value: float, scale: int) -> None:
    """Blend one shape into one plane, a pixel of which is ``scale`` luma pixels wide and high."""
    rows, columns = plane.shape
    top, bottom = shape_rows(shape)
    unit = 1.0 / scale
    for j in range(max(0, math.floor(top * unit)), min(rows, math.ceil(bottom * unit) + 1)):
        y = (j + 0.5) * scale
        left, right = shape_columns(shape, y, float(scale))
        for i in range(max(0, math.floor(left * unit)), min(columns, math.ceil(right * unit) + 1)):
            cover = 0.5 - signed_distance(shape, (i + 0.5) * scale, y) * unit
            if cover > 0.0:
                old = float(plane[j, i])
                plane[j, i] = int(old + min(cover, 1.0) * shape[1] * (value - old) + 0.5)


@kernel
def blend_glyph(y: PlaneArray, u: PlaneArray, v: PlaneArray, shape: ShapeArray, atlas: PlaneArray) -> None:
    """Blend one letter: luma by its coverage, chroma by the mean coverage of the four pixels that share it."""
    x0, y0, width, height, at = int(shape[5]), int(shape[6]), int(shape[7]), int(shape[8]), int(shape[9])
    rows, columns = y.shape
    opacity = shape[1] / 255.0
    for j in range(max(0, -y0), min(height, rows - y0)):
        for i in range(max(0, -x0), min(width, columns - x0)):
            cover = atlas[at + j * width + i]
            if cover > 0:
                old = float(y[y0 + j, x0 + i])
                y[y0 + j, x0 + i] = int(old + cover * opacity * (shape[2] - old) + 0.5)
    for cj in range(max(0, y0 >> 1), min(u.shape[0], ((y0 + height - 1) >> 1) + 1)):
        for ci in range(max(0, x0 >> 1), min(u.shape[1], ((x0 + width - 1) >> 1) + 1)):
            total = 0
            for j in range(max(2 * cj - y0, 0), min(2 * cj - y0 + 2, height)):
                for i in range(max(2 * ci - x0, 0), min(2 * ci - x0 + 2, width)):
                    total += atlas[at + j * width + i]
            if total > 0:
                share = 0.25 * total * opacity
                u[cj, ci] = int(u[cj, ci] + share * (shape[3] - u[cj, ci]) + 0.5)
                v[cj, ci] = int(v[cj, ci] + share * (shape[4] - v[cj, ci]) + 0.5)


@kernel
def draw_shapes(y: PlaneArray, u: PlaneArray, v: PlaneArray, shapes: ShapeArray, atlas: PlaneArray) -> None:
    """Draw shapes one over the other.

    Parameters
    ----------
    y : uint8 (height, width)
        Luma plane, any row length.
    u, v : uint8 (ceil(height / 2), ceil(width / 2))
        Chroma planes.
    shapes : float64 (n, 13)
        See ``SHAPE_COLUMNS``; a row with NaN in it is left out.
    atlas : uint8 (m,)
        Coverage of all letters, 0..255, one behind the other.
    """
    for k in range(shapes.shape[0]):
        shape = shapes[k]
        complete = True
        for c in range(shape.shape[0]):
            complete = complete and not math.isnan(shape[c])
        if not complete:
            continue
        if int(shape[0]) == GLYPH:
            blend_glyph(y, u, v, shape, atlas)
        else:
            blend_shape(y, shape, shape[2], 1)
            blend_shape(u, shape, shape[3], 2)
            blend_shape(v, shape, shape[4], 2)
