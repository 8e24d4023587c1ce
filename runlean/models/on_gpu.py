"""A network's sessions on a GPU: one per shape of its input, because ONNX Runtime plans for one shape at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import onnxruntime as ort

from runlean.models.providers import CPU, CUDA

Shape = tuple[int, ...]

#: Sessions of one network that are kept; a batch has four sizes, the detector's inputs up to 1536 px have 24 in all,
#: and a video few.
KEPT: Final = 24
#: The CUDA provider fuses a convolution with a Relu into a step that clears its output with ``cudaMemset``: on the
#: default stream, which ONNX Runtime's own does not wait for, and which no CUDA graph holds.
UNSAFE: Final = ("ConvActivationFusion",)

# The default logger speaks before any session's own level counts (it names missing GPU devices, for one).
ort.set_default_logger_severity(3)


def session_options(threads: int, severity: int = 3) -> Any:
    """Options that all sessions have in common."""
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


def cuda_options(index: int, **more: str) -> tuple[str, dict[str, str]]:
    """The CUDA provider and its options; sessions of one shape need no more memory than they ask for."""
    return CUDA, {"device_id": str(index), "arena_extend_strategy": "kSameAsRequested", **more}


def open_on_gpu(
    path: Path, threads: int, wanted: Sequence[Any], fixed: Mapping[str, int] | None = None
) -> tuple[Any | None, str]:
    """A session on the first of ``wanted``, or None and why ONNX Runtime did not take it.

    Parameters
    ----------
    path : Path
    threads : int
    wanted : sequence
        Providers, with their options.
    fixed : mapping of str to int, optional
        Sizes of named axes.
    """
    options = session_options(threads, severity=4)
    for name, size in (fixed or {}).items():
        options.add_free_dimension_override_by_name(name, size)
    first = wanted[0][0]
    try:
        # by default the wrapper prints to stdout and opens the file again without the options: on GPU 0, without graphs
        session = ort.InferenceSession(
            str(path), options, providers=[*wanted, CPU], enable_fallback=0, disabled_optimizers=UNSAFE
        )
    except Exception as error:  # ONNX Runtime raises bare RuntimeErrors of its own here; the caller says what to do
        return None, " ".join(str(error).split())[:200] or type(error).__name__
    taken = session.get_providers()[0]
    return (session, "") if taken == first else (None, f"ONNX Runtime took {taken}")


class Sessions(Protocol):
    """Where a network's sessions come from."""

    def of(self, shape: Shape) -> Any:
        """The session for an input of this shape."""
        ...

    def captured(self, shape: Shape) -> Any | None:
        """The same, opened for CUDA graphs; None where the provider or the graph does not allow them."""
        ...


class OneSession:
    """`Sessions` of a network that plans nothing by shape: on the CPU."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def of(self, shape: Shape) -> Any:
        """As in `Sessions`."""
        return self._session

    def captured(self, shape: Shape) -> Any | None:
        """As in `Sessions`."""
        return None


class ShapedSessions:
    """`Sessions` on a GPU.

    Parameters
    ----------
    path : Path
    index : int
        Number of the GPU.
    threads : int
    axes : sequence of str, int or None
        Of the input, as the file has them.
    main : session
        For any shape; taken where one of a fixed shape does not open.

    Notes
    -----
    The CUDA provider's convolutions keep the plan of the last shape and no other, and make it anew whenever the shape
    changes (``core/providers/cuda/nn/conv.cc``, ``UpdateState``): two sizes of batch in turn on one session cost every
    convolution's planning each time. The memory that a session took stays with it, so of many shapes only the `KEPT`
    last used are kept.
    """

    def __init__(self, path: Path, index: int, threads: int, axes: Sequence[str | int | None], main: Any) -> None:
        self._path, self._index, self._threads, self._main = path, index, threads, main
        self._axes = tuple(axes)
        self._kept: OrderedDict[Shape, Any] = OrderedDict()
        self._engines: dict[Shape, Any] = {}
        self._lock = threading.Lock()

    def of(self, shape: Shape) -> Any:
        """As in `Sessions`."""
        with self._lock:
            if shape in self._engines:
                return self._engines[shape]
            if shape not in self._kept:
                found, _ = open_on_gpu(self._path, self._threads, [cuda_options(self._index)], self.fixed(shape))
                self._kept[shape] = self._main if found is None else found
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(shape)
            return self._kept[shape]

    def captured(self, shape: Shape) -> Any | None:
        """As in `Sessions`."""
        wanted = [cuda_options(self._index, enable_cuda_graph="1")]
        return open_on_gpu(self._path, self._threads, wanted, self.fixed(shape))[0]

    def fixed(self, shape: Shape) -> dict[str, int]:
        """Sizes of the input's named axes for one shape."""
        return {name: size for name, size in zip(self._axes, shape, strict=True) if isinstance(name, str)}

    def take(self, engines: Mapping[Shape, Any]) -> None:
        """Use these for their shapes from now on."""
        self._engines.update(engines)
