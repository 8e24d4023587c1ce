"""Repair of raw keypoints: leg swaps undone, wrong points removed, gaps filled and marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runlean.gait.track import batches
from runlean.pose.tracks import BoolArray, FloatArray, IntArray
from runlean_kernels import landmarks as lm
from runlean_kernels.filters import noise_sd
from runlean_kernels.repair import (
    fill_gap,
    fill_legs,
    leg_cycle,
    leg_swap,
    other_leg,
    outlier,
    stride_side,
    undo_leg_swap,
)

HIPS = slice(lm.LEFT_HIP, lm.RIGHT_HIP + 1)
LEGS = slice(lm.LEFT_KNEE, lm.RIGHT_ANKLE + 1)
#: Longest time for which a leg is carried on by the runner's own stride while the hips are seen: nearly two strides. A
#: runner who is hidden by another for longer has no steps there. Beyond the last row that shows the leg: half a stride.
MAX_HIDDEN_S = 1.2
MAX_BEYOND_S = 0.4


@dataclass(frozen=True, slots=True)
class Repaired:
    """Keypoints after repair.

    Attributes
    ----------
    xy : float64 (row, 23, 2), px
        As given: (row, 17, 2) where no feet were looked for, and so are all by row and point.
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
    """Repair every track, in place.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px, in and out
    weight : float64 (row, 23), in and out
    time_s : float64 (row,)
    offsets : int64 (track + 1,)
    max_gap_s : float
        Longer gaps stay missing, but for knees and ankles of a steady stride whose hips are seen (`MAX_HIDDEN_S`).
    """
    n = len(offsets) - 1
    out = Repaired(
        xy,
        weight,
        np.empty(weight.shape, dtype=np.bool_),
        np.zeros((len(xy), 2), dtype=np.bool_),
        np.full((n, lm.N_LANDMARKS), np.nan),
    )
    for tracks, rows, own in batches(offsets):
        part = Repaired(out.xy[rows], out.weight[rows], out.filled[rows], out.swapped[rows], out.noise_px[tracks])
        _repair(part, time_s[rows], own, max_gap_s)
    return out


def _repair(part: Repaired, time_s: FloatArray, offsets: IntArray, max_gap_s: float) -> None:
    """Repair a few tracks in place."""
    xy, weight, swapped = part.xy, part.weight, part.swapped
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
    # a leg that is hidden may lie on the other one, both labels on one leg: the stride tells
    cycle, off = np.empty((len(xy), 4, 2)), np.zeros((len(xy), 4), dtype=np.bool_)
    # from hips bridged as they will be in the end the stride sees the legs
    hips = np.ascontiguousarray(xy[:, HIPS])
    whole = hips.copy()
    fill_gap(whole, time_s, offsets, max_gap_s, np.empty(hips.shape[:2], dtype=np.bool_))
    xy[:, HIPS] = whole
    leg_cycle(xy, weight, time_s, offsets, cycle, off)
    xy[:, HIPS] = hips
    other_leg(xy, cycle, offsets, off)
    bad[:] = False
    bad[:, LEGS] = off
    for foot in range(lm.LEFT_HEEL, xy.shape[1], 2):
        bad[:, foot : foot + 2] = off[:, 2:]
    xy[bad] = np.nan
    weight[bad] = 0.0
    noise = np.empty((len(offsets) - 1, 2 * xy.shape[1]))
    noise_sd(xy.reshape(len(xy), noise.shape[1]), time_s, offsets, noise)
    part.noise_px[:, : xy.shape[1]] = np.sqrt(0.5 * (noise[:, 0::2] ** 2 + noise[:, 1::2] ** 2))
    fill_gap(xy, time_s, offsets, max_gap_s, part.filled)
    fill_legs(xy, cycle, time_s, offsets, MAX_HIDDEN_S, MAX_BEYOND_S, part.filled)
