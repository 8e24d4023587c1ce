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
def blend(old: int, value: float, share: float) -> int:
    """A sample moved towards ``value`` by a share of 0..1."""
    return int(old + share * (value - old) + 0.5)


@kernel
def first_pixel(edge: float, unit: float) -> int:
    """First pixel of ``1 / unit`` luma pixels that reaches beyond an edge, not below 0."""
    return max(0, math.floor(edge * unit))


@kernel
def last_pixel(edge: float, unit: float, n: int) -> int:
    """Last such pixel plus one, at most ``n``."""
    return min(n, math.floor(edge * unit) + 1)


@kernel
def blend_line(plane: PlaneArray, columns: int, shape: ShapeArray, value: float, scale: float) -> None:
    """Line with round ends: distance to the segment less half the width."""
    opacity, x0, y0, x1, y1, half = shape[1], shape[5], shape[6], shape[7], shape[8], shape[9]
    unit, wide = 1.0 / scale, half + scale
    dx, dy = x1 - x0, y1 - y0
    along = dx * dx + dy * dy
    inverse = 1.0 / along if along > 0.0 else 0.0
    for j in range(first_pixel(min(y0, y1) - wide, unit), last_pixel(max(y0, y1) + wide, unit, plane.shape[0])):
        y = (j + 0.5) * scale
        left, right = min(x0, x1), max(x0, x1)
        if abs(dy) > 1e-9:
            # the part of the segment that is near this row
            s, t = (y - wide - y0) / dy, (y + wide - y0) / dy
            s, t = min(max(min(s, t), 0.0), 1.0), min(max(max(s, t), 0.0), 1.0)
            left, right = min(x0 + s * dx, x0 + t * dx), max(x0 + s * dx, x0 + t * dx)
        for i in range(first_pixel(left - wide, unit), last_pixel(right + wide, unit, columns)):
            px, py = (i + 0.5) * scale - x0, y - y0
            t = min(max((px * dx + py * dy) * inverse, 0.0), 1.0)
            px, py = px - t * dx, py - t * dy
            cover = 0.5 - (math.sqrt(px * px + py * py) - half) * unit
            if cover > 0.0:
                plane[j, i] = blend(plane[j, i], value, min(cover, 1.0) * opacity)


@kernel
def blend_ring(plane: PlaneArray, columns: int, shape: ShapeArray, value: float, scale: float) -> None:
    """Circle: how far the distance to the centre is from the radius, less half the width."""
    opacity, x0, y0, radius, half = shape[1], shape[5], shape[6], shape[7], shape[8]
    unit, wide = 1.0 / scale, radius + half + scale
    for j in range(first_pixel(y0 - wide, unit), last_pixel(y0 + wide, unit, plane.shape[0])):
        py = (j + 0.5) * scale - y0
        for i in range(first_pixel(x0 - wide, unit), last_pixel(x0 + wide, unit, columns)):
            px = (i + 0.5) * scale - x0
            cover = 0.5 - (abs(math.sqrt(px * px + py * py) - radius) - half) * unit
            if cover > 0.0:
                plane[j, i] = blend(plane[j, i], value, min(cover, 1.0) * opacity)


@kernel
def blend_solid(line: PlaneArray, value: float, opacity: float) -> None:
    """A stretch of one row that is wholly covered, in 16ths of a 4096th: whole numbers, so that it vectorises."""
    share, level = np.int32(4096.0 * opacity + 0.5), np.int32(16.0 * value + 0.5)
    for i in range(line.shape[0]):
        old = np.int32(line[i])
        line[i] = old + (((level - 16 * old) * share + np.int32(32768)) >> 16)


@kernel
def blend_panel(plane: PlaneArray, columns: int, shape: ShapeArray, value: float, scale: float) -> None:
    """Rectangle with round corners; only its edge is computed pixel by pixel."""
    opacity, left, top, right, bottom, radius = shape[1], shape[5], shape[6], shape[7], shape[8], shape[9]
    unit = 1.0 / scale
    middle_x, middle_y = 0.5 * (left + right), 0.5 * (top + bottom)
    reach_x, reach_y = 0.5 * (right - left) - radius, 0.5 * (bottom - top) - radius
    i0, i1 = first_pixel(left - scale, unit), last_pixel(right + scale, unit, columns)
    edge = radius + scale
    for j in range(first_pixel(top - scale, unit), last_pixel(bottom + scale, unit, plane.shape[0])):
        y = (j + 0.5) * scale
        qy = abs(y - middle_y) - reach_y
        solid0, solid1 = i1, i1
        if qy <= radius - 0.5 * scale:
            inset = edge if qy > -scale else 1.5 * scale
            solid0 = min(max(math.ceil((left + inset) * unit), i0), i1)
            solid1 = max(min(math.floor((right - inset) * unit), i1), solid0)
            blend_solid(plane[j, solid0:solid1], value, opacity)
        for i in range(i0, i1):
            if solid0 <= i < solid1:
                continue
            qx = abs((i + 0.5) * scale - middle_x) - reach_x
            outside = math.sqrt(max(qx, 0.0) ** 2 + max(qy, 0.0) ** 2)
            cover = 0.5 - (outside + min(max(qx, qy), 0.0) - radius) * unit
            if cover > 0.0:
                plane[j, i] = blend(plane[j, i], value, min(cover, 1.0) * opacity)


@kernel
def blend_wedge(plane: PlaneArray, columns: int, shape: ShapeArray, value: float, scale: float) -> None:
    """Slice of a disc: inside the radius, clockwise of one direction and counter-clockwise of the other."""
    opacity, x0, y0, radius = shape[1], shape[5], shape[6], shape[7]
    ax, ay, bx, by = shape[8], shape[9], shape[10], shape[11]
    unit, wide = 1.0 / scale, radius + scale
    upward = ay < -0.2 and by < -0.2
    low = scale if upward else wide
    for j in range(first_pixel(y0 - wide, unit), last_pixel(y0 + low, unit, plane.shape[0])):
        py = (j + 0.5) * scale - y0
        left, right = -wide, wide
        if upward:
            # between the two sides at this height, and a little more for their soft edges
            left, right = ax / ay * min(py, 0.0) - 3.0 * scale, bx / by * min(py, 0.0) + 3.0 * scale
        for i in range(first_pixel(x0 + left, unit), last_pixel(x0 + right, unit, columns)):
            px = (i + 0.5) * scale - x0
            beside = max(ay * px - ax * py, bx * py - by * px)
            cover = 0.5 - max(math.sqrt(px * px + py * py) - radius, beside) * unit
            if cover > 0.0:
                plane[j, i] = blend(plane[j, i], value, min(cover, 1.0) * opacity)


@kernel
def blend_shape(plane: PlaneArray, columns: int, shape: ShapeArray, value: float, scale: float) -> None:
    """Blend one shape into one plane, a pixel of which is ``scale`` luma pixels wide and high."""
    kind = int(shape[0])
    if kind == LINE:
        blend_line(plane, columns, shape, value, scale)
    elif kind == RING:
        blend_ring(plane, columns, shape, value, scale)
    elif kind == PANEL:
        blend_panel(plane, columns, shape, value, scale)
    else:
        blend_wedge(plane, columns, shape, value, scale)


@kernel
def blend_glyph(y: PlaneArray, u: PlaneArray, v: PlaneArray, width: int, shape: ShapeArray, atlas: PlaneArray) -> None:
    """Blend one letter: luma by its coverage, chroma by the mean coverage of the four pixels that share it."""
    x0, y0, wide, high, at = int(shape[5]), int(shape[6]), int(shape[7]), int(shape[8]), int(shape[9])
    opacity = shape[1] / 255.0
    for j in range(max(0, -y0), min(high, y.shape[0] - y0)):
        for i in range(max(0, -x0), min(wide, width - x0)):
            cover = atlas[at + j * wide + i]
            if cover > 0:
                y[y0 + j, x0 + i] = blend(y[y0 + j, x0 + i], shape[2], cover * opacity)
    for cj in range(max(0, y0 >> 1), min(u.shape[0], ((y0 + high - 1) >> 1) + 1)):
        for ci in range(max(0, x0 >> 1), min((width + 1) >> 1, ((x0 + wide - 1) >> 1) + 1)):
            total = 0
            for j in range(max(2 * cj - y0, 0), min(2 * cj - y0 + 2, high)):
                for i in range(max(2 * ci - x0, 0), min(2 * ci - x0 + 2, wide)):
                    total += int(atlas[at + j * wide + i])
            if total > 0:
                share = 0.25 * total * opacity
                u[cj, ci] = blend(u[cj, ci], shape[3], share)
                v[cj, ci] = blend(v[cj, ci], shape[4], share)


@kernel
def draw_shapes(y: PlaneArray, u: PlaneArray, v: PlaneArray, width: int, shapes: ShapeArray, atlas: PlaneArray) -> None:
    """Draw shapes one over the other.

    Parameters
    ----------
    y : uint8 (height, row length)
        Luma plane with its padding.
    u, v : uint8 (ceil(height / 2), row length)
        Chroma planes with theirs.
    width : int
        Picture, pixels.
    shapes : float64 (n, 13)
        See ``SHAPE_COLUMNS``; a row with NaN in it is left out.
    atlas : uint8 (m,)
        Coverage of all letters, 0..255, one behind the other.
    """
    half = (width + 1) >> 1
    for k in range(shapes.shape[0]):
        shape = shapes[k]
        complete = True
        for c in range(shape.shape[0]):
            complete = complete and not math.isnan(shape[c])
        if not complete:
            continue
        if int(shape[0]) == GLYPH:
            blend_glyph(y, u, v, width, shape, atlas)
        else:
            blend_shape(y, width, shape, shape[2], 1.0)
            blend_shape(u, half, shape, shape[3], 2.0)
            blend_shape(v, half, shape, shape[4], 2.0)
