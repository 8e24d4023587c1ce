"""Tracks go through the kernels a batch at a time: every one once, and none knows of the others."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from runlean.clips import clip_truth_arrays
from runlean.gait import events, repair
from runlean.gait.analyze import analyze_gait
from runlean.gait.options import GaitOptions
from runlean.gait.track import batches
from runlean.pose.keypoints import pose_tracks


@pytest.mark.parametrize("offsets", [[0], [0, 5], [0, 50, 51], [0, 0, 0, 4, 9, 9, 60, 61], list(range(0, 200, 7))])
def test_every_track_is_in_one_batch(offsets: list[int]) -> None:
    ends = np.array(offsets)
    tracks, rows = [], []
    for own_tracks, own_rows, own_ends in batches(ends, 10):
        np.testing.assert_array_equal(own_ends, ends[own_tracks.start : own_tracks.stop + 1] - ends[own_tracks.start])
        assert own_rows == slice(own_rows.start, own_rows.start + int(own_ends[-1]))
        assert own_ends[-1] <= 10 or own_tracks.stop == own_tracks.start + 1
        tracks += range(own_tracks.start, own_tracks.stop)
        rows += range(own_rows.start, own_rows.stop)
    assert tracks == list(range(len(ends) - 1))
    assert rows == list(range(ends[-1]))


def test_nothing_depends_on_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    with np.load(clip_truth_arrays("ship_tm_right_60"), allow_pickle=True) as truth:
        points, names = truth["kp2d"][:120, :1, :17].astype(float), [str(name) for name in truth["names"]][:17]
    xy = points + np.random.default_rng(5).normal(0.0, 1.5, (120, 4, 17, 2))
    xy[40:44, 1, 13:] = np.nan
    tracks = pose_tracks(xy, np.arange(120) / 60.0, names, width=960, height=540)
    whole = analyze_gait(tracks, GaitOptions())
    for module in (events, repair):
        monkeypatch.setattr(module, "batches", partial(batches, rows=200))
    parted = analyze_gait(tracks, GaitOptions())
    assert len(np.unique(whole.strides["runner_id"])) == 4
    for mine, theirs in ((parted.frames, whole.frames), (parted.strides, whole.strides)):
        for name, values in theirs.items():
            np.testing.assert_array_equal(mine[name], values, err_msg=name)
