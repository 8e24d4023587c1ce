"""How fast frames go from a file to keypoints where they stay on a device, and what limits them.

``python benchmarks/gpu.py --out FILE.json`` (or ``OUT=FOLDER``: gpu.json goes there). The device is a usable GPU, else
this process in its part (ONNX Runtime's CPU provider, frames in this process's memory): the same steps, so that on the
day with a GPU nothing but the device is new. The file says which it was.

Every row checks what it times: decoded frames are counted, keypoints are held to the CPU's path. A row that fails holds
an error and the others are measured all the same; the file is written after every row, so one that is cut off keeps
what it had; what does not fit into ``--minutes`` is left out and says so.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from gpu_bench import CLIP, LAYOUTS, Bench, Row, Way, described, opened, utilisation

from runlean.clips import clip_path
from runlean.device.decoder import VideoKind, decoders_for
from runlean.device.place import kind_of_video
from runlean.device.store import DeviceStore
from runlean.errors import RunleanError
from runlean.models.providers import TENSORRT, probe_gpu
from runlean.pose.crop import crop_batch
from runlean.pose.estimate import PoseTiming, estimate_poses
from runlean.video import VideoReader

MODEL = "movenet-thunder"
#: Of each video where ``--frames`` does not say: a GPU is through 120 before it has started.
CPU_FRAMES, GPU_FRAMES = 120, 1200
#: A row that began in time is given so much longer.
PATIENCE_S = 90.0
WANTED_SHARE, WANTED_SHIFT_PX, WANTED_FPS = 0.8, 0.5, 2000.0


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    if arguments is None:  # as a script: what hangs shows where, in every thread, and ends
        faulthandler.dump_traceback_later(60.0 * options.minutes + PATIENCE_S, exit=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = opened(options, Path(folder))
        options.frames = options.frames or (GPU_FRAMES if bench.on_gpu else CPU_FRAMES)
        report = bench.report
        report |= {"device": described(bench), "options": vars(options) | {"out": None}}
        report["wanted"] = {
            "median_shift_px": WANTED_SHIFT_PX,
            "share_of_limit": WANTED_SHARE,
            "frames_per_s_of_one_runner": WANTED_FPS,
        }
        report |= {"videos": [], "agreement": [], "decode": [], "network": [], "pipeline": []}
        plain, half = (Way(bench.networks, precision) for precision in ("fp32", "fp16"))
        agreement(bench, plain)
        decode(bench)
        for way in (plain, half):
            network(bench, way)
        agreement(bench, half)
        for runners in options.runners:
            pipeline(bench, runners, plain)
        if bench.on_gpu:
            pipeline(bench, options.runners[0], half, only_there=True)
        if bench.on_gpu and TENSORRT in probe_gpu().usable:  # last: its engines may take minutes each
            for precision in ("fp16", "fp32"):
                way = Way(bench.networks, precision, "auto")
                agreement(bench, way)
                network(bench, way)
                pipeline(bench, options.runners[0], way, only_there=True)
        bench.save()
    print(json.dumps(report, indent=1))
    first = report["agreement"][0]
    return 0 if first.get("median_shift_px", np.inf) <= WANTED_SHIFT_PX else 1


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given = os.environ.get("OUT")
    parser.add_argument("--out", type=Path, default=Path(given) / "gpu.json" if given else None)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--frames", type=int, help=f"of each video (left out: {CPU_FRAMES}, on a GPU {GPU_FRAMES})")
    parser.add_argument("--size", type=int, nargs=2, default=[1920, 1080], metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--codec", default="libx264", help="encoder of the videos, as FFmpeg names it")
    parser.add_argument("--decoders", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6, 7], help="engines at once")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--runners", type=int, nargs="+", choices=sorted(LAYOUTS), default=[1, 4, 8])
    parser.add_argument("--seconds", type=float, default=3.0, help="at least, of each timing but decoding")
    parser.add_argument("--minutes", type=float, default=6.5, help="what would begin later is left out")
    parser.add_argument("--model", default=MODEL)
    options = parser.parse_args(arguments)
    options.size = tuple(options.size)
    return options


def decode(bench: Bench) -> None:
    """Frames per second of several readers at once: on the engines each number, on the CPU the least and the most."""
    rows, frames = bench.report["decode"], bench.options.frames
    path = bench.video(bench.options.runners[0])
    if path is None:
        return

    def row(way: str, n: int, store: Callable[[], DeviceStore | None]) -> bool:
        def work() -> Row:
            kind = kind_of_video(path) or VideoKind("", "", 0, 0)
            if way == "nvdec":
                read_at_once(path, n, store, frames)
            with utilisation() as load:
                started = time.perf_counter()
                read_at_once(path, n, store, frames)
                seconds = time.perf_counter() - started
            return {"codec": kind.codec, "frames_per_s": n * frames / seconds, **load}

        return bench.tried(rows, {"way": way, "decoders": n}, work) is not None

    for n in dict.fromkeys((1, max(bench.options.decoders))):
        row("cpu", n, lambda: None)
    if bench.engine(path) is None:
        return
    for n in bench.options.decoders:
        if not row("nvdec", n, bench.there):
            return


def read_at_once(path: Path, n: int, store: Callable[[], DeviceStore | None], frames: int) -> None:
    def read() -> int:
        with VideoReader(path, 0, store()) as reader:
            return sum(1 for _ in reader)

    with ThreadPoolExecutor(n) as pool:
        counts = [future.result() for future in [pool.submit(read) for _ in range(n)]]
    assert counts == [frames] * n, f"expected {frames} frames of each reader, came {counts}"


def network(bench: Bench, way: Way) -> None:
    """Crops per second of the pose network alone, crops lying on the device, by batch size."""
    for n in bench.options.batches:

        def work(n: int = n) -> Row:
            model = bench.model(way)
            height, width = model.info.input_height, model.info.input_width
            with VideoReader(clip_path(CLIP), 1, DeviceStore(bench.device)) as reader:
                frame = next(iter(reader))
            batch = frame.device.batch(n, height, width)
            crop_batch(frame, np.tile([[350.0, 90.0, 750.0, 490.0]], (n, 1)), batch[:n])
            for _ in range(3 if bench.on_gpu else 1):  # both buffers, and one again
                xy, _ = model.predict(batch)
                assert xy.shape[0] == n
            bound = bench.device.bound(model._network)
            calls = bound.calls(n)
            shape, outputs = (calls[0][2], height, width, 3), [model._network.outputs[0][0]]
            runs, started = 0, time.perf_counter()
            while time.perf_counter() - started < bench.options.seconds:
                for _ in calls:
                    bound.run(shape, lambda _buffer: None, outputs)
                runs += 1
            rate = n * runs / (time.perf_counter() - started)
            return {"provider": model.provider, "cuda_graphs": bound.uses_graphs, "crops_per_s": rate}

        bench.tried(bench.report["network"], {"way": way.name, "precision": way.precision, "batch": n}, work)


def agreement(bench: Bench, way: Way) -> None:
    """Distance of keypoints from those of the CPU's path at fp32, pixels of a crop of 256."""

    def work() -> Row:
        model, reference = bench.model(way), bench.model(Way("cpu", "fp32"))
        boxes = np.array([[350.0, 90.0, 750.0, 490.0], [300.0, 40.0, 780.0, 520.0]])
        size = (model.info.input_height, model.info.input_width)
        shifts, grey = [], 0
        with VideoReader(clip_path(CLIP)) as here, clip_there(bench) as there:
            for i, (a, b) in enumerate(zip(here, there, strict=True)):
                if i >= min(bench.options.frames, 60):
                    break
                crops, copy = np.empty((2, len(boxes), *size, 3), np.uint8)
                crop_batch(a, boxes, crops)
                crop_batch(b, boxes, copy)
                grey = max(grey, int(np.abs(crops.astype(int) - copy).max()))
                batch = b.device.batch(len(boxes), *size)
                crop_batch(b, boxes, batch[: len(boxes)])
                (xy, score), (found, _) = reference.predict(crops), model.predict(batch)
                shifts.append(np.linalg.norm(found - xy, axis=2)[score > 0.3] * 256.0 / size[1])
            decoded_there = there._store.decoded_there
        every = np.concatenate(shifts)
        return {
            "provider": model.provider,
            "frames_decoded_there": decoded_there,
            "crop_grey_levels": grey,
            "keypoints": len(every),
            "median_shift_px": float(np.median(every)),
            "p95_shift_px": float(np.percentile(every, 95)),
            "largest_shift_px": float(every.max()),
        }

    bench.tried(bench.report["agreement"], {"way": way.name}, work)


def clip_there(bench: Bench) -> VideoReader:
    """The clip with its frames on the device, decoded there where that works."""
    if bench.engine(clip_path(CLIP)) is not None:
        try:
            return VideoReader(clip_path(CLIP), 0, bench.there())
        except RunleanError as error:
            bench.device.note(f"the engines do not decode {CLIP}: {error}")
    return VideoReader(clip_path(CLIP), 0, DeviceStore(bench.device))


def pipeline(bench: Bench, runners: int, way: Way, *, only_there: bool = False) -> None:
    """Frames per second from the file to everybody's keypoints, and the share of the slower limit."""
    rows = bench.report["pipeline"]
    stores: dict[str, Callable[[], DeviceStore | None]] = {
        "frames here": lambda: None, "frames uploaded": lambda: DeviceStore(bench.device),
    }  # fmt: skip
    at_once = 1
    path = bench.video(runners)
    if path is None:
        return
    engine, kind = bench.engine(path), kind_of_video(path)
    if engine is not None and kind is not None:
        at_once = decoders_for(engine.engines, kind)
        stores["frames decoded there"] = lambda: bench.there(at_once)
    last = list(stores)[-1]
    for where, store in stores.items():
        if only_there and where != last:
            continue
        there = where == "frames decoded there"

        def work(store: Callable[[], DeviceStore | None] = store, there: bool = there) -> Row:
            model, spent, passes = bench.model(way), PoseTiming(), 0
            if bench.on_gpu:  # the detector's sizes are met for the first time, too
                passed(path, store(), bench, model, PoseTiming())
            with utilisation() as load:
                while not passes or (bench.on_gpu and spent.wall_s < bench.options.seconds):
                    found = passed(path, store(), bench, model, spent)
                    passes += 1
            assert spent.frames == passes * bench.options.frames
            fps, per_frame = spent.frames / spent.wall_s, max(spent.crops / spent.frames, 1e-9)
            return {
                "provider": model.provider, "decoders_at_once": at_once if there else 1, "frames_per_s": fps,
                "passes": passes, "runners_found": found, "crops_per_frame": per_frame,
                "seconds": {
                    "camera": spent.camera_s, "detect": spent.detect_s, "crop": spent.crop_s, "network": spent.pose_s,
                },
                **limits(bench, way, per_frame, fps, at_once if there else 1, "nvdec" if there else "cpu"),
                **load,
            }  # fmt: skip

        bench.tried(rows, {"runners": runners, "where": where, "way": way.name}, work)


def limits(bench: Bench, way: Way, per_frame: float, fps: float, decoders: int, decoder: str) -> Row:
    """Decoding and network alone, as far as they were measured, and the pipeline's share of the slower."""
    decoded = [
        row["frames_per_s"] for row in bench.report["decode"]
        if row["way"] == decoder and row["decoders"] <= decoders and "frames_per_s" in row
    ]  # fmt: skip
    crops = [row["crops_per_s"] for row in bench.report["network"] if row["way"] == way.name and "crops_per_s" in row]
    found: Row = {}
    if decoded:
        found["decode_limit"] = max(decoded)
    if crops:
        found["network_limit"] = max(crops) / per_frame
    return found | {"share_of_limit": fps / min(found.values())} if len(found) == 2 else found


def passed(path: Path, store: DeviceStore | None, bench: Bench, model: Any, spent: PoseTiming) -> int:
    """One pass over a video; how many runners were found."""
    with VideoReader(path, 0, store) as reader:
        return estimate_poses(reader, bench.detector, model, timing=spent).n_tracks


if __name__ == "__main__":
    sys.exit(main())
