"""Sports2D on a file: rtmlib's detector and pose network, tracking, angles, filter, its tables.

    python peer_sports2d.py VIDEO DETECTOR.onnx W H POSE.onnx S BACKEND PICTURES FOLDER

(in the environment of constraints-sports2d.txt; see peers.py). PICTURES is ``0`` or ``1``: whether it writes the video,
the pictures and the graphs that it writes unless told otherwise. Everything else is as it comes.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path

from peer_worker import Seen, serve
from Sports2D import Sports2D


def main() -> None:
    video, detector, width, height, pose, size, backend, pictures, folder = sys.argv[1:]
    draw = pictures == "1"
    mode = {
        "det_class": "YOLOX",
        "det_model": detector,
        "det_input_size": [int(height), int(width)],
        "pose_class": "RTMPose",
        "pose_model": pose,
        "pose_input_size": [int(size), int(size)],
    }
    config = {
        "base": {
            "video_input": Path(video).name,
            "video_dir": str(Path(video).parent),
            "result_dir": folder,
            # nobody is there to click
            "person_ordering_method": "highest_likelihood",
            "nb_persons_to_detect": 1,
            "show_realtime_results": False,
            "save_vid": draw,
            "save_img": draw,
        },
        "pose": {
            "pose_model": "Body",
            "mode": repr(mode),
            "backend": backend,
            "device": "auto" if backend == "auto" else "cpu",
        },
        "post-processing": {"show_graphs": False, "save_graphs": draw},
        "logging": {"use_custom_logging": True},
    }
    logging.basicConfig(level=logging.WARNING)
    left = Path(folder) / f"{Path(video).stem}_Sports2D"

    def work() -> Callable[[], Seen]:
        Sports2D.process(config)
        [table] = left.glob("*_px_person00.trc")
        return partial(_seen, table)

    names = ("sports2d", "pose2sim", "rtmlib", "onnxruntime", "openvino", "numpy")
    serve(work, {"versions": {name: metadata.version(name) for name in names}})


def _seen(table: Path) -> Seen:
    """Hips out of its table of pixels."""
    lines = table.read_text(encoding="utf-8").splitlines()
    names = [name for name in lines[3].split("\t")[2:] if name]
    at = 2 + 3 * names.index("Hip")
    hips: list[tuple[float, float] | None] = []
    for line in lines[5:]:
        cells = line.split("\t")
        point = tuple(float(cell) if cell else math.nan for cell in cells[at : at + 2])
        hips.append(None if math.isnan(sum(point)) else (point[0], point[1]))
    return Seen(len(hips), hips)


if __name__ == "__main__":
    main()
