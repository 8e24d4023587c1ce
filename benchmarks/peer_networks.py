"""runlean's networks in the formats that rtmlib reads, so that pipelines are compared and not networks.

MoveNet behind the inputs and outputs of RTMPose (SimCC), MultiPose behind those of YOLOX with its suppression inside.
What is added around a network is small: the colours' normalisation undone in front, one-hot rows or boxes behind.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHTS = Path(__file__).resolve().parents[1] / "runlean" / "models" / "weights"
#: What rtmlib subtracts and divides by before RTMPose.
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
#: rtmlib's own: two SimCC bins per pixel; boxes that cover each other by more are one.
BINS_PER_PIXEL, SAME_BOX, LEAST_SCORE = 2, 0.45, 0.3
_STRIDE, _PEAKS = 4.0, 8


def simcc_pose(name: str, target: Path) -> Path:
    """MoveNet ``name`` as RTMPose: float (1, 3, S, S), BGR and normalised, into simcc_x, simcc_y (1, 17, 2 S)."""
    model = onnx.load(str(WEIGHTS / name))
    size = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    bins = BINS_PER_PIXEL * size
    add = _Adding(model)
    add.constant("peer_mean", np.array(MEAN, np.float32).reshape(1, 3, 1, 1))
    add.constant("peer_std", np.array(STD, np.float32).reshape(1, 3, 1, 1))
    add.constant("peer_bin", np.arange(bins, dtype=np.float32).reshape(1, 1, bins))
    add.constant("peer_bins", np.array(bins, np.float32))
    add.constant("peer_last", np.array(bins - 1, np.float32))
    add.constant("peer_zero", np.array(0, np.float32))
    before = [
        helper.make_node("Mul", ["input", "peer_std"], ["peer_scaled"]),
        helper.make_node("Add", ["peer_scaled", "peer_mean"], ["peer_bgr"]),
        *_picture("peer_bgr", model.graph.input[0].name, add),
    ]
    after = [helper.make_node("Split", ["keypoints"], ["peer_y", "peer_x", "peer_score"], axis=2, num_outputs=3)]
    for axis in "xy":
        cell = f"peer_cell_{axis}"
        after += [
            helper.make_node("Mul", [f"peer_{axis}", "peer_bins"], [f"{cell}_free"]),
            helper.make_node("Round", [f"{cell}_free"], [f"{cell}_round"]),
            helper.make_node("Clip", [f"{cell}_round", "peer_zero", "peer_last"], [cell]),
            helper.make_node("Equal", [cell, "peer_bin"], [f"{cell}_hit"]),
            helper.make_node("Where", [f"{cell}_hit", "peer_score", "peer_zero"], [f"simcc_{axis}"]),
        ]
    outputs = [helper.make_tensor_value_info(f"simcc_{a}", TensorProto.FLOAT, [1, 17, bins]) for a in "xy"]
    return add.save(before, after, [1, 3, size, size], outputs, target)


def box_detector(target: Path, width: int, height: int) -> Path:
    """MultiPose as YOLOX: float (1, 3, H, W) BGR 0..255 into boxes (1, n, 5), x0 y0 x1 y1 score in pixels."""
    model = onnx.load(str(WEIGHTS / "movenet_multipose_heads.onnx"))
    add = _Adding(model)
    cells_y, cells_x = height // 4, width // 4
    cells = cells_x * cells_y
    row, column = np.divmod(np.arange(cells, dtype=np.float32), cells_x)
    add.constant("peer_grid", np.stack((row, column))[None].astype(np.float32))
    add.constant("peer_half", np.array(0.5, np.float32))
    add.constant("peer_one", np.array(1, np.float32))
    add.constant("peer_zero", np.array(0, np.float32))
    add.constant("peer_stride", np.array(_STRIDE, np.float32))
    add.constant("peer_peaks", np.array([_PEAKS], np.int64))
    add.constant("peer_flat1", np.array([1, 1, cells], np.int64))
    add.constant("peer_flat2", np.array([1, 2, cells], np.int64))
    add.constant("peer_line", np.array([-1], np.int64))
    add.constant("peer_pick", np.array([2], np.int64))
    add.constant("peer_iou", np.array([SAME_BOX], np.float32))
    add.constant("peer_least", np.array([LEAST_SCORE], np.float32))
    node = helper.make_node
    before = _picture("input", model.graph.input[0].name, add)
    after = [
        node("MaxPool", ["center"], ["peer_around"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        node("Equal", ["center", "peer_around"], ["peer_is_peak"]),
        node("Where", ["peer_is_peak", "center", "peer_zero"], ["peer_peak"]),
        node("Reshape", ["peer_peak", "peer_flat1"], ["peer_peak_row"]),
        node("TopK", ["peer_peak_row", "peer_peaks"], ["peer_best", "peer_where"], axis=2),
        node("Reshape", ["peer_where", "peer_line"], ["peer_cells"]),
        node("Reshape", ["box_scale", "peer_flat2"], ["peer_scales"]),
        node("Reshape", ["box_offset", "peer_flat2"], ["peer_offsets"]),
        node("Add", ["peer_offsets", "peer_grid"], ["peer_centres"]),
        node("Gather", ["peer_centres", "peer_cells"], ["peer_centre"], axis=2),
        node("Gather", ["peer_scales", "peer_cells"], ["peer_scale"], axis=2),
        node("Max", ["peer_scale", "peer_one"], ["peer_side"]),
        node("Mul", ["peer_side", "peer_half"], ["peer_reach"]),
        node("Sub", ["peer_centre", "peer_reach"], ["peer_low"]),
        node("Add", ["peer_centre", "peer_reach"], ["peer_high"]),
        node("Concat", ["peer_low", "peer_high"], ["peer_yxyx_cells"], axis=1),
        node("Mul", ["peer_yxyx_cells", "peer_stride"], ["peer_yxyx_columns"]),
        node("Transpose", ["peer_yxyx_columns"], ["peer_yxyx"], perm=[0, 2, 1]),
        node("NonMaxSuppression", ["peer_yxyx", "peer_best", "peer_peaks", "peer_iou", "peer_least"], ["peer_kept"]),
        node("Gather", ["peer_kept", "peer_pick"], ["peer_kept_column"], axis=1),
        node("Reshape", ["peer_kept_column", "peer_line"], ["peer_keep"]),
        node("Transpose", ["peer_best"], ["peer_score"], perm=[0, 2, 1]),
        node("Split", ["peer_yxyx"], ["peer_y0", "peer_x0", "peer_y1", "peer_x1"], axis=2, num_outputs=4),
        node("Concat", ["peer_x0", "peer_y0", "peer_x1", "peer_y1", "peer_score"], ["peer_boxes"], axis=2),
        node("Gather", ["peer_boxes", "peer_keep"], ["dets"], axis=1),
    ]
    outputs = [helper.make_tensor_value_info("dets", TensorProto.FLOAT, [1, None, 5])]
    return add.save(before, after, [1, 3, height, width], outputs, target)


class _Adding:
    """A graph that gets nodes before its input and after its outputs."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._model = model

    def constant(self, name: str, value: np.ndarray) -> None:
        self._model.graph.initializer.append(numpy_helper.from_array(value, name))

    def save(
        self,
        before: list[onnx.NodeProto],
        after: list[onnx.NodeProto],
        shape: list[int],
        outputs: list[onnx.ValueInfoProto],
        target: Path,
    ) -> Path:
        graph = self._model.graph
        nodes = [*before, *graph.node, *after]
        del graph.node[:], graph.input[:], graph.output[:]
        graph.node.extend(nodes)
        graph.input.append(helper.make_tensor_value_info("input", TensorProto.FLOAT, shape))
        graph.output.extend(outputs)
        onnx.checker.check_model(self._model)
        onnx.save(self._model, str(target))
        return target


def _picture(bgr: str, image: str, add: _Adding) -> list[onnx.NodeProto]:
    """From float planes, BGR, to the bytes (1, H, W, 3), RGB, that the network takes."""
    add.constant("peer_rgb", np.array([2, 1, 0], np.int64))
    return [
        helper.make_node("Gather", [bgr, "peer_rgb"], ["peer_planes"], axis=1),
        helper.make_node("Round", ["peer_planes"], ["peer_whole"]),
        helper.make_node("Transpose", ["peer_whole"], ["peer_rows"], perm=[0, 2, 3, 1]),
        helper.make_node("Cast", ["peer_rows"], [image], to=TensorProto.UINT8),
    ]
