"""Legs told apart by the stride's phase where no path can be followed."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from runlean_kernels import landmarks as lm
from runlean_kernels.repair import stride_side, undo_leg_swap

LEG_PX = 200.0
#: As plain Python a window takes seconds: there the shortest track stands for all.
compiled = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="seconds for each window without the compiler")


def found(xy, time_s, score=None, offsets=None):
    out = np.ones((len(xy), 2), dtype=bool)
    score = np.full(xy.shape[:2], 0.8) if score is None else score
    stride_side(np.ascontiguousarray(xy), score, time_s, np.array([0, len(xy)]) if offsets is None else offsets, out)
    return out


def exchanged(xy, rows):
    swapped = np.zeros((len(xy), 2), dtype=bool)
    swapped[rows] = True
    out, score = xy.copy(), np.zeros(xy.shape[:2])
    undo_leg_swap(out, score, swapped, True)
    return out, swapped


def wrong_share(got, want, xy):
    apart = np.stack(
        [np.linalg.norm(xy[:, p] - xy[:, p + 1], axis=1) > 0.25 * LEG_PX for p in (lm.LEFT_KNEE, lm.LEFT_ANKLE)], axis=1
    )
    return float((got != want)[apart].mean())


@compiled
@pytest.mark.parametrize("fps", [25.0, 60.0])
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_good_track_is_left_alone(fps, direction, make_runner):
    xy, _, t = make_runner(int(3.5 * fps), fps, scatter_px=6.0, direction=direction)
    assert not found(xy, t).any()


@compiled
@pytest.mark.parametrize("begin_s", [0.5, 1.3, 2.1])
@pytest.mark.parametrize("gap_s", [0.0, 0.9])
def test_legs_that_come_back_exchanged_are_put_right(begin_s, gap_s, make_runner):
    """A runner is hidden for a while, and for another 1.3 s after that the labels are the wrong way round."""
    xy, _, t = make_runner(180, 30.0, scatter_px=5.0)
    after = begin_s + gap_s
    bad, want = exchanged(xy, (t >= after) & (t < after + 1.3))
    hidden = (t >= begin_s) & (t < after)
    bad[hidden] = np.nan
    got = found(bad, t)
    assert wrong_share(got[~hidden], want[~hidden], xy[~hidden]) < 0.03


@compiled
def test_a_beginning_the_wrong_way_round_is_put_right_by_the_rest(make_runner):
    xy, _, t = make_runner(150, 30.0, scatter_px=5.0)
    bad, want = exchanged(xy, t < 1.6)
    assert wrong_share(found(bad, t), want, xy) < 0.03


@compiled
def test_long_tracks_are_tied_window_by_window(make_runner):
    xy, _, t = make_runner(360, 30.0, scatter_px=5.0)
    bad, want = exchanged(xy, (t >= 4.0) & (t < 6.5))
    assert wrong_share(found(bad, t), want, xy) < 0.03


@compiled
def test_it_does_not_matter_which_way_the_runner_faces_nor_how_large(make_runner):
    xy, _, t = make_runner(120, 30.0, scatter_px=4.0)
    bad, _ = exchanged(xy, (t >= 1.0) & (t < 2.2))
    plain = found(bad, t)
    mirrored, larger = bad.copy(), 3.7 * bad
    mirrored[:, :, 0] *= -1.0
    assert np.array_equal(found(mirrored, t), plain)
    assert np.array_equal(found(larger, t + 11.0), plain)
    turned = bad @ np.array([[0.99, 0.141], [-0.141, 0.99]])
    assert np.array_equal(found(turned, t), plain)
    assert np.array_equal(found(bad[::-1].copy(), t[-1] - t[::-1])[::-1], plain)


@compiled
def test_what_does_not_stride_is_left_alone(rng):
    xy = np.full((100, lm.N_LANDMARKS, 2), np.nan)
    xy[:] = rng.normal(0.0, 60.0, (100, lm.N_LANDMARKS, 2)) + np.arange(lm.N_LANDMARKS)[None, :, None]
    assert found(xy, np.arange(100) / 30.0).mean() < 0.2
    still = np.tile(xy[:1], (100, 1, 1))
    assert not found(still, np.arange(100) / 30.0).any()


@pytest.mark.parametrize("n", [0, 1, 2, 19])
def test_short_tracks_come_back_as_they_are(n, make_runner):
    xy, _, t = make_runner(max(n, 1), 30.0)
    assert not found(xy[:n], t[:n]).any()


def test_nothing_known_is_nothing_exchanged():
    assert not found(np.full((60, lm.N_LANDMARKS, 2), np.nan), np.arange(60) / 30.0).any()


@compiled
def test_tracks_do_not_touch_each_other(make_runner):
    xy, _, t = make_runner(120, 30.0, scatter_px=4.0)
    bad, _ = exchanged(xy, (t >= 1.0) & (t < 2.2))
    both = found(np.concatenate([xy, bad]), np.concatenate([t, t]), offsets=np.array([0, 120, 240]))
    assert np.array_equal(both[:120], found(xy, t))
    assert np.array_equal(both[120:], found(bad, t))


def test_a_short_track_is_put_right_by_either_reading_of_the_kernel(make_runner):
    xy, _, t = make_runner(45, 25.0, scatter_px=3.0)
    bad, want = exchanged(xy, (t >= 0.9) & (t < 1.4))
    assert wrong_share(found(bad, t), want, xy) < 0.05
