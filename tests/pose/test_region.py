"""Those who pass through a part of the picture, under the ids that they have without it."""

from __future__ import annotations

import numpy as np

from runlean.pose.assemble import assemble
from runlean.pose.tracks import CameraTrack
from runlean.skeleton import COCO_17

N = 40
CAMERA = CameraTrack(np.zeros(N), np.zeros(N), np.zeros(N, bool), np.zeros(N, np.int64), False)


def people(made_rows, region):
    rows = made_rows(
        {
            3: (range(N), lambda f: 100 + 4 * f, 150, 100, lambda _: True),
            5: (range(N), lambda f: 700 - 4 * f, 150, 100, lambda _: True),
            9: (range(N), lambda f: 500 + 4 * f, 380, 100, lambda _: True),
        }
    )
    return assemble(rows, {}, COCO_17, (), CAMERA, np.arange(N) / 30.0, (900, 500), 1.0, region)


def test_everybody_without_a_region(made_rows):
    assert people(made_rows, None).track_id.tolist() == [1, 2, 3]


def test_only_who_passes_through_and_with_the_same_id(made_rows):
    assert people(made_rows, (600.0, 100.0, 680.0, 200.0)).track_id.tolist() == [2]
    assert people(made_rows, (0.0, 300.0, 900.0, 500.0)).track_id.tolist() == [3]
    both = people(made_rows, (0.0, 0.0, 900.0, 250.0))
    assert both.track_id.tolist() == [1, 2]
    assert np.diff(both.offsets).tolist() == [N, N]


def test_nobody_in_an_empty_corner(made_rows):
    none = people(made_rows, (0.0, 0.0, 20.0, 20.0))
    assert none.n_tracks == 0
    assert none.offsets.tolist() == [0]
