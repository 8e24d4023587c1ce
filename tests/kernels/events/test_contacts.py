"""Contacts from the phase: one per foot and turn, at the place of the mean cycle."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.events.contacts import between_blocks, emit_contacts, time_of_phase
from runlean_kernels.events.cycle_sums import BLOCK_STRIDES
from runlean_kernels.events.gait_kind import NONE, RUNNING
from runlean_kernels.events.track_values import block_ranges

Array = np.ndarray

TWO_PI = 2 * np.pi


def steady(hz: float, seconds: float, start: float = 0.0, step: float = 0.25) -> tuple[Array, Array]:
    node_s = start + np.linspace(0, seconds, int(seconds / step) + 1)
    nodes = np.zeros((len(node_s), 4))
    nodes[:, 0], nodes[:, 1], nodes[:, 2], nodes[:, 3] = TWO_PI * hz * node_s, TWO_PI * hz, 0.9, 0.97
    return node_s, nodes


def emitted(
    node_s: Array,
    nodes: Array,
    events: Array | None = None,
    kind: list[int] | None = None,
    offsets: Array | None = None,
) -> tuple[Array, Array, Array, Array]:
    """Track, side, block and (contact, toe-off, sds, quality) of all contacts."""
    offsets = np.array([0, len(node_s)]) if offsets is None else offsets
    n = len(offsets) - 1
    first, blocks = np.empty(n, np.int64), np.empty(n + 1, np.int64)
    block_ranges(nodes, offsets, first, blocks)
    count = int(blocks[-1])
    if events is None:
        events = np.tile([[0.6, 2.6, 0.003, 0.004]], (count, 2, 1))
    assert len(events) == count
    cycle = np.zeros((count, 4))
    for track in range(n):
        for b in range(blocks[track], blocks[track + 1]):
            cycle[b, 0] = TWO_PI * (first[track] + BLOCK_STRIDES * (b - blocks[track] + 0.5))
    kinds = np.full(count, RUNNING, np.int8) if kind is None else np.array(kind, np.int8)
    room = 2 * BLOCK_STRIDES * count + 4 * len(node_s) + 4
    track, block = np.full(room, 7), np.full(room, 7)
    side, out = np.full(room, 7, np.int8), np.full((room, 5), 7.0)
    found = emit_contacts(offsets, node_s, nodes, first, blocks, cycle, events, kinds, track, side, block, out)
    return track[:found], side[:found], block[:found], out[:found]


def naive_contacts(
    node_s: Array, nodes: Array, first: int, cycle: Array, events: Array, kind: Array
) -> list[list[float]]:
    """One track: every half turn, its event's phase and time by NumPy's interpolation, stretch by stretch."""
    found = []
    known = np.isfinite(nodes[:, 0])
    cut = np.flatnonzero(~known | np.append(False, ~(np.diff(nodes[:, 0]) > 0)))
    for rows in np.split(np.arange(len(node_s)), cut):
        rows = rows[known[rows]]
        if not len(rows):
            continue
        t, phase = node_s[rows], nodes[rows, 0]
        for turn in range(int(phase[0] // np.pi) - 2, int(phase[-1] // np.pi) + 3):
            side, centre = turn % 2, turn * np.pi
            block = int(np.clip((centre // TWO_PI - first) // BLOCK_STRIDES, 0, len(kind) - 1))
            if kind[block] != RUNNING:
                continue
            when = []
            for event in (0, 1):
                at = centre + np.interp(centre, cycle[:, 0], events[:, side, event])
                when.append(np.interp(at, phase, t, left=np.nan, right=np.nan))
            if np.isfinite(when[0]):
                quality = nodes[rows[np.searchsorted(t, when[0], side="right") - 1], 3]
                found.append([side, block, *when, *events[block, side, 2:], np.clip(quality, 0, 1)])
    return found


def test_equals_its_naive_twin(rng: np.random.Generator) -> None:
    node_s, nodes = steady(1.3, 24.0)
    nodes[:, 0] += rng.normal(0, 0.1, len(node_s))
    nodes[:, 3] = rng.uniform(-0.1, 1.1, len(node_s))
    nodes[40:44] = np.nan
    first, blocks = np.empty(1, np.int64), np.empty(2, np.int64)
    block_ranges(nodes, np.array([0, len(node_s)]), first, blocks)
    n = int(blocks[1])
    cycle = np.zeros((n, 4))
    cycle[:, 0] = TWO_PI * (first[0] + BLOCK_STRIDES * (np.arange(n) + 0.5))
    events = np.array([0.6, 2.6, 0.003, 0.004]) * rng.uniform(0.9, 1.1, (n, 2, 4))
    _, side, block, out = emitted(node_s, nodes, events)
    expected = np.array(naive_contacts(node_s, nodes, int(first[0]), cycle, events, np.full(n, RUNNING)))
    np.testing.assert_array_equal(np.stack([side, block], axis=1), expected[:, :2])
    # which of two nodes stands for the quality does not matter where a contact lies on one
    np.testing.assert_allclose(out[:, :4], expected[:, 2:6], rtol=1e-9)
    assert len(out) > 50


def test_time_of_a_phase_is_interpolated(rng: np.random.Generator) -> None:
    node_s = np.cumsum(rng.uniform(0.2, 0.3, 12))
    nodes = np.zeros((12, 4))
    nodes[:, 0] = np.cumsum(rng.uniform(1, 3, 12))
    for phase in [*rng.uniform(nodes[2, 0], nodes[9, 0], 30), *nodes[2:10, 0]]:
        expected = np.interp(phase, nodes[2:10, 0], node_s[2:10])
        assert time_of_phase(node_s, nodes, 2, 10, phase) == pytest.approx(expected, rel=1e-12)
    for outside in (nodes[2, 0] - 0.01, nodes[9, 0] + 0.01, np.nan):
        assert np.isnan(time_of_phase(node_s, nodes, 2, 10, outside))
    assert time_of_phase(node_s, nodes, 3, 4, nodes[3, 0]) == node_s[3]


def test_between_blocks_is_linear_between_their_centres() -> None:
    cycle = np.zeros((4, 4))
    cycle[:, 0] = [0.0, 10.0, 20.0, np.nan]
    events = np.zeros((4, 2, 4))
    events[:, 1, 0] = [1.0, 2.0, 4.0, 9.0]

    def at(block: int, phase: float) -> float:
        return between_blocks(events, cycle, 0, 4, block, 1, 0, phase)

    for phase, block in ((2.0, 0), (8.0, 1), (12.0, 1), (17.0, 2)):
        assert at(block, phase) == pytest.approx(np.interp(phase, [0.0, 10.0, 20.0], [1.0, 2.0, 4.0]))
    assert at(0, -5.0) == 1.0  # beyond the first block's centre
    assert at(2, 25.0) == 4.0  # the block after it is empty
    events[1, 1, 0] = np.nan
    assert at(0, 4.0) == 1.0
    assert between_blocks(events, cycle, 2, 3, 2, 1, 0, 15.0) == 4.0  # the block before is another track's


@pytest.mark.parametrize("start", [0.0, 31.0])
def test_contacts_on_paper(start: float) -> None:
    node_s, nodes = steady(1.25, 4.0, start)
    track, side, block, out = emitted(node_s, nodes)
    # left feet land 0.6 rad after whole turns, right ones after half turns
    first = np.ceil((nodes[0, 0] - 0.6) / np.pi)
    turns = np.arange(first, (nodes[-1, 0] - 0.6) // np.pi + 1)
    assert side.tolist() == (turns % 2).astype(int).tolist()
    rate = TWO_PI * 1.25
    np.testing.assert_allclose(out[:, 0], (turns * np.pi + 0.6) / rate, rtol=1e-9)
    ends = (turns * np.pi + 2.6) / rate
    np.testing.assert_allclose(out[:, 1], np.where(ends <= node_s[-1], ends, np.nan), rtol=1e-9)
    np.testing.assert_allclose(out[:, 2:], np.tile([0.003, 0.004, 0.97], (len(out), 1)))
    assert (track == 0).all()
    assert (block == 0).all()
    assert len(turns) == 10


def test_sides_alternate_and_no_step_is_missed(rng: np.random.Generator) -> None:
    node_s = np.linspace(0, 12, 49)
    nodes = np.zeros((49, 4))
    nodes[:, 0] = 8.8 * node_s + 0.2 * np.sin(node_s) + rng.normal(0, 0.02, 49)
    _, side, block, out = emitted(node_s, nodes)
    assert (np.diff(side) != 0).all()
    assert (np.diff(out[:, 0]) > 0.25).all()
    assert (np.diff(out[:, 0]) < 0.5).all()
    assert len(out) == pytest.approx((nodes[-1, 0] - nodes[0, 0]) / np.pi, abs=1)
    assert (np.diff(block) >= 0).all()
    assert set(block) == {0, 1}


def test_a_waveform_that_changes_moves_contacts_smoothly() -> None:
    node_s, nodes = steady(1.25, 15.75)
    events = np.tile([[0.6, 2.6, 0.003, 0.004]], (2, 2, 1))
    events[1, :, 0] = 0.9
    _, _, _, out = emitted(node_s, nodes, events)
    own = np.interp(np.arange(len(out)) * np.pi, np.array([5, 15]) * TWO_PI, [0.6, 0.9])
    np.testing.assert_allclose(out[:, 0] * TWO_PI * 1.25 - np.arange(len(out)) * np.pi, own, atol=1e-9)


def test_a_hole_in_the_phase_has_no_contacts() -> None:
    node_s, nodes = steady(1.25, 8.0)
    whole = emitted(node_s, nodes)
    nodes[10:15] = np.nan
    _, side, _, out = emitted(node_s, nodes)
    inside = (whole[3][:, 0] > node_s[9]) & (whole[3][:, 0] < node_s[15])
    assert inside.sum() >= 3
    np.testing.assert_allclose(out[:, 0], whole[3][~inside, 0])
    assert side.tolist() == whole[1][~inside].tolist()


def test_only_running_blocks_have_contacts() -> None:
    node_s, nodes = steady(1.25, 24.0)
    _, _, block, out = emitted(node_s, nodes, kind=[RUNNING, NONE, RUNNING])
    assert set(block) == {0, 2}
    assert not ((out[:, 0] > 8.2) & (out[:, 0] < 15.8)).any()


def test_a_missing_event_is_no_contact_and_a_missing_toe_off_no_time() -> None:
    node_s, nodes = steady(1.25, 4.0)
    events = np.tile([[0.6, 2.6, 0.003, 0.004]], (1, 2, 1))
    events[0, 0, 0], events[0, 1, 1] = np.nan, np.nan
    _, side, _, out = emitted(node_s, nodes, events)
    assert (side == 1).all()
    assert np.isnan(out[:, 1]).all()
    assert np.isfinite(out[:, 0]).all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_few_nodes(n: int) -> None:
    node_s, nodes = steady(1.25, 4.0)
    # two nodes, 0 to 1.96 rad: the left foot's contact at 0.6, whose toe-off is not reached
    _, side, _, out = emitted(node_s[:n], nodes[:n])
    assert side.tolist() == ([0] if n == 2 else [])
    assert np.isnan(out[:, 1]).all()


def test_tracks_stand_for_themselves() -> None:
    one, other = steady(1.25, 4.0), steady(1.5, 6.0, 0.1)
    offsets = np.array([0, len(one[0]), len(one[0]), len(one[0]) + len(other[0])])
    track, side, _, out = emitted(
        np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]]), offsets=offsets
    )
    for i, alone in ((0, emitted(*one)), (2, emitted(*other))):
        np.testing.assert_array_equal(out[track == i], alone[3])
        np.testing.assert_array_equal(side[track == i], alone[1])
    assert (track != 1).all()


def test_quality_is_within_0_and_1() -> None:
    node_s, nodes = steady(1.25, 4.0)
    nodes[:8, 3], nodes[8:, 3] = -0.2, 1.3
    assert set(emitted(node_s, nodes)[3][:, 4]) == {0.0, 1.0}
