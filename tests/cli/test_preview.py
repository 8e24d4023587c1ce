"""`runlean analyze --preview`: one picture to choose from, and nothing else."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from runlean.cli.main import app
from runlean.clips import clip_path
from runlean.errors import OutputError
from runlean.overlay.palette import runner_colours

CLIP = "ship_og_waist_30"
pytestmark = pytest.mark.slow


def preview(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runlean", "analyze", *words, "--preview", "--model", "movenet-lightning"]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second from the middle of the clip."""
    path = tmp_path_factory.mktemp("preview") / f"{CLIP}.mp4"
    with av.open(str(clip_path(CLIP))) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 960, 540, "yuv420p"
        for frame in itertools.islice(source.decode(video=0), 45, 75):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24")))
        target.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def ended(video: Path) -> subprocess.CompletedProcess[str]:
    return preview(str(video))


def test_one_picture_lies_beside_the_video_and_nothing_else(
    ended: subprocess.CompletedProcess[str], video: Path
) -> None:
    assert ended.returncode == 0
    assert sorted(p.name for p in video.parent.iterdir()) == [f"{CLIP}.mp4", f"{CLIP}.mp4.preview.png"]
    assert ended.stdout.splitlines() == ["Runners: 1", f"Picture in {video}.preview.png"]


def test_the_picture_shows_the_runner_in_his_colour(ended: subprocess.CompletedProcess[str], video: Path) -> None:
    with Image.open(f"{video}.preview.png") as image:
        picture = np.asarray(image.convert("RGB"))
    assert picture.shape[1] == 1280
    marked = (picture == runner_colours([1])[1]).all(axis=2)
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    # a box in the frame above, a tile below
    assert marked.sum() > 1000
    assert rows[0] < 0.6 * len(picture) < rows[-1]
    assert columns[-1] < 1280


@pytest.mark.parametrize(("name", "words"), [("x.jpg", "expected a .png"), ("there.png", "add --overwrite")])
def test_what_cannot_be_written_is_refused_before_the_work(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    (tmp_path / "there.png").touch()
    monkeypatch.setattr("runlean.pipeline.analyze", lambda *_, **__: pytest.fail("it began to work"))
    refused = CliRunner().invoke(app, ["analyze", str(video), "--preview", "-o", str(tmp_path / name)])
    assert isinstance(refused.exception, OutputError)
    assert words in str(refused.exception)
