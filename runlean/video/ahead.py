"""Frames decoded ahead in a thread of their own, few enough to keep memory flat."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable

from runlean.video.frame import Frame

_END = object()


def decoded_ahead(frames: Iterable[Frame], depth: int) -> Generator[Frame]:
    """Iterate over ``frames`` while a thread decodes up to ``depth`` further ones.

    An error in the thread is raised here, in its place among the frames. Closing the generator ends
    the thread: do so before the frames' source is closed.
    """
    waiting: queue.Queue[object] = queue.Queue(maxsize=max(1, depth))
    stop = threading.Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def decode() -> None:
        try:
            for frame in frames:
                if not put(frame):
                    return
            put(_END)
        except BaseException as error:  # handed on to the thread that reads
            put(error)

    thread = threading.Thread(target=decode, name="runlean-decode", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            assert isinstance(item, Frame)
            yield item
            del item
    finally:
        stop.set()
        thread.join()
