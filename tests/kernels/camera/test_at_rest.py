"""Blocks counted for as long as they stand."""

from __future__ import annotations

import numpy as np

from runlean_kernels.camera.at_rest import count_resting

RESTS, ENOUGH = 0.5, 3
STANDS, MOVES, UNSEEN = (0.1, -0.2, 1.0), (0.4, 0.4, 0.5), (0.0, 0.0, -1.0)


def counted(pictures, count=None):
    """``pictures`` hold each block's shift and weight; what is told in the end, and the counts."""
    blocks = len(pictures[0])
    count = np.zeros(blocks, np.int64) if count is None else np.array(count)
    begun, out, found = np.zeros(blocks, np.int64), np.full(2, np.nan), 0
    for number, blocks in enumerate(pictures):
        shifts = np.array([[*block, 0.9, 0.2, 0.5] for block in blocks])
        found = count_resting(shifts, RESTS, ENOUGH, 10 + number, count, begun, out)
    return found, out.tolist(), count.tolist()


def test_blocks_that_stand_for_long_enough_tell_by_weight():
    found, out, count = counted([[STANDS, MOVES], [STANDS, STANDS], [STANDS, STANDS], [STANDS, STANDS]])
    assert (found, count) == (2, [4, 3])
    np.testing.assert_allclose(out, [11, 1.8 - 0.4**2 / 1.0])  # the second began with picture 11


def test_a_block_too_far_away_or_without_a_match_counts_down():
    found, _, count = counted([[STANDS] * 3] * 4 + [[MOVES, UNSEEN, STANDS]], [0, 0, 6])
    assert (found, count) == (-1, [4, 4, 6])  # two of three went: that is the camera
    found, _, count = counted([[STANDS] * 3] * 4 + [[MOVES, STANDS, STANDS]], [0, 0, 6])
    assert (found, count) == (2, [2, 5, 6])  # no more than twice what is enough


def naive_resting(shifts, rests, enough, number, count, begun):
    """By NumPy, all blocks at once."""
    stands = (shifts[:, 2] > 0) & (np.hypot(shifts[:, 0], shifts[:, 1]) <= rests)
    known = count >= enough
    if 2 * (known & stands).sum() < known.sum():
        return -1, None, count, begun
    begun = np.where(count == 0, number, begun)
    count = np.where(stands, np.minimum(count + 1, 2 * enough), np.maximum(count - 2, 0))
    known = stands & (count >= enough)
    xx, xy, yy = (shifts[known, 2:3] * shifts[known, 3:]).sum(axis=0)
    told = max(xx - xy**2 / yy, 0.0) if yy > 0 else xx
    return known.sum(), [begun[known].max(initial=0), told], count, begun


def test_counts_equal_the_naive_twin():
    rng = np.random.default_rng(4)
    count, begun, out = np.zeros(40, np.int64), np.zeros(40, np.int64), np.empty(2)
    went = 0
    for number in range(30):
        shifts = rng.normal(0, 0.25, (40, 6)) * (8 if number % 10 == 9 else 1)
        shifts[:, 2] += 0.3
        expected = naive_resting(shifts, RESTS, ENOUGH, number, count.copy(), begun.copy())
        found = count_resting(shifts, RESTS, ENOUGH, number, count, begun, out)
        assert found == expected[0]
        went += found < 0
        np.testing.assert_array_equal(count, expected[2])
        np.testing.assert_array_equal(begun, expected[3])
        if found >= 0:
            np.testing.assert_allclose(out, expected[1], atol=1e-12)
    assert 0 < went < 30
