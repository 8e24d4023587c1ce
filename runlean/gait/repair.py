"""Repair of raw keypoints: leg swaps undone, outliers removed, short gaps filled and marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.pose.tracks import BoolArray, FloatArray, IntArray
from runlean_kernels import landmarks as lm
from runlean_kernels.filters import noise_sd
from runlean_kernels.repair import fill_gap, leg_swap, outlier, stride_side, undo_leg_swap


@dataclass(frozen=True, slots=True)
class Repaired:
    """Keypoints after repair.

    Attributes
    ----------
    xy : float64 (row, 23, 2), px
    weight : float64 (row, 23)
    filled : bool (row, 23)
        The point was interpolated.
    swapped : bool (row, 2)
        Knees, and ankles with feet, had their sides exchanged.
    noise_px : float64 (track, 23)
        Standard deviation of the white part of each point's noise, per coordinate.
    """

    xy: FloatArray
    weight: FloatArray
    filled: BoolArray
    swapped: BoolArray
    noise_px: FloatArray


def repair(xy: FloatArray, weight: FloatArray, time_s: FloatArray, offsets: IntArray, max_gap_s: float) -> Repaired:
    """Repair every track.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    weight : float64 (row, 23)
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    max_gap_s : float
        Longer gaps stay missing.
    """
    xy, weight = xy.copy(), weight.copy()
    swapped = np.zeros((len(xy), 2), dtype=np.bool_)
    leg_swap(xy, weight, time_s, offsets, swapped)
    undo_leg_swap(xy, weight, swapped, True)
    # then those too long, or too well hidden, for a path to be followed through them
    against = np.zeros_like(swapped)
    stride_side(xy, weight, time_s, offsets, against)
    undo_leg_swap(xy, weight, against, False)
    swapped ^= against
    bad = np.zeros(weight.shape, dtype=np.bool_)
    outlier(xy, weight, time_s, offsets, bad)
    xy[bad] = np.nan
    weight[bad] = 0.0
    noise = np.empty((len(offsets) - 1, 2 * lm.N_LANDMARKS))
    noise_sd(np.ascontiguousarray(xy.reshape(len(xy), 2 * lm.N_LANDMARKS)), time_s, offsets, noise)
    noise_px = np.sqrt(0.5 * (noise[:, 0::2] ** 2 + noise[:, 1::2] ** 2))
    filled = np.empty(weight.shape, dtype=np.bool_)
    fill_gap(xy, time_s, offsets, max_gap_s, filled)
    return Repaired(xy, weight, filled, swapped, noise_px)
