"""The networks that ship, each with its own ends."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto

from tfjs.convert import Body, OnnxWriter
from tfjs.graph import TfjsGraph

#: Head of MultiPose -> its channels.
HEADS = {"center": 1, "box_scale": 2, "box_offset": 2, "kpt_heatmap": 17, "kpt_regress": 34, "kpt_offset": 34}
KEYPOINTS = 17


def picture(writer: OnnxWriter) -> str:
    """The uint8 NHWC picture as float32 NCHW."""
    return str(writer.add("Transpose", writer.add("Cast", "image", to=TensorProto.FLOAT), perm=[0, 3, 1, 2]))


def head_node(graph: TfjsGraph, head: str) -> str:
    """The last convolution of one of MoveNet's heads."""
    return graph.named(rf"/{head}_0/conv2d_\d+/BiasAdd$")


def build_movenet(graph: TfjsGraph, side: int) -> onnx.ModelProto:
    """MoveNet for one person: the body, and its decoding for a batch of any length."""
    write = OnnxWriter()
    body = Body(graph, write, picture(write))
    heads = {h: body.tensor(head_node(graph, h)) for h in ("kpt_heatmap", "kpt_regress", "center", "kpt_offset")}
    cells = side // 4
    n_cells = cells * cells

    def ints(*values: int) -> str:
        return str(write.constant(np.array(values, np.int64)))

    def row_and_column(index: str) -> tuple[str, str]:
        row = write.add("Div", index, ints(cells))
        return row, write.add("Sub", index, write.add("Mul", row, ints(cells)))

    def as_float(index: str) -> str:
        return str(write.add("Cast", index, to=TensorProto.FLOAT))

    # the person: the cell whose score, weighted towards the middle of the picture, is best
    weight = graph.constants[graph.inputs(graph.named(r"/truediv_2$"))[1]].transpose(2, 0, 1)[None]
    centre = write.add("Mul", write.add("Sigmoid", heads["center"]), write.constant(weight))
    person = write.add("ArgMax", write.add("Reshape", centre, ints(0, n_cells)), axis=1, keepdims=1)
    row, column = row_and_column(person)
    # where that cell expects each keypoint
    ways = write.add("Reshape", heads["kpt_regress"], ints(0, 2 * KEYPOINTS, n_cells))
    at = write.add("Expand", write.add("Unsqueeze", person, ints(2)), ints(1, 2 * KEYPOINTS, 1))
    way = write.add("Reshape", write.add("GatherElements", ways, at, axis=2), ints(0, KEYPOINTS, 2))
    away = []
    grid = np.arange(n_cells)
    for part, start, where in zip(
        write.add("Split", way, outputs=2, axis=2, num_outputs=2),
        (row, column),
        (grid // cells, grid % cells),
        strict=True,
    ):
        expected = write.add("Add", part, write.add("Unsqueeze", as_float(start), ints(2)))
        distance = write.add("Sub", write.constant(where.astype(np.float16)[None, None]), expected)
        away.append(write.add("Mul", distance, distance))
    # the best cell of each keypoint: its score over the distance from there
    score = write.add("Reshape", write.add("Sigmoid", heads["kpt_heatmap"]), ints(0, KEYPOINTS, n_cells))
    softness = graph.constants[graph.inputs(graph.named(r"/add_5$"))[1]].astype(np.float32).reshape(1)
    divisor = write.add("Add", write.add("Sqrt", write.add("Add", *away)), write.constant(softness))
    best = write.add("ArgMax", write.add("Div", score, divisor), axis=2, keepdims=1)
    place = as_float(write.add("Concat", *row_and_column(best), axis=2))
    # the fraction of a cell, and everything as a share of the picture
    fractions = write.add("Reshape", heads["kpt_offset"], ints(0, KEYPOINTS, 2, n_cells))
    at = write.add("Expand", write.add("Unsqueeze", best, ints(2)), ints(1, 1, 2, 1))
    fraction = write.add("Reshape", write.add("GatherElements", fractions, at, axis=3), ints(0, KEYPOINTS, 2))
    # 1 / 48 does not survive float16, as which the package stores it: a point at the far edge would move by 0.05 px
    share = np.array([1 / cells], np.float32)
    yx = write.add("Mul", write.add("Add", place, fraction), write.constant(share))
    found = write.add("Concat", yx, write.add("GatherElements", score, best, axis=2), axis=2)
    return write.model({"keypoints": found}, {"keypoints": ["N", KEYPOINTS, 3]}, ["N", side, side, 3])


def build_multipose(graph: TfjsGraph, side: int) -> onnx.ModelProto:
    """MoveNet MultiPose up to its heads."""
    write = OnnxWriter()
    body = Body(graph, write, picture(write))
    results = {head: body.tensor(head_node(graph, head)) for head in HEADS}
    for head in ("center", "kpt_heatmap"):
        results[head] = write.add("Sigmoid", results[head])
    return write.model(results, {h: ["N", c, "H4", "W4"] for h, c in HEADS.items()}, ["N", "H", "W", 3])


def build_blazepose(graph: TfjsGraph, side: int) -> onnx.ModelProto:
    """BlazePose without its segmentation."""
    write = OnnxWriter()
    image = write.add("Mul", picture(write), write.constant(np.full((1, 3, 1, 1), 1 / 255, np.float32)))
    body = Body(graph, write, image)
    ends = {"presence": "output_poseflag/Reshape", "heatmap": "activation_heatmap/Sigmoid",
            "landmarks": "/ld_3d/Reshape", "world": "/world_3d/Reshape"}  # fmt: skip
    results = {name: body.tensor(graph.named(f"{end}$")) for name, end in ends.items()}
    cells = side // 4
    shapes: dict[str, list[int | str]] = {
        "presence": ["N", 1], "heatmap": ["N", 39, cells, cells], "landmarks": ["N", 195], "world": ["N", 117]
    }  # fmt: skip
    return write.model(results, shapes, ["N", side, side, 3])
