"""Several decoders on one video: groups of pictures that need nothing of each other, at once, given in order."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Final

import av

if TYPE_CHECKING:
    Packet = av.Packet[av.VideoStream]
    #: Decodes a packet (None flushes) with a decoder: its pictures.
    Decode = Callable[[av.VideoCodecContext, Packet | None], Iterable[av.VideoFrame]]

_END: Final = object()
_POLL_S: Final = 0.1
#: Pictures of one group that may wait: phones start a group every second or half second.
GROUP_ROOM: Final = 128
#: Packets in which a second group must begin; of a video without one, all packets would be held at once.
GROUP_SEARCH: Final = 1024


def closed_groups(packets: Iterable[Packet]) -> Iterator[list[Packet]]:
    """Packets in runs that can be decoded on their own: nothing behind a run's first key frame looks before it.

    A key frame whose followers are shown before it (an open group: they lean on the group before) starts no run, nor
    does one whose time stamps are missing. The empty packet at the end belongs to the last run.
    """
    run: list[Packet] = []
    tail: list[Packet] = []  # from the last key frame on, not yet known to be closed
    for packet in packets:
        if packet.is_keyframe and packet.size:
            if tail:
                yield from _settled(run, tail)
                tail = []
            tail = [packet]
        elif tail:
            tail.append(packet)
        else:
            run.append(packet)
    if tail:
        yield from _settled(run, tail)
    if run:
        yield run


def _settled(run: list[Packet], tail: list[Packet]) -> Iterator[list[Packet]]:
    """Start a new run with ``tail`` where it is closed, else put it behind ``run``; ``run`` is what goes on."""
    first = tail[0].pts
    closed = first is not None and all(p.pts is not None and p.pts > first for p in tail[1:] if p.size)
    if closed and run:
        yield list(run)
        run.clear()
    run.extend(tail)


def decoded_in_groups(
    packets: Iterable[Packet], decoders: list[av.VideoCodecContext], decode: Decode, room: int
) -> Generator[av.VideoFrame]:
    """Pictures of a stream in order, from several decoders at once.

    Parameters
    ----------
    packets : iterable of Packet
        In the file's order; taken by the thread that iterates.
    decoders : list of VideoCodecContext
        Alike; each is used by one thread at a time, and flushed between runs.
    decode : callable
        Given a decoder and a packet, or None to flush; must swallow what cannot be decoded.
    room : int
        Pictures of one run that may wait. Shorter runs decode entirely at once; of longer ones as much as this.
    """
    free: queue.SimpleQueue[av.VideoCodecContext] = queue.SimpleQueue()
    for decoder in decoders:
        free.put(decoder)
    stop = threading.Event()
    waiting: deque[queue.Queue[object]] = deque()
    threads: list[threading.Thread] = []
    groups = closed_groups(packets)
    try:
        while True:
            while len(waiting) < len(decoders):
                group = next(groups, None)
                if group is None:
                    break
                out: queue.Queue[object] = queue.Queue(maxsize=max(1, room))
                waiting.append(out)
                thread = threading.Thread(
                    target=_decode_group, args=(group, free, decode, out, stop), name="runlean-group", daemon=True
                )
                threads = [t for t in threads if t.is_alive()] + [thread]
                thread.start()
            if not waiting:
                return
            head = waiting[0]
            while (item := head.get()) is not _END:
                if isinstance(item, BaseException):
                    raise item
                assert isinstance(item, av.VideoFrame)
                yield item
            waiting.popleft()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _decode_group(
    group: list[Packet], free: queue.SimpleQueue[av.VideoCodecContext], decode: Decode, out: queue.Queue[object],
    stop: threading.Event,
) -> None:  # fmt: skip
    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                out.put(item, timeout=_POLL_S)
                return True
            except queue.Full:
                continue
        return False

    decoder = free.get()
    try:
        for packet in (*group, None) if group[-1].size else group:
            for picture in decode(decoder, packet):
                if not put(picture):
                    return
        put(_END)
    except BaseException as error:  # handed on to the thread that iterates
        put(error)
    finally:
        decoder.flush_buffers()
        free.put(decoder)
