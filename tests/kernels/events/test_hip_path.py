"""The rows' phase and the mean path of the hips: interpolation and weighted least squares written out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from runlean_kernels.events.hip_path import hip_path, row_phase
from runlean_kernels.events.path_fit import N_PATH_TERMS, path_place, path_sums

Array = np.ndarray

TWO_PI = 2 * np.pi


def steady_nodes(node_s: Array, hz: float) -> Array:
    nodes = np.empty((len(node_s), 4))
    nodes[:, 0] = TWO_PI * hz * node_s
    nodes[:, 1] = TWO_PI * hz
    nodes[:, 2:] = 0.9
    return nodes


def phase_of(time_s: Array, node_s: Array, nodes: Array, offsets: Array, node_offsets: Array) -> Array:
    out = np.full(len(time_s), 7.0)
    row_phase(time_s, offsets, node_offsets, node_s, nodes, out)
    return out


def path(hips: Array, time_s: Array, node_s: Array, nodes: Array) -> Array:
    out = np.full((len(node_s), 2), 7.0)
    ends = np.array([0, len(time_s)]), np.array([0, len(node_s)])
    hip_path(hips, time_s, ends[0], ends[1], node_s, nodes, out)
    return out


def design(u: Array, turned: Array) -> Array:
    return np.stack(
        [u, np.cos(turned), np.sin(turned), np.cos(2 * turned), np.sin(2 * turned), np.ones_like(u)], axis=1
    )


def naive_path(hips: Array, time_s: Array, centre: float, omega: float) -> Array:
    u = (time_s - centre) / (TWO_PI / omega)
    use = (np.abs(u) < 1) & ~np.isnan(hips).any(axis=1)
    if use.sum() < 2 * N_PATH_TERMS:
        return np.full(2, np.nan)
    w = (1 - u[use] ** 2) ** 2
    d = design(u[use], omega * (time_s[use] - centre))
    normal = d.T @ (w[:, None] * d)
    normal += 1e-6 * np.diag(np.diag(normal))
    return np.linalg.solve(normal, d.T @ (w[:, None] * hips[use]))[-1]


def test_row_phase_is_linear_between_nodes(rng: np.random.Generator) -> None:
    node_s = np.linspace(0.0, 2.0, 9)
    nodes = steady_nodes(node_s, 1.4)
    nodes[:, 0] += rng.normal(0, 0.2, 9)
    nodes[4, 0] = np.nan
    time_s = np.sort(np.append(rng.uniform(0, 2, 30), [0.0, 0.5, 2.0]))
    out = phase_of(time_s, node_s, nodes, np.array([0, 33]), np.array([0, 9]))
    beside = (time_s >= node_s[3]) & (time_s < node_s[5])
    assert np.isnan(out[beside]).all()
    np.testing.assert_allclose(out[~beside], np.interp(time_s, node_s, nodes[:, 0])[~beside], rtol=1e-12)


def test_row_phase_of_tracks_without_nodes() -> None:
    time_s = np.array([0.0, 0.0, 0.1, 0.2, 5.0])
    node_s = np.array([0.0, 0.2])
    out = phase_of(time_s, node_s, steady_nodes(node_s, 1.4), np.array([0, 1, 4, 5]), np.array([0, 0, 2, 2]))
    assert np.isnan(out).tolist() == [True, False, False, False, True]
    assert phase_of(time_s[:0], node_s[:0], np.empty((0, 4)), np.array([0, 0]), np.array([0, 0])).shape == (0,)


def test_sums_make_the_normal_matrix_of_the_fit(rng: np.random.Generator) -> None:
    time_s = np.cumsum(rng.uniform(0.02, 0.05, 50))
    hips = rng.normal(300, 20, (50, 2))
    hips[rng.random(50) < 0.2, 0] = np.nan
    centre, omega = 0.9, 8.8
    first = int(np.argmax(time_s > centre - TWO_PI / omega))
    sums, x, y = np.empty(15), np.empty(6), np.empty(6)
    n = path_sums(hips, time_s, first, 50, centre, omega, np.empty((2, 50)), sums, x, y)
    u = (time_s - centre) / (TWO_PI / omega)
    use = (np.abs(u) < 1) & ~np.isnan(hips[:, 0])
    w = (1 - u[use] ** 2) ** 2
    d = design(u[use], omega * (time_s[use] - centre))
    assert n == use.sum()
    np.testing.assert_allclose(np.stack([x, y]), (d.T @ (w[:, None] * hips[use])).T, rtol=1e-7, atol=1e-6)
    matrix = d.T @ (w[:, None] * d)
    fitted = np.linalg.solve(matrix + 1e-6 * np.diag(np.diag(matrix)), d.T @ (w[:, None] * hips[use]))
    np.testing.assert_allclose(path_place(sums, x, y), fitted[5], rtol=1e-9)


def test_a_fit_without_an_answer_gives_none() -> None:
    assert np.isnan(path_place(np.zeros(15), np.ones(6), np.ones(6))).all()


def test_path_equals_its_naive_twin_with_holes(rng: np.random.Generator) -> None:
    time_s = np.cumsum(rng.uniform(0.025, 0.04, 110))
    hips = np.cumsum(rng.normal(0, 2, (110, 2)), axis=0) + 300
    hips[rng.random(110) < 0.15] = np.nan
    hips[50:75, 1] = np.nan
    node_s = np.linspace(time_s[0], time_s[-1], 12)
    nodes = steady_nodes(node_s, 1.3)
    nodes[:, 1] *= rng.uniform(0.7, 1.4, 12)  # windows of changing width: both their ends go to and fro
    nodes[2, 0] = np.nan
    twin = np.array([naive_path(hips, time_s, s, w) for s, w in zip(node_s, nodes[:, 1], strict=True)])
    twin[2] = np.nan
    np.testing.assert_allclose(path(hips, time_s, node_s, nodes), twin, rtol=1e-6)


@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_a_line_that_bounces_twice_a_stride_is_the_line(fps: float) -> None:
    hz = 1.4
    time_s = np.arange(int(3 * fps)) / fps
    bounce = 8 * np.cos(2 * TWO_PI * hz * time_s + 0.3) + 3 * np.sin(TWO_PI * hz * time_s)
    hips = np.stack([100 + 250 * time_s + 0.5 * bounce, 300 - 4 * time_s + bounce], axis=1)
    node_s = np.linspace(0, time_s[-1], 12)
    got = path(hips, time_s, node_s, steady_nodes(node_s, hz))
    # the ends included; there the matrix, stiffened by 1e-6 of its diagonal, gives way by 5e-5 of the distance from 0
    np.testing.assert_allclose(got, np.stack([100 + 250 * node_s, 300 - 4 * node_s], axis=1), rtol=1e-4)


def test_path_moves_turns_and_mirrors_with_the_hips(rng: np.random.Generator) -> None:
    time_s = np.arange(60) / 30.0
    hips = rng.normal(0, 30, (60, 2))
    node_s = np.linspace(0, time_s[-1], 8)
    nodes = steady_nodes(node_s, 1.5)
    one = path(hips, time_s, node_s, nodes)
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    np.testing.assert_allclose(path(2 * hips @ turn, time_s, node_s, nodes), 2 * one @ turn, rtol=1e-9)
    np.testing.assert_allclose(path(hips * [-1, 1], time_s, node_s, nodes), one * [-1, 1], rtol=1e-9)
    np.testing.assert_allclose(path(hips + 500, time_s, node_s, nodes), one + 500, rtol=1e-4)
    back = path(hips[::-1].copy(), time_s, node_s, nodes)
    np.testing.assert_allclose(back[::-1], one, atol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 2, 11])
def test_too_few_hips_have_no_path(n: int) -> None:
    time_s = np.arange(n) / 30.0
    node_s = np.array([0.0, 0.4])
    assert np.isnan(path(np.ones((n, 2)), time_s, node_s, steady_nodes(node_s, 1.4))).all()


def test_tracks_do_not_touch_each_other(make_runner: Callable, rng: np.random.Generator) -> None:
    time_s = np.arange(40) / 30.0
    hips = rng.normal(300, 9, (80, 2))
    node_s = np.linspace(0, time_s[-1], 5)
    nodes = steady_nodes(node_s, 1.4)
    out = np.empty((10, 2))
    hip_path(
        hips, np.tile(time_s, 2), np.array([0, 40, 80]), np.array([0, 5, 10]), np.tile(node_s, 2),
        np.concatenate([nodes, nodes]), out,
    )  # fmt: skip
    for i in (0, 1):
        np.testing.assert_array_equal(out[5 * i : 5 * i + 5], path(hips[40 * i : 40 * i + 40], time_s, node_s, nodes))
