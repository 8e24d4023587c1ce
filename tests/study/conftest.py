"""Datasets whose means are set by hand: one analysis of real keypoints, its summary changed for every video."""

import importlib.util
from pathlib import Path

import pytest

from runlean.analysis import Analysis
from runlean.archive.dataset import create_dataset
from runlean.meaning.metrics import NORMAL_95

_SPEC = importlib.util.spec_from_file_location(
    "datasets_of_keypoints", Path(__file__).parents[1] / "archive" / "conftest.py"
)
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)


@pytest.fixture(scope="session")
def analysis():
    return made.running()


def with_means(analysis, means, half=0.5, systematic=1.0, **facts):
    """An analysis whose runner has these means: half the strides' interval, one systematic standard deviation."""
    [runner] = analysis.summary.runners
    whole = (half**2 + (NORMAL_95 * systematic) ** 2) ** 0.5
    metrics = dict(runner.metrics)
    for name in metrics:
        if name not in means:
            metrics[name] = metrics[name].model_copy(update={"mean": None})
            continue
        mean = means[name]
        update = {
            "mean": mean, "low95": mean - whole, "high95": mean + whole, "low95_strides": mean - half,
            "high95_strides": mean + half, "systematic_sd": systematic, "n": 30,
        }  # fmt: skip
        metrics[name] = metrics[name].model_copy(update=update)
    runner = runner.model_copy(update={"metrics": metrics, "gait": "running", **facts})
    summary = analysis.summary.model_copy(update={"runners": (runner,)})
    return Analysis(analysis.frames, analysis.strides, summary, video=None, config=analysis.config)


@pytest.fixture
def archive(tmp_path, analysis):
    """Function: {file name: means, or (means, what differs)} -> dataset."""

    def make(videos, **options):
        dataset = create_dataset(tmp_path / "archive")
        for name, told in videos.items():
            means, facts = told if isinstance(told, tuple) else (told, {})
            made.put_video(dataset, name, with_means(analysis, means, **options, **facts))
        return dataset

    return make


@pytest.fixture
def meta(tmp_path):
    """Function: lines of a CSV -> its path."""

    def make(*lines):
        path = tmp_path / "meta.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return make
