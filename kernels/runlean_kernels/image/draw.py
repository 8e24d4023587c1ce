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
CoverArray = npt.NDArray[np.float32]

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
#: Both sides of a wedge that point higher than this let its rows be cut short.
UPWARD = -0.2
ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)


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
def blend_row(line: PlaneArray, value: float, cover: CoverArray) -> None:
    """A stretch of one row moved towards ``value`` by the share of each sample."""
    goal, half = np.float32(value), np.float32(0.5)
    for i in range(line.shape[0]):
        old = np.float32(line[i])
        line[i] = np.int32(old + cover[i] * (goal - old) + half)


@kernel
def blend_solid(line: PlaneArray, value: float, opacity: float) -> None:
    """A stretch of one row that is wholly covered, in 16ths of a 4096th: whole numbers, so that it vectorises."""
    share, level = np.int32(4096.0 * opacity + 0.5), np.int32(16.0 * value + 0.5)
    for i in range(line.shape[0]):
        old = np.int32(line[i])
        line[i] = old + (((level - 16 * old) * share + np.int32(32768)) >> 16)


@kernel
def cover_line(shape: ShapeArray, y: float, i0: int, scale: float, cover: CoverArray) -> None:
    """Line with round ends: distance to the segment less half the width.

    Parameters
    ----------
    shape : float64 (13,)
    y : float
        Middle of the row, luma pixels.
    i0 : int
        First pixel of the row, of ``scale`` luma pixels each.
    scale : float
    cover : float32 (n,)
        Receives the share of each pixel that is covered, times the opacity.
    """
    dx, dy = np.float32(shape[7] - shape[5]), np.float32(shape[8] - shape[6])
    along = dx * dx + dy * dy
    inverse = ONE / along if along > ZERO else ZERO
    start, step, py = np.float32((i0 + 0.5) * scale - shape[5]), np.float32(scale), np.float32(y - shape[6])
    unit, opacity, edge = np.float32(1.0 / scale), np.float32(shape[1]), np.float32(0.5 + shape[9] / scale)
    for i in range(cover.shape[0]):
        px = start + step * np.float32(i)
        t = (px * dx + py * dy) * inverse
        t = t if t > ZERO else ZERO
        t = t if t < ONE else ONE
        qx, qy = px - t * dx, py - t * dy
        share = edge - math.sqrt(qx * qx + qy * qy) * unit
        share = share if share > ZERO else ZERO
        cover[i] = (share if share < ONE else ONE) * opacity


@kernel
def cover_ring(shape: ShapeArray, y: float, i0: int, scale: float, cover: CoverArray) -> None:
    """Circle: how far the distance to the centre is from the radius, less half the width; see ``cover_line``."""
    start, step, py = np.float32((i0 + 0.5) * scale - shape[5]), np.float32(scale), np.float32(y - shape[6])
    unit, opacity, edge = np.float32(1.0 / scale), np.float32(shape[1]), np.float32(0.5 + shape[8] / scale)
    radius = np.float32(shape[7])
    for i in range(cover.shape[0]):
        px = start + step * np.float32(i)
        off = math.sqrt(px * px + py * py) - radius
        share = edge - (off if off > ZERO else -off) * unit
        share = share if share > ZERO else ZERO
        cover[i] = (share if share < ONE else ONE) * opacity


@kernel
def cover_panel(shape: ShapeArray, y: float, i0: int, scale: float, cover: CoverArray) -> None:
    """Rectangle with round corners; see ``cover_line``."""
    radius = shape[9]
    reach_x, reach_y = 0.5 * (shape[7] - shape[5]) - radius, 0.5 * (shape[8] - shape[6]) - radius
    start, step = np.float32((i0 + 0.5) * scale - 0.5 * (shape[5] + shape[7])), np.float32(scale)
    qy = np.float32(abs(y - 0.5 * (shape[6] + shape[8])) - reach_y)
    below, across = (qy if qy > ZERO else ZERO), np.float32(reach_x)
    unit, opacity, edge = np.float32(1.0 / scale), np.float32(shape[1]), np.float32(0.5 + radius / scale)
    for i in range(cover.shape[0]):
        px = start + step * np.float32(i)
        qx = (px if px > ZERO else -px) - across
        beside = qx if qx > ZERO else ZERO
        inside = qx if qx > qy else qy
        inside = inside if inside < ZERO else ZERO
        share = edge - (math.sqrt(beside * beside + below * below) + inside) * unit
        share = share if share > ZERO else ZERO
        cover[i] = (share if share < ONE else ONE) * opacity


@kernel
def cover_wedge(shape: ShapeArray, y: float, i0: int, scale: float, cover: CoverArray) -> None:
    """Slice of a disc: inside the radius, clockwise of one direction and counter-clockwise of the other."""
    start, step, py = np.float32((i0 + 0.5) * scale - shape[5]), np.float32(scale), np.float32(y - shape[6])
    radius, unit, opacity = np.float32(shape[7]), np.float32(1.0 / scale), np.float32(shape[1])
    ax, ay, bx, by = np.float32(shape[8]), np.float32(shape[9]), np.float32(shape[10]), np.float32(shape[11])
    for i in range(cover.shape[0]):
        px = start + step * np.float32(i)
        after, before = ay * px - ax * py, bx * py - by * px
        outside = math.sqrt(px * px + py * py) - radius
        outside = outside if outside > after else after
        outside = outside if outside > before else before
        share = HALF - outside * unit
        share = share if share > ZERO else ZERO
        cover[i] = (share if share < ONE else ONE) * opacity


@kernel
def reach(shape: ShapeArray, wide: float) -> tuple[float, float]:
    """Highest and lowest luma pixel that a shape may touch, ``wide`` pixels beyond its edge."""
    kind = int(shape[0])
    if kind == LINE:
        wide += shape[9]
        return min(shape[6], shape[8]) - wide, max(shape[6], shape[8]) + wide
    if kind == RING:
        wide += shape[7] + shape[8]
        return shape[6] - wide, shape[6] + wide
    if kind == PANEL:
        return shape[6] - wide, shape[8] + wide
    upward = shape[9] < UPWARD and shape[11] < UPWARD
    return shape[6] - shape[7] - wide, shape[6] + (wide if upward else shape[7] + wide)


@kernel
def reach_in_row(shape: ShapeArray, y: float, wide: float) -> tuple[float, float]:
    """Where a shape may touch the row at ``y``: from and to, luma pixels."""
    kind = int(shape[0])
    if kind == LINE:
        x0, y0, x1, y1 = shape[5], shape[6], shape[7], shape[8]
        wide += shape[9]
        a, b = x0, x1
        if abs(y1 - y0) > 1e-9:
            # the part of the segment that is near this row
            s, t = (y - wide - y0) / (y1 - y0), (y + wide - y0) / (y1 - y0)
            a = x0 + min(max(s, 0.0), 1.0) * (x1 - x0)
            b = x0 + min(max(t, 0.0), 1.0) * (x1 - x0)
        return min(a, b) - wide, max(a, b) + wide
    if kind == RING:
        wide += shape[7] + shape[8]
        return shape[5] - wide, shape[5] + wide
    if kind == PANEL:
        return shape[5] - wide, shape[7] + wide
    if shape[9] < UPWARD and shape[11] < UPWARD:
        # between the two sides at this height, and a little more for their soft edges
        up = min(y - shape[6], 0.0)
        return shape[5] + shape[8] / shape[9] * up - 3.0 * wide, shape[5] + shape[10] / shape[11] * up + 3.0 * wide
    return shape[5] - shape[7] - wide, shape[5] + shape[7] + wide


@kernel
def solid_in_row(shape: ShapeArray, y: float, scale: float) -> tuple[float, float]:
    """What of the row at ``y`` a panel covers wholly: from and to, luma pixels; nothing for other shapes."""
    left, top, right, bottom, radius = shape[5], shape[6], shape[7], shape[8], shape[9]
    into = abs(y - 0.5 * (top + bottom)) - (0.5 * (bottom - top) - radius)
    if int(shape[0]) != PANEL or into > radius - 0.5 * scale:
        return 0.0, 0.0
    inset = radius + scale if into > -scale else 1.5 * scale
    return left + inset, right - inset


@kernel
def cover_stretch(shape: ShapeArray, y: float, i0: int, scale: float, cover: CoverArray) -> None:
    """Share of the pixels of a row from ``i0`` on that a shape covers; see ``cover_line``."""
    kind = int(shape[0])
    if kind == LINE:
        cover_line(shape, y, i0, scale, cover)
    elif kind == RING:
        cover_ring(shape, y, i0, scale, cover)
    elif kind == PANEL:
        cover_panel(shape, y, i0, scale, cover)
    else:
        cover_wedge(shape, y, i0, scale, cover)


@kernel
def blend_shape(
    first: PlaneArray, second: PlaneArray, columns: int, shape: ShapeArray, at: int, scale: float, cover: CoverArray
) -> None:
    """Blend one shape into one plane, or into two that lie alike, a pixel of which is ``scale`` luma pixels.

    Parameters
    ----------
    first, second : uint8 (rows, row length)
        Luma twice, or the two chroma planes.
    columns : int
        Pixels of a row.
    shape : float64 (13,)
    at : int
        Column of ``shape`` that holds the value for ``first``; that for ``second`` follows.
    scale : float
    cover : float32 (columns,)
        Room for the shares of a row.
    """
    unit, opacity, both = 1.0 / scale, shape[1], scale > 1.0
    top, bottom = reach(shape, scale)
    for j in range(first_pixel(top, unit), last_pixel(bottom, unit, first.shape[0])):
        y = (j + 0.5) * scale
        left, right = reach_in_row(shape, y, scale)
        i0, i3 = first_pixel(left, unit), last_pixel(right, unit, columns)
        left, right = solid_in_row(shape, y, scale)
        i1 = min(max(math.ceil(left * unit), i0), i3)
        i2 = max(min(math.floor(right * unit), i3), i1)
        if i2 > i1:
            blend_solid(first[j, i1:i2], shape[at], opacity)
            if both:
                blend_solid(second[j, i1:i2], shape[at + 1], opacity)
        else:
            i1 = i2 = i3
        for a, b in ((i0, i1), (i2, i3)):
            if b > a:
                cover_stretch(shape, y, a, scale, cover[: b - a])
                blend_row(first[j, a:b], shape[at], cover)
                if both:
                    blend_row(second[j, a:b], shape[at + 1], cover)


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
    half, cover = (width + 1) >> 1, np.empty(width, np.float32)
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
            blend_shape(y, y, width, shape, 2, 1.0, cover)
            blend_shape(u, v, half, shape, 3, 2.0, cover)
