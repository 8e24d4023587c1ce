"""One picture of the video for the page's head."""

from __future__ import annotations

import base64
import io
from itertools import islice
from pathlib import Path
from typing import Final

#: Frames that are decoded at most to find the picture, and its longest side in the page, px.
MOST_FRAMES: Final = 45
LONGEST_SIDE: Final = 900


def data_uri(picture: bytes) -> str:
    """Return PNG or JPEG bytes as a data URI."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def still_of(video: Path, frame: int) -> bytes | None:
    """Return a frame of a video as JPEG, or None where the video gives none.

    Parameters
    ----------
    video : Path
        Such as overlay.mp4.
    frame : int
        Wanted frame; the nearest among the first `MOST_FRAMES` is taken, so that a long video costs no more.
    """
    import numpy as np

    from runlean.errors import VideoError
    from runlean.pose.crop import picture_to_rgb
    from runlean.video import VideoReader

    last = None
    try:
        with VideoReader(video) as reader:
            for last in islice(reader, min(max(frame, 0), MOST_FRAMES - 1) + 1):  # noqa: B007
                pass
            if last is None:
                return None
            size = last.info.width, last.info.height
            width, height = (max(1, round(min(1.0, LONGEST_SIDE / max(size)) * side)) for side in size)
            pixels = np.empty((height, width, 3), np.uint8)
            picture_to_rgb(last, width, height, pixels)
    except VideoError:
        return None
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()
