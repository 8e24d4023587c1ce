"""H.264 files with the time stamps of the video that they were drawn over."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
import numpy.typing as npt

from runlean.errors import OutputError
from runlean.video.layout import MATRIX_CODE, Layout

Planes = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]

#: Encoders in the order of preference, with their options. Outdoor footage of 1768 x 994, CPU-milliseconds a frame
#: at about 41 dB: ultrafast with deblocking 7.3, superfast 11.6 to 12.3, at 1.33 : 1 in size. Time matters more here.
#: A fixed quantizer spares x264 its look ahead: 28 costs 0.66 of the time of a rate factor of 26 on a grainy picture of
#: 1080p and 0.82 to 0.86 on filmed ones, for 0 to 1 dB more and 0.65 to 1.25 of the bytes.
_ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"preset": "ultrafast", "qp": "28", "x264-params": "deblock=0,0"}),
    ("mpeg4", {"qscale": "4"}),
)


class VideoWriter:
    """An MP4 file, picture by picture; it appears under its name when everything is in it.

    Use it as a context manager: leaving it by an exception leaves no file behind.

    Parameters
    ----------
    path : path-like
        The file to be; one that is there is replaced.
    width, height : int
        Picture, pixels. An odd side becomes even by repeating its last row or column.
    fps : float
        Usual frame rate, for the header and the rate control only; times are those given to `write`.
    time_base : Fraction
        Unit to count time stamps in, seconds: the source's own keeps its stamps exactly.
    layout : Layout
        Whose colour matrix and range the file is marked with.
    primaries, transfer : int
        To mark the file with; see `VideoInfo`.
    threads : int
        Encoder threads; 0 leaves it to the encoder.

    Attributes
    ----------
    notice : str or None
        What the user should know: another encoder had to be taken.

    Raises
    ------
    OutputError
        The file cannot be written, or no encoder is there.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        width: int,
        height: int,
        fps: float,
        time_base: Fraction,
        layout: Layout,
        *,
        primaries: int = 2,
        transfer: int = 2,
        threads: int = 0,
    ) -> None:
        self._path = Path(path)
        self._aside = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        self._width, self._height = width, height
        self._even = (width + width % 2, height + height % 2)
        self._time_base = time_base
        self._last_stamp: int | None = None
        self._picture: av.VideoFrame | None = None
        self._planes: Planes | None = None
        self.notice: str | None = None
        try:
            # FFmpeg itself opens the file with the first picture only
            self._aside.touch()
            # the index in front, so that players start before the whole file is there
            self._container = av.open(f"file:{self._aside}", "w", format="mp4", options={"movflags": "+faststart"})
        except (OSError, av.error.FFmpegError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"{self._path}: cannot be written ({reason}); choose another folder") from None
        try:
            self._stream = self._add_stream(fps, layout, primaries, transfer, threads)
        except BaseException:
            self._drop()
            raise

    def _add_stream(self, fps: float, layout: Layout, primaries: int, transfer: int, threads: int) -> av.VideoStream:
        name, options = next((pair for pair in _ENCODERS if pair[0] in av.codecs_available), (None, {}))
        if name is None:
            names = " or ".join(pair[0] for pair in _ENCODERS)
            raise OutputError(f"{self._path}: expected an encoder {names} in FFmpeg, came neither; reinstall av")
        if name != _ENCODERS[0][0]:
            self.notice = f"FFmpeg has no {_ENCODERS[0][0]} here: the video is written by {name}, larger and less sharp"
        rate = Fraction(fps if 0.1 < fps < 10_000 else 30.0).limit_denominator(1001)
        # x264 has its own copy when `encode` returns: one picture serves all (0.5 ms each for 3 MB of new memory)
        self._copies = name == "libx264"
        stream = self._container.add_stream(name, rate=rate, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = self._even
        stream.pix_fmt = "yuv420p"
        stream.time_base = self._time_base
        context = stream.codec_context
        # mpeg4 counts time in 16 bits
        context.time_base = self._time_base if name != "mpeg4" else max(self._time_base, Fraction(1, 65_535))
        context.thread_count = threads
        # a keyframe every second, so that whoever steps through the video does not wait
        context.gop_size = max(1, round(rate))
        context.colorspace = MATRIX_CODE[layout.matrix]
        context.color_range = 2 if layout.full_range else 1
        context.color_primaries, context.color_trc = primaries, transfer
        return stream

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._drop()

    def planes(self) -> Planes:
        """The next picture's Y, U and V planes, to be filled and then written.

        Returns
        -------
        tuple of uint8 (height, width), (ceil(height / 2), ceil(width / 2)) twice
            Views of the memory that is encoded, with whatever was in it; good until the next call.
        """
        if self._planes is None:
            self._make_picture()
        assert self._planes is not None
        y, u, v = self._planes
        return y[: self._height, : self._width], u, v

    def _make_picture(self) -> None:
        self._picture = av.VideoFrame(*self._even, "yuv420p")
        y, u, v = (
            np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)[:, : plane.width]
            for plane in self._picture.planes
        )
        self._planes = y, u, v

    def write(self, time_s: float) -> None:
        """Encode the picture that `planes` gave last.

        Parameters
        ----------
        time_s : float
            Its presentation time, later than the one before.
        """
        assert self._picture is not None
        assert self._planes is not None
        luma = self._planes[0]
        if self._width < luma.shape[1]:
            luma[:, -1] = luma[:, -2]
        if self._height < luma.shape[0]:
            luma[-1] = luma[-2]
        stamp = round(time_s / self._time_base)
        if self._last_stamp is not None:
            # mended times may lie closer than one tick
            stamp = max(stamp, self._last_stamp + 1)
        self._last_stamp = stamp
        self._picture.pts, self._picture.time_base = stamp, self._time_base
        try:
            self._container.mux(self._stream.encode(self._picture))
        except (OSError, av.error.FFmpegError) as error:
            raise self._failed(error) from None
        if not self._copies:
            self._picture = self._planes = None

    def close(self) -> None:
        """Finish the file and put it in its place."""
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            os.replace(self._aside, self._path)
        except (OSError, av.error.FFmpegError) as error:
            self._drop()
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> OutputError:
        reason = getattr(error, "strerror", None) or error
        return OutputError(f"{self._path}: writing failed ({reason}); free some space or choose another folder")

    def _drop(self) -> None:
        with contextlib.suppress(OSError, av.error.FFmpegError):
            self._container.close()
        with contextlib.suppress(OSError):
            self._aside.unlink()
