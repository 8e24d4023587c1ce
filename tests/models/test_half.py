"""Networks at half precision: valid files, close answers, what cannot be converted is said."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from runlean.errors import ModelError
from runlean.models import load_pose_model
from runlean.models.half import to_half
from runlean.models.onnx_wire import Graph, array_of, fields, message
from runlean.models.session import Network, half_file
from runlean.models.store import locate, model_info, sha256_of

SHIPPED = ["movenet-thunder", "movenet-lightning", "movenet-multipose", "blazepose-full"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_network_converts_to_a_valid_file(name):
    original = locate(model_info(name))[0].read_bytes()
    assert message(list(fields(original))) == original
    half = to_half(original)
    model = onnx.load_from_string(half)
    onnx.checker.check_model(model, full_check=True)
    kinds = {value.name: value.data_type for value in model.graph.initializer}
    weights = [kinds[node.input[1]] for node in model.graph.node if node.op_type == "Conv" and node.input[1] in kinds]
    assert not [kind for kind in weights if kind != TensorProto.FLOAT16]
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    types = {value.name: value.type.tensor_type.elem_type for value in inferred.graph.value_info}
    assert {types[n.output[0]] for n in model.graph.node if n.op_type == "Conv"} == {TensorProto.FLOAT16}
    # what turns maps into coordinates stays as it is
    assert {types[n.input[0]] for n in model.graph.node if n.op_type in ("ArgMax", "GatherElements")} <= {
        TensorProto.FLOAT, TensorProto.INT64,
    }  # fmt: skip
    before = onnx.load_from_string(original)
    assert [o.type for o in model.graph.output] == [o.type for o in before.graph.output]
    assert [i.type for i in model.graph.input] == [i.type for i in before.graph.input]


def test_a_model_at_half_precision_answers_nearly_the_same(cache_folder):
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (2, 192, 192, 3), np.uint8)
    full, half = (load_pose_model("movenet-lightning", device="cpu", precision=p) for p in ("fp32", "fp16"))
    assert np.abs(full.predict(crops)[1] - half.predict(crops)[1]).max() < 0.02
    kept = [path.name for path in (cache_folder / "graphs").iterdir() if "half" in path.name]
    assert len(kept) == 2  # the file, and its optimised graph under a name of its own


def test_float_inputs_and_outputs_keep_their_type(build_rtmpose, tmp_path, cache_folder):
    path = build_rtmpose(tmp_path / "net.onnx")
    pixels = np.random.default_rng(0).normal(size=(2, 3, 256, 192)).astype(np.float32)
    sha256 = sha256_of(path)
    with pytest.raises(ModelError, match=r"net.onnx at fp16: expected convolutions and plain operators"):
        half_file(path, sha256)  # Tanh stands between two convolutions
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], kernel_shape=[3, 3]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "v"], ["y"], kernel_shape=[1, 1]),
        helper.make_node("Sigmoid", ["y"], ["z"]),
    ]
    rng = np.random.default_rng(1)
    weights = {"w": rng.normal(size=(4, 3, 3, 3)), "v": rng.normal(size=(2, 4, 1, 1))}
    shape = ["N", 3, "H", "W"]
    graph = helper.make_graph(
        nodes, "two outputs", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 2, "h", "w"]) for name in "yz"],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    small = tmp_path / "small.onnx"
    onnx.save(model, small)
    onnx.checker.check_model(onnx.load_from_string(to_half(small.read_bytes())), full_check=True)
    full, half = (Network(small, sha256_of(small), device="cpu", precision=p) for p in ("fp32", "fp16"))
    for a, b in zip(full.run(pixels, ["y", "z"]), half.run(pixels, ["y", "z"]), strict=True):
        assert b.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=0.03 * np.abs(a).max())


def test_what_is_no_network_is_refused(tmp_path, cache_folder):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x07nonsense")
    with pytest.raises(ModelError, match="at fp16"):
        load_pose_model(broken, device="cpu", precision="fp16")


def test_tensors_written_are_tensors_read():
    for array in (np.arange(6, dtype=np.float32).reshape(2, 3), np.array(7, np.int64), np.zeros((0, 2), np.float16)):
        graph = Graph("g")
        name = graph.constant(array, array.dtype.name)
        found_name, found = array_of(graph.constants[0])
        assert found_name == name
        np.testing.assert_array_equal(found, array)
    negative = onnx.load_from_string(_one_node_with(axis=-1))
    assert negative.graph.node[0].attribute[0].i == -1


def _one_node_with(**attributes):
    graph = Graph("g")
    x = graph.take("x", "float32", ["n", 4])
    graph.give(graph.add("Softmax", x, **attributes), "y", "float32", ["n", 4])
    onnx.checker.check_model(onnx.load_from_string(graph.model()), full_check=True)
    return graph.model()


@pytest.mark.parametrize("cut", [1, 50, 1000])
def test_a_file_that_is_cut_off_is_no_crash(cut):
    data = locate(model_info("movenet-lightning"))[0].read_bytes()[:-cut]
    with pytest.raises((ValueError, IndexError)):
        to_half(data)
