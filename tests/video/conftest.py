from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from runlean.video.layout import planes_of, to_native

MakeVideo = Callable[..., Path]


def test_card(index: int, width: int, height: int) -> np.ndarray:
    """RGB picture (height, width, 3) with smooth colours and no symmetry; brighter with ``index``."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    card = np.stack([70 + 90 * x, 70 + 80 * y, 90 + 60 * x * y + 0 * x], axis=-1)
    card[: height // 4, : width // 4] = (150, 60, 60)  # one corner is marked
    return np.clip(card + index % 20, 0, 255).astype(np.uint8)


class HostFrame:
    def __init__(self, planes):
        self._planes = planes

    def planes(self):
        return self._planes


class SeveralDecoders:
    """Keeps frames here, and asks for several decoders."""

    def __init__(self, decoders):
        self.decoders = decoders

    def hwaccel(self):
        return None

    def turn(self):
        return contextlib.nullcontext()

    def header_of(self, picture):
        return picture.format.name

    def take(self, picture, reformatter, info):
        native, layout = to_native(picture, reformatter, info.coded_width, info.coded_height)
        return HostFrame(planes_of(native, layout)), layout


@pytest.fixture
def several_decoders() -> type[SeveralDecoders]:
    """A store that keeps frames here and asks for as many decoders as it is given."""
    return SeveralDecoders


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Write a little video and return its path."""

    def make(
        name: str = "clip.mp4",
        *,
        n: int = 12,
        width: int = 64,
        height: int = 48,
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        rate: int = 30,
        time_base: Fraction | None = None,
        stamps: Sequence[int] | None = None,
        rotation_deg: int | None = None,
        hflip: bool = False,
        aspect: Fraction | None = None,
        matrix: int | None = None,
        color_range: int | None = None,
        container_options: dict[str, str] | None = None,
        codec_options: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=rate, options=codec_options or {})
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            if time_base is not None:
                stream.codec_context.time_base = time_base
            if aspect is not None:
                stream.codec_context.sample_aspect_ratio = aspect
            if rotation_deg is not None:
                stream.set_display_rotation(-rotation_deg, hflip=hflip)
            if matrix is not None:
                stream.codec_context.colorspace = matrix
            if color_range is not None:
                stream.codec_context.color_range = color_range
            for index in range(n):
                card = av.VideoFrame.from_ndarray(test_card(index, width, height), format="rgb24")
                frame = card.reformat(
                    format=pix_fmt,
                    dst_colorspace={1: 1, 9: 9}.get(matrix or 0, 5),
                    dst_color_range=color_range or 1,
                )
                frame.pts = index if stamps is None else stamps[index]
                frame.time_base = time_base or Fraction(1, rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make
