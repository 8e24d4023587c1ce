"""Graphs that runlean writes itself, opened where a device's networks run."""

from __future__ import annotations

from typing import Any

import onnxruntime as ort

from runlean.device.memory import DeviceMemory
from runlean.errors import DeviceError
from runlean.models.providers import CPU, CUDA


def open_graph(graph: bytes, memory: DeviceMemory) -> Any:
    """A session on a device's provider.

    Parameters
    ----------
    graph : bytes
        The ONNX file.
    memory : DeviceMemory
        Its kind chooses the provider.

    Raises
    ------
    DeviceError
        Where ONNX Runtime took another provider: it would answer, from copies of everything on the CPU.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    if memory.kind != "cuda":
        return ort.InferenceSession(graph, options, providers=[CPU])
    # tensor cores' shortened float32 (TF32) would cost up to 0.1 grey levels and win little here
    wanted = (CUDA, {"device_id": str(memory.index), "use_tf32": "0"})
    try:
        # by default the wrapper prints to stdout and opens the graph again on GPU 0
        session = ort.InferenceSession(graph, options, providers=[wanted, CPU], enable_fallback=0)
    except Exception as error:  # ONNX Runtime raises bare RuntimeErrors of its own
        reason = " ".join(str(error).split())[:200]
        raise DeviceError(f"graphs on GPU {memory.index}: ONNX Runtime gave {reason}; use --device cpu") from error
    taken = session.get_providers()[0]
    if taken != CUDA:
        raise DeviceError(f"graphs on GPU {memory.index}: expected {CUDA}, ONNX Runtime took {taken}; use --device cpu")
    return session
