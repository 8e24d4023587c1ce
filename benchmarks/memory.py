"""What stays in memory, and what is in it at once: segments of a long video, networks, the index of a dataset.

    python benchmarks/memory.py [segments networks index]

segments
    What stays allocated behind each of six segments of a film 320 px high, decoded alone and through the whole pass:
    the mean behind the second. Results are thrown away, the garbage collector is off. Needs glibc's ``mallinfo2``.
networks
    Resident set of two threads of movenet-thunder and three sizes of the detector, with and without ONNX Runtime's
    memory patterns. Both must give the same points.
index
    Peak of packing 400 videos that are done into an index, tables joined some at a time and all at once. Both must hold
    the same rows.

Every figure is that of a process of its own.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

SEGMENTS, HEIGHT = 6, 320
VIDEOS, CONFIG = 400, "0" * 16


class Mallinfo2(ctypes.Structure):
    """glibc's account of the heap: ten sizes in bytes."""

    _fields_ = [("sizes", ctypes.c_size_t * 10)]


def allocated_mb() -> float:
    """What is allocated and not given back, 1e6 bytes: in blocks of their own (hblkhd) and in the heap (uordblks)."""
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = Mallinfo2
    sizes = ask().sizes
    return float(sizes[4] + sizes[7]) / 1e6


def resident_mb(which: str = "VmRSS") -> float:
    """Resident set, 1e6 bytes: now, or at its largest (``VmHWM``)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(which))) * 1024 / 1e6


def segments(way: str) -> dict[str, Any]:
    """Kept behind a segment: the mean over those behind the second."""
    from scaling import runner_film

    from runlean.config import AnalyzeConfig
    from runlean.pose.long_video import pose_segment
    from runlean.pose.networks import open_networks
    from runlean.pose.video_pass import open_video
    from runlean.video import grid
    from runlean.video.remux import remux

    grid.SEGMENT_S, grid.LONG_S = 10.0, 30.0  # type: ignore[misc]
    config = AnalyzeConfig(model="movenet-lightning", feet="off", device="cpu", threads=1)
    networks = open_networks(config)
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        remux(runner_film(Path(folder), HEIGHT), film, times=2 * SEGMENTS)
        laid = grid.grid_of(film)
        assert len(laid.segments) >= SEGMENTS, laid.segments
        gc.collect()
        gc.disable()
        behind, frames = [], 0
        for number in range(SEGMENTS):
            with open_video(film, config, laid, number) as reader:
                if way == "decoded":
                    frames += sum(1 for _ in reader)
                else:
                    frames += len(pose_segment(reader, config, networks, laid, number).tracks.frame)
            del reader
            behind.append(allocated_mb())
        gc.enable()
    if frames < 0.9 * 30 * 10 * SEGMENTS:
        raise SystemExit(f"segments, {way}: came {frames} frames only; nothing is reported")
    return {"kept_mb": (behind[-1] - behind[1]) / (SEGMENTS - 2), "check": frames > 0}


def networks(way: str) -> dict[str, Any]:
    """Resident set with the networks at work."""
    import runlean.models.session as session

    plain = session.session_options

    def with_patterns(threads: int, severity: int = 3) -> Any:
        options = plain(threads, severity)
        options.enable_mem_pattern = True
        return options

    if way == "patterns":
        session.session_options = with_patterns
    from threading import Thread

    from runlean.models import load_detector, load_pose_model

    pose, detector = load_pose_model("movenet-thunder", device="cpu"), load_detector(device="cpu")
    before = resident_mb()
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (2, pose.info.input_height, pose.info.input_width, 3)).astype(np.uint8)
    found: list[Any] = []
    threads = [Thread(target=lambda: found.extend(pose.predict(crops)[0] for _ in range(5))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for width, height in ((192, 128), (256, 160), (320, 192)):
        for _ in range(3):
            detector.detect(rng.integers(0, 256, (1, height, width, 3)).astype(np.uint8))
    digest = hashlib.sha256(np.ascontiguousarray(found[-1])).hexdigest()
    return {"resident_mb": resident_mb(), "networks_mb": resident_mb() - before, "check": digest}


def prepare(folder: Path) -> None:
    """A dataset of so many videos: one short analysis under as many names."""
    import runlean
    from runlean.archive.commit import commit_video
    from runlean.archive.dataset import create_dataset
    from runlean.archive.layout import Commit
    from runlean.archive.rows import VideoSource, analysis_tables
    from runlean.clips import clip_path

    analysis = runlean.analyze(clip_path("ship_og_waist_30"), model="movenet-lightning", feet="off", device="cpu")
    root = create_dataset(folder).folder
    for number in range(VIDEOS):
        video_id = hashlib.sha256(str(number).encode()).hexdigest()
        source = VideoSource(video_id, f"/films/{number}.mp4", f"{number}.mp4", 1000)
        tables = analysis_tables(source, CONFIG, analysis, 1.0)
        commit_video(root, Commit(video_id, CONFIG, "done"), tables, analysis.summary.to_json())


def index(way: str) -> dict[str, Any]:
    """Peak with the index written, and what the process needs before it begins."""
    from runlean.archive import pack
    from runlean.archive.dataset import Dataset

    if way == "all at once":
        pack._AT_ONCE = VIDEOS  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "dataset"
        subprocess.run([sys.executable, __file__, "index", "--prepare", str(folder)], check=True)
        dataset = Dataset(folder)
        begun_mb = resident_mb()
        packed = pack.refresh_index(dataset)
        import resource  # there is none on Windows

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rows = dataset.table("strides").num_rows
    if packed != VIDEOS:
        raise SystemExit(f"index: expected {VIDEOS} videos packed, came {packed}")
    return {"peak_mb": peak * (1 if sys.platform == "darwin" else 1024) / 1e6, "begun_mb": begun_mb, "check": rows}


PARTS = {
    "segments": (segments, ("decoded", "the whole pass")),
    "networks": (networks, ("no patterns", "patterns")),
    "index": (index, ("some at a time", "all at once")),
}


def main() -> None:
    """Measure and print; with ``--way``, one figure in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.prepare:
        prepare(asked.prepare)
        return
    if asked.way:
        print(json.dumps(PARTS[asked.parts[0]][0](asked.way)))
        return
    for part in asked.parts:
        found = {}
        for way in PARTS[part][1]:
            run = subprocess.run(
                [sys.executable, __file__, part, "--way", way], capture_output=True, text=True, check=False
            )
            if run.returncode:
                raise SystemExit(f"{part}, {way}: {run.stderr.strip() or 'failed'}")
            found[way] = json.loads(run.stdout.splitlines()[-1])
        if len({row.pop("check") for row in found.values()}) > 1:
            raise SystemExit(f"{part}: the answers differ; nothing is reported")
        for way, row in found.items():
            print(f"{part}, {way}: " + ", ".join(f"{name} {value:.2f}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
