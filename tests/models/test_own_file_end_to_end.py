"""A network of RTMPose's shape, given as a file, through the whole analysis of a shipped clip."""

from __future__ import annotations

import numpy as np
import pytest

import runlean
from runlean.clips import clip_path
from runlean.skeleton import CANONICAL
from runlean.video.remux import remux


@pytest.fixture
def short_clip(tmp_path):
    """The first second and a half of a shipped clip, its packets as they are."""
    path = tmp_path / "short.mp4"
    remux(clip_path("ship_tm_right_60"), path, packets=90)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("points", [17, 26])
def test_random_weights_give_complete_tables_and_warnings_that_say_why(points, build_rtmpose, tmp_path, short_clip):
    model = build_rtmpose(tmp_path / "mine.onnx", points)
    analysis = runlean.analyze(short_clip, model=str(model), feet="off", device="cpu")
    names = set(analysis.frames.column_names)
    feet = {"left_heel", "right_heel", "left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe"}
    for point in set(CANONICAL) - (feet if points == 17 else set()):
        assert {f"{point}_x_px", f"{point}_y_px", f"{point}_score"} <= names
    assert analysis.frames.num_rows > 60
    placed = np.array(analysis.frames["left_knee_x_px"], np.float64)
    assert np.isfinite(placed).mean() > 0.5
    assert analysis.summary.models[0].name == "mine"
    taken = f"taken for RTMPose (SimCC), {points} points, 192 x 256 px by its inputs and outputs"
    assert analysis.summary.processing["model"] == taken
    assert analysis.summary.warnings
