"""Datasets made from keypoints that walk no network: real tables, no video."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import runlean
from runlean.analysis import Analysis
from runlean.archive.commit import commit_video
from runlean.archive.dataset import Dataset, create_dataset
from runlean.archive.layout import Commit
from runlean.archive.rows import VideoSource, analysis_tables, failure_table
from runlean.archive.sources import KnownSource, SourceJournal

NAMES = [f"{side}_{joint}" for joint in ("shoulder", "hip", "knee", "ankle") for side in ("left", "right")]
CONFIG = "0123456789abcdef"
Putter = Callable[..., str]


def running(cadence_spm: float = 170.0, seconds: float = 4.0) -> Analysis:
    """Somebody who runs on the spot: legs that swing like a pendulum, enough for contacts to be found."""
    t = np.arange(0, seconds, 1 / 60)
    xy = np.zeros((len(t), len(NAMES), 2))
    bounce = 4 * np.cos(2 * np.pi * cadence_spm / 60 * t)
    for side, phase in (("left", 0.0), ("right", np.pi)):
        swing = np.pi * cadence_spm / 60 * t + phase
        hip, knee = np.array([300.0, 200.0]), np.array([0.0, 80.0])
        thigh, shank = 0.5 * np.sin(swing), 0.5 * np.sin(swing) - 0.4 - 0.35 * np.cos(swing)
        at = {
            "shoulder": hip + np.array([12.0, -110.0]) + np.stack([0 * t, bounce], axis=1),
            "hip": hip + np.stack([0 * t, bounce], axis=1),
        }
        at["knee"] = at["hip"] + np.linalg.norm(knee) * np.stack([np.sin(thigh), np.cos(thigh)], axis=1)
        at["ankle"] = at["knee"] + 75.0 * np.stack([np.sin(shank), np.cos(shank)], axis=1)
        for joint, points in at.items():
            xy[:, NAMES.index(f"{side}_{joint}")] = points
    return runlean.analyze_keypoints(xy, t, NAMES, runner_height_m=1.75)


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    made = running()
    assert made.strides.num_rows > 5
    return made


def id_of(name: str) -> str:
    """The content's hash that a film of this name has in these tests."""
    return hashlib.sha256(name.encode()).hexdigest()


def put_video(dataset: Dataset, name: str, analysis: Analysis | None, config: str = CONFIG) -> str:
    """Commit an analysis, or a failure where there is none, and say where it came from."""
    source = VideoSource(id_of(name), f"/films/{name}", name, 1000)
    if analysis is None:
        commit = Commit(source.video_id, config, "failed")
        row = failure_table(source, config, {}, "it is no video", transient=False)
        commit_video(dataset.folder, commit, {"videos": row})
    else:
        tables = analysis_tables(source, config, analysis, 1.0)
        commit_video(dataset.folder, Commit(source.video_id, config, "done"), tables, analysis.summary.to_json())
    journal = SourceJournal(dataset.folder)
    journal.add(KnownSource(source.path, 1000, "1", source.video_id))
    journal.close()
    return source.video_id


@pytest.fixture
def put() -> Putter:
    return put_video


@pytest.fixture
def dataset(tmp_path: Path, analysis: Analysis) -> Dataset:
    """Three videos and one failure."""
    made = create_dataset(tmp_path / "archive")
    for name in ("P01_pre.mp4", "P01_post.mp4", "P02_pre.mp4"):
        put_video(made, name, analysis)
    put_video(made, "broken.mp4", None)
    return made
