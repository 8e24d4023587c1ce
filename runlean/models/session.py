"""A network opened in ONNX Runtime: provider checked, optimised graph kept, batches cut to what runs best."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from runlean.errors import DeviceError, ModelError
from runlean.models.on_gpu import OneSession, Sessions, ShapedSessions, cuda_options, open_on_gpu, session_options
from runlean.models.providers import CPU, CUDA, TENSORRT, choose_providers, parse_device, probe_gpu
from runlean_kernels.folders import user_cache_dir, writable_folder

if TYPE_CHECKING:
    from runlean.models.engines import Told
    from runlean.models.family import DeviceBatch

Array = npt.NDArray[Any]

#: Crops per call on the CPU. One thread, movenet-thunder, milliseconds per crop at batch 1, 2, 4, 8, 16: 33,
#: 33, 33, 44, 51 on a quiet machine; beside other work 35, 36, 38, 44, 51 (the activations leave the cache).
#: Two saves calls.
CPU_BATCH: Final = 2

#: On a GPU every shape has a session, a plan or an engine of its own: batches are padded to one of these.
GPU_BUCKETS: Final = (1, 4, 16, 64)


def split_batch(n: int, provider: str) -> list[tuple[int, int, int]]:
    """How to cut a batch of ``n``: (start, stop, rows of the call); rows beyond stop - start are padding.

    Examples
    --------
    >>> split_batch(5, "CPUExecutionProvider")
    [(0, 2, 2), (2, 4, 2), (4, 5, 1)]
    >>> split_batch(70, "CUDAExecutionProvider")
    [(0, 64, 64), (64, 70, 16)]
    """
    if provider == CPU:
        starts = range(0, n, CPU_BATCH)
        return [(a, min(a + CPU_BATCH, n), min(a + CPU_BATCH, n) - a) for a in starts]
    calls = []
    start = 0
    while start < n:
        rows = min(n - start, GPU_BUCKETS[-1])
        bucket = next(b for b in GPU_BUCKETS if b >= rows)
        calls.append((start, start + rows, bucket))
        start += rows
    return calls


class Network:
    """One ONNX file, open.

    Parameters
    ----------
    path : Path
    sha256 : str
        Of the file; names its optimised graph in the cache folder.
    device : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``tensorrt``.
    threads : int
        Threads inside one call. Several Python threads with one each ran faster than one with several when
        measured (17 against 22 ms per crop on two cores), and `run` may be called from many at once.

    precision : {"fp32", "fp16"}
        ``fp16`` computes the convolutions in half precision (see `runlean.models.half`).
    tensorrt : {"auto", "off"}
        ``auto`` takes TensorRT on a GPU where it can be loaded, see `choose_providers`.
    told : callable, optional
        Told how many of TensorRT's engines are there, of how many, while some have to be built: minutes each.

    Raises
    ------
    DeviceError
        A GPU was asked for and cannot be used.
    ModelError
        ONNX Runtime cannot open the file, or it cannot be brought to half precision.
    """

    def __init__(
        self, path: Path, sha256: str, *, device: str = "auto", threads: int = 1, precision: str = "fp32",
        tensorrt: str = "auto", told: Told | None = None,
    ) -> None:  # fmt: skip
        if precision == "fp16":
            path, sha256 = half_file(path, sha256)
        self.path = path
        self.sha256 = sha256
        #: In one line each, what was wanted of a GPU and could not be used.
        self.notes: list[str] = []
        kind, index = parse_device(device)
        gpu = probe_gpu() if kind != "cpu" else None
        providers = choose_providers(device, gpu.usable, gpu.lack, gpu.n_gpus, tensorrt) if gpu else (CPU,)
        session = None if providers[0] == CPU else _open_on_gpu(path, threads, index, device)
        self._session = session or _open_on_cpu(path, sha256, threads)
        self.provider: str = self._session.get_providers()[0]
        self.inputs = [(i.name, i.type, tuple(i.shape)) for i in self._session.get_inputs()]
        self.outputs = [(o.name, tuple(o.shape)) for o in self._session.get_outputs()]
        self.sessions: Sessions = OneSession(self._session)
        if session is not None:
            shaped = ShapedSessions(path, index, threads, self.inputs[0][2], session)
            self.sessions = shaped
            if providers[0] == TENSORRT:
                self._take_tensorrt(shaped, index, threads, told, asked=kind == "tensorrt")

    def _take_tensorrt(
        self, sessions: ShapedSessions, index: int, threads: int, told: Told | None, *, asked: bool
    ) -> None:
        """Run the sizes of batch on TensorRT where it takes the network; an input of any size stays with CUDA's own."""
        from runlean.models.engines import EngineError, open_engines

        name, _, axes = self.inputs[0]
        try:
            engines = open_engines(self.path, self.sha256, index, threads, (name, axes), GPU_BUCKETS, told)
        except (EngineError, OSError) as error:
            line = f"{self.path.stem}: TensorRT was not taken ({error})"
            if asked:
                raise DeviceError(f"device tensorrt: {line}; use --device cuda") from error
            self.notes.append(f"{line}; CUDA's own provider runs it, --tensorrt off leaves out the try")
            return
        if engines:
            sessions.take(engines)
            self.provider = TENSORRT

    def run(self, batch: Array | DeviceBatch, outputs: Sequence[str]) -> list[Array]:
        """Outputs by name for a batch of any length (n >= 1), cut into calls and put together again."""
        if not isinstance(batch, np.ndarray):
            return batch.run(self, outputs)
        name = self.inputs[0][0]
        fixed = self.inputs[0][2][0]
        n = len(batch)
        calls = split_batch(n, self.provider) if not isinstance(fixed, int) else list(_fixed_calls(n, fixed))
        parts = []
        for start, stop, rows in calls:
            part = batch[start:stop]
            if rows > stop - start:
                part = np.concatenate((part, np.zeros((rows - (stop - start), *part.shape[1:]), part.dtype)))
            try:
                results = self.sessions.of(part.shape).run(list(outputs), {name: np.ascontiguousarray(part)})
            except Exception as error:  # bare RuntimeErrors, and errors of ONNX Runtime's own that are no more
                if self.provider == CPU:
                    raise
                raise device_failure(self.path.stem, error) from error
            parts.append([result[: stop - start] for result in results])
        return [part[0] if len(parts) == 1 else np.concatenate(part) for part in zip(*parts, strict=True)]


def device_failure(network: str, error: Exception) -> DeviceError:
    """What ONNX Runtime raised on a GPU, as one line that says what to do."""
    reason = " ".join(str(error).split())[:200]
    return DeviceError(f"{network} on the GPU: ONNX Runtime gave {reason}; run fewer workers, or use --device cpu")


def _fixed_calls(n: int, rows: int) -> Iterator[tuple[int, int, int]]:
    """Cuts for a graph whose batch axis is a fixed number."""
    for start in range(0, n, rows):
        yield start, min(start + rows, n), rows


def _open_on_gpu(path: Path, threads: int, index: int, device: str) -> Any | None:
    """A session on CUDA's own provider; None where ONNX Runtime did not take it and ``auto`` lets it.

    Raises
    ------
    DeviceError
        The GPU was asked for.
    """
    session, reason = open_on_gpu(path, threads, [cuda_options(index)])
    if session is None and parse_device(device)[0] != "auto":
        raise DeviceError(
            f"device {device}: expected {CUDA} for {path.stem}, ONNX Runtime did not take it ({reason}); compare the "
            "versions that 'runlean doctor' shows, or use --device cpu"
        )
    return session


def _open_on_cpu(path: Path, sha256: str, threads: int) -> Any:
    cached = _optimised_graph(path, sha256)
    if cached is not None:
        try:
            return ort.InferenceSession(str(cached), session_options(threads), providers=[CPU])
        except Exception:  # a damaged copy in the cache: make it anew next time, take the original now
            with contextlib.suppress(OSError):
                cached.unlink()
    try:
        return ort.InferenceSession(str(path), session_options(threads), providers=[CPU])
    except Exception as error:
        reason = str(error).splitlines()[0][:200]
        raise ModelError(f"{path.name}: expected an ONNX network that ONNX Runtime opens; {reason}") from error


def half_file(path: Path, sha256: str) -> tuple[Path, str]:
    """The file at half precision, made once and kept in the cache folder, and a name for what is derived from it.

    Raises
    ------
    ModelError
        Where the graph cannot be brought to half precision, or no folder can be written.
    """
    from runlean.models.half import to_half

    folder = writable_folder(user_cache_dir() / "graphs")
    if folder is None:
        raise ModelError(f"{path.name} at fp16: expected a cache folder that can be written; set RUNLEAN_CACHE_DIR")
    kept, name = folder / f"{sha256[:16]}-half.onnx", f"{sha256[:11]}-half"
    if kept.is_file():
        return kept, name
    try:
        half = to_half(path.read_bytes())
    except (OSError, ValueError, IndexError):
        half = None
    if half is None:
        raise ModelError(f"{path.name} at fp16: expected convolutions and plain operators before them; use fp32")
    handle, temporary = tempfile.mkstemp(suffix=".onnx", dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(half)
    os.replace(temporary, kept)
    return kept, name


def _optimised_graph(path: Path, sha256: str) -> Path | None:
    """The graph with constants folded and nodes fused, saved once; None where no folder can be written.

    movenet-thunder opens in 35 CPU-ms from it and in 95 from the original; answers are the same bit by bit.
    Saved at the extended level, which does not depend on the CPU (the layout of the full level does), so that
    machines may share a cache folder; the rest is done when it is opened.
    """
    name = f"{sha256[:16]}-ort{ort.__version__}-cpu.onnx"
    folder = writable_folder(user_cache_dir() / "graphs")
    if folder is None:
        return None
    cached = folder / name
    if cached.is_file():
        return cached
    handle, temporary = tempfile.mkstemp(suffix=".onnx", dir=folder)
    os.close(handle)
    try:
        options = session_options(1)
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = temporary
        ort.InferenceSession(str(path), options, providers=[CPU])
        os.replace(temporary, cached)
    except Exception:  # a full disk, or a file that is no network: the caller opens the original and says so
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        return None
    return cached
