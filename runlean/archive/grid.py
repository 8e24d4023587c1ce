"""How a long video is cut: a function of its content alone, so that it does not matter who does which piece, or when.

Cuts lie on the first keyframe after every `SEGMENT_S` seconds. Each segment is read from `OVERLAP_S` before its first
frame to `OVERLAP_S` after its last, so that those who are followed are known when it begins, and can be told from one
another across the seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt

from runlean.pipeline import WatchedReader
from runlean.video import Frame
from runlean.video.clock import PresentationClock, Timing

#: Between two cuts, seconds of the video.
SEGMENT_S: Final = 60.0
#: Read beyond each end. Detection settles within a second or two; tracks are matched over these frames.
OVERLAP_S: Final = 4.0
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
    """

    first: int
    stop: int
    read_first: int
    read_stop: int


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


_WHOLE: Final = Grid(np.zeros(0, np.int64), np.zeros(0), None, (Segment(0, 0, 0, 0),))


def grid_of(path: Path, segment_s: float = SEGMENT_S, overlap_s: float = OVERLAP_S, long_s: float = LONG_S) -> Grid:
    """Lay the grid over a video; reads its packets, decodes nothing.

    A video that is short, or whose stamps have faults, comes as one segment.
    """
    try:
        with av.open(f"file:{path}", "r", metadata_errors="replace") as container:
            stream = container.streams.best("video")
            if not isinstance(stream, av.VideoStream) or (container.duration or 0) < 1e6 * long_s:
                return _WHOLE
            unit = stream.time_base
            packets = [
                (p.pts, p.is_keyframe, p.is_corrupt or p.pts is None)
                for p in container.demux(stream)
                if p.size and not p.is_discard
            ]
            rate = stream.average_rate or stream.guessed_rate
    except (av.error.FFmpegError, ValueError):
        return _WHOLE
    if unit is None or not packets or any(fault for _, _, fault in packets):
        return _WHOLE
    order = sorted((int(pts or 0), key) for pts, key, _ in packets)
    stamps = np.array([pts for pts, _ in order], np.int64)
    if (np.diff(stamps) <= 0).any():
        return _WHOLE
    clock = PresentationClock(1.0 / float(rate) if rate else 1.0 / 30.0, float(unit))
    time_s = np.array([t for pts in stamps.tolist() for t in clock.push(float(pts * unit))])
    timing = clock.timing()
    if timing.stamps_mended or len(time_s) != len(stamps) or time_s[-1] < long_s:
        return _WHOLE
    cuts = [0]
    for i in np.flatnonzero([key for _, key in order]).tolist():
        if time_s[i] - time_s[cuts[-1]] >= segment_s and time_s[-1] - time_s[i] >= 0.5 * segment_s:
            cuts.append(i)
    return Grid(stamps, time_s, timing, tuple(_segments(cuts, time_s, overlap_s)))


def _segments(cuts: list[int], time_s: npt.NDArray[np.float64], overlap_s: float) -> Iterator[Segment]:
    for first, stop in zip(cuts, [*cuts[1:], len(time_s)], strict=True):
        last_s = time_s[stop - 1]
        read_first = int(np.searchsorted(time_s, time_s[first] - overlap_s))
        yield Segment(first, stop, read_first, int(np.searchsorted(time_s, last_s + overlap_s, side="right")))


class SegmentReader(WatchedReader):
    """Frames of one segment, numbered and timed from its own first one.

    Attributes
    ----------
    complete : bool
        After the loop: every frame of the segment came, and no other.
    """

    def __init__(self, path: Path, threads: int, grid: Grid, segment: Segment) -> None:
        super().__init__(path, threads)
        self._grid, self._segment = grid, segment
        self.complete = False

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._frames_of_segment():
            self.lines.add(frame)
            yield frame

    def _frames_of_segment(self) -> Iterator[Frame]:
        first, stop = self._segment.read_first, self._segment.read_stop
        numbers = {int(stamp): first + i for i, stamp in enumerate(self._grid.stamps[first:stop].tolist())}
        end = int(self._grid.stamps[stop - 1])
        expected = first
        for picture in self.pictures_from(int(self._grid.stamps[first])):
            number = numbers.get(-1 if picture.pts is None else picture.pts)
            if number is None:
                if picture.pts is not None and picture.pts > end:
                    break
                continue
            if number != expected:
                return
            expected += 1
            yield self._frame(picture, float(self._grid.time_s[number] - self._grid.time_s[first]))
            if expected == stop:
                break
        self.complete = expected == stop
