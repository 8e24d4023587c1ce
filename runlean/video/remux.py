"""A video's packets in another file, as they were encoded: its beginning alone, or the whole of it several times."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av

from runlean.errors import OutputError, VideoError
from runlean.video.header import not_a_video, size_of


def remux(
    source: Path,
    target: Path,
    *,
    packets: int | None = None,
    times: int = 1,
    comment: str = "",
    options: dict[str, str] | None = None,
) -> int:
    """Copy the packets of a video into a new file; nothing is decoded, other streams are left behind.

    Parameters
    ----------
    source, target : Path
        The ending of ``target`` chooses its container.
    packets : int, optional
        So many from the beginning, each time; all of them if left out.
    times : int
        How often the video stands behind itself; its time stamps go on where they ended.
    comment : str
        Written into the container: two copies with different ones differ in content.
    options : dict, optional
        FFmpeg's for the new container, ``{"movflags": "+faststart"}``.

    Returns
    -------
    int
        Packets written, one for each picture of a video that is not interlaced.

    Raises
    ------
    VideoError
        ``source`` is no video, or a packet has no time stamp (Matroska does not keep when its first
        pictures are decoded).
    OutputError
        ``target`` cannot be written.
    """
    size_of(source)
    written, shift = 0, 0
    try:
        with _opened(target, options or {}) as out:
            if comment:
                out.metadata["comment"] = comment
            stream = None
            for _ in range(times):
                with av.open(f"file:{source}") as container:
                    picture = container.streams.best("video")
                    if not isinstance(picture, av.VideoStream):
                        raise VideoError(f"{source}: expected a video, but the file has no moving picture in it")
                    stream = stream or out.add_stream_from_template(picture)
                    begins, ends = list[int](), list[int]()
                    for packet in islice((p for p in container.demux(picture) if p.size), packets):
                        if packet.pts is None or packet.dts is None:
                            raise VideoError(f"{source}: expected packets with both time stamps; convert it to MP4")
                        begins.append(packet.pts)
                        ends.append(packet.pts + (packet.duration or 0))
                        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
                        _written(out, packet, target)
                if not begins:
                    raise VideoError(f"{source}: expected pictures, came none")
                written += len(begins)
                shift += max(ends) - min(begins)
    except av.error.FFmpegError as error:
        raise not_a_video(source, error) from None
    return written


def _opened(target: Path, options: dict[str, str]) -> av.container.OutputContainer:
    try:
        return av.open(f"file:{target}", "w", options=options)
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(
            f"{target}: expected a place and an ending (.mp4, .mkv) for a video, cannot be opened ({reason})"
        ) from None


def _written(out: av.container.OutputContainer, packet: av.Packet[av.VideoStream], target: Path) -> None:
    try:
        out.mux(packet)
    except av.error.FFmpegError as error:
        raise OutputError(f"{target}: expected room for the video, it cannot be written ({error.strerror})") from None
