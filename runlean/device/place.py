"""Where one video's frames go: decoded here or there, kept here or there, and why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import av

from runlean.device.check import check_cropper
from runlean.device.cropper import Cropper
from runlean.device.cuda_memory import CudaMemory
from runlean.device.decoder import DecoderChoice, DecoderSpeeds, Engine, VideoKind, choose_decoder, decoders_for
from runlean.device.driver import CudaDriver
from runlean.device.memory import DeviceMemory
from runlean.device.nvdec import Nvdec
from runlean.device.speeds import known_speeds, measure_speeds
from runlean.device.store import Device, DeviceStore
from runlean.errors import DeviceError, RunleanError, VideoError
from runlean.models.providers import CPU, choose_providers, parse_device, probe_gpu
from runlean.video.header import picture_stream
from runlean.video.store import FrameStore


class _Closes(Protocol):
    def close(self) -> None: ...


Reader = TypeVar("Reader", bound=_Closes)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the frames of one video are decoded and kept.

    Attributes
    ----------
    store : DeviceStore or None
        To open the reader with; None keeps frames in this process's memory.
    choice : DecoderChoice
    notes : tuple of str
        In one line each, what was wanted and could not be used.
    """

    store: DeviceStore | None
    choice: DecoderChoice
    notes: tuple[str, ...] = ()

    @property
    def processing(self) -> dict[str, str]:
        """For the summary: decoder, why, and where crops are cut."""
        crops = "cpu" if self.store is None else f"gpu ({self.store.device.cropper.name})"
        several = self.store is not None and self.store.decoders > 1
        at_once = {"decoders_at_once": str(self.store.decoders)} if self.store is not None and several else {}
        return {"decoder": self.choice.decoder, "decoder_reason": self.choice.reason, "crops": crops, **at_once}

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes, and what the device noted since."""
        later = self.store.device.notes if self.store is not None else []
        return tuple(dict.fromkeys((*self.notes, *later)))


def place_of(path: Path, device: str = "auto", decoder: str = "auto", threads: int = 0) -> Place:
    """Choose the place of one video's frames.

    Parameters
    ----------
    path : Path
    device, decoder : str
        From ``--device`` and ``--decoder``.
    threads : int
        Decoder threads on the CPU; 0 takes one per core.

    Raises
    ------
    DeviceError
        A GPU was asked for, for the networks or for the decoder, and cannot be used.
    """
    kind, index = parse_device(device)
    gpu = probe_gpu() if kind != "cpu" else None
    usable = gpu is not None and choose_providers(device, gpu.usable, gpu.lack, gpu.n_gpus)[0] != CPU
    if not usable and decoder != "cuda":
        return Place(None, DecoderChoice("cpu", "asked for" if decoder == "cpu" else "no GPU is used"))
    video = kind_of_video(path)
    if not usable or video is None:
        # without a header the reader will say what is wrong with the file
        unknown = VideoKind("unknown", "yuv420p", 0, 0)
        choice = choose_decoder(decoder, "cpu", video or unknown, None) if video or not usable else None
        return Place(None, choice or DecoderChoice("cpu", "the file's header cannot be read"))
    notes: list[str] = []
    opened = open_device(index, notes)
    if opened is None:
        choice = choose_decoder(decoder, "cpu", video, None)
        return Place(None, choice, tuple(notes))
    engine = engine_of(opened.memory, video)
    at_once = decoders_for(engine.engines if engine is not None else 1, video)
    speeds = None
    able = choose_decoder("auto", "cuda", video, engine, DecoderSpeeds(0.0, 1.0)).decoder == "cuda"
    if decoder == "auto" and able:
        speeds = _speeds(path, opened, video, threads, at_once, notes)
    choice = choose_decoder(decoder, "cuda", video, engine, speeds)
    if choice.decoder != "cuda":
        return Place(DeviceStore(opened), choice, tuple(notes))
    return Place(DeviceStore(opened, engines_at(opened.memory), at_once), choice, tuple(notes))


def left_on_cpu(device: str, networks: Mapping[str, str]) -> list[str]:
    """In one line each, the networks that ONNX Runtime opened on the CPU though there is a GPU that can be used.

    Parameters
    ----------
    device : str
        From ``--device``: only ``auto`` lets a network fall back.
    networks : mapping of str to str
        Provider by name.
    """
    if device != "auto" or choose_providers("auto", probe_gpu().usable)[0] == CPU:
        return []
    return [
        f"network {name} runs on the CPU, ONNX Runtime did not take the GPU for it; compare the versions that 'runlean "
        "doctor' shows"
        for name, provider in networks.items()
        if provider == CPU
    ]


def opened_at(place: Place, decoder: str, open_reader: Callable[[FrameStore | None], Reader]) -> tuple[Reader, Place]:
    """Open a reader at its place; where the engines do not decode the file after all, on the CPU, and say so.

    Parameters
    ----------
    place : Place
    decoder : str
        From ``--decoder``.
    open_reader : callable
        Takes the store.

    Raises
    ------
    VideoError
        The file cannot be decoded anywhere.
    DeviceError
        ``cuda`` was asked for, and only the CPU decodes the file.
    """
    store = place.store
    if store is None or store.nvdec is None:
        return open_reader(store), place
    try:
        return open_reader(store), place
    except VideoError:
        plain = DeviceStore(store.device)
        reader = open_reader(plain)  # raises, where the file is the reason
    if decoder == "cuda":
        reader.close()
        raise DeviceError(
            "decoder cuda: FFmpeg decodes this video on the CPU but not on this GPU; use --decoder cpu, or leave it out"
        )
    line = "the GPU was chosen to decode this video and did not; it is decoded on the CPU"
    return reader, Place(plain, DecoderChoice("cpu", line), (*place.notes, line))


def kind_of_video(path: Path) -> VideoKind | None:
    """What the header says of a video; None where there is none to read."""
    try:
        with av.open(f"file:{path}", "r", metadata_errors="replace") as container:
            context = picture_stream(container, path).codec_context
            return VideoKind(context.name, context.pix_fmt or "", context.width, context.height)
    except (av.error.FFmpegError, ValueError, OSError):  # VideoError is an OSError
        return None


_devices: dict[int, tuple[Device | None, tuple[str, ...]]] = {}
_devices_lock = threading.Lock()


def open_device(index: int, notes: list[str]) -> Device | None:
    """A GPU that frames can stay on, opened once per process; None where none proved itself, with why in ``notes``."""
    with _devices_lock:
        if index not in _devices:
            found: list[str] = []
            try:
                memory: DeviceMemory | None = CudaMemory(CudaDriver(index))
            except RunleanError as error:
                found.append(f"frames stay on the CPU: {error}")
                memory = None
            device = None if memory is None else first_that_works(memory, _croppers(memory), found)
            _devices[index] = device, tuple(found)
        device, lines = _devices[index]
    notes.extend(lines)
    return device


def first_that_works(
    memory: DeviceMemory, croppers: list[tuple[str, Callable[[], Cropper]]], notes: list[str]
) -> Device | None:
    """The first cropper that opens and gives the CPU's pictures; the others' failures go into ``notes``."""
    for name, make in croppers:
        try:
            cropper = make()
            check_cropper(cropper, memory)
        except Exception as error:  # CUDA's compilers and runtimes raise errors of many kinds of their own
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            notes.append(f"crops by {name} on the GPU are not used: {reason}")
            continue
        return Device(memory, cropper, graphs=memory.kind == "cuda")
    notes.append("crops are cut on the CPU, and frames decoded there")
    return None


def _croppers(memory: DeviceMemory) -> list[tuple[str, Callable[[], Cropper]]]:
    def kernel() -> Cropper:
        from runlean.device.kernel_cropper import KernelCropper

        return KernelCropper(memory)

    def graph() -> Cropper:
        from runlean.device.graph_cropper import GraphCropper

        return GraphCropper(memory)

    return [("kernel", kernel), ("graph", graph)]


def engines_at(memory: DeviceMemory) -> Nvdec:
    """The decoding engines of the GPU that memory lies on."""
    return Nvdec(memory.index, memory.driver.share if isinstance(memory, CudaMemory) else None)


def engine_of(memory: Any, video: VideoKind) -> Engine | None:
    """What the GPU's engines take of this kind of video."""
    depth = video.bit_depth
    caps = memory.driver.decode_caps(video.codec, depth) if depth is not None else None
    if caps is None:
        return None
    return Engine(caps["engines"], caps["min_width"], caps["min_height"], caps["max_width"], caps["max_height"])


def _speeds(
    path: Path, device: Device, video: VideoKind, threads: int, at_once: int, notes: list[str]
) -> DecoderSpeeds | None:
    """Measured speeds for this kind of video on this machine, from the cache folder or by a short try.

    As many engines are tried as would be used: one of seven may be slower than all cores together.
    """
    memory = device.memory
    name = memory.driver.name if isinstance(memory, CudaMemory) else memory.kind
    name = f"{name} x{at_once}"
    known = known_speeds(name, video, threads)
    if known is not None:
        return known
    try:
        return measure_speeds(path, lambda: DeviceStore(device, engines_at(memory), at_once), name, video, threads)
    except DeviceError as error:
        notes.append(f"decoding on the GPU was tried and failed: {error}")
        return DecoderSpeeds(None, 0.0)
