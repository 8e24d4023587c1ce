"""The convolutional part of a network, operation by operation."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from tfjs.graph import TfjsGraph

OPSET, IR_VERSION = 18, 9
CONVOLUTIONS = ("_FusedConv2D", "Conv2D", "FusedDepthwiseConv2dNative", "DepthwiseConv2dNative")


class OnnxWriter:
    """Nodes and initializers of an ONNX graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, value: npt.ArrayLike) -> str:
        """Name of a constant; floats stay float16 where they were and are cast to float32."""
        array = np.ascontiguousarray(value)
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(array, name))
        return self.add("Cast", name, to=TensorProto.FLOAT) if array.dtype == np.float16 else name

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Append a node; its output's name, or a list of them."""
        names = [f"t{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def model(
        self, results: dict[str, str], shapes: dict[str, list[int | str]], image: list[int | str]
    ) -> onnx.ModelProto:
        """The finished graph: ``image`` in, ``results`` (output name -> inner name) out."""
        for name, inner in results.items():
            self.nodes.append(helper.make_node("Identity", [inner], [name]))
        graph = helper.make_graph(
            self.nodes,
            "runlean",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, image)],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shapes[n]) for n in results],
            self.initializers,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="runlean"
        )
        onnx.checker.check_model(model)
        return model


class Body:
    """Conversion of the convolutional part: NHWC in TensorFlow, NCHW in ONNX.

    Parameters
    ----------
    graph : TfjsGraph
    image : str
        ONNX name of the network's picture, float32 NCHW; stands for the graph's placeholder.
    """

    def __init__(self, graph: TfjsGraph, writer: OnnxWriter, image: str) -> None:
        self.graph, self.writer = graph, writer
        self.done = {name: image for name, node in graph.nodes.items() if node["op"] == "Placeholder"}

    def tensor(self, name: str) -> str:
        """ONNX name of a node's output; converts what it depends on first."""
        pending = [name]
        while pending:
            top = pending[-1]
            waiting = [] if top in self.done else [s for s in self._data_inputs(top) if s not in self.done]
            if waiting:
                pending += waiting
                continue
            pending.pop()
            if top not in self.done:
                self.done[top] = self._convert(top)
        return self.done[name]

    def _data_inputs(self, name: str) -> list[str]:
        sources = [s for s in self.graph.inputs(name) if s not in self.graph.constants]
        # the size that a picture is enlarged to may be computed; it is twice the size that came in every network here
        return sources[:1] if self.graph.nodes[name]["op"] == "ResizeBilinear" else sources

    def _convert(self, name: str) -> str:
        kind = self.graph.nodes[name]["op"]
        sources = self.graph.inputs(name)
        data = [self.done[s] for s in self._data_inputs(name)]
        write = self.writer
        if kind in ("Cast", "Unpack", "ExpandDims", "Squeeze", "Identity"):
            return data[0]  # what TensorFlow does to take the one picture out of its batch and put it back
        if kind in CONVOLUTIONS:
            return self._convolution(name, kind, data[0])
        if kind in ("AddV2", "Add", "Sub", "Mul"):
            operands = [self._operand(s) if s in self.graph.constants else self.done[s] for s in sources]
            if None in operands:
                return data[0]
            return str(write.add(kind.removesuffix("V2"), *operands))
        if kind == "Relu6":
            return self._clip(data[0])
        if kind in ("Relu", "Sigmoid"):
            return str(write.add(kind, data[0]))
        if kind == "ResizeBilinear":
            if self.graph.attribute(name, "half_pixel_centers") is not True:
                raise ValueError(f"{name}: expected half-pixel centres")
            twice = write.constant(np.array([1, 1, 2, 2], np.float32))
            return str(
                write.add("Resize", data[0], "", twice, mode="linear", coordinate_transformation_mode="half_pixel")
            )
        if kind == "Pad":
            if self._is_edge(name):
                return data[0]
            before, after = self.graph.constants[sources[1]][[0, 3, 1, 2]].T
            return str(write.add("Pad", data[0], write.constant(np.concatenate((before, after)).astype(np.int64))))
        if kind == "MaxPool":
            return str(
                write.add(
                    "MaxPool",
                    data[0],
                    kernel_shape=self.graph.attribute(name, "ksize")[1:3],
                    strides=self.graph.attribute(name, "strides")[1:3],
                )
            )
        if kind == "Reshape":  # (n, 1, 1, c) to (n, c)
            last = write.add("Transpose", data[0], perm=[0, 2, 3, 1])
            return str(write.add("Reshape", last, write.constant(np.array([0, -1], np.int64))))
        raise ValueError(f"{name}: operation {kind} is of none of the networks this script rebuilds")

    def _operand(self, name: str) -> str | None:
        """A constant that is added to or multiplied with a picture; None for one that changes nothing."""
        value = self.graph.constants[name]
        if not value.any():
            return None  # a difference of 0
        return self.writer.constant(value.reshape(1, -1, 1, 1) if value.ndim == 4 else value.reshape(1))

    def _convolution(self, name: str, kind: str, data: str) -> str:
        sources = self.graph.inputs(name)
        kernel = self.graph.constants[sources[1]]
        depthwise = "Depthwise" in kind
        weights = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
        fused = self.graph.attribute(name, "fused_ops") or []
        inputs = [data, self.writer.constant(weights)]
        if "BiasAdd" in fused:
            inputs.append(self.writer.constant(self.graph.constants[sources[2]]))
        out = self.writer.add(
            "Conv",
            *inputs,
            group=kernel.shape[2] if depthwise else 1,
            kernel_shape=list(kernel.shape[:2]),
            strides=self.graph.attribute(name, "strides")[1:3],
            **self._edges(name, sources[0]),
        )
        if "Relu6" in fused:
            return self._clip(out)
        return str(self.writer.add("Relu", out)) if "Relu" in fused else str(out)

    def _is_edge(self, name: str) -> bool:
        """Whether a Pad only adds rows and columns for convolutions, which can do that themselves.

        ONNX Runtime leaves its blocked layout for a Pad of its own: with BlazePose's five given to the convolutions
        behind them it takes 0.7 of the time, the answers the same.
        """
        if self.graph.nodes[name]["op"] != "Pad" or self.graph.constants[self.graph.inputs(name)[1]][[0, 3]].any():
            return False
        readers = [reader for reader in self.graph.nodes if name in self.graph.inputs(reader)]
        return all(
            self.graph.nodes[reader]["op"] in CONVOLUTIONS and self.graph.attribute(reader, "padding") == "VALID"
            for reader in readers
        )

    def _edges(self, name: str, source: str) -> dict[str, object]:
        """How a convolution treats the picture's edges."""
        if not self._is_edge(source):
            return {"auto_pad": "SAME_UPPER" if self.graph.attribute(name, "padding") == "SAME" else "VALID"}
        # before and after, of each axis NHWC
        (top, bottom), (left, right) = self.graph.constants[self.graph.inputs(source)[1]][1:3].tolist()
        return {"pads": [top, left, bottom, right]}

    def _clip(self, data: str) -> str:
        low, high = (self.writer.constant(np.array(v, np.float32)) for v in (0, 6))
        return str(self.writer.add("Clip", data, low, high))
