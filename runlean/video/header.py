"""What a container says before its frames are read, and what is no video at all."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
import numpy as np
from av.sidedata.sidedata import SideData
from av.sidedata.sidedata import Type as SideDataType

from runlean.errors import VideoError
from runlean.video.frame import VideoInfo
from runlean.video.orientation import Orientation, orientation_of_matrix, square_pixel_size

#: A file that ends so much before what its header says, seconds, was cut off.
LEAST_MISSING_S: Final = 0.25
#: Side of a picture that is kept for what is said beside it only, pixels.
_TINY: Final = 16


def size_of(path: Path) -> int:
    """Bytes of a file that can be opened; a clear error where there is none."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise VideoError(f"{path}: expected a video file, but it cannot be opened ({error.strerror})") from None
    if path.is_dir():
        raise VideoError(f"{path}: expected a video file, came a folder; name one file in it")
    if size == 0:
        raise VideoError(f"{path}: expected a video file, but it is empty; copy or record it again")
    return size


def not_a_video(path: Path, error: Exception) -> VideoError:
    """The error for a file that FFmpeg cannot make sense of."""
    reason = getattr(error, "strerror", None) or str(error)
    return VideoError(
        f"{path}: expected a video file, but it cannot be read as one ({reason}); "
        "check that it is complete, or convert it to MP4"
    )


def picture_stream(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    """The stream of moving pictures; covers, photos and text do not count."""
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    # FFmpeg reads plain text as ANSI art, and a photo as a video of one picture
    name = container.format.name
    if not streams or name in ("tty", "image2") or name.endswith("_pipe"):
        raise VideoError(f"{path}: expected a video, but the file has no moving picture in it")
    best = container.streams.best("video")
    return best if isinstance(best, av.VideoStream) and best in streams else streams[0]


def _without_pictures(picture: av.VideoFrame) -> av.VideoFrame:
    """A tiny copy that carries the same side data.

    A PyAV frame and its side data refer to each other, and what is left of them waits for the garbage collector: a
    decoded picture that waits so keeps the decoder's whole pool of pictures, tens of megabytes for each opened video.
    """
    try:
        return picture.reformat(width=_TINY, height=_TINY)
    except (ValueError, av.error.FFmpegError):
        return picture  # no samples that could be scaled here


def _orientation_of(picture: av.VideoFrame, stream: av.VideoStream) -> Orientation:
    # typed as a mapping, yet it iterates over the data themselves
    for data in cast(Iterable[SideData], _without_pictures(picture).side_data):
        if data.type == SideDataType.DISPLAYMATRIX:
            return orientation_of_matrix(np.frombuffer(bytes(data), dtype=np.int32)[:9].tolist())
    try:
        # containers without a matrix may carry the old tag, clockwise degrees
        return Orientation(round(float(stream.metadata.get("rotate", 0)) / 90.0) % 4 * 90)
    except ValueError:
        return Orientation()


def _duration_of(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    tag = stream.metadata.get("DURATION", "").split(":")
    try:
        if len(tag) == 3:
            return int(tag[0]) * 3600.0 + int(tag[1]) * 60.0 + float(tag[2])
    except ValueError:
        pass
    # the file's duration is that of its longest stream: it tells of pictures where there is nothing else
    if container.duration is not None and len(container.streams) == 1:
        return container.duration / 1e6
    return math.nan


def info_of(
    path: Path, container: av.container.InputContainer, stream: av.VideoStream, first: av.VideoFrame
) -> VideoInfo:
    """Everything known of the video once its first picture is decoded."""
    orientation = _orientation_of(first, stream)
    aspect: Fraction | None = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    width, height = square_pixel_size(first.width, first.height, aspect, orientation)
    rate = stream.average_rate
    return VideoInfo(
        path=path,
        file_name=path.name.encode(errors="surrogateescape").decode(errors="replace"),
        width=width,
        height=height,
        coded_width=first.width,
        coded_height=first.height,
        rotation_deg=orientation.rotation_deg,
        mirrored=orientation.mirrored,
        sample_aspect_ratio=float(aspect) if aspect else 1.0,
        codec=stream.codec_context.name,
        pix_fmt=first.format.name,
        container=container.format.name,
        fps_from_header=float(rate) if rate else math.nan,
        n_frames_from_header=stream.frames,
        duration_s_from_header=_duration_of(container, stream),
        interlaced=bool(first.interlaced_frame),
        time_base=stream.time_base or Fraction(1, 90_000),
        primaries=int(first.color_primaries),
        transfer=int(first.color_trc),
    )
