"""Who is who in whole races made of numbers, through sampling, tracking and joining together."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from runlean.camera import FrameMotion
from runlean.people import PeopleFollower, PersonFinder, PersonTracker, Sampling
from runlean.people.joining import Course, join_courses
from runlean.people.sighting import inside
from runlean.video import Frame

sys.path.insert(0, str(Path(__file__).parent))
from made_races import FPS, HEIGHT, WIDTH, drawn

#: A runner counts in frames in which this part of him can be seen: of those half hidden the detector finds a fifth.
VISIBLE = 0.6
#: Tracks and true trunks this near are the same in a frame, body heights.
NEAR = 0.2


class MadeFinder(PersonFinder):
    """Sees a made race instead of asking a network."""

    def __init__(self, race):
        super().__init__(None, WIDTH, HEIGHT)
        self.race = race

    def find(self, frame, long_side, rows=None, around=None):
        return self.race.sightings(frame.time_s)

    def find_closely(self, frame, boxes, height):
        seen = self.race.sightings(frame.time_s)
        return seen.take(inside(seen.trunk, boxes))


def followed(race):
    """{track: {frame: trunk in the picture}} after pieces are joined, where a detection stands on both sides."""
    follower = PeopleFollower(PersonTracker(WIDTH, HEIGHT), Sampling(MadeFinder(race), 60))
    planned = []
    for i in range(round(race.seconds * FPS)):
        dx, dy = race.shift(i / FPS).tolist()
        planned += follower.add(Frame(i, i / FPS, (), None, None), FrameMotion(dx, dy, False, False))
    rows = {}
    for p in planned + follower.finish():
        for track, box, seen in zip(p.track_id.tolist(), p.box, p.seen, strict=True):
            if seen:
                rows.setdefault(track, []).append((p.frame.index, box))
    courses = []
    for track, mine in rows.items():
        time_s, box = np.array([f for f, _ in mine]) / FPS, np.stack([b for _, b in mine])
        shift = np.stack([race.shift(t) for t in time_s])
        x, y = (0.5 * (box[:, :2] + box[:, 2:]) - shift).T
        height = float(np.median(box[:, 3] - box[:, 1]))
        courses.append(Course(time_s, x, y, shift, height, follower.colours.get(track, np.full(1, np.nan)), 0))
    before, ids = join_courses(courses, WIDTH, HEIGHT), list(rows)
    name = {}
    for k in np.argsort([c.time_s[0] for c in courses], kind="stable"):
        name[ids[k]] = name[ids[before[k]]] if before[k] >= 0 else ids[k]
    out = {}
    for track, mine in rows.items():
        for frame, box in mine:
            trunk = np.array([0.5 * (box[0] + box[2]), box[1] + 0.37 * (box[3] - box[1])])
            out.setdefault(name[track], {})[frame] = trunk
    return {track: places for track, places in out.items() if len(places) >= 0.5 * FPS}


def identity(race, tracks):
    """IDF1 and switches by motmetrics."""
    motmetrics = pytest.importorskip("motmetrics", reason="motmetrics (extra `bench`) scores identities")
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for frame in range(round(race.seconds * FPS)):
        time_s = frame / FPS
        visible, height = race.visible(time_s), np.array([r.height for r in race.runners])
        trunk = np.stack([r.trunk(time_s) + race.shift(time_s) for r in race.runners])
        seen = np.flatnonzero(visible >= VISIBLE)
        here = [(track, places[frame]) for track, places in tracks.items() if frame in places]
        away = np.array([np.hypot(*(trunk - at).T) / height for _, at in here]).reshape(len(here), len(height))
        # who cannot be seen is neither asked for nor held against the tracker
        counts = [k for k in range(len(here)) if not (away[k].min() < NEAR and visible[away[k].argmin()] < VISIBLE)]
        distance = away[np.ix_(counts, seen)].T / NEAR
        distance[distance > 1.0] = np.nan
        accumulator.update(seen, [here[k][0] for k in counts], distance)
    row = motmetrics.metrics.create().compute(accumulator, metrics=["idf1", "num_switches"], name="race").iloc[0]
    return float(row["idf1"]), int(row["num_switches"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["abreast", "overtakes", "two ways", "hand-held"])
@pytest.mark.parametrize("seed", [101, 102])
def test_runners_who_cover_each_other_keep_their_identities(kind, seed):
    idf1, switches = identity(race := drawn(kind, seed), followed(race))
    assert idf1 >= 0.95
    assert switches <= 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [101, 102])
def test_runners_in_the_same_clothes_keep_their_identities_for_most_of_the_time(seed):
    # only place and size tell them apart: those who run before one another are confused now and then
    idf1, _ = identity(race := drawn("team", seed), followed(race))
    assert idf1 >= 0.92
