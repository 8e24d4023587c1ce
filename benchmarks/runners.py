"""What many runners cost: the whole analysis against the networks' own crops, decoding and detection.

    python benchmarks/runners.py [--runners 8] [--seconds 2] [--repeats 2] [-o results/runners.json]

A 1080p clip is composed of the rendered runners that ship (`tools/composing`), all in the picture all the time and
hardly before one another. In one process, on one core, in CPU seconds: the analysis; the two networks on as many
crops; the decoder on the clip; the detector on the very frames, parts and sizes that the analysis asked for.
The analysis may cost: crops x a crop's own cost + 1.3 x (decoding + detection).

A machine that others use too changes its speed by a tenth within a minute, and what is set against the analysis runs
before and after it. So all is told twice: ``share_of_limit`` with a crop's cost measured apart, half of the calls
before the analysis and half after it; ``share_in_place`` with the CPU seconds that the same networks and the
detector took in the analysis itself, so that only decoding is measured apart.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from runlean.models.family import PoseModel

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
RESULTS = ROOT / "benchmarks" / "results" / "runners.json"
SIZE = (1920, 1080)
#: Crops whose cost is measured before the analysis, and as many after it.
APART = 120
Look = Callable[..., Any]


def composed(folder: Path, runners: int, seconds: float) -> Path:
    """A clip of runners side by side on one straight, at one pace, followed by the camera."""
    from composing.cutouts import cut_out
    from composing.draw import CLOTHES, RUNNERS
    from composing.scene import Camera, Entrant
    from composing.truth import write_race

    tall = 300.0
    entrants, speed = [], 0.0
    for i in range(runners):
        cut = cut_out(RUNNERS[0])
        speed = cut.speed_px * tall / cut.height_px
        x = SIZE[0] * (i + 0.7) / (runners + 0.4)
        ground = SIZE[1] * (0.93 - 0.08 * (i % 2))
        entrants.append(
            Entrant(RUNNERS[0], tall * (1.0 - 0.08 * (i % 2)), x, ground, 1.0, False, 0.17 * i, CLOTHES[i % 6])
        )
    write_race(folder / "many", entrants, seconds, Camera(SIZE, speed))
    return folder / "many.mp4"


def cpu_s(work: Callable[[], Any]) -> float:
    """CPU seconds of this process, all threads."""
    before = time.process_time()
    work()
    return time.process_time() - before


@dataclass
class Watched:
    """What the analysis asked of the networks, and the CPU seconds that it took there.

    Attributes
    ----------
    asked : list of (frame, look, its arguments)
        Of the detector.
    cpu_s : dict of str to float
        ``detect``, ``crops``.
    """

    asked: list[tuple[int, Look, tuple[Any, ...]]] = field(default_factory=list)
    cpu_s: dict[str, float] = field(default_factory=lambda: {"detect": 0.0, "crops": 0.0})

    def around(self, kind: str, work: Look, note: bool = False) -> Look:
        """``work``, watched."""

        def watched(owner: Any, *how: Any) -> Any:
            if note:
                self.asked.append((how[0].index, work, how[1:]))
            before = time.thread_time()
            try:
                return work(owner, *how)
            finally:
                self.cpu_s[kind] += time.thread_time() - before

        return watched


@contextmanager
def watching(nets: list[PoseModel]) -> Iterator[Watched]:
    """Watch the detector's looks and the networks' batches; afterwards all is as before."""
    from runlean.people import PersonFinder

    watch = Watched()
    work: dict[tuple[Any, str], str] = {(PersonFinder, "find"): "detect", (PersonFinder, "find_closely"): "detect"}
    work |= {(type(net), "predict"): "crops" for net in nets}
    before = {(owner, name): getattr(owner, name) for owner, name in work}
    for (owner, name), kind in work.items():
        setattr(owner, name, watch.around(kind, before[owner, name], note=kind == "detect"))
    try:
        yield watch
    finally:
        for (owner, name), plain in before.items():
            setattr(owner, name, plain)


def crops_cpu_s(nets: list[PoseModel], crops: int) -> float:
    """CPU seconds of the networks on so many crops, in fours."""
    batches = [np.full((4, n.info.input_height, n.info.input_width, 3), 90, np.uint8) for n in nets]
    for net, batch in zip(nets, batches, strict=True):
        net.predict(batch)
    rounds = max(1, crops // 4)
    spent = cpu_s(lambda: [n.predict(b) for _ in range(rounds) for n, b in zip(nets, batches, strict=True)])
    return spent * crops / (4 * rounds)


def measured(clip: Path) -> dict[str, float]:
    """One run of everything."""
    from runlean.config import AnalyzeConfig
    from runlean.people import PersonFinder
    from runlean.pipeline import measure
    from runlean.pose.networks import open_networks
    from runlean.pose.video_pass import estimate_video, open_video
    from runlean.video import VideoReader

    settings = AnalyzeConfig.from_options(threads=1, device="cpu", overlay=False, report=False)
    networks = open_networks(settings)
    nets = [networks.pose, *([] if networks.feet is None else [networks.feet])]
    apart = crops_cpu_s(nets, APART)
    with watching(nets) as watch:
        before = time.process_time()
        with open_video(clip, settings) as reader:
            posed = estimate_video(reader, settings, networks)
        analysis = measure(clip, settings, networks, posed, "0" * 64)
        whole = time.process_time() - before
    # those of pieces that were dropped are not counted: they are the analysis' own expense
    crops = int(np.diff(posed.tracks.offsets).sum())
    each = (apart + crops_cpu_s(nets, APART)) / (2 * APART)

    def decode() -> None:
        with VideoReader(clip, threads=1) as reader:
            for _ in reader:
                pass

    decoded = cpu_s(decode)
    with VideoReader(clip, threads=1) as reader:
        finder = PersonFinder(networks.detector, reader.info.width, reader.info.height)
        wanted: dict[int, list[tuple[Look, tuple[Any, ...]]]] = {}
        for index, look, how in watch.asked:
            wanted.setdefault(index, []).append((look, how))
        detected = 0.0
        for frame in reader:
            for look, how in wanted.get(frame.index, []):
                before = time.process_time()
                look(finder, frame, *how)
                detected += time.process_time() - before
    limit = crops * each + 1.3 * (decoded + detected)
    in_place = watch.cpu_s["crops"] + 1.3 * (decoded + watch.cpu_s["detect"])
    return {
        "runners": len(analysis.summary.runners), "frames": posed.timing.n_frames, "crops": crops,
        "detector_looks": len(watch.asked),
        "detector_megapixels": finder.input_pixels / 1e6, "analysis_cpu_s": whole, "crop_cpu_s": each,
        "decode_cpu_s": decoded, "detect_cpu_s": detected, "limit_cpu_s": limit, "share_of_limit": whole / limit,
        "crops_in_place_cpu_s": watch.cpu_s["crops"], "detect_in_place_cpu_s": watch.cpu_s["detect"],
        "share_in_place": whole / in_place,
    }  # fmt: skip


def main() -> None:
    """Compose, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runners", type=int, nargs="+", default=[8])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--clips", type=Path, help="keep the composed clips here and use those that are there")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS)
    asked = parser.parse_args()
    from runlean.doctor import machine_here
    from runlean.pipeline import compile_kernels

    machine = machine_here().record()
    if hasattr(os, "sched_setaffinity"):  # two threads of one process on two cores share what lies between them
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    compile_kernels()
    table = []
    with tempfile.TemporaryDirectory() as own:
        measured(composed(Path(own), 2, 0.7))  # kernels are loaded and graphs optimised before anything counts
        for n in asked.runners:
            folder = (asked.clips or Path(own)) / f"{n}"
            folder.mkdir(parents=True, exist_ok=True)
            clip = folder / "many.mp4"
            if not clip.is_file():
                composed(folder, n, asked.seconds)
            runs = [measured(clip) for _ in range(asked.repeats)]
            middle = sorted(runs, key=lambda r: r["share_of_limit"])[len(runs) // 2]
            table.append(
                {
                    "runners": n,
                    "seconds": asked.seconds,
                    **middle,
                    "all_shares": [r["share_of_limit"] for r in runs],
                    "all_shares_in_place": [r["share_in_place"] for r in runs],
                }
            )
            print(json.dumps(table[-1]), flush=True)
    record = {"machine": machine, "threads": 1, "cores": 1, "runs": table}
    asked.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
