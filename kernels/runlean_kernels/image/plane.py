"""Resampling one plane of samples with weights per row and per column."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
SampleArray = npt.NDArray[Any]


@kernel
def add_rows(
    plane: SampleArray,
    first_row: int,
    weight: FloatArray,
    count: int,
    begin: int,
    end: int,
    total: FloatArray,
) -> None:
    """Weighted sum of ``count`` rows from ``first_row``, columns begin..end, into ``total[: end - begin]``.

    Four rows a pass: the loop over columns then reads four bytes and writes one float per column, and compiles
    to vector code.
    """
    n = end - begin
    done = 0
    if count >= 4:
        w0, w1, w2, w3 = weight[0], weight[1], weight[2], weight[3]
        a = plane[first_row, begin:end]
        b = plane[first_row + 1, begin:end]
        c = plane[first_row + 2, begin:end]
        d = plane[first_row + 3, begin:end]
        for x in range(n):
            total[x] = (
                w0 * np.float32(a[x]) + w1 * np.float32(b[x]) + w2 * np.float32(c[x]) + w3 * np.float32(d[x])
            )
        done = 4
    elif count >= 2:
        w0, w1 = weight[0], weight[1]
        a = plane[first_row, begin:end]
        b = plane[first_row + 1, begin:end]
        for x in range(n):
            total[x] = w0 * np.float32(a[x]) + w1 * np.float32(b[x])
        done = 2
    else:
        w0 = weight[0]
        a = plane[first_row, begin:end]
        for x in range(n):
            total[x] = w0 * np.float32(a[x])
        done = 1
    while done + 2 <= count:
        w0, w1 = weight[done], weight[done + 1]
        a = plane[first_row + done, begin:end]
        b = plane[first_row + done + 1, begin:end]
        for x in range(n):
            total[x] += w0 * np.float32(a[x]) + w1 * np.float32(b[x])
        done += 2
    if done < count:
        w0 = weight[done]
        a = plane[first_row + done, begin:end]
        for x in range(n):
            total[x] += w0 * np.float32(a[x])


@kernel
def gather_columns(
    total: FloatArray,
    offset: int,
    stride: int,
    start: IntArray,
    count: IntArray,
    weight: FloatArray,
    out: FloatArray,
) -> None:
    """Weighted sums along a row: ``out[i] = sum_t weight[i, t] total[offset + stride (start[i] + t)]``."""
    for i in range(out.shape[0]):
        value = np.float32(0.0)
        at = offset + stride * start[i]
        for t in range(count[i]):
            value += weight[i, t] * total[at]
            at += stride
        out[i] = value
