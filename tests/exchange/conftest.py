"""Analyses to export: runners known on paper, with gaps, in pairs, at a varying rate, slowed down."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import runlean

_SPEC = importlib.util.spec_from_file_location("runner_on_paper", Path(__file__).parents[1] / "gait" / "conftest.py")
runner_on_paper = importlib.util.module_from_spec(_SPEC)
# dataclasses look their module up by its name
sys.modules[_SPEC.name] = runner_on_paper
_SPEC.loader.exec_module(runner_on_paper)

HEIGHT_M = 1.75


def pose(**changes):
    """Time (frame,), points (frame, keypoint, 2) in px and names of one runner."""
    tracks = runner_on_paper.PaperRunner(**changes).tracks()
    return tracks.time_s, tracks.xy.copy(), tracks.keypoint_names


def analyse(folder, time_s, xy, names, **options):
    options = {"runner_height_m": HEIGHT_M, "width": 1280, "height": 720, "name": "paper run.mp4"} | options
    analysis = runlean.analyze_keypoints(xy, time_s, names, **options)
    analysis.config = analysis.config.model_copy(update={"report": False})
    return analysis.save(folder)


@pytest.fixture(scope="session")
def one(tmp_path_factory):
    """One runner to the right, 60 fps, camera rolled by 2 degrees; a wrist is away for 1 s, all of him for 0.5 s."""
    time_s, xy, names = pose(duration_s=4.0, roll_deg=2.0)
    xy[60:120, names.index("left_wrist")] = np.nan
    xy[150:180] = np.nan
    return analyse(tmp_path_factory.mktemp("one") / "out", time_s, xy, names, roll=2.0)


@pytest.fixture(scope="session")
def two(tmp_path_factory):
    """Two runners in one picture, the second to the left and in the second half only."""
    time_s, right, names = pose(duration_s=4.0)
    _, left, _ = pose(duration_s=4.0, direction=-1, cadence_spm=180.0)
    left[:120] = np.nan
    both = np.stack([right, left + np.array([100, 20])], axis=1)
    return analyse(tmp_path_factory.mktemp("two") / "out", time_s, both, names)


@pytest.fixture(scope="session")
def varying(tmp_path_factory):
    """One runner filmed at a rate that falls from 60 to 40 fps half way."""
    runner = runner_on_paper.PaperRunner(duration_s=4.0)
    time_s = np.concatenate([np.arange(120) / 60, 2 + np.arange(80) / 40])
    points = runner._points(time_s)
    names = runner.tracks().keypoint_names
    xy = np.stack([points[name] for name in names], axis=1) * runner.scale * [1, -1] + 600
    return analyse(tmp_path_factory.mktemp("varying") / "out", time_s, xy, names)


@pytest.fixture(scope="session")
def slowed(tmp_path_factory):
    """Filmed at 240 fps, played at 30: the file's times are 8 times too long."""
    time_s, xy, names = pose(duration_s=3.0, fps=240.0)
    return analyse(tmp_path_factory.mktemp("slowed") / "out", 8 * time_s, xy, names, slow_motion=8.0)


@pytest.fixture(scope="session")
def unscaled(tmp_path_factory):
    """No height was given: nobody knows what a pixel is."""
    time_s, xy, names = pose(duration_s=3.0)
    return analyse(tmp_path_factory.mktemp("unscaled") / "out", time_s, xy, names, runner_height_m=None)


@pytest.fixture
def paper_runner():
    return lambda **changes: replace(runner_on_paper.PaperRunner(), **changes)


@pytest.fixture(scope="session")
def paper():
    """Module with PaperRunner."""
    return runner_on_paper
