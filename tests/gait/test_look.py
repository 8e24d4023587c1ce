"""On which clock the points of film that may be slowed down are repaired."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from runlean.gait import look as looking
from runlean.gait.any_speed import NONE, RUNNING
from runlean.gait.options import GaitOptions

EVEN = np.arange(8) * 0.36
#: Legs left exchanged half of the way: more and shorter steps there.
JUMPING = np.cumsum([0.36, 0.36, 0.6, 0.2, 0.2, 0.36, 0.2, 0.2])


@pytest.mark.parametrize(
    ("on_slower", "found"),
    [
        ({2.0: (EVEN, 2.0)}, 2.0),
        ({2.0: (JUMPING, 1.0), 4.0: (EVEN, 4.0)}, 4.0),
        ({2.0: (JUMPING, 2.0)}, 1.0),
        ({2.0: (EVEN, 1.0)}, 1.0),
    ],
    ids=["even at half speed", "at a quarter", "uneven there too", "real time after all"],
)
def test_jumping_steps_are_looked_at_on_slower_clocks(monkeypatch, paper_runner, on_slower, found):
    """Two tracks, the second with even steps in real time, which nothing may touch."""
    asked = []

    def look(clock, tracks, options):
        asked.append(clock.tolist())
        contacts, ran = on_slower.get(clock[0], (JUMPING, 1.0))
        events = SimpleNamespace(
            track=np.repeat([0, 1], [len(contacts), len(EVEN)]), contact_s=np.concatenate([contacts, EVEN]),
            gait_kind=np.array([RUNNING, RUNNING]),
        )  # fmt: skip
        return SimpleNamespace(film=SimpleNamespace(events=events, clock=np.array([ran, 1.0])), at=clock)

    monkeypatch.setattr(looking, "_look", look)
    tracks = paper_runner(duration_s=1.0).tracks()
    half = len(tracks.time_s) // 2
    two = replace(tracks, track_id=np.array([1, 2], np.int32), offsets=np.array([0, half, len(tracks.time_s)]))
    got = looking.look_at(two, GaitOptions())
    assert got.at.tolist() == [found, 1.0]
    assert all(clock[1] == 1.0 for clock in asked)


def test_who_does_not_run_is_not_looked_at_again(monkeypatch, paper_runner):
    asked = []

    def look(*given):
        asked.append(given[0].tolist())
        events = SimpleNamespace(track=np.zeros(0, int), contact_s=np.zeros(0), gait_kind=np.array([NONE]))
        return SimpleNamespace(film=SimpleNamespace(events=events, clock=np.ones(1)))

    monkeypatch.setattr(looking, "_look", look)
    looking.look_at(paper_runner(duration_s=1.0).tracks(), GaitOptions())
    assert asked == [[1.0]]
