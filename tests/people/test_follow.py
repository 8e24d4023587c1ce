"""Stretches between detections: where they are halved, and what is planned in them."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.camera import FrameMotion
from runlean.people import PeopleFollower, PersonFinder, PersonTracker, Sampling
from runlean.people.follow import between
from runlean.people.sighting import inside
from runlean.people.track import Knot
from runlean.video import Frame

FPS = 30.0


class MadeFinder(PersonFinder):
    """Sees made people instead of asking a network."""

    def __init__(self, people, see):
        super().__init__(None, 1000, 500)
        self.people, self.see, self.looks, self.sides = people, see, [], []

    def find(self, frame, long_side, rows=None, around=None):
        self.looks.append(frame.index)
        self.sides.append(long_side)
        return self.see(self.people, frame.time_s)[0]

    def find_closely(self, frame, boxes, height):
        seen = self.see(self.people, frame.time_s)[0]
        return seen.take(inside(seen.trunk, boxes))


@pytest.fixture
def plan(see):
    def run(people, frames, cut_at=None, most_frames=60, still=()):
        finder = MadeFinder(people, see)
        follower = PeopleFollower(PersonTracker(1000, 500), Sampling(finder, most_frames))
        planned = []
        for i in range(frames):
            frame = Frame(i, i / FPS, (), None, None)
            follower.rest(set(still))
            planned += follower.add(frame, FrameMotion(0.0, 0.0, False, i == cut_at))
        return planned + follower.finish(), finder

    return run


def test_every_frame_is_planned_once_in_order(person, plan):
    planned, _ = plan([person(100, 150)], 90)
    assert [p.frame.index for p in planned] == list(range(90))
    assert all(p.track_id.tolist() == [1] for p in planned)


def test_a_steady_runner_is_looked_at_seldom(person, plan):
    _, finder = plan([person(100, 60)], 300)
    assert len(finder.looks) <= 20
    assert np.diff(sorted(finder.looks)).max() <= FPS + 1
    # 100 px high in a picture 1000 px wide: 640 px show 64
    assert finder.sides[-1] == 640


def test_boxes_follow_the_runner_between_looks(person, plan):
    runner = person(100, 100)
    planned, _ = plan([runner], 200)
    for p in planned[30:]:
        middle = 0.5 * (p.box[0, 0] + p.box[0, 2])
        assert middle == pytest.approx(runner.trunk(p.frame.time_s)[0], abs=5)


def test_who_comes_in_mid_stretch_is_found_within_a_tenth_of_a_second(person, plan):
    planned, _ = plan([person(100, 60), person(500, 60, y=400, first_s=6.31)], 300)
    first = next(p.frame.index for p in planned if 2 in p.track_id)
    assert 0 <= first / FPS - 6.31 <= 0.12


def test_who_goes_is_carried_on_for_a_second(person, plan):
    planned, _ = plan([person(500, 10, last_s=5.0)], 250)
    seen = [p.frame.index for p in planned if len(p.track_id) and p.seen[0]]
    rows = [p.frame.index for p in planned if len(p.track_id)]
    assert 5.0 - 0.12 <= seen[-1] / FPS <= 5.0
    assert 0.8 <= (rows[-1] - seen[-1]) / FPS <= 1.5


def test_a_cut_ends_the_stretch_before_it(person, plan):
    planned, finder = plan([person(100, 60)], 120, cut_at=70)
    assert [p.frame.index for p in planned] == list(range(120))
    assert {69, 70} <= set(finder.looks)
    assert planned[69].track_id.tolist() == [1]
    assert planned[70].track_id.tolist() == [2]


def test_no_stretch_is_longer_than_memory_allows(person, plan):
    _, finder = plan([person(100, 60)], 100, most_frames=7)
    assert np.diff(sorted(finder.looks)).max() <= 7


def test_who_stands_is_planned_only_where_the_detector_looks(person, plan):
    planned, finder = plan([person(100, 60), person(600, 0, y=420)], 150, still=[2])
    rows = [p.frame.index for p in planned if 2 in p.track_id]
    assert set(rows[1:]) <= set(finder.looks)
    assert all(len(p.resting) == 1 for p in planned[1:] if p.frame.index not in rows)


def test_still_legs_that_travel_are_looked_at(person, plan):
    planned, _ = plan([person(100, 60)], 150, still=[1])
    # once his speed is known
    assert all(len(p.track_id) == 1 for p in planned[15:])


def test_between_two_knots():
    first = Knot(1.0, 10.0, 20.0, np.array([1.0, 2.0, 3.0, 4.0]))
    second = Knot(2.0, 20.0, 40.0, np.array([3.0, 4.0, 5.0, 6.0]))
    assert between(first, second, 1.5).tolist() == [13.0, 27.0, 19.0, 35.0]
    assert between(second, second, 2.0).tolist() == [17.0, 36.0, 25.0, 46.0]
