"""Values per track: blocks of strides, medians, slopes and the kind of gait, each counted out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from runlean_kernels.events.cycle_sums import BLOCK_STRIDES
from runlean_kernels.events.gait_kind import NONE, RUNNING, WALKING
from runlean_kernels.events.track_values import RUNNING_SHARE, block_ranges, node_speed, track_kind, track_median

Array = np.ndarray

TWO_PI = 2 * np.pi


def ranges(phases: list[list[float]]) -> tuple[list[int], list[int]]:
    """First turns and block counts of tracks with these phases."""
    offsets = np.cumsum([0] + [len(p) for p in phases])
    nodes = np.zeros((offsets[-1], 4))
    nodes[:, 0] = [v for p in phases for v in p]
    first, out = np.full(len(phases), 7), np.full(len(phases) + 1, 7)
    block_ranges(nodes, offsets, first, out)
    assert out[0] == 0
    return first.tolist(), np.diff(out).tolist()


def medians(values: Array, offsets: Array) -> Array:
    out = np.full(len(offsets) - 1, 7.0)
    track_median(np.asarray(values, float), np.asarray(offsets), out)
    return out


def test_blocks_hold_ten_strides_each() -> None:
    turn = TWO_PI
    cases = [
        [0.1, 0.5 * turn],  # one stride
        [0.0, (BLOCK_STRIDES - 0.01) * turn],  # ten
        [0.0, (BLOCK_STRIDES + 0.01) * turn],  # the eleventh begun
        [-0.1, 0.1],  # the turn before the first and the first
        [3.2 * turn, np.nan, (3.2 + 2 * BLOCK_STRIDES) * turn],
        [np.nan, np.nan],
        [],
    ]
    first, n = ranges(cases)
    assert first == [0, 0, 0, -1, 3, 0, 0]
    assert n == [1, 1, 2, 1, 3, 0, 0]


def test_every_phase_lies_in_a_block(rng: np.random.Generator) -> None:
    phases = [list(np.cumsum(rng.uniform(1, 3, 60)) + rng.uniform(-30, 30)) for _ in range(5)]
    first, n = ranges(phases)
    for p, f, count in zip(phases, first, n, strict=True):
        block = (np.floor(np.array(p) / TWO_PI).astype(int) - f) // BLOCK_STRIDES
        assert block.min() == 0
        assert block.max() == count - 1


def naive_medians(values: Array, offsets: list[int]) -> list[float]:
    known = [values[a:b][np.isfinite(values[a:b])] for a, b in pairwise(offsets)]
    return [float(np.median(own)) if len(own) else np.nan for own in known]


def test_median_equals_numpy_over_what_is_finite(rng: np.random.Generator) -> None:
    values = rng.normal(size=60)
    values[rng.random(60) < 0.2] = np.nan
    values[[3, 20]] = [np.inf, -np.inf]
    offsets = [0, 15, 15, 16, 18, 60]
    np.testing.assert_array_equal(medians(values, offsets), naive_medians(values, offsets))


@pytest.mark.parametrize(("values", "expected"), [([], np.nan), ([np.nan], np.nan), ([2.0], 2.0), ([1.0, 4.0], 2.5)])
def test_median_of_a_few(values: list[float], expected: float) -> None:
    assert medians(np.array(values), [0, len(values)])[0] == pytest.approx(expected, nan_ok=True)


def naive_speed(x: Array, node_s: Array, offsets: Array) -> Array:
    out = np.append(np.diff(x) / np.diff(node_s), np.nan)
    out[offsets[1:] - 1] = np.nan
    return out


def test_speed_is_the_slope_to_the_next_node(rng: np.random.Generator) -> None:
    node_s, x = np.cumsum(rng.uniform(0.2, 0.3, 12)), rng.normal(0, 50, 12)
    x[5] = np.nan
    offsets = np.array([0, 7, 7, 8, 12])
    out = np.full(12, 7.0)
    node_speed(x, node_s, offsets, out)
    expected = naive_speed(x, node_s, offsets)
    np.testing.assert_allclose(out, expected, rtol=1e-12)
    node_speed(-2 * x, node_s + 5, offsets, out)
    np.testing.assert_allclose(out, -2 * expected, rtol=1e-9)


def track_kinds(kind: list[int], rows: list[float], offsets: list[int]) -> list[int]:
    out = np.full(len(offsets) - 1, 7, np.int8)
    track_kind(np.array(kind, np.int8), np.array(rows, float), np.array(offsets), out)
    return out.tolist()


def naive_kinds(kind: list[int], rows: list[float], offsets: list[int]) -> list[int]:
    out = []
    for a, b in pairwise(offsets):
        share = {k: sum(n for n, own in zip(rows[a:b], kind[a:b], strict=True) if own == k) for k in (RUNNING, WALKING)}
        total = sum(rows[a:b])
        runs, walks = total > 0 and share[RUNNING] >= RUNNING_SHARE * total, share[WALKING] > 0.5 * total
        out.append(RUNNING if runs else WALKING if walks else NONE)
    return out


def test_kinds_equal_their_naive_twin(rng: np.random.Generator) -> None:
    kind, rows = rng.choice([NONE, RUNNING, WALKING], 60, p=[0.3, 0.2, 0.5]).tolist(), rng.uniform(0, 90, 60).tolist()
    offsets = [0, *sorted(rng.integers(0, 60, 20).tolist()), 60]
    found = track_kinds(kind, rows, offsets)
    assert found == naive_kinds(kind, rows, offsets)
    assert set(found) == {NONE, RUNNING, WALKING}


def test_a_quarter_of_running_is_a_runner() -> None:
    share = RUNNING_SHARE * 100
    for rows, expected in (([share, 100 - share], RUNNING), ([share - 1, 101 - share], WALKING)):
        assert track_kinds([RUNNING, WALKING], rows, [0, 2]) == [expected]
    assert track_kinds([WALKING, NONE], [49, 51], [0, 2]) == [NONE]
    assert track_kinds([WALKING, NONE], [51, 49], [0, 2]) == [WALKING]
    assert track_kinds([NONE, NONE], [50, 50], [0, 2]) == [NONE]


def test_tracks_have_their_own_kind_and_an_empty_one_none() -> None:
    kind = [RUNNING, RUNNING, WALKING, NONE]
    assert track_kinds(kind, [10, 10, 10, 10], [0, 2, 2, 3, 4]) == [RUNNING, NONE, WALKING, NONE]
    assert track_kinds([RUNNING], [0.0], [0, 1]) == [NONE]
