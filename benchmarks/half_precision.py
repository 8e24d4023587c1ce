"""How far float16 moves keypoints, on the clips that ship, without a GPU.

ONNX Runtime's CPU provider has no float16 convolutions: it computes them in float32 and drops the casts in between, so
that a converted file run there shows little. Here every value between the layers is rounded to float16's 11 bits by
arithmetic in float32 (Veltkamp's splitting), and the sums inside a layer stay float32: that is what tensor cores do.

``python benchmarks/half_precision.py --out FILE.json``
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper

from runlean.clips import CLIPS, clip_path
from runlean.models import load_detector, load_pose_model, model_info
from runlean.models.store import locate
from runlean.pose.crop import crop_batch, picture_to_rgb
from runlean.video import VideoReader

MODELS = ("movenet-thunder", "movenet-lightning", "blazepose-full")
#: 2**13 + 1: what is left after the splitting has 24 - 13 = 11 bits, float16's.
SPLITTER = 8193.0
LEAST_SCORE = 0.3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--every", type=int, default=10, help="take every Nth frame")
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    options = parser.parse_args(arguments)
    crops = {clip: boxes_of(clip, options.every) for clip in CLIPS}
    found = {name: {clip: shift(name, clip, crops[clip]) for clip in CLIPS} for name in options.models}
    text = json.dumps({"every": options.every, "unit": "px of a crop of 256", "models": found}, indent=1)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


def boxes_of(clip: str, every: int) -> list[tuple[int, np.ndarray]]:
    """The surest person in every Nth frame: frame number and box, px."""
    detector = load_detector(device="cpu")
    found = []
    with VideoReader(clip_path(clip)) as reader:
        info = reader.info
        width, height = detector.input_size(info.width, info.height, 384)
        for frame in reader:
            if frame.index % every:
                continue
            picture = np.zeros((1, height, width, 3), np.uint8)
            scale = min(width / info.width, height / info.height)
            picture_to_rgb(frame, round(info.width * scale), round(info.height * scale), picture[0])
            persons = detector.detect(picture)[0]
            if len(persons):
                found.append((frame.index, persons.box[0] / scale))
    return found


def shift(name: str, clip: str, boxes: list[tuple[int, np.ndarray]]) -> dict[str, Any]:
    """Distances of sure keypoints between float32 and float16, and how much their scores change."""
    full = load_pose_model(name, device="cpu")
    half = load_pose_model(name, device="cpu")
    half._network._session = rounded_session(locate(model_info(name))[0])
    wanted, distances, scores = dict(boxes), [], []
    size = (full.info.input_height, full.info.input_width)
    with VideoReader(clip_path(clip)) as reader:
        for frame in reader:
            if frame.index in wanted:
                crop = np.empty((1, *size, 3), np.uint8)
                crop_batch(frame, full.crop.boxes(wanted[frame.index]), crop)
                (a, score), (b, other) = full.predict(crop), half.predict(crop)
                sure = score > LEAST_SCORE
                distances.append(np.linalg.norm(a - b, axis=2)[sure] * 256.0 / size[1])
                scores.append(np.abs(score - other)[sure])
    every, change = np.concatenate(distances), np.concatenate(scores)
    return {
        "crops": len(distances), "keypoints": len(every), "median": round(float(np.median(every)), 4),
        "p95": round(float(np.percentile(every, 95)), 4), "p99": round(float(np.percentile(every, 99)), 4),
        "largest": round(float(every.max()), 3), "score_median": round(float(np.median(change)), 5),
    }  # fmt: skip


def rounded_session(path: Path) -> ort.InferenceSession:
    """The network with every value in front of a convolution, weights included, rounded to float16's bits."""
    model = onnx.load(path)
    graph = model.graph
    needed: set[str] = set()
    half: set[str] = set()
    for node in reversed(graph.node):
        if node.op_type == "Conv" or needed & set(node.output):
            half.add(node.output[0])
            needed |= {name for i, name in enumerate(node.input) if not (node.op_type == "Resize" and i)}
    nodes = []
    renamed: dict[str, str] = {}
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
        nodes.append(node)
        if node.output[0] in half and node.op_type not in ("Reshape", "Transpose", "Split", "Identity"):
            name = node.output[0]
            parts = [f"{name}_{k}" for k in ("large", "rest", "rounded")]
            nodes += [
                helper.make_node("Mul", [name, "splitter"], [parts[0]]),
                helper.make_node("Sub", [parts[0], name], [parts[1]]),
                helper.make_node("Sub", [parts[0], parts[1]], [parts[2]]),
            ]
            renamed[name] = parts[2]
    for value in graph.initializer:
        array = numpy_helper.to_array(value)
        if array.dtype == np.float32 and value.name in needed:
            value.CopyFrom(numpy_helper.from_array(array.astype(np.float16).astype(np.float32), value.name))
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.append(numpy_helper.from_array(np.array(SPLITTER, np.float32), "splitter"))
    options = ort.SessionOptions()
    # an optimiser could see through the arithmetic
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    sys.exit(main())
