"""Pieces of one course, and courses of two people."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.people.joining import Course, breaks, join_courses

RED, BLUE = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def course(first_s, last_s, x, speed, height=100.0, colour=RED, shot=0, y=250.0):
    t = np.arange(first_s, last_s, 1 / 30)
    return Course(t, x + speed * t, np.full(len(t), y), np.zeros((len(t), 2)), height, colour, shot)


def joined(*courses):
    return join_courses(list(courses), 1000, 500).tolist()


def test_one_course_in_two_pieces_is_joined():
    assert joined(course(0, 2, 100, 150), course(2.6, 4, 100, 150)) == [-1, 0]
    assert joined(course(2.6, 4, 100, 150), course(0, 2, 100, 150)) == [1, -1]


def test_unknown_colour_does_not_matter():
    assert joined(course(0, 2, 100, 150), course(2.6, 4, 100, 150, colour=np.full(1, np.nan))) == [-1, 0]


@pytest.mark.parametrize(
    "other",
    [
        course(3.6, 5, 100, 150),  # too late
        course(1.5, 4, 100, 150),  # there at the same time
        course(2.6, 4, 250, 150),  # elsewhere
        course(2.6, 4, 880, -150),  # the other way
        course(2.6, 4, 100, 150, height=60),  # another size
        course(2.6, 4, 100, 150, colour=BLUE),  # other clothes
        course(2.6, 4, 100, 150, shot=1),  # behind a cut
    ],
)
def test_another_course_is_not(other):
    assert joined(course(0, 2, 100, 150), other) == [-1, -1]


def test_who_left_the_picture_comes_back_as_another():
    gone = course(0, 1.0, 850, 160)
    back = course(1.9, 3.0, 1010 + 160 * 0.9 + 150 * 1.9, -150)
    assert joined(gone, back) == [-1, -1]
    # even where both ends fit a turn just outside
    assert joined(course(0, 1.0, 1050, -60), course(1.8, 3.0, 1050, -60)) == [-1, 0]
    assert joined(course(0, 1.0, 930, 60), course(1.8, 3.0, 930, 60)) == [-1, -1]


def test_each_piece_goes_on_in_one_only():
    pieces = [course(0, 2, 100, 150), course(2.4, 4, 100, 150), course(2.4, 4, 110, 150)]
    before = joined(*pieces)
    assert before[0] == -1
    assert sorted(before[1:]) == [-1, 0]


@pytest.mark.parametrize("n", [0, 1])
def test_few(n):
    assert joined(*[course(0, 1, 0, 0)] * n) == [-1] * n


def one_track(*courses):
    parts = [np.concatenate([getattr(c, name) for c in courses]) for name in ("time_s", "x", "y", "shift")]
    return Course(*parts, 100.0, RED, 0)


@pytest.mark.parametrize(
    "later",
    [
        course(2.0, 3.0, 300, 0),  # somebody who stands
        course(2.0, 3.0, 190, 150),  # somebody else's place
        course(2.6, 4.0, 880, -150),  # behind somebody, then the other way
    ],
)
def test_a_track_that_goes_on_elsewhere_breaks_there(later):
    assert breaks(one_track(course(0, 2, 100, 150), later)).tolist() == [60]


def test_a_track_that_goes_on_where_it_led_does_not():
    assert breaks(one_track(course(0, 2, 100, 150), course(3.5, 5, 100, 150))).tolist() == []
    # one stray point is no course, and somebody who speeds up is himself
    strayed = course(0, 2, 100, 150)
    strayed.x[30] += 60
    assert breaks(strayed).tolist() == []
    t = np.arange(0, 3, 1 / 30)
    assert breaks(Course(t, 80 * t**2, 0 * t, np.zeros((90, 2)), 100.0, RED, 0)).tolist() == []
    assert breaks(course(0, 0.01, 100, 150)).tolist() == []


@pytest.mark.parametrize("fps", [2.0, 3.0, 5.0, 12.0])
def test_a_steady_runner_has_no_break_at_any_rate(fps: float) -> None:
    t = np.arange(round(10 * fps)) / fps
    steady = Course(t, 340.0 * t, np.full(len(t), 300.0), np.zeros((len(t), 2)), 200.0, np.full(1, np.nan), 0)
    assert len(breaks(steady)) == 0
