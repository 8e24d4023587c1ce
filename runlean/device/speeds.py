"""How fast this machine decodes a kind of video, on the CPU and on the GPU: measured once, kept in the cache folder."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import av

from runlean.cores import usable_cores
from runlean.device.decoder import DecoderSpeeds, VideoKind
from runlean.errors import DeviceError, RunleanError
from runlean.video import VideoReader
from runlean.video.store import FrameStore
from runlean_kernels.folders import user_cache_dir, writable_folder

#: A try lasts this long, or for so many frames.
_TRY_S: Final = 0.4
_TRY_FRAMES: Final = 240
_FILE: Final = "decoder-speeds.json"


def key_of(gpu: str, video: VideoKind, threads: int) -> str:
    """Name of a kind of video on a machine: GPU, cores, FFmpeg (another is measured anew), codec, depth, size."""
    cores = threads or usable_cores()
    size = (max(1, video.width * video.height) - 1).bit_length()
    ffmpeg = ".".join(str(n) for n in av.library_versions["libavcodec"])
    return f"{gpu}|{cores} cores|libavcodec {ffmpeg}|{video.codec}|{video.bit_depth} bit|2^{size} px"


def known_speeds(gpu: str, video: VideoKind, threads: int) -> DecoderSpeeds | None:
    """What was measured before, or None."""
    entry = _read().get(key_of(gpu, video, threads))
    if not isinstance(entry, dict):
        return None
    cpu, cuda = entry.get("cpu"), entry.get("cuda")
    if not isinstance(cpu, int | float) or not isinstance(cuda, int | float):
        return None
    return DecoderSpeeds(float(cpu), float(cuda))


def measure_speeds(
    path: Path, store: Callable[[], FrameStore], gpu: str, video: VideoKind, threads: int
) -> DecoderSpeeds:
    """Decode the start of a video both ways and keep what came out.

    Parameters
    ----------
    path : Path
    store : callable
        Makes a store that decodes on the GPU.
    gpu : str
        What the GPU is called.
    video : VideoKind
    threads : int
        Decoder threads on the CPU.

    Raises
    ------
    DeviceError
        Where the GPU cannot decode it after all.
    """
    try:
        cuda = frames_per_second(path, threads, store())
    except RunleanError as error:
        raise DeviceError(f"{path.name}: {error}") from error
    speeds = DecoderSpeeds(frames_per_second(path, threads), cuda)
    _write(_read() | {key_of(gpu, video, threads): {"cpu": speeds.cpu, "cuda": speeds.cuda}})
    return speeds


def frames_per_second(path: Path, threads: int, store: FrameStore | None = None) -> float:
    """Speed of decoding from the second frame on."""
    with VideoReader(path, threads, store) as reader:
        started, frames = time.perf_counter(), 0
        for frame in reader:
            frames += 1
            if frames == 1:
                started = time.perf_counter()
            if frames >= _TRY_FRAMES or time.perf_counter() - started > _TRY_S:
                if frame.device is not None:
                    frame.device.planes()  # whatever is under way counts
                break
        return max(frames - 1, 1) / max(time.perf_counter() - started, 1e-6)


def _read() -> dict[str, Any]:
    try:
        data = json.loads((user_cache_dir() / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(data: dict[str, Any]) -> None:
    folder = writable_folder(user_cache_dir())
    if folder is None:
        return
    handle, temporary = tempfile.mkstemp(suffix=".json", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
    with contextlib.suppress(OSError):
        os.replace(temporary, folder / _FILE)
