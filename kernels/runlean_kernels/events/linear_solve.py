"""Symmetric positive definite systems, solved in place by Cholesky's factor."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]


@kernel
def cholesky(a: FloatArray) -> bool:
    """Replace the lower triangle of ``a`` (n, n) by its Cholesky factor; False where ``a`` is not positive definite."""
    n = a.shape[0]
    for j in range(n):
        pivot = a[j, j]
        for k in range(j):
            pivot -= a[j, k] * a[j, k]
        if not pivot > 1e-12 * abs(a[j, j]):
            return False
        pivot = math.sqrt(pivot)
        a[j, j] = pivot
        for i in range(j + 1, n):
            value = a[i, j]
            for k in range(j):
                value -= a[i, k] * a[j, k]
            a[i, j] = value / pivot
    return True


@kernel
def solve_lower(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite ``b`` (n,) by the solution of L x = b."""
    n = factor.shape[0]
    for i in range(n):
        value = b[i]
        for k in range(i):
            value -= factor[i, k] * b[k]
        b[i] = value / factor[i, i]


@kernel
def solve_upper(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite ``b`` (n,) by the solution of L' x = b."""
    n = factor.shape[0]
    for i in range(n - 1, -1, -1):
        value = b[i]
        for k in range(i + 1, n):
            value -= factor[k, i] * b[k]
        b[i] = value / factor[i, i]
