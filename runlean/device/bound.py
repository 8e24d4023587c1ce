"""A network that reads its crops where they lie: buffers bound once per batch size, answers copied back once."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from runlean.device.memory import DeviceArray, DeviceMemory
from runlean.models.session import Network, split_batch

Array = npt.NDArray[Any]

#: Buffers per batch size: one is filled while the network runs on the other.
_SLOTS: Final = 2
#: Greatest difference of a replayed CUDA graph from a plain run on the same crops; 0 was expected, so this is generous.
_REPLAY_TOLERANCE: Final = 1e-4


@dataclass(slots=True)
class _Slot:
    crops: DeviceArray
    binding: Any
    graph_id: int
    values: list[Any] = field(default_factory=list)
    session: Any = None


class BoundNetwork:
    """One network's buffers on a device.

    Parameters
    ----------
    network : Network
    memory : DeviceMemory
    captured : session, optional
        The same network opened for CUDA graphs: used once it has answered like the plain one.
    note : callable, optional
        Told in one line what could not be used.
    """

    def __init__(
        self, network: Network, memory: DeviceMemory, captured: Any = None, note: Callable[[str], None] | None = None
    ) -> None:
        self._network, self._memory = network, memory
        self._session, self._plain = captured or network.session, network.session
        self._note = note or (lambda _line: None)
        self._slots: dict[tuple[tuple[int, ...], tuple[str, ...]], queue.SimpleQueue[_Slot]] = {}
        self._lock, self._runs = threading.Lock(), threading.Lock()
        self._next_id = 1

    @property
    def uses_graphs(self) -> bool:
        """Batches are replayed as CUDA graphs."""
        return self._session is not self._plain

    def calls(self, n: int) -> list[tuple[int, int, int]]:
        """How a batch of ``n`` is cut: (start, stop, rows of the buffer)."""
        fixed = self._network.inputs[0][2][0]
        if isinstance(fixed, int):
            return [(a, min(a + fixed, n), fixed) for a in range(0, n, fixed)]
        return split_batch(n, self._network.provider)

    def run(
        self, shape: tuple[int, ...], fill: Callable[[DeviceArray], None], outputs: Sequence[str],
        after: Callable[[Sequence[Any]], list[Array]] | None = None,
    ) -> list[Array]:  # fmt: skip
        """Fill a buffer and run the network on it.

        Parameters
        ----------
        shape : tuple of int
            Of the buffer: rows, H, W, 3.
        fill : callable
            Given the buffer; whatever it enqueues is waited for.
        outputs : sequence of str
        after : callable, optional
            Takes the outputs as ONNX Runtime's values, still on the device, and returns what is wanted of them.
        """
        with self._slot(shape, outputs) as slot:
            fill(slot.crops)
            self._memory.synchronize()
            with self._runs:
                values = self._run(slot, outputs)
                return after(values) if after is not None else [np.array(value.numpy()) for value in values]

    def _run(self, slot: _Slot, outputs: Sequence[str]) -> list[Any]:
        if not slot.values:
            self._prepare(slot, outputs)
        elif slot.session is not self._session:  # CUDA graphs were given up since
            self._bind(slot, outputs)
        self._session.run_with_iobinding(slot.binding, self._options(slot.graph_id))
        slot.binding.synchronize_outputs()
        return slot.values

    def _prepare(self, slot: _Slot, outputs: Sequence[str]) -> None:
        """Run once on whatever lies in the buffer, to learn the outputs' shapes, and to hold the replay to it."""
        name, shape = self._network.inputs[0][0], list(slot.crops.shape)
        device = (self._memory.kind, self._memory.index)
        first = self._plain.io_binding()
        first.bind_input(name, *device, np.uint8, shape, slot.crops.pointer)
        for output in outputs:
            first.bind_output(output, *device)
        self._plain.run_with_iobinding(first, self._options(-1))
        first.synchronize_outputs()
        slot.values = first.get_outputs()
        expected = [np.array(value.numpy()) for value in slot.values] if self.uses_graphs else []
        self._bind(slot, outputs)
        if self.uses_graphs and not self._replays(slot, expected):
            self._note("CUDA graphs gave other answers than plain runs, or failed: they are not used")
            self._session = self._plain
            self._bind(slot, outputs)

    def _replays(self, slot: _Slot, expected: Sequence[Array]) -> bool:
        """Capture, replay, compare."""
        try:
            for _ in range(2):
                self._session.run_with_iobinding(slot.binding, self._options(slot.graph_id))
                slot.binding.synchronize_outputs()
        except Exception:  # ONNX Runtime raises bare RuntimeErrors of its own; the caller says so and goes on without
            return False
        found = [np.array(value.numpy()) for value in slot.values]
        return all(
            np.allclose(a, b, rtol=0, atol=_REPLAY_TOLERANCE, equal_nan=True)
            for a, b in zip(expected, found, strict=True)
        )

    def _bind(self, slot: _Slot, outputs: Sequence[str]) -> None:
        slot.session, slot.binding = self._session, self._session.io_binding()
        slot.binding.bind_input(
            self._network.inputs[0][0], self._memory.kind, self._memory.index, np.uint8, list(slot.crops.shape),
            slot.crops.pointer,
        )  # fmt: skip
        for output, value in zip(outputs, slot.values, strict=True):
            slot.binding.bind_ortvalue_output(output, value)

    def _options(self, graph_id: int) -> Any:
        if self._memory.kind != "cuda":
            return None
        options = ort.RunOptions()
        options.add_run_config_entry("gpu_graph_id", str(graph_id if self.uses_graphs else -1))
        return options

    @contextlib.contextmanager
    def _slot(self, shape: tuple[int, ...], outputs: Sequence[str]) -> Iterator[_Slot]:
        with self._lock:
            key = shape, tuple(outputs)
            if key not in self._slots:
                self._slots[key] = queue.SimpleQueue()
                for _ in range(_SLOTS):
                    self._slots[key].put(_Slot(self._memory.allocate(shape, np.uint8), None, self._next_id))
                    self._next_id += 1
        waiting = self._slots[key]
        slot = waiting.get()
        try:
            yield slot
        finally:
            waiting.put(slot)
