"""The low-pass: equal to SciPy's where SciPy has it, and what must hold where it has not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from runlean_kernels.filters import butterworth_low_pass

Array = np.ndarray


def low_pass(x: Array, time_s: Array, cutoff_hz: float | Array = 6.0, offsets: Array | None = None) -> Array:
    x = np.asarray(x, dtype=float)
    x = np.ascontiguousarray(x[:, None] if x.ndim == 1 else x.reshape(len(x), x[0].size) if len(x) else x)
    out = np.full_like(x, 7.0)
    cutoff = np.broadcast_to(np.asarray(cutoff_hz, dtype=float), x.shape[1]).copy()
    butterworth_low_pass(x, time_s, np.array([0, len(x)]) if offsets is None else offsets, cutoff, out)
    return out


def scipy_low_pass(x: Array, fs: float, cutoff_hz: float) -> Array:
    """One channel without holes; the corner raised so that both passes together have -3 dB at the cut-off."""
    corner = np.arctan(np.tan(np.pi * cutoff_hz / fs) * (np.sqrt(2) - 1) ** -0.25) / np.pi * fs
    b, a = signal.butter(2, corner, fs=fs)
    return signal.filtfilt(b, a, x, padlen=min(9, len(x) - 1))


def naive_low_pass(x: Array, fs: float, cutoff_hz: float) -> Array:
    """One channel, run of known samples by run."""
    out = np.full(len(x), np.nan)
    known = np.concatenate([[False], ~np.isnan(x), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1]).reshape(-1, 2)
    for begin, end in edges:
        out[begin:end] = scipy_low_pass(x[begin:end], fs, cutoff_hz)
    return out


@pytest.mark.parametrize("fs", [25.0, 30.0, 59.94, 240.0])
@pytest.mark.parametrize("cutoff_hz", [2.0, 6.0, 10.0])
def test_equals_scipy(fs: float, cutoff_hz: float, rng: np.random.Generator) -> None:
    x = np.cumsum(rng.normal(size=(120, 3)), axis=0)
    got = low_pass(x, np.arange(120) / fs, cutoff_hz)
    for c in range(3):
        np.testing.assert_allclose(got[:, c], scipy_low_pass(x[:, c], fs, cutoff_hz), atol=1e-9)


def test_naive_twin_with_holes_and_a_cutoff_per_channel(rng: np.random.Generator) -> None:
    x = np.cumsum(rng.normal(size=(150, 7)), axis=0)
    for c, share in enumerate((0.0, 0.01, 0.05, 0.2, 0.5, 0.9, 1.0)):
        x[rng.random(150) < share, c] = np.nan
    cutoff = np.array([4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    got = low_pass(x, np.arange(150) / 30.0, cutoff)
    for c in range(7):
        np.testing.assert_allclose(got[:, c], naive_low_pass(x[:, c], 30.0, cutoff[c]), atol=1e-9)


@pytest.mark.parametrize("n", [2, 3, 9, 10, 11])
def test_short_runs_are_extended_by_what_they_have(n: int, rng: np.random.Generator) -> None:
    x = rng.normal(size=n)
    np.testing.assert_allclose(low_pass(x, np.arange(n) / 30.0)[:, 0], scipy_low_pass(x, 30.0, 6.0), atol=1e-12)


def test_lengths_0_and_1() -> None:
    assert low_pass(np.empty((0, 2)), np.empty(0)).shape == (0, 2)
    assert low_pass(np.array([[3.0, np.nan]]), np.zeros(1))[0, 0] == 3.0
    assert np.isnan(low_pass(np.array([[3.0, np.nan]]), np.zeros(1))[0, 1])
    lone = low_pass(np.array([np.nan, 3.0, np.nan]), np.arange(3) / 30.0)[:, 0]
    np.testing.assert_allclose(lone, [np.nan, 3.0, np.nan])


@pytest.mark.parametrize("fs", [30.0, 100.0])
def test_half_the_power_passes_at_the_cutoff(fs: float) -> None:
    time_s = np.arange(int(40 * fs)) / fs
    if fs > 30.0:
        time_s = time_s[: int(8 * fs)]
    for cutoff_hz in (3.0, 6.0):
        wave = np.sin(2 * np.pi * cutoff_hz * time_s)
        middle = slice(len(wave) // 4, -len(wave) // 4)
        got = low_pass(wave, time_s, cutoff_hz)[middle, 0]
        gain = np.sqrt(np.mean(got**2) / np.mean(wave[middle] ** 2))
        assert 20 * np.log10(gain) == pytest.approx(-3.01, abs=0.03)
        assert np.dot(got, wave[middle]) > 0.99 * np.linalg.norm(got) * np.linalg.norm(wave[middle])  # no phase shift


def test_constants_pass_and_lines_but_for_what_the_extension_leaves_at_the_ends() -> None:
    time_s = np.arange(60) / 30.0
    flat = np.full(60, 5.0)
    np.testing.assert_allclose(low_pass(flat, time_s)[:, 0], flat, rtol=1e-12)
    line = 3.0 - 20.0 * time_s
    off = np.abs(low_pass(line, time_s)[:, 0] - line)
    assert off.max() < 0.01 * 40.0
    assert off[15:-15].max() < 1e-4


def test_reversed_in_time_as_far_as_the_ends_allow(rng: np.random.Generator) -> None:
    x = np.cumsum(rng.normal(size=150))
    there = low_pass(x, np.arange(150) / 30.0)[:, 0]
    back = low_pass(x[::-1].copy(), np.arange(150) / 30.0)[::-1, 0]
    np.testing.assert_allclose(back[30:-30], there[30:-30], atol=1e-5)


def test_linear_in_its_input(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 60))
    time_s = np.arange(60) / 30.0
    mixed = low_pass(2 * a - 3 * b, time_s)
    np.testing.assert_allclose(mixed, 2 * low_pass(a, time_s) - 3 * low_pass(b, time_s), atol=1e-12)


def test_tracks_do_not_see_each_other(rng: np.random.Generator) -> None:
    x = rng.normal(size=(100, 2))
    time_s = np.concatenate([np.arange(40) / 30.0, np.arange(60) / 60.0])
    got = low_pass(x, time_s, offsets=np.array([0, 40, 40, 100]))
    np.testing.assert_array_equal(got[:40], low_pass(x[:40], time_s[:40]))
    np.testing.assert_array_equal(got[40:], low_pass(x[40:], time_s[40:]))


@pytest.mark.parametrize("cutoff_hz", [13.6, 20.0, 0.0, -1.0, np.nan])
def test_a_cutoff_that_leaves_nothing_to_do_changes_nothing(cutoff_hz: float, rng: np.random.Generator) -> None:
    x = rng.normal(size=(50, 2))
    x[7, 0] = np.nan
    for time_s in (np.arange(50) / 30.0, np.cumsum(rng.uniform(0.03, 0.036, 50))):
        np.testing.assert_array_equal(low_pass(x, time_s, cutoff_hz), x)


def wave_at(time_s: Array) -> Array:
    return np.stack([np.sin(2 * np.pi * f * time_s + f) for f in (0.7, 1.4, 2.8)], axis=1)


def test_uneven_stamps_give_what_even_ones_give(rng: np.random.Generator) -> None:
    even = np.arange(150) / 30.0
    uneven = even + rng.uniform(-0.008, 0.008, 150)
    got, want = low_pass(wave_at(uneven), uneven, 5.0), low_pass(wave_at(even), even, 5.0)
    # the same smooth motion, sampled elsewhere: each compared with its own times
    np.testing.assert_allclose((got - wave_at(uneven))[20:-20], (want - wave_at(even))[20:-20], atol=0.02)


def test_a_variable_frame_rate_is_filtered_by_time_and_not_by_row() -> None:
    time_s = np.concatenate([np.arange(60) / 30.0, 2.0 + np.arange(60) / 24.0])
    noise_free = np.sin(2 * np.pi * 1.4 * time_s)
    got = low_pass(noise_free + 0.3 * np.sin(2 * np.pi * 11.0 * time_s), time_s, 5.0)[:, 0]
    assert np.abs(got - noise_free)[15:-15].max() < 0.08


def test_rows_left_out_of_the_middle_are_bridged_up_to_three_and_split_beyond() -> None:
    even = np.arange(120) / 30.0
    steps = np.where(even < 2.0, 0.0, 5.0)
    for lost, bridged in ((2, True), (5, False)):
        keep = np.ones(120, dtype=bool)
        keep[60 - lost : 60] = False
        got = low_pass(steps[keep], even[keep], 3.0)[:, 0]
        beside = got[60 - lost - 1]
        assert (beside > 0.3) == bridged
        if not bridged:
            np.testing.assert_allclose(got, steps[keep], atol=1e-9)


def test_one_percent_of_jitter_still_counts_as_even(rng: np.random.Generator) -> None:
    even = np.arange(90) / 30.0
    x = np.cumsum(rng.normal(size=90))
    almost = even + rng.uniform(-0.0001, 0.0001, 90)
    np.testing.assert_allclose(low_pass(x, almost), low_pass(x, even), rtol=2e-3, atol=2e-2)
    rounded = np.round(even * 90000) / 90000  # what a container's clock leaves of 30 frames per second
    np.testing.assert_allclose(low_pass(x, rounded), low_pass(x, even), atol=1e-3)
