"""Thumbnails compared with each other: smaller still, repeated, or of another shot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel, sum_kernel

Picture = NDArray[np.float32]


@kernel
def shrink_by_four(picture: Picture, out: Picture) -> None:
    """Mean of each 4 x 4 cell of ``picture`` into ``out`` (rows // 4, columns // 4)."""
    rows, columns = out.shape
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            for y in range(4 * i, 4 * i + 4):
                for x in range(4 * j, 4 * j + 4):
                    total += picture[y, x]
            out[i, j] = total / 16.0


@sum_kernel
def picture_difference(first: Picture, second: Picture, cell: int, out: NDArray[np.float64]) -> None:
    """Mean absolute difference of two pictures: over everything, and over the cell where it is largest.

    Parameters
    ----------
    first, second : float32 (rows, columns)
        Grey levels.
    cell : int
        Side of a cell, pixels; what is left over at the right and the bottom counts only in the first mean.
    out : float64 (2,)
        Mean over the picture, and over the cell where it is largest. A repeated picture differs nowhere; a
        runner's moving limb shows in one cell even when everything else stands still.
    """
    rows, columns = first.shape
    whole = columns // cell * cell
    # down the columns of a row of cells first: whole rows are vector code, the few pixels of a cell were not
    apart = np.empty(columns, np.float32)
    total = 0.0
    largest = 0.0
    for top in range(0, rows, cell):
        apart[:] = 0.0
        bottom = min(top + cell, rows)
        for y in range(top, bottom):
            one, other = first[y], second[y]
            for x in range(columns):
                apart[x] += abs(one[x] - other[x])
        for x in range(columns):
            total += apart[x]
        if bottom - top < cell:
            break
        for left in range(0, whole, cell):
            inside = np.float32(0.0)
            for x in range(left, left + cell):
                inside += apart[x]
            largest = max(largest, float(inside / (cell * cell)))
    mean = total / max(rows * columns, 1)
    out[0] = mean
    out[1] = max(largest, mean)


@sum_kernel
def cell_spread(values: Picture, cell: int, out: NDArray[np.float64]) -> None:
    """Standard deviation within each whole cell, row behind row, into ``out`` (rows // cell * columns // cell,)."""
    rows, columns = values.shape[0] // cell, values.shape[1] // cell
    n = cell * cell
    for i in range(rows):
        for j in range(columns):
            # about its first value: of a cell that is all one grey level nothing is left over
            middle = values[i * cell, j * cell]
            total = squares = 0.0
            for y in range(i * cell, (i + 1) * cell):
                for x in range(j * cell, (j + 1) * cell):
                    apart = float(values[y, x] - middle)
                    total += apart
                    squares += apart * apart
            out[i * columns + j] = np.sqrt(max(squares / n - (total / n) ** 2, 0.0))


@kernel
def count_still_cells(
    first: Picture, second: Picture, cell: int, dx: int, dy: int, limit: float, still: NDArray[np.int64]
) -> None:
    """Count for how long each cell has stood still while the picture moved.

    Call it only where the picture as a whole moved: what stays then is not part of the scene but a station's logo, a
    score or a subtitle. A cell that would look the same if it had moved (sky, a wall, anything in the dark) says
    nothing, and its count stays.

    Parameters
    ----------
    first, second : float32 (rows, columns)
        Consecutive pictures, grey levels.
    cell : int
        Side of a cell, pixels.
    dx, dy : int
        Where the scene moved to, pixels.
    limit : float
        Largest mean absolute difference of a cell that stands still, grey levels; with the scene's motion it would
        have to differ by twice that at least.
    still : int64 (rows // cell, columns // cell)
        Changed in place: one more (up to 20) where the cell stands still, two less (down to 0) where not.
    """
    rows, columns = first.shape
    for i in range(still.shape[0]):
        for j in range(still.shape[1]):
            total = 0.0
            expected = 0.0
            count = 0
            for y in range(i * cell, (i + 1) * cell):
                for x in range(j * cell, (j + 1) * cell):
                    total += abs(first[y, x] - second[y, x])
                    if 0 <= y - dy < rows and 0 <= x - dx < columns:
                        expected += abs(first[y, x] - first[y - dy, x - dx])
                        count += 1
            if total > limit * cell * cell:
                still[i, j] = max(still[i, j] - 2, 0)
            elif count > 0 and expected >= 2.0 * limit * count:
                still[i, j] = min(still[i, j] + 1, 20)


@kernel
def histogram_distance(first: Picture, second: Picture, counts: NDArray[np.float64]) -> float:
    """Half the L1 distance of two pictures' grey histograms: 0 = alike, 1 = no grey level in common.

    Each pixel is shared between its two nearest bins, so that a small change of light moves little.

    Parameters
    ----------
    first, second : float32 (rows, columns)
        Grey levels 0..255.
    counts : float64 (bin,)
        Work space; its length is the number of bins, at least 2.
    """
    bins = len(counts)
    for b in range(bins):
        counts[b] = 0.0
    for which in range(2):
        picture = first if which == 0 else second
        rows, columns = picture.shape
        share = (1.0 - 2.0 * which) / max(rows * columns, 1)
        for y in range(rows):
            for x in range(columns):
                place = min(max(picture[y, x] / 255.0, 0.0), 1.0) * (bins - 1)
                low = min(int(place), bins - 2)
                counts[low] += share * (1.0 - (place - low))
                counts[low + 1] += share * (place - low)
    distance = 0.0
    for b in range(bins):
        distance += abs(counts[b])
    return 0.5 * distance
