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

    Up to four rows a pass: the loop over columns then reads four bytes and writes one float per column, and
    compiles to vector code (0.05 ms for 700 x 700 luma samples down to 256 rows).
    """
    n = end - begin
    f32 = np.float32
    a = plane[first_row, begin:end]
    w0 = weight[0]
    if count >= 4:
        w1, w2, w3 = weight[1], weight[2], weight[3]
        b = plane[first_row + 1, begin:end]
        c = plane[first_row + 2, begin:end]
        d = plane[first_row + 3, begin:end]
        for x in range(n):
            total[x] = w0 * f32(a[x]) + w1 * f32(b[x]) + w2 * f32(c[x]) + w3 * f32(d[x])
        done = 4
    elif count >= 2:
        w1 = weight[1]
        b = plane[first_row + 1, begin:end]
        for x in range(n):
            total[x] = w0 * f32(a[x]) + w1 * f32(b[x])
        done = 2
    else:
        for x in range(n):
            total[x] = w0 * f32(a[x])
        done = 1
    while done + 2 <= count:
        w0, w1 = weight[done], weight[done + 1]
        a = plane[first_row + done, begin:end]
        b = plane[first_row + done + 1, begin:end]
        for x in range(n):
            total[x] += w0 * f32(a[x]) + w1 * f32(b[x])
        done += 2
    if done < count:
        w0 = weight[done]
        a = plane[first_row + done, begin:end]
        for x in range(n):
            total[x] += w0 * f32(a[x])


@kernel
def gather_columns(
    total: FloatArray, offset: int, stride: int, start: IntArray, weight: FloatArray, out: FloatArray
) -> None:
    """Weighted sums along a row: ``out[i] = sum_t weight[i, t] total[offset + stride (start[i] + t)]``.

    There must be at least four weights. Four at a time without a branch took 0.09 ms for 256 x 256, a loop that
    stops at the last weight 0.24 ms. Unsigned indices spare the test for negative ones.
    """
    u = np.uintp
    step, taps = u(stride), weight.shape[1]
    for i in range(out.shape[0]):
        at = u(offset + stride * start[i])
        w = weight[i]
        value = (w[0] * total[at] + w[1] * total[at + step]) + (
            w[2] * total[at + step + step] + w[3] * total[at + step + step + step]
        )
        for t in range(4, taps):
            value += w[t] * total[at + u(t) * step]
        out[i] = value
