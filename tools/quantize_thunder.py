"""MoveNet Thunder in eight bits by ONNX Runtime's quantiser, its speed and its distance from the float network.

    python tools/quantize_thunder.py FOLDER [--videos VIDEO ...] [--rounds 9]

Writes FOLDER/thunder-KIND.onnx for every way of quantising and prints CPU milliseconds a crop (one thread, two crops a
call, in turn with the float network, medians) and how far the points move. Needs `onnx` (in the extra ``dev``). What
came of it stands in docs/decisions/int8.md.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from runlean.clips import clip_path
from runlean.config import AnalyzeConfig
from runlean.models import load_pose_model
from runlean.models.session import CPU_BATCH
from runlean.pipeline import analyze
from runlean.pose.crop import crop_batch
from runlean.pose.networks import open_networks
from runlean.video import VideoReader

ROOT = Path(__file__).resolve().parents[1]
FLOAT = ROOT / "runlean" / "models" / "weights" / "movenet_thunder.onnx"
SHIPPED = ("ship_tm_right_60", "ship_og_waist_30", "treadmill_male_30")
#: Crops per video for calibration; the points are compared on those between them.
CROPS = 24
SIZE = 256
Bytes = npt.NDArray[np.uint8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--videos", nargs="*", type=Path, default=[clip_path(name) for name in SHIPPED])
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    crops = np.concatenate([runner_crops(video, 2 * CROPS) for video in arguments.videos])
    files = {"float": FLOAT} | quantized(arguments.folder, crops[::2])
    print(f"{'':<34}{'MB':>6}{'CPU ms a crop':>15}{'of float':>10}{'points move, median and 95 %, px of 256':>42}")
    for name, row in compared(files, crops[1::2], arguments.rounds).items():
        print(
            f"{name:<34}{row['mb']:>6.1f}{row['cpu_ms']:>15.1f}{row['of_float']:>10.2f}"
            f"{row['median_px']:>31.2f}{row['p95_px']:>11.2f}"
        )


def runner_crops(video: Path, count: int) -> Bytes:
    """Crops of the runner as the pipeline makes them, spread over the video: uint8 (n, 256, 256, 3)."""
    config = AnalyzeConfig.from_options(
        model="movenet-lightning", feet="off", device="cpu", overlay=False, report=False
    )
    found = analyze(video, config=config, networks=open_networks(config)).frames.to_pydict()
    model = load_pose_model("movenet-thunder", device="cpu")
    first = found["runner_id"][0]
    rows = {f: k for k, (who, f) in enumerate(zip(found["runner_id"], found["frame"], strict=True)) if who == first}
    wanted = set(np.array(sorted(rows))[np.linspace(0, len(rows) - 1, count).astype(int)].tolist())
    out = []
    with VideoReader(video) as reader:
        for frame in reader:
            if frame.index not in wanted:
                continue
            points = np.array(
                [
                    [found[f"{name}_{axis}_px"][rows[frame.index]] for axis in "xy"]
                    for name in model.info.keypoint_names
                ],
                dtype=float,
            )
            box = np.concatenate((np.nanmin(points, axis=0), np.nanmax(points, axis=0)))
            crop = np.empty((1, SIZE, SIZE, 3), np.uint8)
            crop_batch(frame, model.crop.boxes(box[None]), crop)
            out.append(crop)
    return np.concatenate(out)


class _Crops(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, crops: Bytes) -> None:
        self._left: Iterator[Bytes] = iter(crops[:, None])

    def get_next(self) -> dict[str, Bytes] | None:
        crop = next(self._left, None)
        return None if crop is None else {"image": crop}


def quantized(folder: Path, crops: Bytes) -> dict[str, Path]:
    """The ways of quantising, by name."""
    ready = folder / "thunder-ready.onnx"
    quant_pre_process(str(FLOAT), str(ready), skip_symbolic_shape=True)
    model = onnx.load(str(ready))
    graph = model.graph
    for index, node in enumerate(graph.node):  # the quantiser leaves nodes out by name
        node.name = f"{node.op_type}_{index}"
    onnx.save(model, str(ready))
    body, heads = backbone_and_heads(graph)
    ways: dict[str, dict[str, Any]] = {
        "static u8s8, per channel": {"per_channel": True, "nodes_to_exclude": heads},
        "static u8s8, per tensor": {"per_channel": False, "nodes_to_exclude": heads},
        "static u8u8, per tensor": {
            "per_channel": False,
            "nodes_to_exclude": heads,
            "weight_type": QuantType.QUInt8,
        },
        "static u8s8, per channel, all": {"per_channel": True},
        "static u8s8, depthwise in float": {"per_channel": True, "nodes_to_exclude": [*heads, *depthwise(graph)]},
    }
    out = {}
    for name, options in ways.items():
        target = folder / f"thunder-{name.replace(', ', '-').replace(' ', '_')}.onnx"
        settings = {"weight_type": QuantType.QInt8, "op_types_to_quantize": ["Conv", "Add", "Clip", "Relu"]} | options
        quantize_static(
            str(ready),
            str(target),
            _Crops(crops),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            # AVX2 without VNNI adds pairs of products in 16 bits: full 8-bit weights overflow there
            reduce_range=settings["weight_type"] == QuantType.QInt8,
            **settings,
        )
        out[name] = target
    dynamic = folder / "thunder-dynamic.onnx"
    quantize_dynamic(str(ready), str(dynamic), weight_type=QuantType.QUInt8, nodes_to_exclude=heads)
    out["dynamic"] = dynamic
    print(f"{len(body)} convolutions in the body, {len(heads)} nodes in the heads, {len(crops)} crops for calibration")
    return out


def backbone_and_heads(graph: onnx.GraphProto) -> tuple[list[str], list[str]]:
    """Names of the body's convolutions and of all nodes behind the last tensor that all heads read."""
    makes = {out: node for node in graph.node for out in node.output}
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    # the heads part where one tensor feeds the most convolutions
    feeds = {name: sum(node.op_type == "Conv" for node in of) for name, of in readers.items() if name in makes}
    fork = max(feeds, key=lambda name: feeds[name])
    heads: list[str] = []
    stack, met = [fork], set()
    while stack:
        for node in readers.get(stack.pop(), []):
            if node.name not in met:
                met.add(node.name)
                heads.append(node.name)
                stack += list(node.output)
    return [n.name for n in graph.node if n.op_type == "Conv" and n.name not in met], heads


def depthwise(graph: onnx.GraphProto) -> list[str]:
    """Names of the depthwise convolutions."""
    return [
        n.name for n in graph.node if n.op_type == "Conv" and any(a.name == "group" and a.i > 1 for a in n.attribute)
    ]


def compared(files: dict[str, Path], crops: Bytes, rounds: int) -> dict[str, dict[str, float]]:
    """CPU time and points of every file, in turn within every round."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {
        name: ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        for name, path in files.items()
    }
    batches = [crops[k : k + CPU_BATCH] for k in range(0, len(crops) - CPU_BATCH + 1, CPU_BATCH)]
    points = {name: np.concatenate([s.run(None, {"image": b})[0] for b in batches]) for name, s in sessions.items()}
    spent: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(rounds):
        for name, session in sessions.items():
            begun = time.process_time()
            for batch in batches[:6]:
                session.run(None, {"image": batch})
            spent[name].append(1e3 * (time.process_time() - begun) / (6 * CPU_BATCH))
    out = {}
    for name, path in files.items():
        away = SIZE * np.hypot(*np.moveaxis(points[name][..., :2] - points["float"][..., :2], -1, 0))
        away = away[points["float"][..., 2] >= 0.2]
        out[name] = {
            "mb": path.stat().st_size / 1e6,
            "cpu_ms": statistics.median(spent[name]),
            "of_float": statistics.median(a / b for a, b in zip(spent[name], spent["float"], strict=True)),
            "median_px": float(np.median(away)),
            "p95_px": float(np.percentile(away, 95)),
        }
    return out


if __name__ == "__main__":
    main()
