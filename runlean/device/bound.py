"""A network that reads its crops where they lie: buffers bound once per batch size, answers copied back once."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from runlean.device.memory import DeviceArray, DeviceMemory
from runlean.errors import RunleanError
from runlean.models.session import Network, device_failure, split_batch

Array = npt.NDArray[Any]

#: Buffers per batch size: one is filled while the network runs on the other.
_SLOTS: Final = 2
#: ONNX Runtime captures behind some runs of its own choice: after so many it must have, while nobody else is at work.
_CAPTURE_RUNS: Final = 4
#: Greatest difference of a replayed CUDA graph from a plain run on the same crops; 0 was expected, so this is generous.
_REPLAY_TOLERANCE: Final = 1e-4


@dataclass(slots=True)
class _Slot:
    """A buffer, the network's values for it, and how the sessions of its shape are bound to both."""

    crops: DeviceArray
    graph_id: int
    session: Any
    values: list[Any] = field(default_factory=list)
    plain: Any = None
    captured: Any = None
    replay: Any = None


class BoundNetwork:
    """One network's buffers on a device.

    Parameters
    ----------
    network : Network
    memory : DeviceMemory
    graphs : bool
        Replay batches as CUDA graphs where ONNX Runtime allows it.
    note : callable, optional
        Told in one line what could not be used.

    Notes
    -----
    ONNX Runtime keeps a CUDA graph per thread and captures it while no other thread uses the GPU (see `Gate`). So
    one thread of its own captures and replays, and captures only in `capture`, which the device calls when it is
    quiet; a size of batch that was not captured then, or whose replay differs, runs plainly.
    """

    def __init__(
        self, network: Network, memory: DeviceMemory, graphs: bool = False, note: Callable[[str], None] | None = None
    ) -> None:
        # not the network itself: the device keeps this as long as that lives (`Device.bound`), and no longer
        self._name, self._provider, self._input = network.path.stem, network.provider, network.inputs[0]
        self._memory = memory
        self._sessions, self._graphs = network.sessions, graphs
        self._note = note or (lambda _line: None)
        self._slots: dict[tuple[tuple[int, ...], tuple[str, ...]], queue.SimpleQueue[_Slot]] = {}
        self._lock, self._runs = threading.Lock(), threading.Lock()
        self._next_id = 1
        self._replayer = ThreadPoolExecutor(1, thread_name_prefix="runlean-graphs") if graphs else None

    @property
    def uses_graphs(self) -> bool:
        """Batches of sizes that were captured are replayed as CUDA graphs."""
        return self._graphs

    def calls(self, n: int) -> list[tuple[int, int, int]]:
        """How a batch of ``n`` is cut: (start, stop, rows of the buffer)."""
        fixed = self._input[2][0]
        if isinstance(fixed, int):
            return [(a, min(a + fixed, n), fixed) for a in range(0, n, fixed)]
        return split_batch(n, self._provider)

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
            if slot.replay is None or self._replayer is None:
                return self._answer(slot, outputs, after)
            return self._replayer.submit(self._answer, slot, outputs, after).result()

    def capture(self, shape: tuple[int, ...], outputs: Sequence[str]) -> None:
        """Capture both buffers of a size, once; nothing else may use the GPU meanwhile."""
        if self._replayer is None:
            return
        with self._slot(shape, outputs) as first, self._slot(shape, outputs) as second:
            if not self._graphs or first.replay is not None:
                return
            captured = self._sessions.captured(shape)
            if captured is None:
                self._graphs = False
                self._note(f"{self._name}: ONNX Runtime refuses CUDA graphs for it; plain runs are used")
            for slot in (first, second):
                if self._graphs:
                    slot.captured = captured
                    self._replayer.submit(self._capture, slot, outputs).result()

    def _answer(
        self, slot: _Slot, outputs: Sequence[str], after: Callable[[Sequence[Any]], list[Array]] | None
    ) -> list[Array]:
        with self._runs, self._said():
            if not slot.values:
                self._learn(slot, outputs)
            if slot.replay is not None and self._graphs:
                self._run(slot.captured, slot.replay, slot.graph_id)
            else:
                self._run(slot.session, slot.plain)
            return after(slot.values) if after is not None else [np.array(value.numpy()) for value in slot.values]

    def _learn(self, slot: _Slot, outputs: Sequence[str]) -> None:
        """Run once on whatever lies in the buffer, to learn the outputs' shapes."""
        first = self._binding(slot.session, slot)
        for output in outputs:
            first.bind_output(output, self._memory.kind, self._memory.index)
        self._run(slot.session, first)
        slot.values = first.get_outputs()
        slot.plain = self._bound_to(slot.session, slot, outputs)

    def _capture(self, slot: _Slot, outputs: Sequence[str]) -> None:
        with self._runs, self._said():
            if not slot.values:
                self._learn(slot, outputs)
            if self._replays(slot, outputs):
                return
        self._note(f"{self._name}: CUDA graphs gave other answers than plain runs, or failed: they are not used")
        self._graphs = False

    def _replays(self, slot: _Slot, outputs: Sequence[str]) -> bool:
        """Capture on other crops, replay, and compare with a plain run: a replay must read what lies there now."""
        rng = np.random.default_rng(0)
        crops, others = (rng.integers(0, 256, slot.crops.shape, np.uint8) for _ in range(2))
        self._put(slot, crops)
        self._run(slot.session, slot.plain)
        expected = [np.array(value.numpy()) for value in slot.values]
        self._put(slot, others)
        self._run(slot.session, slot.plain)  # so that what was expected is not there already
        try:
            slot.replay = self._bound_to(slot.captured, slot, outputs)
            for content in (*[others] * _CAPTURE_RUNS, crops):
                self._put(slot, content)
                self._run(slot.captured, slot.replay, slot.graph_id)
        except Exception:  # ONNX Runtime raises bare RuntimeErrors of its own; the caller says so and goes on without
            return False
        found = [np.array(value.numpy()) for value in slot.values]
        return all(
            np.allclose(a, b, rtol=0, atol=_REPLAY_TOLERANCE, equal_nan=True)
            for a, b in zip(expected, found, strict=True)
        )

    def _put(self, slot: _Slot, crops: npt.NDArray[np.uint8]) -> None:
        self._memory.write(slot.crops, crops)
        self._memory.synchronize()

    def _run(self, session: Any, binding: Any, graph_id: int = -1) -> None:
        session.run_with_iobinding(binding, self._options(graph_id))
        binding.synchronize_outputs()

    def _binding(self, session: Any, slot: _Slot) -> Any:
        binding = session.io_binding()
        name, memory = self._input[0], self._memory
        binding.bind_input(name, memory.kind, memory.index, np.uint8, list(slot.crops.shape), slot.crops.pointer)
        return binding

    def _bound_to(self, session: Any, slot: _Slot, outputs: Sequence[str]) -> Any:
        binding = self._binding(session, slot)
        for output, value in zip(outputs, slot.values, strict=True):
            binding.bind_ortvalue_output(output, value)
        return binding

    def _options(self, graph_id: int) -> Any:
        if self._memory.kind != "cuda" or graph_id < 0:
            return None
        options = ort.RunOptions()
        options.add_run_config_entry("gpu_graph_id", str(graph_id))
        return options

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """What ONNX Runtime raises, as one line."""
        try:
            yield
        except RunleanError:
            raise
        except Exception as error:  # bare RuntimeErrors, and errors of its own that are no more than that
            raise device_failure(self._name, error) from error

    @contextlib.contextmanager
    def _slot(self, shape: tuple[int, ...], outputs: Sequence[str]) -> Iterator[_Slot]:
        with self._lock:
            key = shape, tuple(outputs)
            if key not in self._slots:
                self._slots[key] = queue.SimpleQueue()
                session = self._sessions.of(shape)
                for _ in range(_SLOTS):
                    self._slots[key].put(_Slot(self._memory.allocate(shape, np.uint8), self._next_id, session))
                    self._next_id += 1
        waiting = self._slots[key]
        slot = waiting.get()
        try:
            yield slot
        finally:
            waiting.put(slot)
