"""Step and stride times against answers on paper, and against a naive twin."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.strides import stance_side, step_timing


def timing(track, side, contact, toe_off, period):
    out = np.empty((len(contact), 6))
    step_timing(
        np.asarray(track, np.int64),
        np.asarray(side, np.int8),
        np.asarray(contact, float),
        np.asarray(toe_off, float),
        np.asarray(period, float),
        out,
    )
    return out


def naive(track, side, contact, toe_off, period):
    out = np.full((len(contact), 6), np.nan)
    for i in range(len(contact)):
        out[i, 0] = toe_off[i] - contact[i]
        following = [j for j in range(i + 1, len(contact)) if track[j] == track[i]][:2]

        def is_step(a, b):
            return side[a] != side[b] and not contact[b] - contact[a] > 1.6 * period[track[a]]

        if following and is_step(i, following[0]):
            j = following[0]
            out[i, 1] = contact[j] - toe_off[i]
            out[i, 2] = contact[j] - contact[i]
            out[i, 5] = 60 / out[i, 2]
            if len(following) == 2 and is_step(j, following[1]):
                out[i, 3] = contact[following[1]] - contact[i]
                out[i, 4] = out[i, 0] / out[i, 3]
                out[i, 5] = 120 / out[i, 3]
    return out


def test_a_steady_runner_on_paper():
    contact = 0.35 * np.arange(6)
    out = timing([0] * 6, [0, 1] * 3, contact, contact + 0.25, [0.35])
    np.testing.assert_allclose(out[:4, :4], [[0.25, 0.10, 0.35, 0.70]] * 4)
    np.testing.assert_allclose(out[:4, 4], 0.25 / 0.70)
    np.testing.assert_allclose(out[:5, 5], 60 / 0.35)
    # the last contact ends no step, the last two no stride
    assert np.isnan(out[5, 1:]).all()
    assert np.isnan(out[4, 3])


def test_a_missing_contact_leaves_nan_and_no_double_step():
    contact = np.array([0.0, 0.35, 1.05, 1.40])  # the contact at 0.70 was not seen
    out = timing([0] * 4, [0, 1, 1, 0], contact, contact + 0.25, [0.35])
    assert np.isnan(out[1, 1:]).all()
    assert out[0, 2] == pytest.approx(0.35)
    assert np.isnan(out[0, 3])
    long_gap = timing([0, 0], [0, 1], [0.0, 0.7], [0.25, 0.95], [0.35])
    assert np.isnan(long_gap[0, 2])


def test_tracks_do_not_touch_each_other():
    contact = np.array([0.0, 0.35, 0.1, 0.45])
    out = timing([0, 0, 1, 1], [0, 1, 0, 1], contact, contact + 0.2, [0.35, 0.35])
    assert np.isnan(out[1, 2])
    assert out[2, 2] == pytest.approx(0.35)


def test_equals_its_naive_twin_and_shifts_with_time():
    rng = np.random.default_rng(4)
    n = 40
    track = np.sort(rng.integers(0, 4, n))
    side = rng.integers(0, 2, n)
    contact = np.concatenate([np.cumsum(rng.uniform(0.2, 0.7, (track == k).sum())) for k in range(4)])
    toe_off = contact + rng.uniform(0.15, 0.3, n)
    toe_off[5] = np.nan
    period = np.array([0.35, np.nan, 0.4, 0.3])
    out = timing(track, side, contact, toe_off, period)
    np.testing.assert_allclose(out, naive(track, side, contact, toe_off, period))
    np.testing.assert_allclose(timing(track, side, contact + 7.0, toe_off + 7.0, period), out, atol=1e-12)
    np.testing.assert_allclose(timing(track, 1 - side, contact, toe_off, period), out)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_contacts(n):
    contact = 0.35 * np.arange(n)
    assert timing([0] * n, [0, 1][:n], contact, contact + 0.25, [0.35]).shape == (n, 6)


def naive_stance(track, side, contact, toe_off, time_s, offsets):
    """Row by row: the last contact before it, and what follows that."""
    out = np.full(len(time_s), -2)
    for k in range(len(offsets) - 1):
        mine = np.flatnonzero(track == k)
        for row in range(offsets[k], offsets[k + 1]):
            begun = mine[contact[mine] <= time_s[row]]
            if not len(begun):
                continue
            i = begun[-1]
            after = mine[mine > i]
            if time_s[row] <= toe_off[i]:
                out[row] = side[i]
            elif len(after) and side[after[0]] != side[i] and contact[after[0]] - toe_off[i] < 1.0:
                out[row] = -1
    return out


def test_stance_equals_its_naive_twin_and_knows_neither_side_nor_the_hour():
    rng = np.random.default_rng(8)
    counts = [7, 0, 5]
    track = np.repeat(np.arange(3), counts)
    side = rng.integers(0, 2, 12).astype(np.int8)
    contact = np.concatenate([0.1 + np.cumsum(rng.uniform(0.3, 0.5, n)) for n in counts])
    contact[9:] += 1.3  # a gap too long for flight
    toe_off = contact + rng.uniform(0.1, 0.28, 12)
    toe_off[3] = np.nan
    time_s = np.concatenate([np.cumsum(rng.uniform(0.02, 0.05, n)) for n in (80, 3, 120)])
    offsets = np.array([0, 80, 83, 203])

    def standing(which, add=0.0):
        out = np.empty(len(time_s), np.int8)
        stance_side(track, which, contact + add, toe_off + add, time_s + add, offsets, out)
        return out

    want = naive_stance(track, side, contact, toe_off, time_s, offsets)
    np.testing.assert_array_equal(standing(side), want)
    assert set(want.tolist()) == {-2, -1, 0, 1}
    np.testing.assert_array_equal(standing(side, 64.0), want)
    np.testing.assert_array_equal(standing((1 - side).astype(np.int8)), np.where(want >= 0, 1 - want, want))


def test_which_foot_stands_when():
    time_s = np.arange(0, 1.5, 0.05)
    contact = np.array([0.2, 0.55, 0.9])
    out = np.empty(len(time_s), np.int8)
    stance_side(
        np.zeros(3, np.int64),
        np.array([0, 1, 0], np.int8),
        contact,
        contact + 0.22,
        time_s,
        np.array([0, len(time_s)], np.int64),
        out,
    )
    for t, side in zip(time_s, out, strict=True):
        if t < 0.2 - 1e-9 or t > 1.12 + 1e-9:
            expected = -2
        else:
            expected = next((s for c, s in ((0.2, 0), (0.55, 1), (0.9, 0)) if c - 1e-9 <= t <= c + 0.22 + 1e-9), -1)
        assert side == expected, t


def test_no_flight_is_claimed_where_a_contact_is_missing():
    time_s = np.arange(0, 2, 0.05)
    out = np.empty(len(time_s), np.int8)
    # two left contacts in a row: between them the right foot's stance was not seen
    stance_side(
        np.zeros(2, np.int64),
        np.zeros(2, np.int8),
        np.array([0.2, 0.9]),
        np.array([0.4, 1.1]),
        time_s,
        np.array([0, len(time_s)], np.int64),
        out,
    )
    assert (out != -1).all()
