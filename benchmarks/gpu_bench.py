"""What the parts of ``gpu.py`` share: the device, its networks and videos, and a report that is written as it grows."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from runlean.clips import clip_path
from runlean.device.decoder import Engine
from runlean.device.graph_cropper import GraphCropper
from runlean.device.memory import HostMemory
from runlean.device.place import engine_of, engines_at, kind_of_video, open_device
from runlean.device.store import Device, DeviceStore
from runlean.models import load_detector, load_pose_model
from runlean.models.libraries import tensorrt_version
from runlean.models.providers import CUDA, TENSORRT, probe_gpu
from runlean.pose.crop import crop_batch
from runlean.video import VideoReader

CLIP = "ship_tm_right_60"
#: Runners in a picture: columns and rows of copies of the clip.
LAYOUTS = {1: (1, 1), 4: (2, 2), 8: (4, 2)}

Row = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """How a pose network runs: provider and precision."""

    device: str
    precision: str
    tensorrt: str = "off"

    @property
    def name(self) -> str:
        return f"{'tensorrt' if self.tensorrt == 'auto' else self.device} {self.precision}"


@dataclass
class Bench:
    """The device, what was opened and made on the way, and the report.

    Attributes
    ----------
    on_gpu : bool
        Else this process plays the device's part.
    networks : str
        ``--device`` of the networks.
    """

    options: argparse.Namespace
    device: Device
    on_gpu: bool
    networks: str
    folder: Path
    notes: list[str]
    report: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    _models: dict[Way, Any] = field(default_factory=dict)
    _detector: Any = None

    def model(self, way: Way) -> Any:
        """A pose network, opened once and warm."""
        if way not in self._models:
            model = load_pose_model(
                self.options.model, device=way.device, precision=way.precision, tensorrt=way.tensorrt
            )  # fmt: skip
            wanted = TENSORRT if way.tensorrt == "auto" else model.provider
            assert model.provider == wanted, "; ".join(model.notes)
            self.device.warm((model,))
            self._models[way] = model
        return self._models[way]

    @property
    def detector(self) -> Any:
        """The detector, opened once."""
        self._detector = self._detector or load_detector(device=self.networks, tensorrt="off")
        return self._detector

    def engine(self, path: Path) -> Engine | None:
        """The engines for a video, where there are some."""
        kind = kind_of_video(path)
        return engine_of(self.device.memory, kind) if self.on_gpu and kind is not None else None

    def there(self, decoders: int = 1) -> DeviceStore:
        """A store whose frames the engines decode."""
        return DeviceStore(self.device, engines_at(self.device.memory), decoders)

    def video(self, runners: int) -> Path | None:
        """The clip that ships, ``runners`` times in one picture; made once, None where that failed."""
        path = self.folder / f"runners_{runners}.mp4"

        def work() -> Row:
            started = time.perf_counter()
            made_video(path, runners, self.options)
            return {"bytes": path.stat().st_size, "seconds": time.perf_counter() - started}

        if not path.exists():
            self.tried(self.report["videos"], {"runners": runners}, work)
        return path if path.exists() else None

    def tried(self, rows: list[Row], row: Row, work: Callable[[], Row]) -> Row | None:
        """Add a row; what fails is a line in it, what there is no time for is left out, and the file is written."""
        if time.perf_counter() - self.started > 60.0 * self.options.minutes:
            rows.append(row | {"left_out": f"{self.options.minutes:g} minutes are over; --minutes gives more"})
            self.save()
            return None
        try:
            found = work()
        except Exception as error:  # whatever it is: the rest of the measurements is worth having
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:400]
            rows.append(row | {"error": reason})
            self.save()
            return None
        rows.append(row | found)
        self.save()
        return rows[-1]

    def save(self) -> None:
        """Write what there is."""
        self.report["device"]["notes"] = list(dict.fromkeys((*self.notes, *self.device.notes)))
        self.report["seconds"] = round(time.perf_counter() - self.started, 1)
        if self.options.out is not None:
            self.options.out.parent.mkdir(parents=True, exist_ok=True)
            aside = self.options.out.with_name(self.options.out.name + ".part")
            aside.write_text(json.dumps(self.report, indent=1) + "\n", encoding="utf-8")
            os.replace(aside, self.options.out)


def opened(options: argparse.Namespace, folder: Path) -> Bench:
    """The bench on a usable GPU, else on this process."""
    notes: list[str] = []
    probe = probe_gpu()
    if options.device != "cpu" and CUDA in probe.usable:
        device = open_device(0, notes)
        if device is not None:
            return Bench(options, device, True, "cuda", folder, notes)
    if options.device == "cuda":
        raise SystemExit(f"device cuda: {probe.lack or '; '.join(notes)}")
    memory = HostMemory()
    notes.append(f"no GPU: {probe.lack}" if probe.lack else "no GPU asked for")
    return Bench(options, Device(memory, GraphCropper(memory)), False, "cpu", folder, notes)


def described(bench: Bench) -> Row:
    """The machine."""
    import onnxruntime

    memory = bench.device.memory
    return {
        "is_gpu": bench.on_gpu,
        "name": memory.driver.name if bench.on_gpu else "this process",  # type: ignore[attr-defined]
        "crops_by": bench.device.cropper.name,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
        "tensorrt": tensorrt_version() if bench.on_gpu else None,
        "av": av.__version__,
    }


def made_video(path: Path, runners: int, options: argparse.Namespace) -> None:
    """The clip over and over, forth and back, until there are enough frames."""
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
    aside = path.with_suffix(".part.mp4")
    with av.open(str(aside), "w") as container:
        stream = container.add_stream(
            options.codec, rate=Fraction(60), options={"preset": "veryfast", "crf": "23", "g": "60"}
        )
        stream.width, stream.height, stream.pix_fmt = tile_w * columns, tile_h * rows, "yuv420p"
        stream.codec_context.thread_count = 0
        pictures: dict[int, av.VideoFrame] = {}
        for i in range(options.frames):
            place = i % (2 * len(tiles) - 2) if len(tiles) > 1 else 0
            place = place if place < len(tiles) else 2 * len(tiles) - 2 - place
            if place not in pictures:
                whole = np.tile(tiles[place], (rows, columns, 1))
                pictures[place] = av.VideoFrame.from_ndarray(whole, "rgb24").reformat(format="yuv420p")
            picture = pictures[place]
            picture.pts, picture.time_base = i, Fraction(1, 60)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    os.replace(aside, path)


@contextmanager
def utilisation() -> Iterator[Row]:
    """Mean load of the GPU and of its decoders while the block runs, per cent; empty where nvidia-smi is not there."""
    load: Row = {}
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
