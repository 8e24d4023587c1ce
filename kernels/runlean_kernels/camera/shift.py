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
        (grey levels; inf where nothing was tried). Shifts that leave less than a third of the pixels to
        compare are not tried.
    """
    rows, columns = reference.shape
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
            if 3 * count < rows * columns:
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
    start_x, start_y : float
        Where to begin, pixels.
    out : float64 (block_rows * block_columns, 5)
        dx, dy, weight (smaller eigenvalue of the structure tensor per pixel), and the block's centre x, y.
        The weight is 0 for a block without texture, and negative for one that has texture and found no match.

    Returns
    -------
    int
        Number of blocks that found a match.

    Notes
    -----
    Baker & Matthews 2004: with gradient :math:`g` of the reference,
    :math:`\Delta = (\sum g g^T)^{-1} \sum g e`, :math:`e = I(x + d) - T(x)`, :math:`d \leftarrow d - \Delta`.
    The means of ``e`` and ``g`` over the block are taken out, so that a change of brightness moves nothing.
    """
    rows, columns = reference.shape
    block_rows, block_columns = rows // block, columns // block
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
            out[row, 3] = 0.5 * (left + right)
            out[row, 4] = 0.5 * (top + bottom)
            n = (bottom - top) * (right - left)
            if n < 16:
                continue
            mx = my = sxx = sxy = syy = 0.0
            skipped = 0
            for y in range(top, bottom):
                for x in range(left, right):
                    skipped += skip[y, x]
                    gx = 0.5 * (reference[y, x + 1] - reference[y, x - 1])
                    gy = 0.5 * (reference[y + 1, x] - reference[y - 1, x])
                    mx += gx
                    my += gy
                    sxx += gx * gx
                    sxy += gx * gy
                    syy += gy * gy
            if 4 * skipped > n:
                continue
            mx /= n
            my /= n
            sxx -= n * mx * mx
            sxy -= n * mx * my
            syy -= n * my * my
            half_trace = 0.5 * (sxx + syy)
            det = sxx * syy - sxy * sxy
            weakest = half_trace - np.sqrt(max(half_trace * half_trace - det, 0.0))
            # 1 grey level per pixel across the weaker direction: below that noise decides
            if weakest < 1.0 * n:
                continue
            out[row, 2] = -weakest / n
            dx, dy = start_x, start_y
            good = False
            for _ in range(10):
                # the whole block, moved, must lie inside the picture
                if left + dx < 0 or right + dx > columns - 1 or top + dy < 0 or bottom + dy > rows - 1:
                    break
                x_whole, y_whole = int(np.floor(dx)), int(np.floor(dy))
                fx, fy = dx - x_whole, dy - y_whole
                if right + x_whole > columns - 1 or bottom + y_whole > rows - 1:
                    break
                ex = ey = mean = 0.0
                for y in range(top, bottom):
                    yy = y + y_whole
                    for x in range(left, right):
                        xx = x + x_whole
                        upper = picture[yy, xx] + fx * (picture[yy, xx + 1] - picture[yy, xx])
                        lower = picture[yy + 1, xx] + fx * (picture[yy + 1, xx + 1] - picture[yy + 1, xx])
                        e = upper + fy * (lower - upper) - reference[y, x]
                        mean += e
                        ex += 0.5 * (reference[y, x + 1] - reference[y, x - 1]) * e
                        ey += 0.5 * (reference[y + 1, x] - reference[y - 1, x]) * e
                ex -= mx * mean
                ey -= my * mean
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
                out[row, 2] = weakest / n
                found += 1
    return found


@kernel
def dominant_shift(shifts: NDArray[np.float64], tolerance: float, out: NDArray[np.float64]) -> None:
    """The shift that most of the picture shares: the densest place among the blocks', then their mean.

    Parameters
    ----------
    shifts : float64 (block, >= 3)
        dx, dy, weight; only a positive weight has a say.
    tolerance : float
        Blocks within this distance agree, pixels.
    out : float64 (3,)
        dx, dy and the share that agrees of all blocks whose weight is not 0; NaN, NaN, 0 without any.

    Notes
    -----
    Each block counts alike (not by its texture): one strong edge, a belt's or a runner's, must not outvote
    the wall behind.
    """
    out[0] = np.nan
    out[1] = np.nan
    out[2] = 0.0
    best = -1
    best_votes = 0
    voters = 0
    limit = tolerance * tolerance
    for i in range(shifts.shape[0]):
        if shifts[i, 2] != 0.0:
            voters += 1
        if shifts[i, 2] <= 0.0:
            continue
        votes = 0
        for j in range(shifts.shape[0]):
            if shifts[j, 2] > 0.0:
                gap_x = shifts[j, 0] - shifts[i, 0]
                gap_y = shifts[j, 1] - shifts[i, 1]
                votes += gap_x * gap_x + gap_y * gap_y <= limit
        if votes > best_votes:
            best, best_votes = i, votes
    if best < 0:
        return
    x, y = shifts[best, 0], shifts[best, 1]
    for _ in range(2):
        sx = sy = 0.0
        count = 0
        for j in range(shifts.shape[0]):
            if shifts[j, 2] > 0.0:
                gap_x = shifts[j, 0] - x
                gap_y = shifts[j, 1] - y
                if gap_x * gap_x + gap_y * gap_y <= limit:
                    sx += shifts[j, 0]
                    sy += shifts[j, 1]
                    count += 1
        x, y = sx / count, sy / count
        best_votes = count
    out[0] = x
    out[1] = y
    out[2] = best_votes / voters
