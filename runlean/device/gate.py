"""Who may use a GPU just now: everybody, or one thread that needs it quiet."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Gate:
    """Many pass at once; whoever enters `alone` waits until all are out, and lets nobody in meanwhile.

    ONNX Runtime captures CUDA graphs in the global mode (``core/providers/cuda/cuda_graph.cc``: "For now cuda graph can
    only work with a single thread"): a copy, an allocation or a decoded picture of another thread is an error in that
    thread then, and ends the capture.

    Examples
    --------
    >>> gate = Gate()
    >>> with gate.alone(), gate.passed():  # the one who is alone passes
    ...     pass
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = self._waiting = 0
        self._owner: int | None = None
        self._mine = threading.local()

    @contextlib.contextmanager
    def passed(self) -> Iterator[None]:
        """Use the GPU beside others; may be nested."""
        depth = getattr(self._mine, "depth", 0)
        counts = depth == 0 and self._owner != threading.get_ident()
        if counts:
            with self._changed:  # who waits to be alone goes first, or decoders would never let it
                self._changed.wait_for(lambda: self._owner is None and not self._waiting)
                self._inside += 1
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if counts:
                with self._changed:
                    self._inside -= 1
                    self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Use the GPU with nobody beside; not to be entered from within `passed`."""
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: self._owner is None and self._inside == 0)
                self._owner = threading.get_ident()
            finally:
                self._waiting -= 1
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._owner = None
                self._changed.notify_all()
