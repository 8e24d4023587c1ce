"""Where the pipeline's CPU time goes, stage by stage.

    python benchmarks/stages.py [VIDEO] [--model movenet-thunder] [--seconds 12] [--rounds 3] [-o FILE] [--docs]

Without a video one is made as `runlean bench` makes it. Every stage's function is timed by its own thread's CPU clock
while whole analyses run, networks open and kernels compiled; what no stage claims is the decoder's threads, the file,
and what lies between the stages. What the detector looked at is counted. The analyses that are watched must give the
rows of one that is not. ``--docs`` puts the table into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from runlean.tables.page import with_table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "stages.json"
PAGE = ROOT / "docs" / "performance.md"
DETECTOR = "detector"


def stages() -> dict[str, list[tuple[Any, str]]]:
    """Each stage's functions: where they are looked up, and under which name. None calls another of them."""
    import runlean.camera.estimator as camera
    import runlean.pipeline as pipeline
    import runlean.pose.crops as crops
    import runlean.pose.estimate as estimate
    from runlean.models.blazepose import BlazePose
    from runlean.models.movenet import MoveNet
    from runlean.models.multipose import MultiPose
    from runlean.people import PeopleFollower
    from runlean.pose.video_pass import SceneLineEstimator

    return {
        "network": [(MoveNet, "predict"), (BlazePose, "predict")],
        DETECTOR: [(MultiPose, "detect")],
        "crops": [(crops, "_cut")],
        "camera: thumbnail": [(camera, "luma_thumbnail")],
        "camera: block shifts": [(camera, "block_shifts")],
        "camera: the rest": [(camera.CameraEstimator, "add")],
        "people: crops for the detector, tracking": [(PeopleFollower, "add")],
        "lines of the scene": [(SceneLineEstimator, "add")],
        "tracks put together": [(estimate, "assemble")],
        "gait, tables, summary": [(pipeline, "measure")],
    }


class Watch:
    """CPU seconds of each stage; what a stage calls that is a stage of its own counts there."""

    def __init__(self) -> None:
        self.cpu_s: Counter[str] = Counter()
        #: Pictures that the detector looked at, by the size of its input, "width x height".
        self.looks: Counter[str] = Counter()
        self._stack: dict[int, list[float]] = {}
        self._lock = threading.Lock()

    def around(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """``work``, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            inner = self._stack.setdefault(threading.get_ident(), [])
            inner.append(0.0)
            begin = time.thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                spent = time.thread_time() - begin
                with self._lock:
                    self.cpu_s[stage] += spent - inner.pop()
                    if stage == DETECTOR:  # of the network and its batch (picture, height, width, 3)
                        count, height, width, _ = args[1].shape
                        self.looks[f"{width} x {height}"] += count
                if inner:
                    inner[-1] += spent

        return timed


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Time all stages while the block runs."""
    old = [(owner, name, getattr(owner, name)) for of in stages().values() for owner, name in of]
    try:
        for stage, of in stages().items():
            for owner, name in of:
                setattr(owner, name, watch.around(stage, getattr(owner, name)))
        yield
    finally:
        for owner, name, work in old:
            setattr(owner, name, work)


def measure(video: Path, model: str, rounds: int) -> dict[str, Any]:
    """Milliseconds a frame of every stage, medians over rounds."""
    from runlean.config import AnalyzeConfig
    from runlean.doctor import machine_here
    from runlean.pipeline import analyze
    from runlean.pose.networks import open_networks

    config = AnalyzeConfig.from_options(model=model, feet="off", device="cpu", overlay=False, report=False)
    networks = open_networks(config)
    plain = analyze(video, config=config, networks=networks)
    frames = plain.summary.source.n_frames
    rows: list[dict[str, float]] = []
    looks: list[dict[str, int]] = []
    for _ in range(rounds):
        watch = Watch()
        with watched(watch):
            begin = time.process_time()
            result = analyze(video, config=config, networks=networks)
            total = time.process_time() - begin
        if not (result.frames.equals(plain.frames) and result.strides.equals(plain.strides)):
            raise SystemExit("the watched analysis gave other rows; nothing is reported")
        spent = {stage: watch.cpu_s[stage] for stage in stages()}
        spent["decoder's threads, all else"] = total - sum(spent.values())
        spent["all"] = total
        looks.append(dict(sorted(watch.looks.items())))
        if looks[-1] != looks[0]:
            raise SystemExit(f"the detector looked at other pictures than before: {looks[0]}, {looks[-1]}")
        rows.append({stage: 1e3 * s / frames for stage, s in spent.items()})
    here = machine_here()
    return {
        "video": video.name,
        "model": model,
        "frames": frames,
        "rounds": rounds,
        "machine": f"{here.processor}, {here.cores_usable} cores",
        "looks": looks[0],
        "cpu_ms_per_frame": {stage: float(np.median([row[stage] for row in rows])) for stage in rows[0]},
    }


def table(record: dict[str, Any]) -> str:
    """As Markdown."""
    spent = record["cpu_ms_per_frame"]
    of = f"{record['model']}, {record['frames']} frames of {record['video']}, {record['rounds']} rounds"
    lines = [
        f"{of}, {record['machine']}.",
        "",
        "| stage | CPU ms a frame | share |",
        "| --- | ---: | ---: |",
    ]
    lines += [f"| {stage} | {ms:.2f} | {100 * ms / spent['all']:.1f} % |" for stage, ms in spent.items()]
    if "looks" in record:
        sizes = ", ".join(f"{n} of {size}" for size, n in record["looks"].items())
        spent_ms = spent[DETECTOR] * record["frames"]
        looks = sum(record["looks"].values())
        lines += ["", f"The detector looked at {looks} pictures ({sizes} px): {spent_ms:.0f} CPU ms in all."]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--model", default="movenet-thunder")
    parser.add_argument("--seconds", type=float, default=12.0, help="of the video that is made")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-o", "--out", type=Path, default=RESULTS)
    parser.add_argument("--docs", action="store_true", help="only put the saved figures into docs/performance.md")
    asked = parser.parse_args()
    if asked.docs:
        record = json.loads(asked.out.read_text())
        PAGE.write_text(with_table(PAGE.read_text(), "stages", table(record)))
        return
    with tempfile.TemporaryDirectory() as folder:
        video = asked.video
        if video is None:
            from runlean.bench import make_clip

            video = Path(folder) / "runner_1080p.mp4"
            make_clip(video, asked.seconds)
        record = measure(video, asked.model, max(1, asked.rounds))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(record, indent=2) + "\n")
    sys.stdout.write(table(record) + "\n")


if __name__ == "__main__":
    main()
