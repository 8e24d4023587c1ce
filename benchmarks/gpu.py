"""How fast frames go from a file to keypoints where they stay on a device, and what limits them.

``python benchmarks/gpu.py --out FILE.json`` (or ``OUT=FOLDER``: gpu.json goes there). The device is a usable GPU, else
this process in its part (ONNX Runtime's CPU provider, frames in this process's memory): the same steps, so that on the
day with a GPU nothing but the device is new. The file says which it was.

Every part checks what it times: decoded frames are counted, keypoints are held to the CPU's path.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from runlean.clips import clip_path
from runlean.device.decoder import VideoKind, decoders_for
from runlean.device.graph_cropper import GraphCropper
from runlean.device.memory import HostMemory
from runlean.device.place import engine_of, engines_at, kind_of_video, open_device
from runlean.device.store import Device, DeviceStore
from runlean.errors import RunleanError
from runlean.models import load_detector, load_pose_model
from runlean.models.providers import CUDA, TENSORRT, probe_gpu
from runlean.pose.crop import crop_batch
from runlean.pose.estimate import PoseTiming, estimate_poses
from runlean.video import VideoReader

CLIP = "ship_tm_right_60"
MODEL = "movenet-thunder"
#: Runners in a picture: columns and rows of copies of the clip.
LAYOUTS = {1: (1, 1), 4: (2, 2), 8: (4, 2)}
#: Of each video where ``--frames`` does not say: a GPU is through 300 before it has started.
CPU_FRAMES, GPU_FRAMES = 300, 1200
WANTED_SHARE, WANTED_SHIFT_PX, WANTED_FPS = 0.8, 0.5, 2000.0


def main(arguments: list[str] | None = None) -> int:
    options = parsed(arguments)
    device, notes = device_of(options.device)
    on_gpu = device.memory.kind == "cuda"
    options.frames = options.frames or (GPU_FRAMES if on_gpu else CPU_FRAMES)
    report: dict[str, Any] = {"device": described(device, on_gpu, notes), "options": vars(options) | {"out": None}}
    with tempfile.TemporaryDirectory() as folder:
        videos = {n: made_video(Path(folder), n, options) for n in options.runners}
        report["decode"] = decode(videos[options.runners[0]], device, on_gpu, options)
        report["network"] = network(device, on_gpu, options)
        report["agreement"] = agreement(device, options, "fp32") | {"fp16": agreement(device, options, "fp16")}
        report["pipeline"] = [pipeline(n, videos[n], device, on_gpu, report, options) for n in options.runners]
    report["device"]["notes"] = list(dict.fromkeys((*notes, *device.notes)))
    text = json.dumps(report, indent=1)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0 if report["agreement"]["median_shift_px"] <= WANTED_SHIFT_PX else 1


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given = os.environ.get("OUT")
    parser.add_argument("--out", type=Path, default=Path(given) / "gpu.json" if given else None)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--frames", type=int, help=f"of each video (left out: {CPU_FRAMES}, on a GPU {GPU_FRAMES})")
    parser.add_argument("--size", type=int, nargs=2, default=[1920, 1080], metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--codec", default="libx264", help="encoder of the videos, as FFmpeg names it")
    parser.add_argument("--decoders", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6, 7], help="at once; 1 among them")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--runners", type=int, nargs="+", choices=sorted(LAYOUTS), default=[1, 4, 8])
    parser.add_argument("--seconds", type=float, default=3.0, help="at least, of each timing but decoding")
    parser.add_argument("--model", default=MODEL)
    options = parser.parse_args(arguments)
    options.size = tuple(options.size)
    return options


def device_of(asked: str) -> tuple[Device, list[str]]:
    notes: list[str] = []
    probe = probe_gpu()
    if asked != "cpu" and CUDA in probe.usable:
        device = open_device(0, notes)
        if device is not None:
            return device, notes
    if asked == "cuda":
        raise SystemExit(f"device cuda: {probe.lack or '; '.join(notes)}")
    memory = HostMemory()
    return Device(memory, GraphCropper(memory)), [*notes, f"no GPU: {probe.lack}" if probe.lack else "no GPU asked for"]


def described(device: Device, on_gpu: bool, notes: list[str]) -> dict[str, Any]:
    import onnxruntime

    name = device.memory.driver.name if on_gpu else "this process"  # type: ignore[attr-defined]
    return {
        "is_gpu": on_gpu,
        "name": name,
        "crops_by": device.cropper.name,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
        "av": av.__version__,
        "notes": notes,
    }


def made_video(folder: Path, runners: int, options: argparse.Namespace) -> Path:
    """The clip that ships, ``runners`` times in one picture, over and over until there are enough frames."""
    (columns, rows), (width, height) = LAYOUTS[runners], options.size
    tile_w, tile_h = width // columns // 2 * 2, height // rows // 2 * 2
    tiles = []
    with VideoReader(clip_path(CLIP)) as reader:
        middle, span = 0.5 * reader.info.width, reader.info.height * tile_w / tile_h
        box = np.array([[middle - 0.5 * span, 0.0, middle + 0.5 * span, float(reader.info.height)]])
        for _, frame in zip(range(min(options.frames, 120)), reader, strict=False):
            tile = np.empty((1, tile_h, tile_w, 3), np.uint8)
            crop_batch(frame, box, tile)
            tiles.append(tile[0])
    path = folder / f"runners_{runners}.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            options.codec, rate=Fraction(60), options={"preset": "veryfast", "crf": "23", "g": "60"}
        )
        stream.width, stream.height, stream.pix_fmt = tile_w * columns, tile_h * rows, "yuv420p"
        pictures: dict[int, av.VideoFrame] = {}
        for i in range(options.frames):
            place = i % (2 * len(tiles) - 2) if len(tiles) > 1 else 0  # forth and back: no jump
            place = place if place < len(tiles) else 2 * len(tiles) - 2 - place
            if place not in pictures:
                whole = np.tile(tiles[place], (rows, columns, 1))
                pictures[place] = av.VideoFrame.from_ndarray(whole, "rgb24").reformat(format="yuv420p")
            picture = pictures[place]
            picture.pts, picture.time_base = i, Fraction(1, 60)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def decode(path: Path, device: Device, on_gpu: bool, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Frames per second of ``n`` readers at once, on the CPU and on the GPU's engines."""
    kind = kind_of_video(path) or VideoKind("", "", 0, 0)
    engine = engine_of(device.memory, kind) if on_gpu else None
    ways: dict[str, Callable[[], DeviceStore | None]] = {"cpu": lambda: None}
    if engine is not None:
        ways["nvdec"] = lambda: DeviceStore(device, engines_at(device.memory))
    found = []
    for way, store in ways.items():
        for n in options.decoders:
            try:
                with utilisation() as load:
                    seconds = timed(lambda n=n, store=store: read_at_once(path, n, store, options.frames))
            except RunleanError as error:  # the rest of the measurements is worth having
                found.append({"way": way, "decoders": n, "error": str(error)})
                break
            found.append({"way": way, "decoders": n, "frames_per_s": n * options.frames / seconds, **load})
    return [{"codec": kind.codec, "width": kind.width, "height": kind.height}, *found]


def read_at_once(path: Path, n: int, store: Callable[[], DeviceStore | None], frames: int) -> None:
    def read() -> int:
        with VideoReader(path, 0, store()) as reader:
            return sum(1 for _ in reader)

    with ThreadPoolExecutor(n) as pool:
        counts = [future.result() for future in [pool.submit(read) for _ in range(n)]]
    assert counts == [frames] * n, f"expected {frames} frames of each reader, came {counts}"


def network(device: Device, on_gpu: bool, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Crops per second of the pose network alone, crops lying on the device, by batch size and precision."""
    ways = [("cuda" if on_gpu else "cpu", precision) for precision in ("fp32", "fp16")]
    if on_gpu and TENSORRT in probe_gpu().usable:
        ways += [("tensorrt", "fp32"), ("tensorrt", "fp16")]
    found = []
    for name, precision in ways:
        model = load_pose_model(options.model, device=name, precision=precision)
        height, width = model.info.input_height, model.info.input_width
        with VideoReader(clip_path(CLIP), 1, DeviceStore(device)) as reader:
            frame = next(iter(reader))
        device.warm((model,))
        for n in options.batches:
            batch = frame.device.batch(n, height, width)
            crop_batch(frame, np.tile([[350.0, 90.0, 750.0, 490.0]], (n, 1)), batch[:n])
            for _ in range(3 if on_gpu else 1):  # both buffers, and one again
                xy, _ = model.predict(batch)
                assert xy.shape[0] == n
            bound = device.bound(model._network)
            buffer = bound.calls(n)
            shape, outputs = (buffer[0][2], height, width, 3), [model._network.outputs[0][0]]
            runs = 0
            started = time.perf_counter()
            while time.perf_counter() - started < options.seconds:
                for _ in buffer:
                    bound.run(shape, lambda _buffer: None, outputs)
                runs += 1
            seconds = time.perf_counter() - started
            found.append(
                {
                    "provider": model.provider, "precision": precision, "batch": n, "cuda_graphs": bound.uses_graphs,
                    "crops_per_s": n * runs / seconds,
                }
            )  # fmt: skip
    return found


def agreement(device: Device, options: argparse.Namespace, precision: str) -> dict[str, Any]:
    """Distance of keypoints from those of the CPU's path at fp32, pixels of a crop of 256."""
    on_gpu = device.memory.kind == "cuda"
    model = load_pose_model(options.model, device="cuda" if on_gpu else "cpu", precision=precision)
    reference = load_pose_model(options.model, device="cpu")
    boxes = np.array([[350.0, 90.0, 750.0, 490.0], [300.0, 40.0, 780.0, 520.0]])
    size = (model.info.input_height, model.info.input_width)
    shifts, grey = [], 0
    with VideoReader(clip_path(CLIP)) as here, opened_there(device) as there:
        for i, (a, b) in enumerate(zip(here, there, strict=True)):
            if i >= min(options.frames, 60):
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
        "frames_decoded_there": decoded_there,
        "crop_grey_levels": grey,
        "keypoints": len(every),
        "median_shift_px": float(np.median(every)),
        "p95_shift_px": float(np.percentile(every, 95)),
        "largest_shift_px": float(every.max()),
        "wanted_median_px": WANTED_SHIFT_PX,
    }


def opened_there(device: Device) -> VideoReader:
    """The clip with its frames on the device, decoded there where that works."""
    kind = kind_of_video(clip_path(CLIP))
    if device.memory.kind == "cuda" and kind is not None and engine_of(device.memory, kind) is not None:
        try:
            return VideoReader(clip_path(CLIP), 0, DeviceStore(device, engines_at(device.memory)))
        except RunleanError as error:
            device.note(f"the engines do not decode {CLIP}: {error}")
    return VideoReader(clip_path(CLIP), 0, DeviceStore(device))


def pipeline(
    runners: int, path: Path, device: Device, on_gpu: bool, report: dict[str, Any], options: argparse.Namespace
) -> dict[str, Any]:
    """Frames per second from the file to everybody's keypoints, and the share of the slower limit."""
    name = "cuda" if on_gpu else "cpu"
    model, detector = load_pose_model(options.model, device=name), load_detector(device=name)
    engine, kind = None, kind_of_video(path)
    if on_gpu and kind is not None:
        engine = engine_of(device.memory, kind)
    ways: dict[str, Callable[[], DeviceStore | None]] = {"frames here": lambda: None}
    ways["frames uploaded"] = lambda: DeviceStore(device)
    at_once = 1
    able = any(row["way"] == "nvdec" and "error" not in row for row in report["decode"][1:])
    if engine is not None and kind is not None and able:
        at_once = decoders_for(engine.engines, kind)
        ways["frames decoded there"] = lambda: DeviceStore(device, engines_at(device.memory), at_once)
    found: dict[str, Any] = {"runners": runners, "frames": options.frames}
    for way, store in ways.items():
        device.warm((model,))
        if on_gpu:  # the detector's sizes are met for the first time, too
            passed(path, store(), detector, model, PoseTiming())
        spent, passes = PoseTiming(), 0
        with utilisation() as load:
            while not passes or (on_gpu and spent.wall_s < options.seconds):
                n_found = passed(path, store(), detector, model, spent)
                passes += 1
        assert spent.frames == passes * options.frames
        there = way == "frames decoded there"
        decode_fps = max(
            row["frames_per_s"]
            for row in report["decode"][1:]
            if row["way"] == ("nvdec" if there else "cpu")
            and "error" not in row
            and row["decoders"] <= (at_once if there else 1)
        )
        crops_fps = max(
            row["crops_per_s"]
            for row in report["network"]
            if row["precision"] == "fp32" and row["provider"] == model.provider
        )
        per_frame = max(spent.crops / spent.frames, 1e-9)
        limit = min(decode_fps, crops_fps / per_frame)
        fps = spent.frames / spent.wall_s
        found[way] = {
            "decoders_at_once": at_once if there else 1, "frames_per_s": fps, "passes": passes,
            "runners_found": n_found,
            "crops_per_frame": per_frame,
            "decode_limit": decode_fps, "network_limit": crops_fps / per_frame, "share_of_limit": fps / limit,
            "seconds": {
                "camera": spent.camera_s, "detect": spent.detect_s, "crop": spent.crop_s, "network": spent.pose_s,
            },
            **load,
        }  # fmt: skip
    found["wanted"] = {"share_of_limit": WANTED_SHARE, "frames_per_s_of_one_runner": WANTED_FPS}
    return found


def passed(path: Path, store: DeviceStore | None, detector: Any, model: Any, spent: PoseTiming) -> int:
    """One pass over a video; how many runners were found."""
    with VideoReader(path, 0, store) as reader:
        return estimate_poses(reader, detector, model, timing=spent).n_tracks


def timed(work: Callable[[], None]) -> float:
    """Seconds of one call, after one that does not count."""
    work()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def utilisation() -> Iterator[dict[str, Any]]:
    """Mean load of the GPU and of its decoders while the block runs, per cent; empty where nvidia-smi is not there."""
    load: dict[str, Any] = {}
    tool = shutil.which("nvidia-smi")
    if tool is None:
        yield load
        return
    query = "--query-gpu=utilization.gpu,utilization.decoder,memory.used"
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"
    rows: list[list[float]] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            run = subprocess.run(
                [tool, "-i", visible, query, "--format=csv,noheader,nounits"], capture_output=True, text=True
            )
            numbers = [part.strip() for part in run.stdout.strip().split(",")]
            if run.returncode == 0 and all(part.replace(".", "", 1).isdigit() for part in numbers):
                rows.append([float(part) for part in numbers])

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield load
    finally:
        stop.set()
        thread.join()
        if rows:
            names = ("gpu_load_pct", "decoder_load_pct", "gpu_memory_mib")
            load.update(
                {name: statistics.fmean(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
            )


if __name__ == "__main__":
    sys.exit(main())
