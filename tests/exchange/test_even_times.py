"""Rows at even times: frames kept where the rate is constant, interpolated where it varies, gaps kept."""

import numpy as np
import pytest

from runlean.exchange.even_times import EvenGrid, interpolate, on_grid


def test_a_point_between_frames_lies_on_its_path():
    """A foot's path at 2.8 Hz and 30 fps, off by less than a tenth of what a straight line would be."""
    rng = np.random.default_rng(3)
    time_s = np.cumsum(rng.uniform(0.6, 1.4, 200)) / 30
    at_s = np.linspace(time_s[5], time_s[-5], 1000)
    path = np.sin(2 * np.pi * 2.8 * np.array(at_s))
    off = np.abs(interpolate(time_s, np.sin(2 * np.pi * 2.8 * time_s), at_s) - path)
    straight = np.abs(np.interp(at_s, time_s, np.sin(2 * np.pi * 2.8 * time_s)) - path)
    assert off.max() < 0.25 * straight.max()
    assert np.sqrt((off**2).mean()) < 0.12 * np.sqrt((straight**2).mean())


@pytest.mark.parametrize("power", [0, 1, 2])
def test_up_to_parabolas_are_exact_inside(power):
    time_s = np.array([0.0, 0.1, 0.25, 0.3, 0.5, 0.6])
    at_s = np.linspace(0.1, 0.5, 37)
    np.testing.assert_allclose(interpolate(time_s, time_s**power, at_s), at_s**power, atol=1e-12)


def test_nothing_is_made_up_in_a_gap_and_nothing_is_lost_beside_it():
    time_s = np.arange(8.0)
    values = np.array([0, 1, 2, np.nan, 4, 5, 6, 7.0])
    out = interpolate(time_s, values, np.array([1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]))
    np.testing.assert_allclose(out, [1.5, 2.0, np.nan, np.nan, np.nan, 4.0, 4.5], atol=1e-12)


def test_far_apart_is_a_gap():
    out = interpolate(np.array([0, 1, 2, 9, 10.0]), np.arange(5.0), np.array([1.5, 5.0, 9.0]))
    np.testing.assert_allclose(out, [1.5, np.nan, 3.0])


def test_frames_that_are_missing_are_rows_without_points():
    grid = EvenGrid(0.0, 10.0, False)
    row, values = on_grid(grid, np.array([4, 5, 8]), np.array([0.4, 0.5, 0.8]), np.array([[1.0], [2.0], [3.0]]))
    assert row.tolist() == [4, 5, 6, 7, 8]
    np.testing.assert_array_equal(values[:, 0], [1, 2, np.nan, np.nan, 3])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_tracks(n):
    time_s = np.arange(n) / 10
    for resampled in (False, True):
        row, values = on_grid(EvenGrid(0.0, 10.0, resampled), np.arange(n), time_s, np.ones((n, 3, 2)))
        assert row.tolist() == list(range(n))
        np.testing.assert_array_equal(values, np.ones((n, 3, 2)))
