"""Who is who: the cheapest one-to-one matching of tracks and detections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel


@kernel
def assignment(cost: NDArray[np.float64], limit: float, out: NDArray[np.int64]) -> None:
    r"""Match rows to columns so that the sum of costs is least; pairs dearer than ``limit`` stay apart.

    Parameters
    ----------
    cost : float64 (row, column)
        NaN or inf = impossible.
    limit : float
        What leaving a row unmatched costs; no matched pair costs more.
    out : int64 (row,)
        Column of each row, -1 where it has none.

    Notes
    -----
    Shortest augmenting paths with potentials (Jonker & Volgenant 1987; Crouse 2016). Each row gets a private
    extra column of cost ``limit``, so that being unmatched is a choice like any other:
    :math:`\min \sum_{matched} c_{ij} + limit \cdot \#unmatched\ rows`.
    """
    n, real = cost.shape
    m = real + n
    owner = np.full(m, -1, np.int64)
    row_potential = np.zeros(n)
    column_potential = np.zeros(m)
    shortest = np.empty(m)
    came_from = np.empty(m, np.int64)
    done = np.empty(m, np.bool_)
    for start in range(n):
        shortest[:] = np.inf
        done[:] = False
        came_from[:] = -1
        row = start
        column = -1
        lowest = 0.0
        while True:
            # relax all columns from this row, then settle the nearest
            nearest = np.inf
            sink = -1
            for j in range(m):
                if done[j]:
                    continue
                if j < real:
                    c = cost[row, j]
                    if not c <= limit:  # NaN, too
                        c = np.inf
                elif j == real + row:
                    c = limit
                else:
                    c = np.inf
                reach = lowest + c - row_potential[row] - column_potential[j]
                if reach < shortest[j]:
                    shortest[j] = reach
                    came_from[j] = row
                if shortest[j] < nearest:
                    nearest = shortest[j]
                    sink = j
            column = sink
            lowest = nearest
            done[column] = True
            if owner[column] < 0:
                break
            row = owner[column]
        # potentials stay feasible, then the path is turned round
        row_potential[start] += lowest
        for j in range(m):
            if done[j] and j != column:
                row_potential[owner[j]] += lowest - shortest[j]
                column_potential[j] -= lowest - shortest[j]
        while True:
            row = came_from[column]
            previous = -1
            for j in range(m):
                if owner[j] == row and j != column:
                    previous = j
                    break
            owner[column] = row
            if row == start:
                break
            column = previous
    for i in range(n):
        out[i] = -1
    for j in range(real):
        if owner[j] >= 0:
            out[owner[j]] = j
