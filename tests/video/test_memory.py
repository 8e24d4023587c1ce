"""Nothing of a closed reader is left to the garbage collector: its pictures' pool would stay for minutes."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import av
import numpy as np
import pytest

from runlean.clips import clip_path
from runlean.config import AnalyzeConfig
from runlean.pose.video_pass import open_video
from runlean.video import VideoReader
from runlean.video.grid import Grid, Segment


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """What only the collector would free, once it has been asked for by a collection."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def test_a_closed_reader_leaves_no_picture_behind(garbage: list[object]) -> None:
    with VideoReader(clip_path("ship_og_waist_30")) as reader:
        for _, frame in zip(range(5), reader, strict=False):
            assert frame.planes
    del frame
    gc.collect()
    left = [thing for thing in garbage if isinstance(thing, av.VideoFrame)]
    assert all(picture.width * picture.height < 1000 for picture in left)
    assert not any(isinstance(thing, VideoReader) for thing in garbage)


def test_nor_does_one_of_a_segment(garbage: list[object]) -> None:
    path, n = clip_path("ship_og_waist_30"), 12
    grid = Grid(
        np.arange(2 * n) * 512, np.arange(2 * n) / 30, None, (Segment(0, n, 0, n, 0), Segment(n, 2 * n, n, n, 0))
    )
    with open_video(path, AnalyzeConfig.from_options(device="cpu"), grid, 0) as reader:
        for frame in reader:
            assert frame.planes
    del frame, reader
    gc.collect()
    left = [thing for thing in garbage if isinstance(thing, (VideoReader, av.VideoCodecContext))]
    assert left == []
