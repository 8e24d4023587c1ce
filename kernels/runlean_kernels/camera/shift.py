"""How far the background moved between two thumbnails: per block, and what most blocks agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]


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
    # a block's pixels one behind the other: what is done to each becomes vector code, which a sum on the way prevents
    gx, gy, apart = np.zeros(block * block), np.zeros(block * block), np.zeros(block * block)
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
            if n < 16:
                continue
            skipped = 0
            for y in range(top, bottom):
                for x in range(left, right):
                    skipped += skip[y, x]
            if 4 * skipped > n:
                continue
            _gradients(reference, top, left, tall, wide, gx, gy)
            mx, my = _total(gx, n) / n, _total(gy, n) / n
            sxx = _product(gx, gx, n) - n * mx * mx
            sxy = _product(gx, gy, n) - n * mx * my
            syy = _product(gy, gy, n) - n * my * my
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
                _mismatch(reference, picture, top, left, tall, wide, dx, dy, apart)
                mean = _total(apart, n)
                ex = _product(gx, apart, n) - mx * mean
                ey = _product(gy, apart, n) - my * mean
                step_x = (syy * ex - sxy * ey) / det
                step_y = (sxx * ey - sxy * ex) / det
                dx -= step_x
                dy -= step_y
                if abs(dx - start_x) > block or abs(dy - start_y) > block:
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
def _gradients(
    reference: Picture,
    top: int,
    left: int,
    tall: int,
    wide: int,
    gx: NDArray[np.float64],
    gy: NDArray[np.float64],
) -> None:
    """Central differences of a block, row behind row."""
    for y in range(tall):
        line = reference[top + y, left - 1 : left + wide + 1]
        along = gx[y * wide : (y + 1) * wide]
        for x in range(wide):
            along[x] = 0.5 * (line[x + 2] - line[x])
        above, below = reference[top + y - 1, left : left + wide], reference[top + y + 1, left : left + wide]
        across = gy[y * wide : (y + 1) * wide]
        for x in range(wide):
            across[x] = 0.5 * (below[x] - above[x])


@kernel
def _mismatch(
    reference: Picture,
    picture: Picture,
    top: int,
    left: int,
    tall: int,
    wide: int,
    dx: float,
    dy: float,
    apart: NDArray[np.float64],
) -> None:
    """The moved picture less the reference over a block, row behind row; bilinear between pixels."""
    x_whole, y_whole = int(np.floor(dx)), int(np.floor(dy))
    fx, fy = dx - x_whole, dy - y_whole
    first = left + x_whole
    for y in range(tall):
        upper = picture[top + y + y_whole, first : first + wide + 1]
        lower = picture[top + y + y_whole + 1, first : first + wide + 1]
        line = reference[top + y, left : left + wide]
        e = apart[y * wide : (y + 1) * wide]
        for x in range(wide):
            one = upper[x] + fx * (upper[x + 1] - upper[x])
            other = lower[x] + fx * (lower[x + 1] - lower[x])
            e[x] = one + fy * (other - one) - line[x]


@kernel
def _total(values: NDArray[np.float64], n: int) -> float:
    """Sum of the first ``n``; four at a time, as four sums side by side are not held up by one another."""
    a = b = c = d = 0.0
    whole = n // 4 * 4
    for i in range(0, whole, 4):
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
    for i in range(whole, n):
        a += values[i]
    return (a + b) + (c + d)


@kernel
def _product(first: NDArray[np.float64], second: NDArray[np.float64], n: int) -> float:
    """Sum of the products of the first ``n``."""
    a = b = c = d = 0.0
    whole = n // 4 * 4
    for i in range(0, whole, 4):
        a += first[i] * second[i]
        b += first[i + 1] * second[i + 1]
        c += first[i + 2] * second[i + 2]
        d += first[i + 3] * second[i + 3]
    for i in range(whole, n):
        a += first[i] * second[i]
    return (a + b) + (c + d)


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
    out[3] = _told(axx, axy, ayy)
    could = _told(vxx, vxy, vyy)
    out[4] = min(1.0, out[3] / could) if could > 0.0 else 0.0


@kernel
def _told(xx: float, xy: float, yy: float) -> float:
    """What a sum of structure tensors tells of x where y is not known."""
    return max(0.0, xx - xy * xy / yy) if yy > 0.0 else xx


@kernel
def _apart(block: NDArray[np.float64], x: float, y: float) -> float:
    dx, dy = x - block[0], y - block[1]
    return float(block[3] * dx * dx + 2.0 * block[4] * dx * dy + block[5] * dy * dy)
