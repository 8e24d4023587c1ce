"""For how long each block of a picture has stood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.camera.shift import told_across
from runlean_kernels.jit import kernel


@kernel
def count_resting(
    shifts: NDArray[np.float64],
    rests: float,
    enough: int,
    number: int,
    count: NDArray[np.int64],
    begun: NDArray[np.int64],
    out: NDArray[np.float64],
) -> int:
    """Count the pictures in which each block stood; what those tell that stood for long enough.

    Parameters
    ----------
    shifts : float64 (block, 6)
        As from `block_shifts`, found from where a block was.
    rests : float
        A block found this near its old place stands, pixels.
    enough : int
        Pictures after which a block is known to stand.
    number : int
        Of the picture that the blocks were looked for from.
    count, begun : int64 (block,)
        Changed in place: pictures in which a block stood (one more, up to twice ``enough``; two less, down to 0, where
        it does not stand), and the number with which it began to.
    out : float64 (2,)
        Of the blocks that are known to stand, and do: the latest ``begun``, and what they tell of the place across, as
        `dominant_shift` counts it.

    Returns
    -------
    int
        Number of those blocks; -1, and nothing is changed, where most of the blocks known to stand do not.
    """
    known = still = 0
    for i in range(shifts.shape[0]):
        if count[i] >= enough:
            known += 1
            still += _stands(shifts[i], rests)
    if 2 * still < known:
        return -1
    found = 0
    latest = 0
    xx = xy = yy = 0.0
    for i in range(shifts.shape[0]):
        if count[i] == 0:
            begun[i] = number
        if not _stands(shifts[i], rests):
            count[i] = max(count[i] - 2, 0)
            continue
        count[i] = min(count[i] + 1, 2 * enough)
        if count[i] >= enough:
            found += 1
            latest = max(latest, begun[i])
            xx += shifts[i, 2] * shifts[i, 3]
            xy += shifts[i, 2] * shifts[i, 4]
            yy += shifts[i, 2] * shifts[i, 5]
    out[0] = latest
    out[1] = told_across(xx, xy, yy)
    return found


@kernel
def _stands(block: NDArray[np.float64], rests: float) -> bool:
    return bool(block[2] > 0.0 and np.hypot(block[0], block[1]) <= rests)
