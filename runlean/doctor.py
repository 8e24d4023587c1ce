"""What this machine can do for runlean, found out quietly; and one line that says what to do to go faster."""

from __future__ import annotations

import contextlib
import os
import platform
import stat
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runlean import __version__
from runlean.cores import usable_cores
from runlean.device.diagnosis import Gpu
from runlean.errors import RunleanError

#: Videos are these, nearly always.
_CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4")
_PACKAGES = (
    "av", "numba", "numpy", "onnxruntime", "onnxruntime-gpu", "pyarrow", "pydantic", "rich", "typer",
)  # fmt: skip
_SPEED_TEST_S = 0.8
_SPEED_CLIP = "ship_tm_right_60"


@dataclass(frozen=True, slots=True)
class Machine:
    """System, processor and memory as this process may use them."""

    system: str
    processor: str
    cores: int
    cores_usable: int
    memory_gib: float | None
    memory_available_gib: float | None

    def record(self) -> dict[str, str]:
        """What stands beside a figure that was measured here."""
        about = {"processor": self.processor, "cores": str(self.cores_usable), "system": self.system}
        return about | {"python": platform.python_version()}


@dataclass(frozen=True, slots=True)
class Providers:
    """Execution providers: what the wheel lists, and what can really run here."""

    listed: tuple[str, ...]
    usable: tuple[str, ...]
    taken_by_auto: str


@dataclass(frozen=True, slots=True)
class Decoders:
    """Which codecs FFmpeg decodes, on the processor and on NVIDIA's engines.

    ``nvdec_built`` says what PyAV was built to ask for, ``nvdec_usable`` whether a GPU is there to answer, ``engines``
    what the GPU's engines take.
    """

    ffmpeg: str
    cpu: tuple[str, ...]
    nvdec_built: tuple[str, ...]
    nvdec_usable: bool
    engines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """A pose network's file."""

    name: str
    ok: bool
    sha256: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A cache folder: where, whether it can be written, how much lies there."""

    purpose: str
    path: str
    writable: bool
    mib: float


@dataclass(frozen=True, slots=True)
class Speed:
    """A short test with one runner in mind: one crop per frame.

    Attributes
    ----------
    network_ms_per_crop : float
        movenet-thunder, one thread on the CPU, or the GPU.
    decode_fps : float
        A shipped 960x540 h264 clip, all decoder threads.
    """

    network_ms_per_crop: float
    decode_fps: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that ``runlean doctor`` tells."""

    runlean: str
    python: str
    packages: dict[str, str]
    machine: Machine
    gpu: Gpu
    providers: Providers
    decoders: Decoders
    networks: tuple[Network, ...]
    folders: tuple[Folder, ...]
    speed: Speed | None
    faster: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)


def diagnose(*, speed: bool = True) -> Diagnosis:
    """Find out what this machine can do.

    Parameters
    ----------
    speed : bool
        Run the speed test, about two seconds.
    """
    from runlean.device.diagnosis import find_gpu

    machine, gpu, providers, networks = machine_here(), find_gpu(), _providers(), _networks()
    measured = _speed() if speed and all(n.ok for n in networks) else None
    return Diagnosis(
        runlean=__version__,
        python=platform.python_version(),
        packages=_packages(),
        machine=machine,
        gpu=gpu,
        providers=providers,
        decoders=_decoders(gpu),
        networks=networks,
        folders=_folders(),
        speed=measured,
        faster=advice(machine, gpu, networks, measured),
    )


def advice(machine: Machine, gpu: Gpu, networks: tuple[Network, ...], speed: Speed | None) -> str:
    """One line: what to do first to go faster.

    Parameters
    ----------
    machine, gpu, networks, speed
        What was found.
    """
    damaged = [n.name for n in networks if not n.ok]
    if damaged:
        return f"{', '.join(damaged)}: the file is missing or damaged; reinstall runlean"
    if gpu.devices and gpu.lack:
        return f"there is a GPU that is not used: {gpu.lack}"
    if gpu.devices and gpu.kernels:
        return f"the GPU is in use, its own crop kernels are not: {gpu.kernels}"
    if gpu.devices:
        return f"{gpu.devices} GPU{'s are' if gpu.devices > 1 else ' is'} in use; give it more videos at once"
    if machine.cores_usable < machine.cores:
        return (
            f"{machine.cores_usable} of {machine.cores} cores may be used here: allow more to this process or container"
        )
    if speed is None:
        return "not known: the speed test was left out, and it tells whether the network or decoding sets the pace"
    if 1e3 / speed.network_ms_per_crop * machine.cores_usable < speed.decode_fps:
        return "the network sets the pace here: take --model movenet-lightning, --feet off, or a machine with a GPU"
    return "decoding sets the pace here: smaller pictures or more cores help, a faster network does not"


def machine_here() -> Machine:
    """This machine, as this process may use it."""
    total, available = _memory_gib()
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        cores_usable=usable_cores(),
        memory_gib=total,
        memory_available_gib=available,
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> tuple[float | None, float | None]:
    """Memory in all and still to be had; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        kib = {line.partition(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
        return kib["MemTotal"] / 2**20, kib["MemAvailable"] / 2**20
    except (OSError, KeyError):
        pass
    if hasattr(os, "sysconf") and {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(os.sysconf_names):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, None
    return None, None


def _packages() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _providers() -> Providers:
    import onnxruntime

    from runlean.models.providers import choose_providers, probe_gpu

    usable = probe_gpu().usable
    return Providers(
        listed=tuple(onnxruntime.get_available_providers()),
        usable=tuple(sorted(usable)),
        taken_by_auto=choose_providers("auto", usable)[0],
    )


def _decoders(gpu: Gpu) -> Decoders:
    import av
    from av.codec import Codec, codecs_available
    from av.codec.hwaccel import HWDeviceType

    from runlean.device.diagnosis import engines_of

    built = []
    for name in _CODECS:
        # AV1 is opened with libdav1d where FFmpeg has it, and that uses no engines
        if name in codecs_available and not (name == "av1" and "libdav1d" in codecs_available):
            configs = Codec(name, "r").hardware_configs
            if any(c.device_type == HWDeviceType.cuda for c in configs):
                built.append(name)
    return Decoders(
        ffmpeg=".".join(str(n) for n in av.library_versions["libavcodec"]),
        cpu=tuple(name for name in _CODECS if name in codecs_available),
        nvdec_built=tuple(built),
        nvdec_usable=bool(gpu.devices and built),
        engines=engines_of(gpu),
    )


def _networks() -> tuple[Network, ...]:
    from runlean.models import check_models, model_info

    return tuple(
        Network(name, ok, sha256, message)
        for name, path, ok, sha256, message in check_models()
        if path is not None or model_info(name).shipped
    )


def _folders() -> tuple[Folder, ...]:
    import numba

    import runlean_kernels.jit  # noqa: F401  (sets the folder of compiled code)
    from runlean_kernels.folders import user_cache_dir

    places = {
        "cache": user_cache_dir(),
        "compiled kernels": Path(getattr(numba.config, "CACHE_DIR", "") or user_cache_dir()),
    }
    return tuple(Folder(purpose, str(path), _writable(path), _mib(path)) for purpose, path in places.items())


def _writable(path: Path) -> bool:
    """Whether a file can be made in the folder, or in the nearest one above it that exists; asked by making one."""
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


def _mib(path: Path) -> float:
    total = 0
    for file in path.rglob("*"):
        with contextlib.suppress(OSError):  # other processes write aside, rename and remove meanwhile
            status = file.stat()
            total += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return total / 2**20


def _speed() -> Speed | None:
    """About two seconds of work; None where the network or the clip does not open."""
    import numpy as np

    from runlean.clips import clip_path
    from runlean.models import load_pose_model

    try:
        model = load_pose_model("movenet-thunder", tensorrt="off")  # its engines may not be built yet: minutes each
        batch = np.zeros((2, model.info.input_height, model.info.input_width, 3), np.uint8)
        model.predict(batch)
        seconds_per_batch = _seconds_each(lambda: model.predict(batch))

        seconds_per_clip = _seconds_each(lambda: _n_frames(clip_path(_SPEED_CLIP)))
        frames = _n_frames(clip_path(_SPEED_CLIP))
    except RunleanError:
        return None
    return Speed(1e3 * seconds_per_batch / len(batch), frames / seconds_per_clip)


def _n_frames(path: Path) -> int:
    """Decode a whole clip."""
    from runlean.video import VideoReader

    with VideoReader(path) as reader:
        return sum(1 for _ in reader)


def _seconds_each(work: Callable[[], object]) -> float:
    """Best time of one call, over calls for `_SPEED_TEST_S` seconds: other processes only ever add."""
    best = float("inf")
    end = time.perf_counter() + _SPEED_TEST_S
    while True:
        started = time.perf_counter()
        work()
        now = time.perf_counter()
        best = min(best, now - started)
        if now >= end:
            return best
