"""Shifts of textured pictures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.camera.shift import block_shifts, coarse_shift, dominant_shift

TEXTURE = 4.0


def waves(rows, columns, dx=0.0, dy=0.0, seed=0):
    """A smooth texture, moved by (dx, dy): exact at any sub-pixel shift."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns].astype(float)
    out = np.full((rows, columns), 128.0)
    for _ in range(12):
        kx, ky = rng.uniform(-0.4, 0.4, 2)
        out += 12 * np.sin(kx * (x - dx) + ky * (y - dy) + rng.uniform(0, 6))
    return out.astype(np.float32)


def shifts_of(reference, picture, skip=None, block=8, start=(0.0, 0.0), texture=TEXTURE):
    rows, columns = reference.shape
    out = np.zeros(((rows // block) * (columns // block), 6))
    skip = np.zeros(reference.shape, np.bool_) if skip is None else skip
    found = block_shifts(reference, picture, skip, block, texture, *start, float(block), out)
    return out, found


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (0.3, -0.2), (1.6, 0.7), (-1.25, 1.5)])
def test_a_shift_is_found_to_a_fraction_of_a_pixel(dx, dy):
    out, found = shifts_of(waves(24, 40), waves(24, 40, dx, dy))
    good = out[:, 2] > 0
    assert found == good.sum() >= 5
    shift = np.empty(5)
    dominant_shift(out, 0.5, 0.0, 0.0, 1.0, shift)
    assert shift[:2] == pytest.approx([dx, dy], abs=0.03)
    assert shift[2] > 0.5


def test_brightness_and_mirror_do_not_matter():
    a, b = waves(24, 40), waves(24, 40, 0.8, 0.3)
    plain, brighter, mirrored = np.empty(5), np.empty(5), np.empty(5)
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


def naive_block(reference, picture, skip, rows, columns, start):
    """One block by NumPy: least squares of the mismatch on the gradient until the step is small."""
    top, left = max(rows.start, 1), max(columns.start, 1)
    bottom, right = min(rows.stop, reference.shape[0] - 1), min(columns.stop, reference.shape[1] - 1)
    nothing = [*start, 0.0, None, None, None]
    if bottom <= top or right <= left or (bottom - top) * (right - left) < 16:
        return nothing
    part = np.s_[top:bottom, left:right]
    if skip[part].mean() > 0.25:
        return nothing
    across, along = np.gradient(reference.astype(float))
    g = np.stack([along[part].ravel(), across[part].ravel()], axis=1)
    g -= g.mean(axis=0)
    tensor = g.T @ g
    weak, strong = np.linalg.eigvalsh(tensor)
    if strong < TEXTURE * len(g):
        return nothing
    weight = min(1.0, 0.1 + 4.0 * max(weak, 0.0) / strong)
    structure = [tensor[0, 0] / strong, tensor[0, 1] / strong, tensor[1, 1] / strong]
    d = np.array(start, dtype=float)
    for _ in range(10):
        x, y = np.arange(left, right) + d[0], np.arange(top, bottom) + d[1]
        x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
        if min(x0[0], y0[0]) < 0 or x0[-1] + 1 >= picture.shape[1] or y0[-1] + 1 >= picture.shape[0]:
            return [*start, -weight, *structure]
        fx, fy = (x - x0)[None, :], (y - y0)[:, None]
        corner = [picture[np.ix_(y0 + i, x0 + j)].astype(float) for i in (0, 1) for j in (0, 1)]
        moved = (corner[0] * (1 - fx) + corner[1] * fx) * (1 - fy) + (corner[2] * (1 - fx) + corner[3] * fx) * fy
        step = np.linalg.solve(tensor + 0.01 * strong * np.eye(2), g.T @ (moved - reference[part]).ravel())
        d = d - step
        if np.abs(d - start).max() > rows.stop - rows.start:
            break
        if np.abs(step).max() < 0.01:
            return [*d, weight, *structure]
    return [*start, -weight, *structure]


@pytest.mark.parametrize(
    ("dx", "dy", "start"), [(0.3, -0.2, (0.0, 0.0)), (2.6, 1.7, (2.0, 2.0)), (-6.0, 0.0, (0.0, 0.0))]
)
def test_block_shifts_equal_the_naive_twin(dx, dy, start):
    reference, picture = waves(27, 42, seed=3), waves(27, 42, dx, dy, seed=3) + np.float32(5.0)
    reference[:9, 8:16] = 90.0
    picture[:8, 24:32] += np.random.default_rng(1).normal(0, 20, (8, 8)).astype(np.float32)
    skip = np.zeros(reference.shape, np.bool_)
    skip[16:21, 16:23] = True
    out, found = shifts_of(reference, picture, skip, start=start)
    expected = [
        naive_block(reference, picture, skip, slice(8 * r, 8 * r + 8), slice(8 * c, 8 * c + 8), start)
        for r in range(3)
        for c in range(5)
    ]
    assert {np.sign(row[2]) for row in expected} == {-1.0, 0.0, 1.0}
    assert found == sum(row[2] > 0 for row in expected)
    for got, want in zip(out, expected, strict=True):
        known = [v is not None for v in want]
        np.testing.assert_allclose(got[known], [v for v in want if v is not None], rtol=1e-4, atol=1e-4)


def naive_dominant(shifts, tolerance, expected, trust):
    """Every block's votes from a matrix of distances; then twice the weighted least squares of those that agree."""
    tensors = shifts[:, [3, 4, 4, 5]].reshape(-1, 2, 2)
    weight = np.maximum(shifts[:, 2], 0.0)

    def agrees(place):
        off = place - shifts[:, :2]
        return (np.einsum("bi,bij,bj->b", off, tensors, off) <= tolerance**2) & (weight > 0)

    votes = np.array([(agrees(s[:2]) * weight).sum() for s in shifts])
    votes[np.abs(shifts[:, :2] - expected).max(axis=1) <= 1.5] *= trust
    place = shifts[int(np.argmax(np.where(weight > 0, votes, -1.0))), :2]
    for _ in range(2):
        mine = agrees(place)
        share = weight[mine].sum()
        whole = (weight[mine, None, None] * tensors[mine]).sum(axis=0)
        side = (weight[mine, None] * np.einsum("bij,bj->bi", tensors[mine], shifts[mine, :2])).sum(axis=0)
        place = np.linalg.solve(whole, side)
    # of x alone: the precision matrix's inverse, inverted at x
    could = (np.abs(shifts[:, 2])[:, None, None] * tensors).sum(axis=0)
    told, most = (1.0 / np.linalg.inv(a)[0, 0] for a in (whole, could))
    return [*place, share / np.abs(shifts[:, 2]).sum(), told, min(1.0, told / most)]


@pytest.mark.parametrize("trust", [1.0, 3.0])
def test_dominant_shift_equals_the_naive_twin(trust):
    rng = np.random.default_rng(5)
    shifts = np.zeros((40, 6))
    shifts[:, :2] = rng.choice([0.0, 4.0, -6.0], (40, 2)) + rng.normal(0, 0.2, (40, 2))
    shifts[:, 2] = rng.choice([1.0, 0.3, -0.5, 0.0], 40)
    turn = rng.uniform(0, np.pi, 40)
    c, s, weak = np.cos(turn), np.sin(turn), rng.uniform(0.2, 1.0, 40)
    shifts[:, 3:] = np.stack([c * c + weak * s * s, (1 - weak) * c * s, s * s + weak * c * c], axis=1)
    out = np.empty(5)
    dominant_shift(shifts, 0.7, 4.0, 0.0, trust, out)
    assert out == pytest.approx(naive_dominant(shifts, 0.7, np.array([4.0, 0.0]), trust), rel=1e-9)


def naive_coarse(reference, picture, skip, reach):
    best = (np.inf, 0, 0)
    rows, columns = reference.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            y, x = np.mgrid[:rows, :columns]
            inside = (y + dy >= 0) & (y + dy < rows) & (x + dx >= 0) & (x + dx < columns) & ~skip
            if inside.any() and 3 * inside.sum() >= (~skip).sum():
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
    # a person who fills most of the picture leaves a strip, and that is enough
    skip[:, :11] = True
    coarse_shift(a, b, skip, 0, 0, 4, out)
    assert out == pytest.approx(naive_coarse(a, b, skip, 4), rel=1e-5)
    assert out[:2].tolist() == [-3.0, 1.0]
    skip[:] = True
    coarse_shift(a, b, skip, 0, 0, 4, out)
    assert out.tolist() == [0.0, 0.0, np.inf]


def blocks(*rows):
    """dx, dy, weight of blocks with texture in all directions."""
    return np.array([[*row, 1.0, 0.0, 1.0] for row in rows])


def voted(shifts, expected=(0.0, 0.0), trust=1.0):
    out = np.empty(5)
    dominant_shift(shifts, 0.5, *expected, trust, out)
    return out


def test_most_blocks_decide():
    shifts = blocks((2.0, 1.0, 1.0), (2.1, 1.1, 1.0), (1.9, 0.9, 1.0), (-8.0, 0.0, 1.0), (0.0, 0.0, -1.0))
    assert voted(shifts) == pytest.approx([2.0, 1.0, 3 / 5, 3.0, 3 / 5])
    order = [4, 2, 0, 3, 1]
    assert voted(shifts[order]) == pytest.approx(voted(shifts))


def test_a_straight_edge_agrees_with_every_shift_along_itself():
    # horizontal lane lines stand still along themselves; two textured blocks know better
    lines = np.array([[0.0, 0.0, 0.1, 0.0, 0.0, 1.0]] * 12)
    shifts = np.concatenate([lines, blocks((-6.0, 0.1, 1.0), (-6.2, -0.1, 1.0))])
    assert voted(shifts)[:2] == pytest.approx([-6.1, 0.0], abs=0.05)
    assert voted(shifts)[2] == pytest.approx(1.0)
    # and of the way across the lines tell nothing, however many there are
    assert voted(shifts)[3] == pytest.approx(2.0)
    assert voted(lines)[2:] == pytest.approx([1.0, 0.0, 0.0])


def test_a_camera_that_goes_on_wins_a_close_vote():
    shifts = blocks(*[(0.0, 0.0, 1.0)] * 5, *[(-6.0, 0.0, 1.0)] * 4)
    assert voted(shifts)[0] == pytest.approx(0.0)
    assert voted(shifts, (-6.0, 0.0), 1.3)[0] == pytest.approx(-6.0)


@pytest.mark.parametrize("weights", [[], [0.0], [-1.0, 0.0]])
def test_without_a_block_there_is_no_shift(weights):
    out = voted(np.array([[0, 0, w, 1, 0, 1.0] for w in weights]).reshape(-1, 6))
    assert np.isnan(out[:2]).all()
    assert out[2:].tolist() == [0.0, 0.0, 0.0]


def test_what_is_faint_counts_where_it_is_asked_to():
    faint = (128 + (waves(24, 40) - 128) / 30).astype(np.float32)
    moved = (128 + (waves(24, 40, 0.8, 0.3) - 128) / 30).astype(np.float32)
    assert shifts_of(faint, moved)[1] == 0
    out, found = shifts_of(faint, moved, texture=TEXTURE / 900)
    assert found >= 5
    assert voted(out)[:2] == pytest.approx([0.8, 0.3], abs=0.03)
