"""People made of numbers: where they are at a time, and what a detector would say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from runlean.people.sighting import Sightings

WIDTH, HEIGHT = 1000, 500


@dataclass(frozen=True)
class Person:
    """Runs along y = 250 with constant speed; wears one colour."""

    x: float
    speed: float
    height: float = 100.0
    y: float = 250.0
    colour: int = 0
    score: float = 0.9
    first_s: float = -np.inf
    last_s: float = np.inf
    hidden: tuple[float, float] = (np.inf, -np.inf)

    def trunk(self, time_s):
        return np.array([self.x + self.speed * time_s, self.y])

    def is_seen(self, time_s, shift):
        x = self.trunk(time_s)[0] + shift[0]
        hidden = self.hidden[0] <= time_s <= self.hidden[1]
        return self.first_s <= time_s <= self.last_s and not hidden and 0 < x < WIDTH


def sightings(people, time_s, shift=(0.0, 0.0), noise=0.0, seed=0):
    """What is seen of them, and who it is."""
    rng = np.random.default_rng([seed, round(1000 * time_s)])
    who = [i for i, person in enumerate(people) if person.is_seen(time_s, shift)]
    box, trunk, score, colour = [], [], [], []
    for i in who:
        h = people[i].height
        at = people[i].trunk(time_s) + shift + rng.normal(0, noise * h, 2)
        wide = 0.15 + 0.15 * abs(np.sin(9 * time_s + i))
        box.append([at[0] - wide * h, at[1] - 0.37 * h, at[0] + wide * h, at[1] + 0.63 * h])
        trunk.append(at)
        score.append(people[i].score)
        colour.append(np.eye(8)[people[i].colour])
    seen = Sightings(
        np.array(box).reshape(-1, 4),
        np.array(score),
        np.array(trunk).reshape(-1, 2),
        np.array(colour).reshape(-1, 8),
    )
    return seen, who


@pytest.fixture
def person():
    """Makes a `Person`."""
    return Person


@pytest.fixture
def see():
    """Makes `Sightings`."""
    return sightings


@pytest.fixture
def follow():
    """Runs a tracker over sampled times; returns {person: [track id or None at each time]} and the tracker."""
    from runlean.people.tracker import PersonTracker

    def run(people, times, shift=lambda t: (0.0, 0.0), noise=0.02, tracker=None):
        tracker = tracker or PersonTracker(WIDTH, HEIGHT)
        ids = {i: [] for i in range(len(people))}
        for time_s in times:
            at = shift(time_s)
            seen, who = sightings(people, time_s, at, noise)
            tracker.update(seen, tracker.match(seen, time_s, at), time_s, at)
            trunks = np.array([t.motion[:2] for t in tracker.tracks if t.seen_s == time_s]).reshape(-1, 2)
            names = [t.track_id for t in tracker.tracks if t.seen_s == time_s]
            for i in ids:
                near = np.linalg.norm(trunks - people[i].trunk(time_s), axis=1) if i in who and len(trunks) else []
                ids[i].append(names[int(np.argmin(near))] if len(near) and min(near) < 30 else None)
        return ids, tracker

    return run
