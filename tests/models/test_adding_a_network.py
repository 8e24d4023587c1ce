"""The example of docs/models.md runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from runlean.models.registry import ModelInfo
from runlean.models.session import Network
from runlean.skeleton import COCO_17

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def example():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(code.splitlines()) < 100
    scope = {}
    exec(code, scope)
    return scope["HeatmapPose"]


@pytest.fixture
def network(tmp_path, cache_folder):
    """Every point lies where the picture is brightest: the means of 4 x 4 pixels, 17 times."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["gray"], axes=[1], keepdims=1),
        helper.make_node("AveragePool", ["gray"], ["small"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Expand", ["small", "shape"], ["maps"]),
    ]
    graph = helper.make_graph(
        nodes,
        "brightest",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 256, 192])],
        [helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["N", 17, 64, 48])],
        [numpy_helper.from_array(np.array([1, 17, 1, 1]), "shape")],
    )
    path = tmp_path / "brightest.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Network(path, "0" * 64, device="cpu")


def test_the_example_of_the_documentation_runs(network):
    info = ModelInfo("brightest", "simcc", "pose", COCO_17, 192, 256, "none", "test")
    model = example()(network, info)
    model.warmup()
    batch = np.zeros((5, 256, 192, 3), np.uint8)
    for i in range(5):
        batch[i, 40 + 4 * i : 44 + 4 * i, 100:104] = 250
    xy, score = model.predict(batch)
    np.testing.assert_allclose(xy[:, :, 0], 102)
    np.testing.assert_allclose(xy[:, :, 1], np.repeat(42 + 4 * np.arange(5)[:, None], 17, 1))
    np.testing.assert_allclose(score, 250 / 255, rtol=1e-6)
    assert model.predict(batch[:0])[0].shape == (0, 17, 2)
    assert model.crop.aspect == 0.75
