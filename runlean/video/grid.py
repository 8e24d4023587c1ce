"""How a long video is cut: a function of its content alone, so that it does not matter who does which piece, or when.

Cuts lie on the first keyframe after every `SEGMENT_S` seconds. Each segment is read from `BEFORE_S` before its first
frame, so that those who are followed are known when it begins, to `BEHIND_S` behind its last, so that whoever appears
at its end is seen long enough to count; over both they are told from one another across the seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import numpy as np
import numpy.typing as npt

from runlean.video.clock import PresentationClock, Timing
from runlean.video.frame import Frame
from runlean.video.header import LEAST_MISSING_S

if TYPE_CHECKING:
    from runlean.video.reader import VideoReader

#: Between two cuts, seconds of the video.
SEGMENT_S: Final = 60.0
#: Read before a segment's first frame and behind its last. Detection settles within a second or two.
BEFORE_S: Final = 2.0
BEHIND_S: Final = 1.0
#: Shorter videos are not cut.
LONG_S: Final = 180.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a video: frames by their number in the whole video.

    Attributes
    ----------
    first, stop : int
        Frames that the segment answers for.
    read_first, read_stop : int
        Frames that it reads.
    seek : int
        Stamp of the keyframe that decoding begins with.
    """

    first: int
    stop: int
    read_first: int
    read_stop: int
    seek: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """All frames of a video in the order of presentation, and its segments.

    Attributes
    ----------
    stamps : int64 (frame,)
        Presentation stamps.
    time_s : float64 (frame,)
        Seconds from the first frame, exactly as `VideoReader` gives them.
    timing : Timing
    segments : tuple of Segment
        One where the video is short, or cannot be cut.
    """

    stamps: npt.NDArray[np.int64]
    time_s: npt.NDArray[np.float64]
    timing: Timing | None
    segments: tuple[Segment, ...]

    @property
    def is_cut(self) -> bool:
        """There are several segments."""
        return len(self.segments) > 1


_WHOLE: Final = Grid(np.zeros(0, np.int64), np.zeros(0), None, (Segment(0, 0, 0, 0),))


def grid_of(path: Path) -> Grid:
    """Lay the grid over a video; reads its packets, decodes nothing.

    A video that is short, or whose stamps have faults, comes as one segment.
    """
    try:
        with av.open(f"file:{path}", "r", metadata_errors="replace") as container:
            stream = container.streams.best("video")
            if not isinstance(stream, av.VideoStream) or (container.duration or 0) < 1e6 * LONG_S:
                return _WHOLE
            unit = stream.time_base
            packets = [
                (p.pts, p.dts, p.is_keyframe, p.is_corrupt or p.pts is None)
                for p in container.demux(stream)
                if p.size and not p.is_discard
            ]
            rate = stream.average_rate or stream.guessed_rate
            # a file that was cut off is read in one pass, which counts what is missing
            size = path.stat().st_size
            beyond = any(entry.pos >= size for entry in stream.index_entries)
            promised_s = 0.0 if container.format.name.startswith("mov") else (container.duration or 0) / 1e6
    except (av.error.FFmpegError, OSError, ValueError):
        return _WHOLE
    if beyond or unit is None or not packets or any(fault for *_, fault in packets):
        return _WHOLE
    order = sorted((int(pts or 0), int(pts or 0) if dts is None else int(dts), key) for pts, dts, key, _ in packets)
    stamps = np.array([pts for pts, *_ in order], np.int64)
    if (np.diff(stamps) <= 0).any():
        return _WHOLE
    clock = PresentationClock(1.0 / float(rate) if rate else 1.0 / 30.0, float(unit))
    time_s = np.array([t for pts in stamps.tolist() for t in clock.push(float(pts * unit))])
    timing = clock.timing()
    if timing.stamps_mended or len(time_s) != len(stamps) or time_s[-1] < LONG_S:
        return _WHOLE
    if promised_s - timing.duration_s >= LEAST_MISSING_S:
        return _WHOLE
    keyframes = {i: dts for i, (_, dts, key) in enumerate(order) if key}
    return Grid(stamps, time_s, timing, tuple(_segments(keyframes, time_s)))


def _segments(keyframes: dict[int, int], time_s: npt.NDArray[np.float64]) -> Iterator[Segment]:
    """Segments over frames; ``keyframes`` are frames with the stamp by which the container finds them."""
    cuts = [0]
    for i in keyframes:
        if time_s[i] - time_s[cuts[-1]] >= SEGMENT_S and time_s[-1] - time_s[i] >= 0.5 * SEGMENT_S:
            cuts.append(i)
    for first, stop in zip(cuts, [*cuts[1:], len(time_s)], strict=True):
        read_first = int(np.searchsorted(time_s, time_s[first] - BEFORE_S))
        read_stop = int(np.searchsorted(time_s, time_s[stop - 1] + BEHIND_S, side="right"))
        seek = max((i for i in keyframes if i <= read_first), default=0)
        yield Segment(first, stop, read_first, read_stop, keyframes.get(seek, 0))


class SegmentFrames:
    """Frames of one segment from an open reader, numbered and timed from the segment's own first one.

    Parameters
    ----------
    reader : VideoReader
        Of the whole video, not yet read.
    grid : Grid
    number : int
        Of the segment.

    Attributes
    ----------
    complete : bool
        After the loop: every frame of the segment came, and no other.
    """

    def __init__(self, reader: VideoReader, grid: Grid, number: int) -> None:
        self._reader, self._grid, self._segment = reader, grid, grid.segments[number]
        self.complete = False

    def __iter__(self) -> Iterator[Frame]:
        first, stop = self._segment.read_first, self._segment.read_stop
        numbers = {int(stamp): first + i for i, stamp in enumerate(self._grid.stamps[first:stop].tolist())}
        end = int(self._grid.stamps[stop - 1])
        expected = first
        for picture in self._reader.pictures_from(self._segment.seek):
            number = numbers.get(-1 if picture.pts is None else picture.pts)
            if number is None:
                if picture.pts is not None and picture.pts > end:
                    break
                continue
            if number != expected:
                return
            expected += 1
            frame = self._reader.frame_of(picture, float(self._grid.time_s[number] - self._grid.time_s[first]))
            del picture
            yield frame
            if expected == stop:
                break
        self.complete = expected == stop
