"""Close looks where runners are together: who is looked at, and whose answer counts."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.models.family import Detections
from runlean.people import PersonFinder, PersonTracker, Sampling
from runlean.people.sampling import CLOSE_HEIGHT, GLANCE_S, LONGEST_GLANCE_S, NEW_HEIGHT
from runlean.people.sighting import Sightings, inside, no_sightings
from runlean.video import Frame

WIDTH, HEIGHT = 1000, 500


def seen_at(places, score=0.9, height=100.0):
    """Runners whose trunks lie at some places."""
    at = np.array(places, float).reshape(-1, 2)
    box = np.concatenate([at - np.array([25.0, 0.37 * height]), at + np.array([25.0, 0.63 * height])], axis=1)
    return Sightings(box, np.full(len(at), score), at, np.full((len(at), 64), 1 / 64))


class TwoEyes(PersonFinder):
    """Says one thing of the whole picture and another closely; remembers what it was asked."""

    def __init__(self, far, near):
        super().__init__(None, WIDTH, HEIGHT)
        self.far, self.near, self.close = far, near, []

    def find(self, frame, long_side, rows=None, around=None):
        return self.far

    def find_closely(self, frame, boxes, height):
        self.close.append((boxes, height))
        return self.near.take(inside(self.near.trunk, boxes))


def after_a_second(finder, places):
    """Sampling and tracker that have followed runners at ``places`` for a second."""
    tracker, sampling = PersonTracker(WIDTH, HEIGHT), Sampling(finder, 60)
    for k in range(8):
        seen = seen_at(places)
        tracker.update(seen, tracker.match(seen, 0.15 * k, (0.0, 0.0)), 0.15 * k, (0.0, 0.0))
        sampling.learn(True, tracker, 0.15 * k)
    return tracker, sampling


def test_those_together_are_looked_at_closely_and_who_is_alone_is_glanced_at():
    places = [(300, 200), (330, 198), (800, 200)]
    finder = TwoEyes(seen_at([(315, 199), (800, 200)]), seen_at([(300, 200), (330, 198)]))
    tracker, sampling = after_a_second(finder, places)
    seen = sampling.look(Frame(40, 1.2, (), None, None), tracker, (0.0, 0.0))
    (boxes, height), (alone, lower) = finder.close
    assert (len(boxes), height) == (2, CLOSE_HEIGHT)
    assert (len(alone), lower) == (1, NEW_HEIGHT)
    # the one between the two was a glance at both
    assert sorted(seen.trunk[:, 0].tolist()) == [300, 330, 800]


def test_nobody_is_looked_at_closely_who_runs_alone_and_was_just_so():
    finder = TwoEyes(seen_at([(300, 200), (800, 200)]), no_sightings(64))
    tracker, sampling = after_a_second(finder, [(300, 200), (800, 200)])
    seen = sampling.look(Frame(29, 0.95, (), None, None), tracker, (0.0, 0.0))
    assert not finder.close
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ([(296, 200), (318, 198)], [296, 318, 800]),  # one who was two
        ([(304, 200)], [300, 800]),  # one: the first answer stands
        ([], [300, 800]),
    ],
)
def test_a_known_runner_alone_is_glanced_at_whether_he_is_two(near, expected):
    finder = TwoEyes(seen_at([(300, 200), (800, 200)]), seen_at(near))
    tracker, sampling = after_a_second(finder, [(300, 200), (800, 200)])
    tracker.tracks[1].idle = True

    def look(time_s):
        finder.close.clear()
        return sampling.look(Frame(0, time_s, (), None, None), tracker, (0.0, 0.0))

    assert sorted(look(1.25).trunk[:, 0].tolist()) == expected
    ((boxes, height),) = finder.close
    assert (len(boxes), height) == (1, NEW_HEIGHT)
    # not again at once
    look(1.4)
    assert not finder.close
    look(1.6)
    assert len(finder.close) == 1


def test_a_lone_runner_is_glanced_at_ever_more_rarely_until_somebody_comes():
    alone, two = seen_at([(300, 200)]), seen_at([(300, 200), (800, 200)])
    finder = TwoEyes(alone, alone)
    tracker, sampling = after_a_second(finder, [(300, 200)])

    def glances(until_s, first_s):
        """Seconds between the close looks at the first runner, the detector being asked every 0.05 s."""
        at = []
        for k in range(round((until_s - first_s) / 0.05)):
            time_s = first_s + 0.05 * k
            finder.close.clear()
            sampling.look(Frame(0, time_s, (), None, None), tracker, (0.0, 0.0))
            at += [time_s for boxes, height in finder.close if height == NEW_HEIGHT and boxes[0, 0] < 300 < boxes[0, 2]]
        return np.diff(at)

    apart = glances(16.0, 1.1)
    assert apart == pytest.approx([0.6, 1.2, 2.4] + 3 * [LONGEST_GLANCE_S], abs=0.06)
    # somebody else in the picture, known for long: as often as ever
    for time_s in (16.0, 16.1):
        tracker.update(two, tracker.match(two, time_s, (0.0, 0.0)), time_s, (0.0, 0.0))
    finder.far = finder.near = two
    assert glances(18.9, 17.0) == pytest.approx(GLANCE_S, abs=0.06)


def test_a_new_runner_with_nobody_else_in_the_picture_is_looked_at_closely_once():
    alone = seen_at([(300, 200)])
    finder = TwoEyes(alone, alone)
    tracker, sampling = PersonTracker(WIDTH, HEIGHT), Sampling(finder, 60)
    tracker.update(alone, tracker.match(alone, 0.0, (0.0, 0.0)), 0.0, (0.0, 0.0))
    sampling.learn(False, tracker, 0.0)
    for time_s in (0.15, 0.3, 0.5):
        sampling.look(Frame(0, time_s, (), None, None), tracker, (0.0, 0.0))
    assert [height for _, height in finder.close] == [CLOSE_HEIGHT, NEW_HEIGHT]


def test_who_stands_there_idle_calls_for_no_close_look():
    finder = TwoEyes(seen_at([(300, 200), (330, 198)]), no_sightings(64))
    tracker, sampling = after_a_second(finder, [(300, 200), (330, 198)])
    for track in tracker.tracks:
        track.idle = True
    sampling.look(Frame(40, 1.2, (), None, None), tracker, (0.0, 0.0))
    assert not finder.close


class Recorder:
    """A detector that remembers the sizes it was given and sees one person in the middle, one at the edge."""

    def __init__(self):
        self.shapes = []

    def detect(self, batch):
        _, rows, columns, _ = batch.shape
        self.shapes.append((columns, rows))
        at = np.array([[0.5 * columns, 0.5 * rows], [4.0, 0.5 * rows]])
        box = np.concatenate([at - np.array([20, 40]), at + np.array([20, 60])], axis=1)
        return [Detections(box, np.full(2, 0.9), np.repeat(at[:, None], 17, axis=1), np.full((2, 17), 0.9))]


@pytest.mark.parametrize(("tall", "most"), [(100.0, 1.25), (400.0, CLOSE_HEIGHT / 400.0), (2000.0, 0.2)])
def test_a_close_look_sees_the_bunch_and_its_surroundings_undistorted(tall, most, monkeypatch):
    asked = []

    def crop(frame, boxes, out):
        asked.append(boxes[0].copy())
        out[:] = 90

    monkeypatch.setattr("runlean.people.finder.crop_batch", crop)
    detector = Recorder()
    finder = PersonFinder(detector, 4 * round(tall), 2 * round(tall))
    boxes = tall * np.array([[1.5, 0.4, 2.0, 1.4], [1.7, 0.4, 2.2, 1.35]])
    seen = finder.find_closely(Frame(0, 0.0, (), None, None), boxes, CLOSE_HEIGHT)
    (box,), (shape,) = asked, detector.shapes
    assert shape[0] % 32 == shape[1] % 32 == 0
    across, down = shape[0] / (box[2] - box[0]), shape[1] / (box[3] - box[1])
    assert across == pytest.approx(down)
    assert across <= most + 1e-9
    assert (box[:2] <= boxes[:, :2].min(axis=0)).all()
    assert (box[2:] >= boxes[:, 2:].max(axis=0)).all()
    # who stands at the edge of what was seen is not whole there
    assert len(seen) == 1
    np.testing.assert_allclose(seen.trunk[0], 0.5 * (box[:2] + box[2:]), atol=1.0)
