"""Frames without pictures, networks without weights."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from runlean.models.family import CropSpec
from runlean.pose.rows import Rows
from runlean.skeleton import COCO_17


def stick_figure(x, y, height=100.0, phase=0.0, names=COCO_17):
    """A body's keypoints about a trunk's middle, legs at a phase of the stride."""
    at = {
        "nose": (0.05, -0.32), "eye": (0.04, -0.34), "ear": (0.0, -0.34), "shoulder": (0.0, -0.18),
        "elbow": (-0.05, -0.05), "wrist": (0.08, -0.02), "hip": (0.0, 0.18),
    }  # fmt: skip
    out = []
    for name in names:
        side = 1.0 if name.startswith("left") else -1.0
        part = name.split("_")[-1]
        swing = side * np.sin(phase)
        if part == "knee":
            dx, dy = 0.15 * swing, 0.38
        elif part == "ankle":
            dx, dy = 0.3 * swing, 0.57
        elif part == "heel":
            dx, dy = 0.3 * swing - 0.03, 0.6
        elif part == "toe":
            dx, dy = 0.3 * swing + 0.1, 0.61
        else:
            dx, dy = at[part]
        out.append((x + height * dx, y + height * dy))
    return np.array(out)


@pytest.fixture
def figure():
    return stick_figure


@pytest.fixture
def made_rows():
    """Rows of runners given as {track: (frames, x of frame, y, height, seen of frame)}."""

    def make(tracks, fps=30.0, feet=0):
        parts = {name: [] for name in Rows.__slots__}
        for track, (frames, x, y, height, seen) in tracks.items():
            for f in frames:
                body = stick_figure(x(f), y, height, phase=0.4 * f + track)
                parts["track_id"].append(track)
                parts["frame"].append(f)
                parts["time_s"].append(f / fps)
                parts["box"].append([x(f) - 0.33 * height, y - 0.4 * height, x(f) + 0.33 * height, y + 0.63 * height])
                parts["seen"].append(bool(seen(f)))
                parts["xy"].append(body)
                parts["score"].append(np.full(17, 0.7))
                parts["feet_xy"].append(np.zeros((feet, 2)))
                parts["feet_score"].append(np.zeros(feet))
        return Rows(
            np.array(parts["track_id"], np.int64),
            np.array(parts["frame"], np.int64),
            np.array(parts["time_s"], np.float64),
            np.array(parts["box"], np.float64).reshape(-1, 4),
            np.array(parts["seen"], np.bool_),
            np.array(parts["xy"], np.float64).reshape(-1, 17, 2),
            np.array(parts["score"], np.float64).reshape(-1, 17),
            np.array(parts["feet_xy"], np.float64).reshape(len(parts["frame"]), feet, 2),
            np.array(parts["feet_score"], np.float64).reshape(len(parts["frame"]), feet),
        )

    return make


@pytest.fixture
def made_model():
    """A network that answers with the middle of the crop and the crop's mean grey as score."""

    class Model:
        info = SimpleNamespace(keypoint_names=COCO_17, input_width=32, input_height=32)
        crop = CropSpec(padding=1.25, aspect=1.0)
        provider = "CPUExecutionProvider"

        def predict(self, batch):
            xy = np.full((len(batch), 17, 2), 16.0, np.float32)
            grey = batch.reshape(len(batch), -1).mean(axis=1) / 255
            return xy, np.tile(grey[:, None], (1, 17)).astype(np.float32)

    return Model()
