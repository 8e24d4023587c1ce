from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlean.video.clock import PresentationClock


def times_of(
    stamps: list[float | None], interval_s: float = 0.04, tick_s: float = 0.0
) -> tuple[list[float], PresentationClock]:
    clock = PresentationClock(interval_s, tick_s)
    times = [time for stamp in stamps for time in clock.push(stamp)]
    return times + clock.flush(), clock


def test_good_stamps_are_kept_from_the_first_frame_on() -> None:
    times, clock = times_of([5.0, 5.1, 5.15, 5.4])
    assert times == pytest.approx([0.0, 0.1, 0.15, 0.4])
    assert clock.timing().stamps_mended == 0


def test_missing_and_repeated_stamps_are_spread_between_their_neighbours() -> None:
    times, clock = times_of([0.0, 0.1, None, None, 0.4, 0.4, 0.6])
    assert times == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert clock.timing().stamps_mended == 3


def test_a_jump_back_goes_on_at_the_usual_interval() -> None:
    stamps: list[float | None] = [i * 0.1 for i in range(20)] + [i * 0.1 for i in range(20)]
    times, _ = times_of(stamps)
    assert len(times) == 40
    assert times == pytest.approx([i * 0.1 for i in range(40)])


def test_no_stamps_at_all_take_the_interval_of_the_header() -> None:
    times, clock = times_of([None] * 30, interval_s=0.02)
    assert times == pytest.approx([i * 0.02 for i in range(30)])
    assert clock.timing().stamps_mended == 30


def test_at_most_nine_frames_wait() -> None:
    clock = PresentationClock()
    clock.push(0.0)
    assert [len(clock.push(None)) for _ in range(9)] == [0] * 8 + [9]


@given(st.lists(st.one_of(st.none(), st.floats(-5, 5)), max_size=60))
def test_times_start_at_0_and_always_increase(stamps: list[float | None]) -> None:
    times, _ = times_of(stamps)
    assert len(times) == len(stamps)
    assert times[:1] == [0.0][: len(stamps)]
    assert (np.diff(times) > 0).all()


@pytest.mark.parametrize(("fps", "tick"), [(29.97, 0.001), (59.94, 0.001), (240.0, 0.001), (24.0, 1 / 90000)])
def test_rounded_stamps_of_a_constant_rate_are_constant(fps: float, tick: float) -> None:
    _, clock = times_of([round(i / fps / tick) * tick for i in range(300)], tick_s=tick)
    timing = clock.timing()
    assert not timing.variable_frame_rate
    assert timing.fps_from_timestamps == pytest.approx(fps, rel=2e-3)
    assert timing.duration_s == pytest.approx(300 / fps, rel=2e-3)


def test_one_long_interval_makes_the_rate_variable_and_leaves_it_be() -> None:
    _, clock = times_of([i / 30 + 0.05 * (i > 40) for i in range(100)])
    assert clock.timing().variable_frame_rate
    assert clock.timing().fps_from_timestamps == pytest.approx(30.0)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_videos(n: int) -> None:
    _, clock = times_of([0.1 * i for i in range(n)], interval_s=0.1)
    timing = clock.timing()
    assert timing.n_frames == n
    assert timing.duration_s == pytest.approx(0.1 * n)
    assert math.isnan(timing.fps_from_timestamps) == (n < 2)
