"""TensorRT's engines: one per network, precision, size of batch and GPU, built once and kept in the cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import onnxruntime as ort

from runlean.models.libraries import load_tensorrt_builder, tensorrt_version
from runlean.models.on_gpu import Shape, cuda_options, open_on_gpu
from runlean.models.providers import TENSORRT, gpu_name
from runlean_kernels.folders import user_cache_dir, writable_folder

#: Told how many of a network's engines are there, of how many.
Told = Callable[[int, int], None]

#: Folders of engines that are being built begin so.
_ASIDE: Final = ".building-"
#: Options that an engine was built with; another set is another engine.
_SETTINGS: Final = "1"


class EngineError(RuntimeError):
    """TensorRT cannot run a network: why, in words for the middle of a line."""


def shapes_for(axes: Sequence[str | int | None], buckets: Sequence[int]) -> list[Shape]:
    """Shapes of the engines that a network needs; none where its input has no fixed size of picture.

    Parameters
    ----------
    axes : sequence of str, int or None
        Of the network's input, batch first, as the file has them.
    buckets : sequence of int
        Sizes of batch, where the file leaves it open.

    Examples
    --------
    >>> shapes_for(("N", 256, 256, 3), (1, 4))
    [(1, 256, 256, 3), (4, 256, 256, 3)]
    >>> shapes_for(("N", "H", "W", 3), (1, 4))
    []
    """
    rest = [size for size in axes[1:] if isinstance(size, int)]
    if len(rest) < len(axes) - 1:
        return []
    rows = [axes[0]] if isinstance(axes[0], int) else buckets
    return [(n, *rest) for n in rows]


def versions() -> str:
    """What an engine depends on besides network and GPU: engines of other versions are to be dropped (ORT's manual)."""
    return f"onnxruntime {ort.__version__}, TensorRT {tensorrt_version()}, {_SETTINGS}"


def engine_folder(root: Path, name: str, sha256: str, shape: Shape, gpu: str, made_with: str) -> Path:
    """Where one engine lies.

    ONNX Runtime tells engines apart by the network's names and not by its weights, and finds no fault with one of
    another version: so each has a folder of its own, named by all that it depends on.
    """
    text = "|".join((sha256, "x".join(map(str, shape)), gpu, made_with))
    return root / f"{name}-{shape[0]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def engine_options(index: int, folder: Path, *, half: bool, profile: str = "") -> tuple[str, dict[str, str]]:
    """The TensorRT provider and its options.

    Parameters
    ----------
    index : int
        Number of the GPU.
    folder : Path
        Of this engine; the timings that building takes are kept beside it, for the next.
    half : bool
        Compute in float16 where it is faster.
    profile : str
        ``name:1x3x256x192``: the input's shape, where an axis has no name to fix it by.
    """
    options = {
        "device_id": str(index),
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(folder.parent),
    }
    if half:
        options["trt_fp16_enable"] = "1"
    for kind in ("min", "opt", "max") if profile else ():
        options[f"trt_profile_{kind}_shapes"] = profile
    return TENSORRT, options


def open_engines(
    path: Path,
    sha256: str,
    index: int,
    threads: int,
    network_input: tuple[str, Sequence[str | int | None]],
    buckets: Sequence[int],
    told: Told | None = None,
) -> dict[Shape, Any]:
    """Sessions on TensorRT for every size of batch, from engines that are there or are built now, minutes each.

    Parameters
    ----------
    path : Path
    sha256 : str
        Stands for the network in the engines' names.
    index : int
        Number of the GPU.
    threads : int
    network_input : (str, sequence)
        Name and axes.
    buckets : sequence of int
        Sizes of batch.
    told : callable, optional
        Told when an engine has to be built.

    Returns
    -------
    dict
        Empty where the network's input has no fixed size: TensorRT would build anew for every size it meets.

    Raises
    ------
    EngineError
        TensorRT does not take the network, or there is nowhere to keep engines.
    """
    name, axes = network_input
    shapes = shapes_for(axes, buckets)
    root = writable_folder(user_cache_dir() / "tensorrt")
    if root is None:
        raise EngineError(f"its engines cannot be kept in {user_cache_dir()}; set RUNLEAN_CACHE_DIR")
    gpu, made_with = gpu_name(index), versions()
    sessions = {}
    for done, shape in enumerate(shapes):
        engine = _Engine(path, index, threads, name, axes, shape)
        folder = engine_folder(root, path.stem, sha256, shape, gpu, made_with)
        session = engine.loaded(folder)
        if session is None:
            if told is not None:
                told(done, len(shapes))
            with _one_at_a_time(root):
                session = engine.loaded(folder) or engine.built(folder)  # somebody may just have built it
            if told is not None:
                told(done + 1, len(shapes))
        sessions[shape] = session
    return sessions


def missing_engines(
    stem: str, sha256: str, index: int, axes: Sequence[str | int | None], buckets: Sequence[int]
) -> int:
    """How many engines of a network would have to be built; parameters as for `open_engines`, ``stem`` of its file."""
    root, gpu, made_with = user_cache_dir() / "tensorrt", gpu_name(index), versions()
    folders = [engine_folder(root, stem, sha256, shape, gpu, made_with) for shape in shapes_for(axes, buckets)]
    return sum(not _holds_engine(folder) for folder in folders)


class _Engine:
    """One network at one shape."""

    def __init__(
        self, path: Path, index: int, threads: int, name: str, axes: Sequence[str | int | None], shape: Shape
    ) -> None:
        self._path, self._index, self._threads = path, index, threads
        self._fixed = {axis: size for axis, size in zip(axes, shape, strict=True) if isinstance(axis, str)}
        unnamed = any(axis is None for axis in axes)
        self._profile = f"{name}:{'x'.join(map(str, shape))}" if unnamed else ""

    def loaded(self, folder: Path) -> Any | None:
        """A session on the engine in a folder; None where there is none, or it does not load."""
        return self._opened(folder)[0] if _holds_engine(folder) else None

    def built(self, folder: Path) -> Any:
        """A session on a new engine, which is in its folder only once it is whole.

        What lies there and did not load goes only now: a GPU that is full for a moment loads nothing either.
        """
        load_tensorrt_builder()
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.parent))
        try:
            session, reason = self._opened(aside)
            if session is None:
                raise EngineError(reason)
            if not _holds_engine(aside):
                raise EngineError("it takes no part of the network")
            if folder.exists():
                old = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.parent))
                os.replace(folder, old)
                shutil.rmtree(old, ignore_errors=True)
            os.replace(aside, folder)
            return session
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _opened(self, folder: Path) -> tuple[Any | None, str]:
        half = self._path.stem.endswith("-half")
        wanted = [engine_options(self._index, folder, half=half, profile=self._profile), cuda_options(self._index)]
        return open_on_gpu(self._path, self._threads, wanted, self._fixed)


def _holds_engine(folder: Path) -> bool:
    return any(folder.glob("*.engine"))


@contextlib.contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Workers that start together build each engine once: who comes second waits and finds it."""
    with open(root / "lock", "a", encoding="utf-8") as file:
        with contextlib.suppress(ImportError, OSError):  # without locks the same work is done twice, and one is kept
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
            for left in root.glob(f"{_ASIDE}*"):  # by one that was killed
                shutil.rmtree(left, ignore_errors=True)
        yield
