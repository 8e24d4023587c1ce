"""Decoding a video, frame by frame, with honest times and a count of what was lost."""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from runlean.cores import usable_cores
from runlean.errors import VideoError
from runlean.video.clock import PresentationClock, Timing
from runlean.video.frame import Frame
from runlean.video.groups import GROUP_ROOM, GROUP_SEARCH, closed_groups, decoded_in_groups
from runlean.video.header import LEAST_MISSING_S, info_of, not_a_video, picture_stream, size_of
from runlean.video.layout import planes_of, to_native
from runlean.video.store import FrameStore

#: Reading errors in a row after which the rest of the file counts as lost.
_MAX_ERRORS_IN_A_ROW = 50


@dataclass(frozen=True, slots=True)
class Damage:
    """Pictures that the file should have held and did not give.

    Attributes
    ----------
    frames_lost : int
        How many, as far as the file's own index and the decoder can tell.
    message : str
        One line for people.
    """

    frames_lost: int
    message: str


def sha256_of(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file as 64 hex digits, read piece by piece."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class VideoReader:
    """The frames of a video file in order, once; open it again for another pass.

    Use it as a context manager. Decoding runs in FFmpeg's own threads and does not hold the GIL.

    Parameters
    ----------
    path : path-like
        A local file.
    threads : int
        Decoder threads; 0 takes one per core, up to 16.
    store : FrameStore, optional
        Keeps the frames on a device, and may decode them there.

    Attributes
    ----------
    info : VideoInfo
        Known from the start, the first picture having been decoded.

    Raises
    ------
    VideoError
        The file is missing, empty, no video, or holds no picture that can be decoded.

    Examples
    --------
    >>> with VideoReader("clip.mp4") as reader:  # doctest: +SKIP
    ...     times = [frame.time_s for frame in reader]
    >>> reader.timing.variable_frame_rate  # doctest: +SKIP
    False
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 0, store: FrameStore | None = None) -> None:
        self._path, self._store = Path(path), store
        self._turn: Callable[[], AbstractContextManager[None]] = nullcontext if store is None else store.turn
        self._size = size_of(self._path)
        try:
            # "file:" keeps FFmpeg from reading a colon in a name as a protocol
            self._container = av.open(
                f"file:{self._path}", "r", metadata_errors="replace", hwaccel=None if store is None else store.hwaccel()
            )
        except (av.error.FFmpegError, ValueError, RuntimeError) as error:
            raise not_a_video(self._path, error) from None
        try:
            self._open(threads)
        except BaseException:
            self._container.close()
            raise

    def _open(self, threads: int) -> None:
        stream = picture_stream(self._container, self._path)
        self._stream = stream
        stream.codec_context.thread_type = "AUTO"
        # engines of a GPU do the work themselves: threads in front of them only hold more pictures
        there = stream.codec_context.is_hwaccel
        stream.codec_context.thread_count = 1 if there else threads if threads > 0 else min(usable_cores(), 16)
        self._reformatter = VideoReformatter()
        self._failed_packets = 0
        self._unreadable = 0
        self._corrupt = 0
        self._beyond = 0
        self._index = 0
        self._ended = False
        self._count = threading.Lock()
        rate = stream.average_rate or stream.guessed_rate
        self._clock = PresentationClock(1.0 / float(rate) if rate else 1.0 / 30.0, float(stream.time_base or 0))
        self._decoders = 1 if self._store is None else self._store.decoders
        self._pictures = self._decode(self._decoders)
        first = next(self._pictures, None)
        if first is None:
            raise VideoError(
                f"{self._path}: expected a video, but no picture in it could be decoded "
                f"({stream.codec_context.name}); it may be damaged or incomplete: export or copy it again"
            )
        self._first: av.VideoFrame | None = first
        pix_fmt = first.format.name if self._store is None else self._store.header_of(first)
        self.info = replace(info_of(self._path, self._container, stream, first), pix_fmt=pix_fmt)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file and the decoder; frames already given stay valid."""
        self._pictures.close()
        self._first = None
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        waiting: deque[av.VideoFrame] = deque()
        pictures = self._pictures
        if self._first is not None:
            first, self._first = self._first, None
            waiting.append(first)
            for time_s in self._clock.push(_stamp_of(first)):
                yield self.frame_of(waiting.popleft(), time_s)
        for picture in pictures:
            waiting.append(picture)
            del picture
            for time_s in self._clock.push(_stamp_of(waiting[-1])):
                yield self.frame_of(waiting.popleft(), time_s)
        for time_s in self._clock.flush():
            yield self.frame_of(waiting.popleft(), time_s)

    def pictures_from(self, stamp: int) -> Iterator[av.VideoFrame]:
        """Pictures from the keyframe with this decoding stamp on, or the last before it, instead of from the start."""
        self._pictures.close()
        self._first = None
        self._container.seek(stamp, stream=self._stream, backward=True)
        self._pictures = self._decode(self._decoders)
        yield from self._pictures

    def frame_at(self, time_s: float, alike: Iterable[float] = ()) -> Frame | None:
        """The first frame at or after a time (stamp, seconds), or the last one; decoded from the keyframe before it.

        A frame at one of the times ``alike`` does as well where it comes sooner.
        """
        picture = None
        unit = float(self.info.time_base)
        stamp, others = round(time_s / unit), {round(other / unit) for other in alike}
        for picture in self.pictures_from(stamp):
            if picture.pts is None or picture.pts >= stamp or picture.pts in others:
                break
        return None if picture is None else self.frame_of(picture, time_s)

    @property
    def timing(self) -> Timing:
        """What the stamps of the frames read so far say; complete after the loop."""
        return self._clock.timing()

    @property
    def damage(self) -> Damage | None:
        """What was lost among the frames read so far, or None; complete after the loop."""
        tail = self._missing_at_end() if self._ended else 0
        lost = self._failed_packets + self._unreadable + self._corrupt + tail
        if not lost:
            return None
        parts = [
            f"{count} {what}"
            for count, what in (
                (self._failed_packets, "could not be decoded"),
                (self._corrupt, "decoded to a broken picture"),
                (self._unreadable, "could not be read from the file"),
                (tail, "missing from the file"),
            )
            if count
        ]
        return Damage(lost, f"{lost} frame{'s' if lost > 1 else ''} of the video lost: {', '.join(parts)}")

    def frame_of(self, picture: av.VideoFrame, time_s: float) -> Frame:
        """The next frame, from a decoded picture and its time."""
        if self._store is not None:
            device, layout = self._store.take(picture, self._reformatter, self.info)
            frame = Frame(self._index, time_s, (), layout, self.info, device)
        else:
            native, layout = to_native(picture, self._reformatter, self.info.coded_width, self.info.coded_height)
            frame = Frame(self._index, time_s, planes_of(native, layout), layout, self.info)
        self._index += 1
        return frame

    def _packets(self) -> Iterator[av.Packet[av.VideoStream]]:
        """Packets to the end of the file, going on behind what cannot be read; the empty one flushes."""
        errors = 0
        while errors < _MAX_ERRORS_IN_A_ROW:
            try:
                for packet in self._container.demux(self._stream):
                    errors = 0
                    yield packet
                return
            except av.error.FFmpegError:
                errors += 1
                self._unreadable += errors == 1

    def _decode(self, decoders: int) -> Generator[av.VideoFrame]:
        packets = self._packets()
        if decoders > 1:
            start = list(itertools.islice(packets, GROUP_SEARCH))
            at_once = len(start) < GROUP_SEARCH or len(list(closed_groups(start))) > 1
            packets = itertools.chain(start, packets)
            del start
            if at_once:
                yield from self._decode_at_once(packets, decoders)
                return
        flushed = False
        for packet in packets:
            flushed = packet.size == 0 and packet.dts is None
            yield from self._pictures_of(packet)
        if not flushed:
            yield from self._pictures_of(None)
        # a packet that the end cuts through still comes, and fails or is marked as corrupt
        self._beyond = sum(1 for entry in self._stream.index_entries if entry.pos >= self._size)
        self._ended = True

    def _decode_at_once(self, packets: Iterator[av.Packet[av.VideoStream]], n: int) -> Generator[av.VideoFrame]:
        own = self._stream.codec_context
        accelerator = None if self._store is None else self._store.hwaccel()
        decoders = [own]
        for _ in range(n - 1):
            another = cast(av.VideoCodecContext, av.CodecContext.create(own.codec, "r", accelerator))
            another.extradata, another.thread_type, another.thread_count = own.extradata, "AUTO", own.thread_count
            decoders.append(another)
        yield from decoded_in_groups(packets, decoders, self._pictures_by, GROUP_ROOM)
        self._beyond = sum(1 for entry in self._stream.index_entries if entry.pos >= self._size)
        self._ended = True

    def _pictures_by(
        self, decoder: av.VideoCodecContext, packet: av.Packet[av.VideoStream] | None
    ) -> Iterator[av.VideoFrame]:
        """`_pictures_of` by one of several decoders; None empties it."""
        if packet is None:
            packet = cast("av.Packet[av.VideoStream]", av.Packet())
            packet.time_base = self._stream.time_base or Fraction(1, 90_000)  # the last pictures' unit
        try:
            with self._turn():
                pictures = decoder.decode(packet)
        except av.error.FFmpegError:
            with self._count:
                self._failed_packets += 1
            return
        for picture in pictures:
            if picture.is_corrupt:
                with self._count:
                    self._corrupt += 1
            else:
                yield picture

    def _pictures_of(self, packet: av.Packet[av.VideoStream] | None) -> Iterator[av.VideoFrame]:
        try:
            with self._turn():
                pictures = self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            self._failed_packets += 1
            return
        for picture in pictures:
            if picture.is_corrupt:
                self._corrupt += 1
            else:
                yield picture

    def _missing_at_end(self) -> int:
        """Frames that the index places beyond the file's end, or that the header still expects."""
        if self._beyond:
            return self._beyond
        if self.info.container.startswith("mov"):
            return 0  # an edit list may shorten what the header counts; the index has spoken
        timing = self._clock.timing()
        # FFmpeg shortens the duration of a cut AVI to the bytes that are there, but not its count of frames
        expected = np.nanmax(
            [self.info.duration_s_from_header, self.info.n_frames_from_header / self.info.fps_from_header, 0.0]
        )
        if timing.n_frames < 2 or expected - timing.duration_s < LEAST_MISSING_S:
            return 0
        return round(float(expected - timing.duration_s) * timing.fps_from_timestamps)


def _stamp_of(picture: av.VideoFrame) -> float | None:
    stamp = picture.pts if picture.pts is not None else picture.dts
    return None if stamp is None or picture.time_base is None else float(stamp * picture.time_base)
