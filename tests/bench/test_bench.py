"""The benchmark's clip, its figures and its two ratios."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from runlean.bench import make_clip, run_bench
from runlean.bench.cost import cost_of, cost_of_command
from runlean.bench.limits import decode, network
from runlean.cli.main import app
from runlean.clips import clip_path
from runlean.errors import ConfigError, VideoError
from runlean.video.remux import remux


def test_the_clip_is_1080p_and_the_same_every_time(tmp_path: Path) -> None:
    paths = [make_clip(tmp_path / f"{k}.mp4", 0.1) for k in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with av.open(str(paths[0])) as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (1920, 1080, 30)
        pictures = [picture.to_ndarray(format="gray") for picture in file.decode(stream)]
    assert len(pictures) == 3
    with av.open(str(clip_path("ship_tm_right_60"))) as file:
        small = next(file.decode(video=0)).to_ndarray(format="gray")
    halved = pictures[0].reshape(540, 2, 960, 2).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 4.0
    with pytest.raises(ConfigError):
        make_clip(tmp_path / "none.mp4", 0.0)


def test_cost_counts_the_cpu_of_all_threads_and_not_the_waiting() -> None:
    cost, answer = cost_of(lambda: time.sleep(0.2) or 7)
    assert answer == 7
    assert cost.wall_s >= 0.2
    assert cost.cpu_s < 0.15


@pytest.mark.skipif(sys.platform == "win32", reason="no usage of a single child there")
def test_a_command_reports_its_own_peak() -> None:
    small = cost_of_command(["-c", "pass"])
    large = cost_of_command(["-c", "x = bytearray(200_000_000); x[::4096] = bytes(len(x[::4096]))"])
    assert 150 < large.peak_mb - small.peak_mb < 250


def test_every_crop_goes_through_every_network_once_beside_the_decoder() -> None:
    seen: list[int] = []

    class Counting:
        class info:
            input_height = input_width = 8

        def predict(self, batch: np.ndarray) -> None:
            assert batch.shape[1:] == (8, 8, 3)
            seen.append(len(batch))

    crops = np.zeros((5, 16, 16, 3), np.uint8)
    frames: list[int] = []
    network([Counting(), Counting()], crops, 7, 3, lambda: frames.append(decode(clip_path("ship_og_waist_30"), 1)))  # type: ignore[list-item]
    assert sum(seen) == 14
    assert frames == [120]


def test_a_failing_network_fails_the_benchmark() -> None:
    class Broken:
        class info:
            input_height = input_width = 16

        def predict(self, batch: np.ndarray) -> None:
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        network([Broken()], np.zeros((2, 16, 16, 3), np.uint8), 2, 2, None)  # type: ignore[list-item]


def test_command_prints_stages_and_ratios_that_fit_each_other(tmp_path: Path) -> None:
    clip = tmp_path / "short.mp4"
    remux(clip_path("ship_og_waist_30"), clip, packets=30)
    command = ["bench", str(clip), "--model", "movenet-lightning", "--repeats", "1", "--no-overlay", "--json"]
    out = CliRunner().invoke(app, command)
    assert out.exit_code == 0, out.output
    found = json.loads(out.stdout)
    stages = found["stages"]
    alone = stages["decode"]["cpu_ms"] + stages["network"]["cpu_ms"]
    assert found["frames"] == 30
    assert math.isclose(found["cpu_ratio"], stages["pipeline"]["cpu_ms"] / alone, rel_tol=1e-6)
    assert math.isclose(found["wall_ratio"], stages["pipeline"]["wall_ms"] * found["cores"] / alone, rel_tol=1e-6)
    assert found["overlay_ratio"] is None
    assert stages["network"]["cpu_ms"] > stages["crop"]["cpu_ms"] > 0


def test_a_video_without_a_runner_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    with av.open(str(empty), "w") as file:
        stream = file.add_stream("mpeg4", rate=30)
        stream.width, stream.height = 64, 48
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8))))
        file.mux(stream.encode(None))
    with pytest.raises(VideoError, match="nobody was followed"):
        run_bench(empty, model="movenet-lightning", repeats=1)
