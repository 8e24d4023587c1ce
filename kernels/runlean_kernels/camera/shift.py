"""How far the background moved between two thumbnails: per block, and what most blocks agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel, sum_kernel

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]
#: Rows one behind the other: an index along them spares the tests that a row and a column of an array cost.
Line = NDArray[np.float32]


@kernel
def coarse_shift(
    reference: Picture,
    picture: Picture,
    skip: Mask,
    start_x: int,
    start_y: int,
    reach: int,
    out: NDArray[np.float64],
) -> None:
    """Whole-pixel shift of the background by exhaustive search for the least mean absolute difference.

    Parameters
    ----------
    reference, picture : float32 (rows, columns)
    skip : bool (rows, columns)
        Pixels of ``reference`` that belong to persons.
    start_x, start_y : int
        Middle of the search, pixels.
    reach : int
        Furthest shift from the middle, both ways.
    out : float64 (3,)
        dx, dy with ``picture[y + dy, x + dx] ~ reference[y, x]``, and the mean absolute difference there
        (grey levels; inf where nothing was tried). Shifts that leave less than a third of the pixels that are not
        skipped to compare are not tried: beside a runner who fills the picture a third of all pixels never is.
    """
    rows, columns = reference.shape
    outside = 0
    for y in range(rows):
        for x in range(columns):
            if not skip[y, x]:
                outside += 1
    out[0] = start_x
    out[1] = start_y
    out[2] = np.inf
    for dy in range(start_y - reach, start_y + reach + 1):
        for dx in range(start_x - reach, start_x + reach + 1):
            top, bottom = max(0, -dy), min(rows, rows - dy)
            left, right = max(0, -dx), min(columns, columns - dx)
            total = 0.0
            count = 0
            for y in range(top, bottom):
                for x in range(left, right):
                    if not skip[y, x]:
                        total += abs(picture[y + dy, x + dx] - reference[y, x])
                        count += 1
            if 3 * count < outside or count == 0:
                continue
            if total / count < out[2]:
                out[0] = dx
                out[1] = dy
                out[2] = total / count


@kernel
def block_shifts(
    reference: Picture,
    picture: Picture,
    skip: Mask,
    block: int,
    least_texture: float,
    start_x: float,
    start_y: float,
    reach: float,
    out: NDArray[np.float64],
) -> int:
    r"""Sub-pixel shift of every textured block, by the inverse compositional Lucas-Kanade method.

    Parameters
    ----------
    reference, picture : float32 (rows, columns)
    skip : bool (rows, columns)
        Pixels of ``reference`` that belong to persons; a block with more than a quarter of them is left out.
    block : int
        Side of a block, pixels.
    least_texture : float
        Mean squared gradient across the stronger direction from which on a block has texture, grey levels squared per
        pixel squared.
    start_x, start_y : float
        Where to begin, pixels.
    reach : float
        A block that is looked for further off than this, across or down, has no match; pixels.
    out : float64 (block_rows * block_columns, 6)
        dx, dy, weight, and the structure tensor (xx, xy, yy) divided by its larger eigenvalue. The weight is 1 for
        texture in all directions and near 0.1 for a single straight edge, 0 for a block without texture, and negative
        for one that has texture and found no match.

    Returns
    -------
    int
        Number of blocks that found a match.

    Notes
    -----
    Baker & Matthews 2004: with gradient :math:`g` of the reference,
    :math:`\Delta = (\sum g g^T)^{-1} \sum g e`, :math:`e = I(x + d) - T(x)`, :math:`d \leftarrow d - \Delta`.
    The means of ``e`` and ``g`` over the block are taken out, so that a change of brightness moves nothing. A
    hundredth of the larger eigenvalue is added to the tensor's diagonal: along a straight edge, where nothing tells
    one place from another, a block stays where it began.
    """
    rows, columns = reference.shape
    block_rows, block_columns = rows // block, columns // block
    before, now, left_out = reference.reshape(-1), picture.reshape(-1), skip.reshape(-1)
    gx, gy, sums = np.zeros(block * block, np.float32), np.zeros(block * block, np.float32), np.zeros(5, np.float32)
    found = 0
    for br in range(block_rows):
        for bc in range(block_columns):
            row = br * block_columns + bc
            top = max(br * block, 1)
            bottom = min((br + 1) * block, rows - 1)
            left = max(bc * block, 1)
            right = min((bc + 1) * block, columns - 1)
            out[row, 0] = start_x
            out[row, 1] = start_y
            out[row, 2] = 0.0
            tall, wide = bottom - top, right - left
            n = tall * wide
            if n < 16 or 4 * _count(left_out, columns, top, left, tall, wide) > n:
                continue
            _gradients(before, columns, top, left, tall, wide, gx, gy, sums)
            mx, my = float(sums[0]) / n, float(sums[1]) / n
            sxx = sums[2] - n * mx * mx
            sxy = sums[3] - n * mx * my
            syy = sums[4] - n * my * my
            half_trace = 0.5 * (sxx + syy)
            root = np.sqrt(max(half_trace * half_trace - (sxx * syy - sxy * sxy), 0.0))
            strongest = half_trace + root
            if strongest < least_texture * n:
                continue
            weight = min(1.0, 0.1 + 4.0 * max(half_trace - root, 0.0) / strongest)
            out[row, 2] = -weight
            out[row, 3] = sxx / strongest
            out[row, 4] = sxy / strongest
            out[row, 5] = syy / strongest
            sxx += 0.01 * strongest
            syy += 0.01 * strongest
            det = sxx * syy - sxy * sxy
            dx, dy = start_x, start_y
            good = False
            for _ in range(10):
                # the whole block, moved, must lie inside the picture
                if left + dx < 0 or right + dx > columns - 1 or top + dy < 0 or bottom + dy > rows - 1:
                    break
                if right + int(np.floor(dx)) > columns - 1 or bottom + int(np.floor(dy)) > rows - 1:
                    break
                _mismatch(before, now, columns, top, left, tall, wide, dx, dy, gx, gy, sums)
                ex = sums[1] - mx * sums[0]
                ey = sums[2] - my * sums[0]
                step_x = (syy * ex - sxy * ey) / det
                step_y = (sxx * ey - sxy * ex) / det
                dx -= step_x
                dy -= step_y
                if abs(dx - start_x) > reach or abs(dy - start_y) > reach:
                    break
                if abs(step_x) < 0.01 and abs(step_y) < 0.01:
                    good = True
                    break
            if good:
                out[row, 0] = dx
                out[row, 1] = dy
                out[row, 2] = weight
                found += 1
    return found


@kernel
def _count(marks: NDArray[np.bool_], columns: int, top: int, left: int, tall: int, wide: int) -> int:
    """Pixels of a block that are marked."""
    u = np.uintp
    at, total = u(top * columns + left), 0
    for _ in range(tall):
        for x in range(u(wide)):
            total += marks[at + x]
        at += u(columns)
    return total


@sum_kernel
def _gradients(
    reference: Line, columns: int, top: int, left: int, tall: int, wide: int, gx: Line, gy: Line, sums: Line
) -> None:
    """Central differences of a block, row behind row; their sums and those of xx, xy and yy into ``sums``."""
    half, u = np.float32(0.5), np.uintp
    sx = sy = sxx = sxy = syy = np.float32(0.0)
    n, down, one = u(wide), u(columns), u(1)
    at, k = u(top * columns + left), u(0)
    for _ in range(tall):
        above, below, before, after = at - down, at + down, at - one, at + one
        for x in range(n):
            along = half * (reference[after + x] - reference[before + x])
            across = half * (reference[below + x] - reference[above + x])
            gx[k + x] = along
            gy[k + x] = across
            sx += along
            sy += across
            sxx += along * along
            sxy += along * across
            syy += across * across
        at = below
        k += n
    sums[0], sums[1], sums[2], sums[3], sums[4] = sx, sy, sxx, sxy, syy


@sum_kernel
def _mismatch(
    reference: Line,
    picture: Line,
    columns: int,
    top: int,
    left: int,
    tall: int,
    wide: int,
    dx: float,
    dy: float,
    gx: Line,
    gy: Line,
    sums: Line,
) -> None:
    """The moved picture (bilinear) less the reference over a block: its sum, and those with gx and gy."""
    u = np.uintp
    x_whole, y_whole = int(np.floor(dx)), int(np.floor(dy))
    fx, fy = np.float32(dx - x_whole), np.float32(dy - y_whole)
    total = with_gx = with_gy = np.float32(0.0)
    n, down, right = u(wide), u(columns), u(1)
    at, upper, k = u(top * columns + left), u((top + y_whole) * columns + left + x_whole), u(0)
    for _ in range(tall):
        lower = upper + down
        for x in range(n):
            one = picture[upper + x] + fx * (picture[upper + x + right] - picture[upper + x])
            other = picture[lower + x] + fx * (picture[lower + x + right] - picture[lower + x])
            apart = one + fy * (other - one) - reference[at + x]
            total += apart
            with_gx += gx[k + x] * apart
            with_gy += gy[k + x] * apart
        at += down
        upper = lower
        k += n
    sums[0], sums[1], sums[2] = total, with_gx, with_gy


@kernel
def dominant_shift(
    shifts: NDArray[np.float64],
    tolerance: float,
    expected_x: float,
    expected_y: float,
    trust: float,
    out: NDArray[np.float64],
) -> None:
    r"""The shift that most of the picture shares: the densest place among the blocks', then their mean.

    Parameters
    ----------
    shifts : float64 (block, 6)
        As from `block_shifts`; only a positive weight has a say.
    tolerance : float
        Blocks within this distance agree, pixels.
    expected_x, expected_y : float
        Where the shift should be if the camera goes on as before, pixels.
    trust : float
        Votes for a shift within 1.5 pixels of the expected one count this much; 1 = like any other.
    out : float64 (5,)
        dx, dy and the share (by weight) that agrees of all blocks with texture; NaN, NaN, 0 without any. Then how much
        the blocks that agree tell of dx, counted in blocks textured in all directions (level lines tell nothing of a
        shift along them, however many there are), and that as a share of what all blocks with texture could tell.

    Notes
    -----
    Distance is measured with each block's own structure tensor, :math:`(d - d_b)^T A_b (d - d_b)`: a straight edge
    agrees with every shift along itself, and cannot outvote what is textured in all directions. Weights do not grow
    with contrast: one strong edge, a belt's or a runner's, must not outvote the wall behind. What is told of dx is the
    Schur complement of the summed tensors, :math:`A_{xx} - A_{xy}^2 / A_{yy}`: the precision of dx with dy unknown.
    """
    out[0] = np.nan
    out[1] = np.nan
    out[2] = 0.0
    out[3] = 0.0
    out[4] = 0.0
    best = -1
    best_votes = 0.0
    voters = vxx = vxy = vyy = 0.0
    limit = tolerance * tolerance
    for i in range(shifts.shape[0]):
        voters += abs(shifts[i, 2])
        vxx += abs(shifts[i, 2]) * shifts[i, 3]
        vxy += abs(shifts[i, 2]) * shifts[i, 4]
        vyy += abs(shifts[i, 2]) * shifts[i, 5]
        if shifts[i, 2] <= 0.0:
            continue
        votes = 0.0
        for j in range(shifts.shape[0]):
            if shifts[j, 2] > 0.0 and _apart(shifts[j], shifts[i, 0], shifts[i, 1]) <= limit:
                votes += shifts[j, 2]
        if abs(shifts[i, 0] - expected_x) <= 1.5 and abs(shifts[i, 1] - expected_y) <= 1.5:
            votes *= trust
        if votes > best_votes:
            best, best_votes = i, votes
    if best < 0:
        return
    x, y = shifts[best, 0], shifts[best, 1]
    agreeing = axx = axy = ayy = 0.0
    for _ in range(2):
        axx = axy = ayy = bx = by = 0.0
        agreeing = 0.0
        for j in range(shifts.shape[0]):
            weight = shifts[j, 2]
            if weight > 0.0 and _apart(shifts[j], x, y) <= limit:
                axx += weight * shifts[j, 3]
                axy += weight * shifts[j, 4]
                ayy += weight * shifts[j, 5]
                bx += weight * (shifts[j, 3] * shifts[j, 0] + shifts[j, 4] * shifts[j, 1])
                by += weight * (shifts[j, 4] * shifts[j, 0] + shifts[j, 5] * shifts[j, 1])
                agreeing += weight
        det = axx * ayy - axy * axy
        if det > 1e-6 * (axx + ayy) * (axx + ayy):
            x, y = (ayy * bx - axy * by) / det, (axx * by - axy * bx) / det
    out[0] = x
    out[1] = y
    out[2] = agreeing / voters
    out[3] = told_across(axx, axy, ayy)
    could = told_across(vxx, vxy, vyy)
    out[4] = min(1.0, out[3] / could) if could > 0.0 else 0.0


@kernel
def told_across(xx: float, xy: float, yy: float) -> float:
    """What a sum of structure tensors tells of x where y is not known."""
    return max(0.0, xx - xy * xy / yy) if yy > 0.0 else xx


@kernel
def _apart(block: NDArray[np.float64], x: float, y: float) -> float:
    dx, dy = x - block[0], y - block[1]
    return float(block[3] * dx * dx + 2.0 * block[4] * dx * dy + block[5] * dy * dy)
