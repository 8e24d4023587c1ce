"""A 1080p video with a runner in it, made from the rendered clip that ships, so that everybody times the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from runlean.clips import clip_path
from runlean.errors import ConfigError

WIDTH, HEIGHT, FPS = 1920, 1080, 30
#: As phones record 1080p; the grain below gives the encoder something to spend it on.
BIT_RATE = 8_000_000
_GRAIN = 2.5
_PATTERNS = 6


def make_clip(path: Path, seconds: float) -> Path:
    """Write a 1920 x 1080 H.264 file at 30 frames per second: a treadmill runner, with a camera's grain.

    Parameters
    ----------
    path : Path
        The file to be, ``.mp4``.
    seconds : float
        Its length; the rendered six seconds are repeated.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    ConfigError
        ``seconds`` holds no frame.

    Notes
    -----
    Every second picture of ``ship_tm_right_60``, enlarged twice. The grain is drawn from a fixed seed, so that the
    pictures are the same on every machine.
    """
    frames = round(seconds * FPS)
    if frames < 1:
        raise ConfigError(f"seconds: expected a clip of at least one frame, came {seconds}; give a longer time")
    grain = _grain()
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264" if "libx264" in av.codecs_available else "mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = BIT_RATE
        stream.options = {"preset": "superfast"}
        written = 0
        while written < frames:
            with av.open(str(clip_path("ship_tm_right_60"))) as source:
                for index, picture in enumerate(source.decode(video=0)):
                    if index % 2 or written >= frames:
                        continue
                    large = _grainy(picture.reformat(WIDTH, HEIGHT, "yuv420p"), grain[written % _PATTERNS], written)
                    large.pts, large.time_base = written, Fraction(1, FPS)
                    file.mux(stream.encode(large))
                    written += 1
        file.mux(stream.encode(None))
    return path


def _grain() -> npt.NDArray[np.int16]:
    rng = np.random.default_rng(20)
    return np.rint(rng.normal(0.0, _GRAIN, (_PATTERNS, HEIGHT, WIDTH))).astype(np.int16)


def _grainy(picture: av.VideoFrame, grain: npt.NDArray[np.int16], index: int) -> av.VideoFrame:
    planes = picture.to_ndarray()
    moved = np.roll(grain, (37 * index) % WIDTH, axis=1)
    planes[:HEIGHT] = np.clip(planes[:HEIGHT] + moved, 0, 255)
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")
