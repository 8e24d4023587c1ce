"""One picture of the video for the page's head."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

#: Of the picture in the page, px.
LONGEST_SIDE: Final = 900


def data_uri(picture: bytes) -> str:
    """Return PNG or JPEG bytes as a data URI."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def still_of(video: Path, times_s: FloatArray) -> bytes | None:
    """Return a frame of a video as JPEG, or None where the video gives none.

    Parameters
    ----------
    video : Path
        Such as overlay.mp4, which has a keyframe every second.
    times_s : float64 (n,)
        Any of these will do, in order: of the second before the middle one, the first is taken, for it is the nearest
        to a keyframe (thirty pictures were decoded for one; 0.14 s at 1080p).
    """
    import av
    import numpy as np

    from runlean.errors import VideoError
    from runlean.pose.crop import picture_to_rgb
    from runlean.video import VideoReader

    try:
        with VideoReader(video, threads=1) as reader:
            frame = reader.frame_at(float(times_s[len(times_s) // 2]), times_s.tolist())
            if frame is None:
                return None
            size = frame.info.width, frame.info.height
            width, height = (max(1, round(min(1.0, LONGEST_SIDE / max(size)) * side)) for side in size)
            pixels = np.empty((height, width, 3), np.uint8)
            picture_to_rgb(frame, width, height, pixels)
    except (VideoError, av.error.FFmpegError):  # FFmpeg's own: a file without places to go to
        return None
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()
