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
from runlean.models.providers import CPU, CUDA, TENSORRT, choose_providers, parse_device, probe_gpu
from runlean_kernels.folders import user_cache_dir, writable_folder

if TYPE_CHECKING:
    from runlean.models.family import DeviceBatch

Array = npt.NDArray[Any]

#: Crops per call on the CPU. One thread, movenet-thunder, milliseconds per crop at batch 1, 2, 4, 8, 16: 33,
#: 33, 33, 44, 51 on a quiet machine; beside other work 35, 36, 38, 44, 51 (the activations leave the cache).
#: Two saves calls.
CPU_BATCH: Final = 2

#: On a GPU every new shape makes cuDNN search its algorithms anew: batches are padded to one of these.
GPU_BUCKETS: Final = (1, 4, 16, 64)

# The default logger speaks before any session's own level counts (it names missing GPU devices, for one).
ort.set_default_logger_severity(3)


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

    Raises
    ------
    DeviceError
        A GPU was asked for and cannot be used.
    ModelError
        ONNX Runtime cannot open the file, or it cannot be brought to half precision.
    """

    def __init__(
        self, path: Path, sha256: str, *, device: str = "auto", threads: int = 1, precision: str = "fp32"
    ) -> None:
        if precision == "fp16":
            path, sha256 = half_file(path, sha256)
        self.path = path
        self.sha256 = sha256
        self._session = _open(path, sha256, device, threads)
        self.provider: str = self._session.get_providers()[0]
        self._gpu = parse_device(device)[1]
        self.inputs = [(i.name, i.type, tuple(i.shape)) for i in self._session.get_inputs()]
        self.outputs = [(o.name, tuple(o.shape)) for o in self._session.get_outputs()]

    @property
    def session(self) -> Any:
        """ONNX Runtime's session, for buffers that are bound to it."""
        return self._session

    def captured(self) -> Any | None:
        """The network opened once more for CUDA graphs, or None where the provider or the graph does not allow them."""
        if self.provider != CUDA:
            return None
        options = {"device_id": str(self._gpu), "enable_cuda_graph": "1"}
        return _try_gpu(self.path, 1, [(CUDA, options), CPU], CUDA)

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
                results = self._session.run(list(outputs), {name: np.ascontiguousarray(part)})
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


def _options(threads: int, severity: int = 3) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    # A pattern is one block per input shape and thread, kept for good: with it two threads of movenet-thunder and three
    # sizes of the detector took 428 MB, without 380, at the same speed.
    options.enable_mem_pattern = False
    # Spinning threads burn what decoder and crops need: 57 against 37 CPU-ms per crop with 2 threads and 20
    # ms pauses.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = severity
    return options


def _open(path: Path, sha256: str, device: str, threads: int) -> Any:
    kind, index = parse_device(device)
    gpu = probe_gpu() if kind != "cpu" else None
    providers = choose_providers(device, gpu.usable, gpu.lack, gpu.n_gpus) if gpu else (CPU,)
    if providers[0] != CPU:
        session = _open_on_gpu(path, threads, providers, index)
        if session is not None:
            return session
        if kind != "auto":
            raise DeviceError(
                f"device {device}: expected {providers[0]}, ONNX Runtime fell back to another provider; compare the "
                f"versions that 'runlean doctor' shows, or use --device {'cuda' if kind == 'tensorrt' else 'cpu'}"
            )
    return _open_on_cpu(path, sha256, threads)


def _open_on_gpu(path: Path, threads: int, providers: Sequence[str], index: int) -> Any | None:
    """A session on the first of ``providers``, or None where ONNX Runtime did not take it."""
    wanted = [(p, _gpu_options(p, index, path)) if p != CPU else p for p in providers]
    return _try_gpu(path, threads, wanted, providers[0])


def _gpu_options(provider: str, index: int, path: Path) -> dict[str, str]:
    """Options of a GPU's provider: its number; TensorRT keeps its engines, minutes each, in the cache folder."""
    options = {"device_id": str(index)}
    if provider != TENSORRT:
        return options
    folder = writable_folder(user_cache_dir() / "tensorrt")
    if folder is not None:
        options |= {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(folder),
            "trt_timing_cache_enable": "1",
        }
    if path.stem.endswith("-half"):
        options["trt_fp16_enable"] = "1"
    return options


def _try_gpu(path: Path, threads: int, wanted: Sequence[Any], first: str) -> Any | None:
    try:
        # by default the wrapper prints to stdout and opens the file again without the options: on GPU 0, without graphs
        session = ort.InferenceSession(str(path), _options(threads, severity=4), providers=wanted, enable_fallback=0)
    except Exception:  # ONNX Runtime raises bare RuntimeErrors of its own here; the caller says what to do
        return None
    return session if session.get_providers()[0] == first else None


def _open_on_cpu(path: Path, sha256: str, threads: int) -> Any:
    cached = _optimised_graph(path, sha256)
    if cached is not None:
        try:
            return ort.InferenceSession(str(cached), _options(threads), providers=[CPU])
        except Exception:  # a damaged copy in the cache: make it anew next time, take the original now
            with contextlib.suppress(OSError):
                cached.unlink()
    try:
        return ort.InferenceSession(str(path), _options(threads), providers=[CPU])
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
        options = _options(1)
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = temporary
        ort.InferenceSession(str(path), options, providers=[CPU])
        os.replace(temporary, cached)
    except Exception:  # a full disk, or a file that is no network: the caller opens the original and says so
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        return None
    return cached
