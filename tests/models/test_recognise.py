"""``--model FILE.onnx``: what a file is taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from runlean.errors import ModelError
from runlean.models import MODELS, load_detector, load_pose_model, recognise_family
from runlean.models.recognise import recognise
from runlean.models.store import locate
from runlean.skeleton import COCO_17, HALPE_26

F32, U8 = "tensor(float)", "tensor(uint8)"


@pytest.mark.parametrize("name", [n for n, info in MODELS.items() if info.shipped])
def test_every_shipped_network_is_recognised_from_its_graph(name):
    from runlean.models.session import Network

    info = MODELS[name]
    path, sha256 = locate(info)
    network = Network(path, sha256, device="cpu")
    found = recognise(path, sha256, network.inputs, network.outputs)
    assert (found.family, found.task, found.keypoint_names) == (info.family, info.task, info.keypoint_names)
    assert (found.input_width, found.input_height) == (info.input_width, info.input_height)


@pytest.mark.parametrize(("points", "names"), [(17, COCO_17), (26, HALPE_26)])
def test_rtmpose_of_any_size_says_what_it_was_taken_for(points, names, build_rtmpose, tmp_path, cache_folder):
    found = recognise_family(build_rtmpose(tmp_path / "net.onnx", points, width=96, height=128))
    assert found.family == "simcc"
    assert found.keypoint_names == names
    assert (found.input_width, found.input_height) == (96, 128)
    assert f"RTMPose (SimCC), {points} points, 96 x 128 px" in found.note


def test_rtmo_is_a_pose_network_and_a_detector(build_rtmo, tmp_path, cache_folder):
    path = build_rtmo(tmp_path / "net.onnx")
    assert load_pose_model(path, device="cpu").info.family == "rtmo"
    assert load_detector(path, device="cpu").input_size(1920, 1080) == (64, 64)


def test_another_network_is_refused_with_what_was_expected_and_what_came(build_classifier, tmp_path, cache_folder):
    path = build_classifier(tmp_path / "cats.onnx")
    with pytest.raises(ModelError) as caught:
        load_pose_model(path, device="cpu")
    message = str(caught.value)
    assert "cats.onnx" in message
    assert "expected MoveNet" in message
    assert "came input float [N,3,224,224] -> classes [N,10]" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([], []),
        ([("x", F32, ("N", 3, 256, 192))] * 2, [("a", ("N", 17, 384)), ("b", ("N", 17, 512))]),
        ([("x", F32, ("N", 3, 256, 192))], [("a", ("N", 17, 384))]),
        ([("x", F32, ("N", 3, 256, 192))], [("a", ("N", 18, 384)), ("b", ("N", 18, 512))]),
        ([("x", F32, ("N", 3, 256, 192))], [("a", ("N", 17, 384)), ("b", ("N", 26, 512))]),
        ([("x", F32, ("N", 3, 256, 192))], [("a", ("N", 17, 512)), ("b", ("N", 17, 384))]),
        ([("x", F32, ("N", 3, "H", "W"))], [("a", ("N", 17, 384)), ("b", ("N", 17, 512))]),
        ([("x", F32, ("N", 256, 256, 3))], [("keypoints", ("N", 17, 3))]),
        ([("x", U8, ("N", 256, 256, 3))], [("keypoints", ("N", 18, 3))]),
        ([("x", U8, ("N", 256, 256, 3))], [("heatmap", ("N", 39, 64, 64))]),
        ([("x", F32, ("N", 3, 640, 640))], [("dets", ("N", "P", 5)), ("keypoints", ("N", "P", 21, 3))]),
    ],
)
def test_what_only_resembles_a_family_is_refused(inputs, outputs):
    with pytest.raises(ModelError, match="expected MoveNet"):
        recognise(Path("net.onnx"), "0", inputs, outputs)


def test_rtmo_with_dynamic_axes_as_mmdeploy_names_them():
    found = recognise(
        Path("net.onnx"),
        "0",
        [("input", F32, ("batch", 3, 640, 640))],
        [("dets", ("batch", "num_dets", 5)), ("keypoints", ("batch", "num_dets", 17, 3))],
    )
    assert found.family == "rtmo"
