"""Constant-velocity motion against the Kalman filter written with matrices."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.tracking.motion import association_cost, predicted_motion, updated_motion


def naive_predict(state, t, acceleration):
    move = np.array([[1.0, t], [0.0, 1.0]])
    q = acceleration**2 * np.array([[t**3 / 3, t**2 / 2], [t**2 / 2, t]])
    covariance = np.array([[state[4], state[5]], [state[5], state[6]]])
    x, y = move @ [state[0], state[2]], move @ [state[1], state[3]]
    p = move @ covariance @ move.T + q
    return np.array([x[0], y[0], x[1], y[1], p[0, 0], p[0, 1], p[1, 1]])


def naive_update(state, z, noise):
    p = np.array([[state[4], state[5]], [state[5], state[6]]])
    gain = p[:, 0] / (p[0, 0] + noise**2)
    x = np.array([state[0], state[2]]) + gain * (z[0] - state[0])
    y = np.array([state[1], state[3]]) + gain * (z[1] - state[1])
    p = (np.eye(2) - np.outer(gain, [1.0, 0.0])) @ p
    return np.array([x[0], y[0], x[1], y[1], p[0, 0], p[0, 1], p[1, 1]])


def states(n, seed=0):
    rng = np.random.default_rng(seed)
    out = rng.normal(0, 50, (n, 7))
    out[:, 4] = rng.uniform(1, 50, n)
    out[:, 6] = rng.uniform(1, 50, n)
    out[:, 5] = rng.uniform(-0.9, 0.9, n) * np.sqrt(out[:, 4] * out[:, 6])
    return out


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_prediction_equals_matrices(n):
    state, t, a = states(n), np.linspace(0, 1.5, n), np.linspace(1, 40, n)
    out = np.empty_like(state)
    predicted_motion(state, t, a, out)
    for i in range(n):
        assert out[i] == pytest.approx(naive_predict(state[i], t[i], a[i]))


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_update_equals_matrices(n):
    state, noise = states(n, 1), np.linspace(0.5, 9, n)
    z = np.random.default_rng(2).normal(0, 60, (n, 2))
    out = np.empty_like(state)
    updated_motion(state, z, noise, out)
    for i in range(n):
        assert out[i] == pytest.approx(naive_update(state[i], z[i], noise[i]))


def test_not_seen_changes_nothing():
    state = states(2)
    out = np.empty_like(state)
    updated_motion(state, np.array([[np.nan, 3.0], [np.nan, np.nan]]), np.ones(2), out)
    assert np.array_equal(out, state)


def test_two_short_predictions_are_one_long():
    state = states(3)
    half, twice, once = np.empty_like(state), np.empty_like(state), np.empty_like(state)
    predicted_motion(state, np.full(3, 0.2), np.full(3, 7.0), half)
    predicted_motion(half, np.full(3, 0.3), np.full(3, 7.0), twice)
    predicted_motion(state, np.full(3, 0.5), np.full(3, 7.0), once)
    assert twice == pytest.approx(once)


def test_a_steady_runner_is_foretold():
    state = np.array([[0.0, 0.0, 0.0, 0.0, 25.0, 0.0, 1e6]])
    out = np.empty_like(state)
    for k in range(1, 12):
        predicted_motion(state, np.array([0.1]), np.array([50.0]), out)
        updated_motion(out, np.array([[30.0 * k, 2.0 * k]]), np.array([5.0]), state)
    assert state[0, 2:4] == pytest.approx([300.0, 20.0], rel=0.02)
    assert 0 < state[0, 4] < 25


def cost_of(state, noise, log_height, colour, xy, seen_log_height, seen_colour):
    out = np.empty((len(state), len(xy)))
    association_cost(state, noise, log_height, colour, xy, seen_log_height, seen_colour, 0.15, 0.35, out)
    return out


def test_cost_equals_the_formula():
    rng = np.random.default_rng(3)
    state, noise = states(3), rng.uniform(1, 9, 3)
    log_height, seen_log_height = rng.normal(5, 0.2, 3), rng.normal(5, 0.2, 4)
    colour, seen_colour = rng.dirichlet(np.ones(6), 3), rng.dirichlet(np.ones(6), 4)
    xy = rng.normal(0, 60, (4, 2))
    out = cost_of(state, noise, log_height, colour, xy, seen_log_height, seen_colour)
    for i in range(3):
        for j in range(4):
            far = ((xy[j] - state[i, :2]) ** 2).sum() / (state[i, 4] + noise[i] ** 2)
            size = ((seen_log_height[j] - log_height[i]) / 0.15) ** 2
            hellinger2 = 0.5 * ((np.sqrt(colour[i]) - np.sqrt(seen_colour[j])) ** 2).sum()
            assert out[i, j] == pytest.approx(0.5 * (far + size + hellinger2 / 0.35**2))


def test_unknown_colour_costs_nothing_and_unknown_place_everything():
    state, noise, one = states(1), np.ones(1), np.ones(1)
    known = np.full((1, 4), 0.25)
    same = cost_of(state, noise, one, known, state[:, :2].copy(), one, np.full((1, 4), np.nan))
    assert same[0, 0] == pytest.approx(0.0)
    assert np.isnan(cost_of(state, noise, one, known, np.full((1, 2), np.nan), one, known)[0, 0])


def test_cost_does_not_depend_on_place_or_scale():
    state, noise, xy = states(2), np.array([2.0, 3.0]), np.array([[4.0, 5.0]])
    colour = np.full((2, 3), 1 / 3)
    here = cost_of(state, noise, np.ones(2), colour, xy, np.ones(1), colour[:1])
    larger = state * np.array([3, 3, 3, 3, 9, 9, 9]) + np.array([100, -7, 0, 0, 0, 0, 0])
    there = cost_of(larger, 3 * noise, np.ones(2), colour, 3 * xy + [100, -7], np.ones(1), colour[:1])
    assert there == pytest.approx(here)
