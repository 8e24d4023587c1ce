"""Eight rows side by side hold and sum what eight single rows do."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.image.colour import store_columns, store_rows
from runlean_kernels.image.lanes import LANES, add_lanes, gather_lanes, interleave, share_lanes, used_taps
from runlean_kernels.image.plane import gather_columns


@pytest.mark.parametrize(("offset", "stride"), [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize("taps", [4, 8, 12])
def test_sums_are_those_of_single_rows_bit_by_bit(offset: int, stride: int, taps: int) -> None:
    rng = np.random.default_rng(taps)
    lines = rng.normal(size=(LANES, 80)).astype(np.float32)
    start = rng.integers(0, 20, 7).astype(np.int32)
    weight = rng.random((7, taps), dtype=np.float32)
    lanes, found = np.zeros(LANES * 80, np.float32), np.empty(LANES * 7, np.float32)
    interleave(lines, 80, lanes)
    assert (lanes.reshape(80, LANES) == lines.T).all()
    gather_lanes(lanes, offset, stride, start, weight, taps, found)
    for r in range(LANES):
        alone = np.empty(7, np.float32)
        gather_columns(lines[r], offset, stride, start, weight, alone)
        assert (found.reshape(7, LANES)[:, r] == alone).all()


def test_weights_that_nobody_reads_are_left_out_in_fours() -> None:
    assert used_taps(np.array([1, 3, 2], np.int32), 12) == 4
    assert used_taps(np.array([1, 5], np.int32), 12) == 8
    assert used_taps(np.array([4], np.int32), 4) == 4
    assert used_taps(np.zeros(0, np.int32), 4) == 4


def test_rows_outside_the_picture_are_zero_and_the_others_summed() -> None:
    plane = np.arange(60, dtype=np.uint8).reshape(6, 10)
    plane.flags.writeable = False
    start, count = np.array([1, 2, 4], np.int32), np.array([2, 1, 2], np.int32)
    weight = np.array([[0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25, 0.75, 0, 0]], np.float32)
    cover = np.array([1, 0, 1, 0, 0, 0, 0, 0], np.float32)
    lines = np.full((LANES, 12), 7, np.float32)
    add_lanes(plane, start, weight, count, cover, 0, 3, 5, lines)
    assert (lines[0, :5] == plane[1:3, 3:8].mean(axis=0)).all()
    assert not lines[1, :5].any()
    assert np.allclose(lines[2, :5], 0.25 * plane[4, 3:8] + 0.75 * plane[5, 3:8])
    assert not lines[3:, :5].any()
    assert (lines[:, 5:] == 7).all()


def test_shares_of_columns_and_rows_multiply() -> None:
    columns, rows = np.array([0.5, 1.0], np.float32), np.linspace(0, 1, LANES, dtype=np.float32)
    out = np.empty(2 * LANES, np.float32)
    share_lanes(columns, rows, out)
    assert (out.reshape(2, LANES) == columns[:, None] * rows).all()


def test_bytes_go_to_rows_or_columns_and_no_further_than_asked() -> None:
    red, green, blue = (np.arange(16, dtype=np.float32) + 20 * c + 0.9 for c in range(3))
    expected = np.stack([np.arange(16) + 20 * c for c in range(3)], axis=-1).reshape(2, LANES, 3)
    rows, columns = np.zeros((LANES, 2, 3), np.uint8), np.zeros((2, LANES, 3), np.uint8)
    store_rows(red, green, blue, 5, rows)
    store_columns(red, green, blue, 5, columns)
    assert (columns[:, :5] == expected[:, :5]).all()
    assert not columns[:, 5:].any()
    assert (rows == columns.transpose(1, 0, 2)).all()
