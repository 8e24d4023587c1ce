"""Measured beside true: how a demo's figures are paired and judged."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from runlean.cli.demo import _next_step
from runlean.cli.main import app
from runlean.clips import CLIPS, clip_path, clip_truth, clip_truth_arrays
from runlean.demo import Comparison, n_matched


def naive_matched(found: list[float], true: list[float]) -> int:
    pairs = sorted((abs(f - t), i, j) for i, f in enumerate(found) for j, t in enumerate(true))
    used_i: set[int] = set()
    used_j: set[int] = set()
    for apart, i, j in pairs:
        if apart <= 0.12 and i not in used_i and j not in used_j:
            used_i.add(i)
            used_j.add(j)
    return len(used_i)


@pytest.mark.parametrize(
    ("found", "true", "pairs"),
    [
        ([], [], 0),
        ([1.0], [], 0),
        ([], [1.0], 0),
        ([1.0, 1.7, 2.4], [1.01, 1.69, 2.41], 3),
        ([1.0, 1.05], [1.02], 1),  # one true contact is found once
        ([1.0], [1.2], 0),
    ],
)
def test_matched_on_paper(found: list[float], true: list[float], pairs: int) -> None:
    assert n_matched(np.array(found), np.array(true)) == pairs


def test_matched_as_the_obvious_way_does_it() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        found, true = rng.uniform(0, 2, rng.integers(0, 9)), rng.uniform(0, 2, rng.integers(0, 9))
        assert n_matched(found, true) == naive_matched(found.tolist(), true.tolist())


def test_a_comparison_judges_numbers_only() -> None:
    inside = Comparison("cadence", "", 173.0, 174.0, 172.0, 175.0)
    assert (inside.error, inside.covered) == (-1.0, True)
    assert Comparison("cadence", "", 170.0, 174.0, 169.0, 171.0).covered is False
    assert Comparison("cadence", "", None, 174.0).error is None
    assert Comparison("foot strike", "", "rearfoot", "rearfoot").error is None
    assert Comparison("foot strike", "", "rearfoot", "rearfoot").covered is None


@pytest.mark.parametrize("name", sorted(CLIPS))
def test_every_clip_has_its_truth(name: str) -> None:
    truth = clip_truth(name)
    assert truth["file"] == clip_path(name).name
    assert truth["setting"] in ("treadmill", "overground")


@pytest.mark.parametrize("name", sorted(CLIPS))
def test_the_clips_are_what_their_truth_says(name: str) -> None:
    from runlean.video import VideoReader

    truth = clip_truth(name)
    with VideoReader(clip_path(name)) as reader:
        times = np.array([frame.time_s for frame in reader])
        assert (reader.info.width, reader.info.height) == (truth["width"], truth["height"])
    assert len(times) == truth["frames"]
    # the original's time stamps: frame i shows t = i / fps
    np.testing.assert_allclose(times, np.arange(truth["frames"]) / truth["fps"], atol=1e-4)


def test_clips_that_do_not_ship_are_told() -> None:
    with pytest.raises(KeyError, match="ship_tm_right_60"):
        clip_path("tm_drift_25")
    with pytest.raises(KeyError, match="rendered"):
        clip_truth_arrays("treadmill_male_30")


@pytest.mark.parametrize(
    ("started_as", "on_path", "command"),
    [
        ("/usr/bin/runlean", True, "runlean"),
        (".venv/bin/runlean", False, ".venv/bin/runlean"),  # as `make demo` starts it
        ("/site-packages/runlean/__main__.py", True, "python -m runlean"),
    ],
)
def test_the_last_lines_say_what_to_type_next(started_as: str, on_path: bool, command: str) -> None:
    told = _next_step(started_as, on_path).splitlines()
    assert len(told) == 2
    assert "run.mp4.runlean/" in told[0]
    assert told[1].strip() == f"{command} analyze run.mp4 --runner-height 1.78"
    assert CliRunner().invoke(app, [*told[1].removeprefix(f"  {command} ").split(), "--help"]).exit_code == 0
