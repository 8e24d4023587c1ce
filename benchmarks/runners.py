"""What many runners cost: the whole analysis against the networks' own crops, decoding and detection.

    python benchmarks/runners.py [--runners 8] [--seconds 2] [--repeats 2] [-o results/runners.json]

A 1080p clip is composed of the rendered runners that ship (`tools/composing`), all in the picture all the time and
hardly before one another. In one process, on one thread, in CPU seconds: the analysis; the two networks on as many
crops; the decoder on the clip; the detector on the very frames, parts and sizes that the analysis asked for.
The analysis may cost: crops x a crop's own cost + 1.3 x (decoding + detection).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
RESULTS = ROOT / "benchmarks" / "results" / "runners.json"
SIZE = (1920, 1080)
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
    asked: list[tuple[int, Look, tuple[Any, ...]]] = []
    looks: dict[str, Look] = {"find": PersonFinder.find, "find_closely": PersonFinder.find_closely}

    def remembered(look: Look) -> Look:
        def looking(finder: PersonFinder, frame: Any, *how: Any) -> Any:
            asked.append((frame.index, look, how))
            return look(finder, frame, *how)

        return looking

    for name, look in looks.items():
        setattr(PersonFinder, name, remembered(look))
    before = time.process_time()
    try:
        with open_video(clip, settings) as reader:
            posed = estimate_video(reader, settings, networks)
    finally:
        for name, look in looks.items():
            setattr(PersonFinder, name, look)
    analysis = measure(clip, settings, networks, posed, "0" * 64)
    whole = time.process_time() - before
    # those of pieces that were dropped are not counted: they are the analysis' own expense
    crops = int(np.diff(posed.tracks.offsets).sum())

    nets = [networks.pose, *([] if networks.feet is None else [networks.feet])]
    batches = [np.full((4, n.info.input_height, n.info.input_width, 3), 90, np.uint8) for n in nets]
    for net, batch in zip(nets, batches, strict=True):
        net.predict(batch)
    rounds = max(1, min(crops, 240) // 4)
    each = cpu_s(lambda: [n.predict(b) for _ in range(rounds) for n, b in zip(nets, batches, strict=True)]) / (
        4 * rounds
    )

    def decode() -> None:
        with VideoReader(clip, threads=1) as reader:
            for _ in reader:
                pass

    decoded = cpu_s(decode)
    with VideoReader(clip, threads=1) as reader:
        finder = PersonFinder(networks.detector, reader.info.width, reader.info.height)
        wanted: dict[int, list[tuple[Look, tuple[Any, ...]]]] = {}
        for index, look, how in asked:
            wanted.setdefault(index, []).append((look, how))
        detected = 0.0
        for frame in reader:
            for look, how in wanted.get(frame.index, []):
                before = time.process_time()
                look(finder, frame, *how)
                detected += time.process_time() - before
    limit = crops * each + 1.3 * (decoded + detected)
    return {
        "runners": len(analysis.summary.runners), "frames": posed.timing.n_frames, "crops": crops,
        "detector_looks": len(asked),
        "detector_megapixels": finder.input_pixels / 1e6, "analysis_cpu_s": whole, "crop_cpu_s": each,
        "decode_cpu_s": decoded, "detect_cpu_s": detected, "limit_cpu_s": limit, "share_of_limit": whole / limit,
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
    from validation.machine import describe_machine

    table = []
    with tempfile.TemporaryDirectory() as own:
        for n in asked.runners:
            folder = (asked.clips or Path(own)) / f"{n}"
            folder.mkdir(parents=True, exist_ok=True)
            clip = folder / "many.mp4"
            if not clip.is_file():
                composed(folder, n, asked.seconds)
            runs = [measured(clip) for _ in range(asked.repeats)]
            middle = sorted(runs, key=lambda r: r["share_of_limit"])[len(runs) // 2]
            table.append(
                {"runners": n, "seconds": asked.seconds, **middle, "all_shares": [r["share_of_limit"] for r in runs]}
            )
            print(json.dumps(table[-1]), flush=True)
    record = {"machine": describe_machine(), "threads": 1, "runs": table}
    asked.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
