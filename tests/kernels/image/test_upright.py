from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.image.upright import narrow_plane, resample_plane


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("depth", [8, 10])
def test_a_plane_at_its_own_size_is_copied(stride: int, depth: int) -> None:
    dtype = np.uint8 if depth == 8 else np.uint16
    plane = np.random.default_rng(0).integers(0, 1 << depth, (7, 2 * 9 + 3)).astype(dtype)
    plane.flags.writeable = False  # as a decoder's are: compiled once for both
    out = np.empty((7, 9), np.uint8)
    resample_plane(plane, stride, stride - 1, 9, 7, 1.0 / (1 << (depth - 8)), np.eye(2, 3), out)
    picked = plane[:, stride - 1 :: stride][:, :9].astype(float) / (1 << (depth - 8))
    np.testing.assert_array_equal(out, np.minimum(np.floor(picked + 0.5), 255))


def test_turned_shrunk_and_enlarged() -> None:
    plane = np.random.default_rng(1).integers(0, 256, (8, 12)).astype(np.uint8)
    plane.flags.writeable = False
    turned = np.empty((6, 4), np.uint8)
    # a quarter turn clockwise at half size: upright x runs up the stored rows
    resample_plane(plane, 1, 0, 12, 8, 1.0, np.array([[0.0, 2.0, 0.0], [-2.0, 0.0, 8.0]]), turned)
    halved = plane.reshape(4, 2, 6, 2).mean(axis=(1, 3))
    assert np.abs(turned - np.rot90(halved, -1)).max() <= 0.51
    wide = np.empty((8, 24), np.uint8)
    resample_plane(plane, 1, 0, 12, 8, 1.0, np.array([[0.5, 0.0, 0.0], [0.0, 1.0, 0.0]]), wide)
    assert np.abs(wide[:, 2::2].astype(float) - (0.75 * plane[:, 1:] + 0.25 * plane[:, :-1])).max() <= 0.51


@pytest.mark.parametrize(("stride", "offset"), [(1, 0), (2, 0), (2, 1)])
@pytest.mark.parametrize("shift", [0, 2, 8])
@pytest.mark.parametrize("columns", [0, 1, 2, 9])
def test_narrowing_rounds_every_sample(stride: int, offset: int, shift: int, columns: int) -> None:
    dtype = np.uint8 if shift == 0 else np.uint16
    plane = np.random.default_rng(2).integers(0, 256 << shift, (3, 21)).astype(dtype)
    plane[0, :4] = (256 << shift) - 1
    plane.flags.writeable = False
    out = np.empty((3, columns), np.uint8)
    narrow_plane(plane, stride, offset, shift, out)
    picked = plane[:, offset::stride][:, :columns].astype(float) / (1 << shift)
    np.testing.assert_array_equal(out, np.minimum(np.floor(picked + 0.5), 255))
