"""Shifts of textured pictures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.camera.shift import block_shifts, coarse_shift, dominant_shift


def waves(rows, columns, dx=0.0, dy=0.0, seed=0):
    """A smooth texture, moved by (dx, dy): exact at any sub-pixel shift."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns].astype(float)
    out = np.full((rows, columns), 128.0)
    for _ in range(12):
        kx, ky = rng.uniform(-0.4, 0.4, 2)
        out += 12 * np.sin(kx * (x - dx) + ky * (y - dy) + rng.uniform(0, 6))
    return out.astype(np.float32)


def shifts_of(reference, picture, skip=None, block=8, start=(0.0, 0.0)):
    rows, columns = reference.shape
    out = np.zeros(((rows // block) * (columns // block), 6))
    skip = np.zeros(reference.shape, np.bool_) if skip is None else skip
    found = block_shifts(reference, picture, skip, block, *start, out)
    return out, found


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (0.3, -0.2), (1.6, 0.7), (-1.25, 1.5)])
def test_a_shift_is_found_to_a_fraction_of_a_pixel(dx, dy):
    out, found = shifts_of(waves(24, 40), waves(24, 40, dx, dy))
    good = out[:, 2] > 0
    assert found == good.sum() >= 5
    shift = np.empty(3)
    dominant_shift(out, 0.5, 0.0, 0.0, 1.0, shift)
    assert shift[:2] == pytest.approx([dx, dy], abs=0.03)
    assert shift[2] > 0.5


def test_brightness_and_mirror_do_not_matter():
    a, b = waves(24, 40), waves(24, 40, 0.8, 0.3)
    plain, brighter, mirrored = np.empty(3), np.empty(3), np.empty(3)
    dominant_shift(shifts_of(a, b)[0], 0.5, 0.0, 0.0, 1.0, plain)
    dominant_shift(shifts_of(a, b + 9)[0], 0.5, 0.0, 0.0, 1.0, brighter)
    flip = [np.ascontiguousarray(p[:, ::-1]) for p in (a, b)]
    dominant_shift(shifts_of(*flip)[0], 0.5, 0.0, 0.0, 1.0, mirrored)
    assert brighter == pytest.approx(plain, abs=1e-3)
    assert mirrored[:2] == pytest.approx([-plain[0], plain[1]], abs=0.02)


def test_flat_blocks_and_persons_have_no_say():
    a = waves(16, 32)
    a[:, :16] = 90
    skip = np.zeros(a.shape, np.bool_)
    skip[:, 24:] = True
    out, found = shifts_of(a, a, skip)
    weight = out[:, 2].reshape(2, 4)
    assert (weight[:, 0] == 0).all()
    assert (weight[:, 3] == 0).all()
    assert (weight[:, 2] > 0).all()
    assert found == (weight > 0).sum()


def test_a_block_that_left_the_picture_finds_nothing():
    out, found = shifts_of(waves(16, 16), waves(16, 16), start=(30.0, 0.0))
    assert found == 0
    assert (out[:, 2] < 0).any()


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (2, 2), (8, 3)])
def test_pictures_too_small_for_a_block(shape):
    a = np.zeros(shape, np.float32)
    assert shifts_of(a, a)[1] == 0


def naive_coarse(reference, picture, skip, reach):
    best = (np.inf, 0, 0)
    rows, columns = reference.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            y, x = np.mgrid[:rows, :columns]
            inside = (y + dy >= 0) & (y + dy < rows) & (x + dx >= 0) & (x + dx < columns) & ~skip
            if 3 * inside.sum() >= rows * columns:
                gap = np.abs(picture[(y + dy)[inside], (x + dx)[inside]].astype(float) - reference[inside]).mean()
                best = min(best, (gap, dx, dy))
    return best[1], best[2], best[0]


def test_coarse_search_equals_the_naive_twin():
    a = waves(12, 16)
    b = np.roll(a, (1, -3), (0, 1))
    skip = np.zeros(a.shape, np.bool_)
    skip[2:6, 3:8] = True
    out = np.empty(3)
    coarse_shift(a, b, skip, 0, 0, 4, out)
    assert out == pytest.approx(naive_coarse(a, b, skip, 4), rel=1e-5)
    assert out[:2].tolist() == [-3.0, 1.0]


def blocks(*rows):
    """dx, dy, weight of blocks with texture in all directions."""
    return np.array([[*row, 1.0, 0.0, 1.0] for row in rows])


def voted(shifts, expected=(0.0, 0.0), trust=1.0):
    out = np.empty(3)
    dominant_shift(shifts, 0.5, *expected, trust, out)
    return out


def test_most_blocks_decide():
    shifts = blocks((2.0, 1.0, 1.0), (2.1, 1.1, 1.0), (1.9, 0.9, 1.0), (-8.0, 0.0, 1.0), (0.0, 0.0, -1.0))
    assert voted(shifts) == pytest.approx([2.0, 1.0, 3 / 5])
    order = [4, 2, 0, 3, 1]
    assert voted(shifts[order]) == pytest.approx(voted(shifts))


def test_a_straight_edge_agrees_with_every_shift_along_itself():
    # horizontal lane lines stand still along themselves; two textured blocks know better
    lines = np.array([[0.0, 0.0, 0.1, 0.0, 0.0, 1.0]] * 12)
    shifts = np.concatenate([lines, blocks((-6.0, 0.1, 1.0), (-6.2, -0.1, 1.0))])
    assert voted(shifts)[:2] == pytest.approx([-6.1, 0.0], abs=0.05)
    assert voted(shifts)[2] == pytest.approx(1.0)


def test_a_camera_that_goes_on_wins_a_close_vote():
    shifts = blocks(*[(0.0, 0.0, 1.0)] * 5, *[(-6.0, 0.0, 1.0)] * 4)
    assert voted(shifts)[0] == pytest.approx(0.0)
    assert voted(shifts, (-6.0, 0.0), 1.3)[0] == pytest.approx(-6.0)


@pytest.mark.parametrize("weights", [[], [0.0], [-1.0, 0.0]])
def test_without_a_block_there_is_no_shift(weights):
    out = voted(np.array([[0, 0, w, 1, 0, 1.0] for w in weights]).reshape(-1, 6))
    assert np.isnan(out[:2]).all()
    assert out[2] == 0.0
