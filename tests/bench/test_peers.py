"""The same networks in other formats; no figure of a tool that does not see the runner; the page is the figures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest

from runlean.clips import clip_path
from runlean.models import load_detector, load_pose_model

ROOT = Path(__file__).parents[2]


def _module(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # dataclasses look their module up
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A frame of the filmed runner, BGR."""
    with av.open(str(clip_path("treadmill_male_30"))) as file:
        return next(file.decode(video=0)).to_ndarray(format="bgr24")


@pytest.fixture(scope="module")
def networks() -> ModuleType:
    pytest.importorskip("onnx")
    return _module("peer_networks")


def test_rtmlib_reads_the_same_points_from_the_wrapped_movenet(
    picture: np.ndarray, networks: ModuleType, tmp_path: Path
) -> None:
    rtmlib = pytest.importorskip("rtmlib")
    wrapped = rtmlib.RTMPose(
        str(networks.simcc_pose("movenet_lightning.onnx", tmp_path / "pose.onnx")), model_input_size=(192, 192)
    )
    square = np.ascontiguousarray(picture[300:492, 100:292])
    normal = (square - np.array(networks.MEAN)) / np.array(networks.STD)
    points, score = wrapped.postprocess(wrapped.inference(normal), np.array([96.0, 96.0]), np.array([192.0, 192.0]))
    ours, our_score = load_pose_model("movenet-lightning", device="cpu").predict(
        np.ascontiguousarray(square[None, :, :, ::-1])
    )
    # SimCC's bins are half a pixel, and none lies beyond the picture's edge
    np.testing.assert_allclose(points[0], np.clip(ours[0], 0, 191.5), atol=0.26)
    np.testing.assert_allclose(score[0], our_score[0], atol=1e-4)


def test_rtmlib_reads_the_same_box_from_the_wrapped_multipose(
    picture: np.ndarray, networks: ModuleType, tmp_path: Path
) -> None:
    rtmlib = pytest.importorskip("rtmlib")
    wrapped = rtmlib.YOLOX(str(networks.box_detector(tmp_path / "boxes.onnx", 160, 256)), model_input_size=(256, 160))
    small, ratio = wrapped.preprocess(picture)
    boxes = wrapped(picture)
    [ours] = load_detector(device="cpu").detect(np.ascontiguousarray(small[None, :, :, ::-1]))
    assert len(boxes) == len(ours.box) == 1
    np.testing.assert_allclose(boxes[0] * ratio, ours.box[0], atol=1e-2)


def test_a_tool_that_loses_the_runner_is_not_timed() -> None:
    peers = _module("peers")
    truth = [(100.0, 200.0 + k) for k in range(20)]
    answer = {"hips": [*truth[:19], None]}
    assert peers.plausible("good", answer, truth, 400) == {"found": 0.95, "hips_away_frac": 0.0}
    lost = {"hips": [*truth[:15], *[None] * 5]}
    elsewhere = {"hips": [(x + 40.0, y) for x, y in truth]}
    for wrong in (lost, elsewhere, {"hips": truth[:-1]}, {"hips": [None] * 20}):
        with pytest.raises(SystemExit, match="not timed"):
            peers.plausible("wrong", wrong, truth, 400)


def test_ratios_are_the_medians_of_the_rounds_own() -> None:
    peers = _module("peers")
    costs = {
        "a": [{"cpu": 1.0, "wall": 1.0}, {"cpu": 4.0, "wall": 2.0}, {"cpu": 3.0, "wall": 1.0}],
        "b": [{"cpu": 2.0, "wall": 5.0}, {"cpu": 5.0, "wall": 12.0}, {"cpu": 30.0, "wall": 7.0}],
    }
    assert peers._ratio(peers.Ratio("cpu_ms", "a", "b", 0.65), costs)["value"] == 0.5
    assert peers._ratio(peers.Ratio("fps", "a", "b", 5.0), costs)["value"] == 6.0


@pytest.mark.parametrize("name", ["peers", "scaling", "archive"])
def test_the_page_shows_the_saved_figures(name: str) -> None:
    module = _module(name)
    page = module.PAGE.read_text(encoding="utf-8")
    assert module.with_table(page, module.MARK, module.table(module.saved_figures())) == page
    with pytest.raises(ValueError, match="expected <!-- elsewhere: begin -->"):
        module.with_table(page, "elsewhere", "")


def test_saved_figures_are_medians_of_five_rounds_and_their_tools_saw_the_runner() -> None:
    peers = _module("peers")
    for part in peers.saved_figures().values():
        assert part["rounds"] >= 5
        assert {"processor", "cores", "system", "python"} <= set(part["machine"])
        for tool in part["tools"].values():
            assert tool["found"] >= peers.LEAST_FOUND
            assert tool["peak_mb"] > 0
