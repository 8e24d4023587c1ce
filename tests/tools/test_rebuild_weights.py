"""The conversion of TensorFlow.js graphs, on a small graph with every operation, against plain NumPy."""

from __future__ import annotations

import base64

import numpy as np
import onnxruntime as ort
import pytest
from tfjs.convert import Body, OnnxWriter
from tfjs.graph import TfjsGraph
from tfjs.networks import picture


def text(value):
    return {"s": base64.b64encode(value.encode()).decode()}


def numbers(*values):
    return {"list": {"i": [str(v) for v in values]}}


def tfjs_graph(weights, nodes):
    """A graph model as it lies in its files; float32 constants are stored as float16."""
    entries, raw = [], b""
    for name, value in weights.items():
        value = np.asarray(value)
        entry = {"name": name, "shape": list(value.shape), "dtype": str(value.dtype)}
        if value.dtype == np.float32:
            entry["quantization"] = {"dtype": "float16"}
            value = value.astype(np.float16)
        entries.append(entry)
        raw += value.tobytes()
    every = [{"name": n, "op": "Const"} for n in weights] + [{"name": "x", "op": "Placeholder"}, *nodes]
    return TfjsGraph({"modelTopology": {"node": every}, "weightsManifest": [{"weights": entries}]}, raw)


def node(name, op, *inputs, **attributes):
    return {"name": name, "op": op, "input": list(inputs), "attr": attributes}


def run(graph, output, image):
    writer = OnnxWriter()
    inner = Body(graph, writer, picture(writer)).tensor(output)
    model = writer.model({"out": inner}, {"out": ["N", None, None, None]}, ["N", "H", "W", 3])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": image})[0]


def naive_convolution(x, kernel, stride, same):
    """NHWC convolution with TensorFlow's SAME: what is odd is added at the bottom and the right."""
    k, _, _, channels = kernel.shape
    if same:
        out = -(-np.array(x.shape[1:3]) // stride)
        pad = np.maximum((out - 1) * stride + k - np.array(x.shape[1:3]), 0)
        x = np.pad(x, ((0, 0), (pad[0] // 2, pad[0] - pad[0] // 2), (pad[1] // 2, pad[1] - pad[1] // 2), (0, 0)))
    rows, columns = (np.array(x.shape[1:3]) - k) // stride + 1
    y = np.zeros((len(x), rows, columns, channels))
    for i in range(rows):
        for j in range(columns):
            window = x[:, i * stride : i * stride + k, j * stride : j * stride + k]
            y[:, i, j] = np.tensordot(window, kernel, 3)
    return y


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def image(rng):
    return rng.integers(0, 256, (2, 8, 6, 3), np.uint8)


@pytest.mark.parametrize(("stride", "padding"), [(1, "SAME"), (2, "SAME"), (2, "VALID")])
def test_convolution_bias_and_relu6(rng, image, stride, padding):
    kernel = rng.normal(0, 0.02, (3, 3, 3, 5)).astype(np.float32)
    bias = rng.normal(0, 1, 5).astype(np.float32)
    attributes = {
        "strides": numbers(1, stride, stride, 1),
        "padding": text(padding),
        "fused_ops": {"list": {"s": [text(o)["s"] for o in ("BiasAdd", "Relu6")]}},
    }
    graph = tfjs_graph({"k": kernel, "b": bias}, [node("y", "_FusedConv2D", "x", "k", "b", **attributes)])
    stored = kernel.astype(np.float16).astype(float)
    wanted = naive_convolution(image.astype(float), stored, stride, padding == "SAME")
    wanted = np.clip(wanted + bias.astype(np.float16), 0, 6)
    assert 0 < wanted.mean() < 6
    np.testing.assert_allclose(run(graph, "y", image), wanted.transpose(0, 3, 1, 2), atol=1e-3)


def test_depthwise_convolution_keeps_channels_apart(rng, image):
    kernel = rng.normal(0, 0.02, (3, 3, 3, 1)).astype(np.float32)
    attributes = {"strides": numbers(1, 1, 1, 1), "padding": text("SAME")}
    graph = tfjs_graph({"k": kernel}, [node("y", "DepthwiseConv2dNative", "x", "k", **attributes)])
    wanted = np.concatenate(
        [
            naive_convolution(image[..., c : c + 1].astype(float), kernel[:, :, c : c + 1].astype(np.float16), 1, True)
            for c in range(3)
        ],
        axis=3,
    )
    np.testing.assert_allclose(run(graph, "y", image), wanted.transpose(0, 3, 1, 2), atol=1e-3)


def test_a_convolution_pads_by_itself_and_others_are_padded(rng, image):
    kernel = rng.normal(0, 0.02, (3, 3, 3, 5)).astype(np.float32)
    attributes = {"strides": numbers(1, 2, 2, 1), "padding": text("VALID")}
    weights = {"k": kernel, "pads": np.array([[0, 0], [0, 1], [2, 1], [0, 0]], np.int32)}
    nodes = [node("pad", "Pad", "x", "pads"), node("y", "Conv2D", "pad", "k", **attributes)]
    wanted = np.pad(image.astype(float), ((0, 0), (0, 1), (2, 1), (0, 0)))
    wanted = naive_convolution(wanted, kernel.astype(np.float16).astype(float), 2, False).transpose(0, 3, 1, 2)
    pool = node("pool", "MaxPool", "pad", ksize=numbers(1, 2, 2, 1), strides=numbers(1, 2, 2, 1))
    for more, pads in (([], 0), ([pool], 1)):
        graph = tfjs_graph(weights, [*nodes, *more])
        np.testing.assert_allclose(run(graph, "y", image), wanted, atol=1e-3)
        writer = OnnxWriter()
        Body(graph, writer, "image").tensor("y")
        assert sum(n.op_type == "Pad" for n in writer.nodes) == pads


def test_scaling_pads_pools_and_sums(image):
    weights = {
        "zero": np.zeros((1, 1, 1, 3), np.float32),
        "scale": np.array([0.5, 0.25, 2], np.float32).reshape(1, 1, 1, 3),
        "one": np.float32(1),
        "pads": np.array([[0, 0], [1, 2], [0, 1], [0, 1]], np.int32),
    }
    pool = {"ksize": numbers(1, 2, 2, 1), "strides": numbers(1, 2, 2, 1)}
    nodes = [
        node("cast", "Cast", "x"),
        node("minus", "Sub", "cast", "zero"),
        node("times", "Mul", "minus", "scale"),
        node("less", "Sub", "times", "one"),
        node("sum", "AddV2", "less", "less"),
        node("pad", "Pad", "sum", "pads"),
        node("pool", "MaxPool", "pad", **pool),
    ]
    wanted = 2 * (image * np.array([0.5, 0.25, 2]) - 1)
    wanted = np.pad(wanted, ((0, 0), (1, 2), (0, 1), (0, 1)))[:, :10, :6]
    wanted = wanted.reshape(2, 5, 2, 3, 2, 4).max(axis=(2, 4))
    np.testing.assert_allclose(run(tfjs_graph(weights, nodes), "pool", image), wanted.transpose(0, 3, 1, 2))


def test_enlarging_is_bilinear_between_pixel_centres(image):
    centres = {"half_pixel_centers": {"b": True}}
    graph = tfjs_graph({"size": np.array([16, 12], np.int32)}, [node("y", "ResizeBilinear", "x", "size", **centres)])
    x = image.astype(float)

    def double(a, axis):
        a = np.moveaxis(a, axis, 0)
        before, after = np.concatenate((a[:1], a[:-1])), np.concatenate((a[1:], a[-1:]))
        out = np.stack((0.25 * before + 0.75 * a, 0.75 * a + 0.25 * after), axis=1)
        return np.moveaxis(out.reshape(-1, *a.shape[1:]), 0, axis)

    wanted = double(double(x, 1), 2).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(run(graph, "y", image), wanted, atol=1e-4)


def test_an_operation_it_does_not_know_is_named():
    graph = tfjs_graph({}, [node("y", "Softmax", "x")])
    with pytest.raises(ValueError, match="y: operation Softmax"):
        Body(graph, OnnxWriter(), "image").tensor("y")


def test_weights_of_another_length_are_refused():
    with pytest.raises(ValueError, match="expected 0 bytes of weights, came 4"):
        TfjsGraph({"modelTopology": {"node": []}, "weightsManifest": []}, b"1234")
