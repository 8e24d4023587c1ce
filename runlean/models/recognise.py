"""Which family an ONNX file belongs to, from its graph's inputs and outputs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from runlean.errors import ModelError
from runlean.models.points import COCO_133
from runlean.models.registry import Family, ModelInfo, canonical
from runlean.models.store import sha256_of
from runlean.skeleton import COCO_17, HALPE_26, MEDIAPIPE_33

#: (name, type, shape) of an input, (name, shape) of an output, as ONNX Runtime tells them.
Input = tuple[str, str, tuple[int | str | None, ...]]
Output = tuple[str, tuple[int | str | None, ...]]

#: Keypoint names by number of points, for the families whose graphs do not fix the skeleton.
SKELETONS: Final = {17: COCO_17, 26: HALPE_26, 133: COCO_133}

_EXPECTED: Final = (
    "expected MoveNet (uint8 [N,S,S,3] -> keypoints [N,17,3]), "
    "BlazePose (uint8 [N,256,256,3] -> heatmap [N,39,64,64], presence [N,1]), "
    "MultiPose heads (uint8 [N,H,W,3] -> center, box_scale, box_offset, kpt_heatmap, kpt_regress, kpt_offset), "
    "RTMPose/SimCC (float32 [N,3,H,W] -> [N,K,W*r], [N,K,H*r] with K = 17, 26 or 133) or "
    "RTMO (float32 [N,3,S,S] -> dets [N,P,5], keypoints [N,P,17,3])"
)


def recognise_family(path: str | os.PathLike[str]) -> ModelInfo:
    """What a file would be taken for by ``--model``: its family, points, input size, hash.

    Raises
    ------
    ModelError
        Where there is no such file, it is no network, or one of no known family.
    """
    from runlean.models.session import Network

    path = Path(path)
    if not path.is_file():
        raise ModelError(f"{path}: expected an ONNX file, there is none; give the path of one")
    sha256 = sha256_of(path)
    network = Network(path, sha256, device="cpu")
    return recognise(path, sha256, network.inputs, network.outputs)


def recognise(path: Path, sha256: str, inputs: Sequence[Input], outputs: Sequence[Output]) -> ModelInfo:
    """The registry entry that a file would have.

    Raises
    ------
    ModelError
        Where the graph is of no known family; says what each would have and what came.
    """
    found = _recognise(inputs, outputs)
    if found is None:
        takes = "; ".join(f"{name} {kind[7:-1]} {_shape(shape)}" for name, kind, shape in inputs)
        gives = "; ".join(f"{name} {_shape(shape)}" for name, shape in outputs)
        raise ModelError(f"{path.name}: {_EXPECTED}; came {takes} -> {gives}; convert it to one of these")
    family, names, width, height = found
    return ModelInfo(
        name=path.stem,
        family=family,
        task="people" if family == "multipose" else "pose",
        keypoint_names=names,
        input_width=width,
        input_height=height,
        licence="unknown",
        source=str(path),
        sha256=sha256,
        note=f"taken for {describe(family, names, width, height)} by its inputs and outputs",
    )


def describe(family: Family, names: tuple[str, ...], width: int, height: int) -> str:
    """One phrase on what a file was taken for."""
    label = {
        "movenet": "MoveNet",
        "multipose": "MoveNet MultiPose heads",
        "blazepose": "BlazePose",
        "simcc": "RTMPose (SimCC)",
        "rtmo": "RTMO",
    }[family]
    size = f", {width} x {height} px" if width else ""
    return f"{label}, {len(names)} points{size}"


def _recognise(inputs: Sequence[Input], outputs: Sequence[Output]) -> tuple[Family, tuple[str, ...], int, int] | None:
    if len(inputs) != 1 or len(inputs[0][2]) != 4:
        return None
    _, kind, shape = inputs[0]
    if kind == "tensor(uint8)" and shape[3] == 3:
        return _recognise_google(shape, dict(outputs))
    if kind == "tensor(float)" and shape[1] == 3:
        return _recognise_openmmlab(shape, [out for _, out in outputs])
    return None


def _recognise_google(
    shape: tuple[int | str | None, ...], outputs: dict[str, tuple[int | str | None, ...]]
) -> tuple[Family, tuple[str, ...], int, int] | None:
    """MoveNet, BlazePose and MultiPose, as tools/rebuild_weights.py makes them."""
    _, height, width, _ = shape
    if {"center", "box_scale", "box_offset", "kpt_heatmap", "kpt_regress", "kpt_offset"} <= outputs.keys():
        return "multipose", COCO_17, 0, 0
    if not (isinstance(height, int) and isinstance(width, int)):
        return None
    if outputs.get("keypoints", ())[1:] == (17, 3):
        return "movenet", COCO_17, width, height
    if outputs.get("heatmap", ())[1:] == (39, 64, 64) and "presence" in outputs:
        return "blazepose", canonical(MEDIAPIPE_33), width, height
    return None


def _recognise_openmmlab(
    shape: tuple[int | str | None, ...], outputs: list[tuple[int | str | None, ...]]
) -> tuple[Family, tuple[str, ...], int, int] | None:
    """RTMPose and RTMO, as MMDeploy exports them; their outputs are known by order, not by name."""
    _, _, height, width = shape
    if len(outputs) != 2 or not (isinstance(height, int) and isinstance(width, int)):
        return None
    first, second = outputs
    if len(first) == 3 and first[-1] == 5 and len(second) == 4 and second[-1] == 3:
        return ("rtmo", COCO_17, width, height) if second[2] in (17, "num_keypoints", None) else None
    if len(first) != 3 or len(second) != 3:
        return None
    points, bins_x, bins_y = first[1], first[2], second[2]
    if not (isinstance(bins_x, int) and isinstance(bins_y, int) and isinstance(points, int)):
        return None
    if points != second[1] or points not in SKELETONS or bins_x % width or bins_x * height != bins_y * width:
        return None
    return "simcc", SKELETONS[points], width, height


def _shape(shape: Sequence[int | str | None]) -> str:
    return "[" + ",".join("?" if axis is None else str(axis) for axis in shape) + "]"
