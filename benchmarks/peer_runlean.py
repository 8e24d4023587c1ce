"""runlean on a file, and the plain loop beside it: PyAV to RGB, cut, resize, one network, nothing else.

    python peer_runlean.py VIDEO MODEL pipeline|tables|pictures|loop FOLDER

``pipeline`` ends with tables and summary in memory, ``tables`` writes them to FOLDER, ``pictures`` writes overlay and
report, too. Networks are open before the clock starts, as MediaPipe's are.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path

import numpy as np
from peer_worker import Seen, serve

from runlean.analysis import Analysis
from runlean.config import AnalyzeConfig
from runlean.doctor import machine_here
from runlean.models import load_pose_model
from runlean.pipeline import analyze
from runlean.pose.networks import open_networks


def main() -> None:
    video, model, what, folder = sys.argv[1:]
    work = _loop(video, model) if what == "loop" else _pipeline(video, model, Path(folder), what)
    names = ("runlean", "av", "onnxruntime-gpu", "numba", "numpy", "opencv-python-headless")
    versions = {name: metadata.version(name) for name in names}
    serve(work, {"versions": versions, "machine": machine_here().record()})


def _pipeline(video: str, model: str, folder: Path, what: str) -> Callable[[], Callable[[], Seen]]:
    draw = what == "pictures"
    config = AnalyzeConfig.from_options(model=model, feet="off", device="cpu", overlay=draw, report=draw)
    networks = open_networks(config)

    def work() -> Callable[[], Seen]:
        found = analyze(video, config=config, networks=networks)
        if what != "pipeline":
            shutil.rmtree(folder, ignore_errors=True)
            found.save(folder)
        return partial(_seen, found)

    return work


def _seen(found: Analysis) -> Seen:
    """Hips of the runner who is there longest."""
    runner = max(found.summary.runners, key=lambda r: r.n_frames).runner_id
    table = found.frames.to_pydict()
    hips: list[tuple[float, float] | None] = [None] * found.summary.source.n_frames
    columns = (f"{side}_hip_{axis}_px" for axis in "xy" for side in ("left", "right"))
    values = zip(table["runner_id"], table["frame"], *(table[name] for name in columns), strict=True)
    for who, frame, left_x, right_x, left_y, right_y in values:
        if who == runner and None not in (left_x, right_x, left_y, right_y):
            hips[frame] = (0.5 * (left_x + right_x), 0.5 * (left_y + right_y))
    return Seen(len(hips), hips)


def _loop(video: str, model: str) -> Callable[[], Callable[[], Seen]]:
    import av
    import cv2

    pose = load_pose_model(model, device="cpu")
    size = (pose.info.input_width, pose.info.input_height)
    left, right = (pose.info.keypoint_names.index(f"{side}_hip") for side in ("left", "right"))

    def work() -> Callable[[], Seen]:
        hips: list[tuple[float, float] | None] = []
        box = None
        with av.open(video) as file:
            file.streams.video[0].thread_type = "AUTO"
            for frame in file.decode(video=0):
                picture = frame.to_ndarray(format="rgb24")
                height, width = picture.shape[:2]
                side = max(height, width)
                if box is None:
                    box = np.array([(width - side) / 2, (height - side) / 2, side], float)
                x, y, side = (round(value) for value in box)
                inside = picture[max(y, 0) : y + side, max(x, 0) : x + side]
                cut = np.zeros((side, side, 3), np.uint8)
                cut[max(-y, 0) :, max(-x, 0) :][: len(inside), : inside.shape[1]] = inside
                xy, score = pose.predict(cv2.resize(cut, size, interpolation=cv2.INTER_AREA)[None])
                points = xy[0] * (side / size[0]) + (x, y)
                if not score[0, [left, right]].min() >= 0.2:
                    box = None
                    hips.append(None)
                    continue
                low, high = points.min(axis=0), points.max(axis=0)
                side = 1.25 * max(high - low)
                box = np.array([*(0.5 * (low + high - side)), side])
                middle = 0.5 * (points[left] + points[right])
                hips.append((float(middle[0]), float(middle[1])))
        return partial(Seen, len(hips), hips)

    return work


if __name__ == "__main__":
    main()
