"""Symmetric positive definite systems, solved in place by Cholesky's factor.

The factor is kept as an upper triangle U with A = U'U. Each row is finished by taking the rows above it away, four at
a time: a row is then read and written a quarter as often, which is most of the work at 3 to 21 unknowns.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel, sum_kernel

FloatArray = npt.NDArray[np.float64]


@sum_kernel
def cholesky(a: FloatArray) -> bool:
    """Replace the upper triangle of ``a`` (n, n) by its factor; False where ``a`` is not positive definite."""
    n = a.shape[0]
    for i in range(n):
        row = a[i]
        fours = i - i % 4
        for j in range(0, fours, 4):
            above_0 = a[j]
            above_1 = a[j + 1]
            above_2 = a[j + 2]
            above_3 = a[j + 3]
            share_0 = above_0[i]
            share_1 = above_1[i]
            share_2 = above_2[i]
            share_3 = above_3[i]
            for k in range(i, n):
                row[k] -= share_0 * above_0[k] + share_1 * above_1[k] + share_2 * above_2[k] + share_3 * above_3[k]
        for j in range(fours, i):
            above = a[j]
            share = above[i]
            for k in range(i, n):
                row[k] -= share * above[k]
        pivot = row[i]
        if not pivot > 0.0:
            return False
        scale = 1.0 / math.sqrt(pivot)
        for k in range(i, n):
            row[k] *= scale
    return True


@sum_kernel
def solve_forward(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite ``b`` (n,) by the solution of U'x = b."""
    n = factor.shape[0]
    for i in range(n):
        row = factor[i]
        value = b[i] / row[i]
        b[i] = value
        for k in range(i + 1, n):
            b[k] -= value * row[k]


@sum_kernel
def solve_forward_columns(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite ``b`` (n, m) by the solution of U'X = B: many right sides, side by side in one vector.

    Sixteen columns take as long as two right sides one after the other.
    """
    n = factor.shape[0]
    for i in range(n):
        row = b[i]
        fours = i - i % 4
        for j in range(0, fours, 4):
            above_0 = b[j]
            above_1 = b[j + 1]
            above_2 = b[j + 2]
            above_3 = b[j + 3]
            share_0 = factor[j, i]
            share_1 = factor[j + 1, i]
            share_2 = factor[j + 2, i]
            share_3 = factor[j + 3, i]
            for c in range(row.shape[0]):
                row[c] -= share_0 * above_0[c] + share_1 * above_1[c] + share_2 * above_2[c] + share_3 * above_3[c]
        for j in range(fours, i):
            above = b[j]
            share = factor[j, i]
            for c in range(row.shape[0]):
                row[c] -= share * above[c]
        scale = 1.0 / factor[i, i]
        for c in range(row.shape[0]):
            row[c] *= scale


@sum_kernel
def solve_back(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite ``b`` (n,) by the solution of U x = b; each unknown is one sum along its row."""
    n = factor.shape[0]
    for step in range(n):
        i = n - 1 - step
        row = factor[i, i + 1 :]
        known = b[i + 1 :]
        total = 0.0
        for k in range(row.shape[0]):
            total += row[k] * known[k]
        b[i] = (b[i] - total) / factor[i, i]


@kernel
def solve_forward_four(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite ``b`` (n, 4) by the solution of U'X = B.

    The four sums of an unknown stay in local variables and do not wait for one another: they take a little more than
    one right side by itself.
    """
    for i in range(factor.shape[0]):
        sum_0 = b[i, 0]
        sum_1 = b[i, 1]
        sum_2 = b[i, 2]
        sum_3 = b[i, 3]
        for k in range(i):
            share = factor[k, i]
            sum_0 -= share * b[k, 0]
            sum_1 -= share * b[k, 1]
            sum_2 -= share * b[k, 2]
            sum_3 -= share * b[k, 3]
        scale = 1.0 / factor[i, i]
        b[i, 0] = sum_0 * scale
        b[i, 1] = sum_1 * scale
        b[i, 2] = sum_2 * scale
        b[i, 3] = sum_3 * scale


@kernel
def solve_back_four(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite ``b`` (n, 4) by the solution of U X = B; as `solve_forward_four`."""
    n = factor.shape[0]
    for step in range(n):
        i = n - 1 - step
        sum_0 = b[i, 0]
        sum_1 = b[i, 1]
        sum_2 = b[i, 2]
        sum_3 = b[i, 3]
        for k in range(i + 1, n):
            share = factor[i, k]
            sum_0 -= share * b[k, 0]
            sum_1 -= share * b[k, 1]
            sum_2 -= share * b[k, 2]
            sum_3 -= share * b[k, 3]
        scale = 1.0 / factor[i, i]
        b[i, 0] = sum_0 * scale
        b[i, 1] = sum_1 * scale
        b[i, 2] = sum_2 * scale
        b[i, 3] = sum_3 * scale
