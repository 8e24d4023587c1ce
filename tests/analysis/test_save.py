"""A folder of results appears whole or not at all, and never costs anybody a folder of their own."""

from __future__ import annotations

import numpy as np
import pytest

import runlean
from runlean.analysis import Analysis
from runlean.errors import DeviceError, OutputError

NAMES = ["left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    t = np.arange(0, 2, 1 / 30)
    xy = np.zeros((len(t), 6, 2)) + np.array([[0, 0], [0, 0], [5, 40], [5, 40], [0, 80], [0, 80]], float)
    return runlean.analyze_keypoints(xy, t, NAMES)


def test_everything_appears_and_nothing_else(analysis, tmp_path):
    folder = analysis.save(tmp_path / "out")
    assert sorted(p.name for p in folder.iterdir()) == [
        "frames.parquet",
        "report.html",
        "strides.parquet",
        "summary.json",
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_nothing(analysis, tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("runlean.analysis.write_table", full)
    with pytest.raises(OutputError, match="No space left"):
        analysis.save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_overwriting_keeps_what_was_there(analysis, tmp_path, monkeypatch):
    analysis.save(tmp_path / "out")
    before = (tmp_path / "out" / "summary.json").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("runlean.analysis.write_table", full)
    with pytest.raises(OutputError):
        analysis.save(tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "summary.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_results_are_replaced_only_when_asked(analysis, tmp_path):
    analysis.save(tmp_path / "out")
    with pytest.raises(OutputError, match="already there"):
        analysis.save(tmp_path / "out")
    (tmp_path / "out" / "old.txt").write_text("from before")
    analysis.save(tmp_path / "out", overwrite=True)
    assert not (tmp_path / "out" / "old.txt").exists()


def test_a_folder_that_holds_no_results_is_never_replaced(analysis, tmp_path):
    own = tmp_path / "photos"
    own.mkdir()
    (own / "a.jpg").write_bytes(b"mine")
    with pytest.raises(OutputError, match="holds none"):
        analysis.save(own, overwrite=True)
    assert (own / "a.jpg").read_bytes() == b"mine"


def test_a_decoder_that_is_not_there_is_refused_not_replaced(tmp_path):
    with pytest.raises(DeviceError, match=r"decoder cuda: .*use --decoder cpu"):
        runlean.analyze(tmp_path / "any.mp4", device="cpu", decoder="cuda")


def test_nobody_in_the_picture_is_an_answer_not_a_crash(tmp_path):
    from runlean.video import Layout, VideoWriter

    layout = Layout(kind="planar", sub_x=1, sub_y=1, bit_depth=8, matrix="bt709", full_range=False)
    from fractions import Fraction

    with VideoWriter(tmp_path / "wall.mp4", 160, 120, 30.0, Fraction(1, 30), layout) as writer:
        for i in range(30):
            for plane in writer.planes():
                plane[...] = 128
            writer.write(i / 30)
    found = runlean.analyze(tmp_path / "wall.mp4", feet="off")
    assert found.frames.num_rows == found.strides.num_rows == 0
    assert found.summary.runners == ()
    assert "no_person" in {w.code for w in found.summary.warnings}
    folder = found.save(tmp_path / "out")
    assert {p.name for p in folder.iterdir()} >= {"summary.json", "overlay.mp4", "report.html"}


def test_no_keypoints_give_empty_tables():
    empty = runlean.analyze_keypoints(np.zeros((0, 6, 2)), np.zeros(0), NAMES)
    assert empty.frames.num_rows == empty.strides.num_rows == 0
