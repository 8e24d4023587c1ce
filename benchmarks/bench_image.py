"""Cost of the image kernels on one 1080p frame; every benchmark checks its result before it is timed.

``pytest benchmarks/bench_image.py`` times them, ``--benchmark-disable`` runs them once as tests.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runlean.overlay.canvas import Canvas
from runlean.overlay.font import Font
from runlean.overlay.palette import INK, LEFT, WHITE
from runlean.overlay.upright import copy_upright
from runlean.pose.crop import crop_affine_batch, crop_batch, luma_thumbnail, picture_to_rgb
from runlean.video import Frame, Layout, VideoInfo

#: CPU time of the calling thread: other work on the machine does not count.
pytestmark = pytest.mark.benchmark(timer=time.thread_time)

WIDTH, HEIGHT = 1920, 1080


def frame_of(pix_fmt: str = "yuv420p", rotation_deg: int = 0) -> Frame:
    """Random smooth planes of a 1080p picture, padded to rows of 1984 samples as decoders do."""
    rng = np.random.default_rng(0)
    depth = 10 if pix_fmt.endswith("10le") else 8
    dtype = np.uint8 if depth == 8 else np.uint16

    def plane(rows: int, columns: int, padding: int, low: int = 80, high: int = 170) -> np.ndarray:
        coarse = rng.integers(low, high, (rows // 8 + 1, (columns + padding) // 8 + 1))
        full = np.kron(coarse, np.ones((8, 8), int))[:rows, : columns + padding] << (depth - 8)
        padded = np.ascontiguousarray(full, dtype=dtype)
        padded.flags.writeable = False
        return padded[:, :columns]

    if pix_fmt == "nv12":
        layout = Layout("semiplanar", 1, 1, 8, "bt709", False)
        planes: tuple[Any, ...] = (plane(HEIGHT, WIDTH, 64), plane(HEIGHT // 2, WIDTH, 64, 110, 146))
    else:
        layout = Layout("planar", 1, 1, depth, "bt709", False)
        planes = (plane(HEIGHT, WIDTH, 64), *(plane(HEIGHT // 2, WIDTH // 2, 32, 110, 146) for _ in "uv"))
    turned = rotation_deg in (90, 270)
    info = VideoInfo(
        path=Path("bench"), file_name="bench", width=HEIGHT if turned else WIDTH, height=WIDTH if turned else HEIGHT,
        coded_width=WIDTH, coded_height=HEIGHT, rotation_deg=rotation_deg, mirrored=False, sample_aspect_ratio=1.0,
        codec="", pix_fmt=pix_fmt, container="", fps_from_header=30.0, n_frames_from_header=1,
        duration_s_from_header=0.03, interlaced=False,
    )  # fmt: skip
    return Frame(0, 0.0, planes, layout, info)


def area_mean(picture: np.ndarray, box: tuple[float, float, float, float], width: int, height: int) -> np.ndarray:
    """Mean of a picture over each output pixel's area."""

    def shares(low: float, high: float, n_out: int, n_in: int) -> np.ndarray:
        edges = np.linspace(low, high, n_out + 1)
        overlap = np.minimum(edges[1:, None], np.arange(n_in) + 1) - np.maximum(edges[:-1, None], np.arange(n_in))
        return np.clip(overlap, 0, None) * n_out / (high - low)

    down, across = shares(box[1], box[3], height, picture.shape[0]), shares(box[0], box[2], width, picture.shape[1])
    return np.tensordot(across, np.tensordot(down, picture.astype(float), (1, 0)), (1, 1)).swapaxes(0, 1)


BOX = (301.3, 150.7, 1001.3, 850.7)


@pytest.mark.parametrize(
    ("pix_fmt", "rotation"), [("yuv420p", 0), ("nv12", 0), ("yuv420p10le", 0), ("yuv420p", 90), ("yuv420p", 180)]
)
def test_crop_700_to_256(benchmark: Any, pix_fmt: str, rotation: int) -> None:
    frame, out = frame_of(pix_fmt, rotation), np.empty((1, 256, 256, 3), np.uint8)
    box = np.array([BOX])
    crop_batch(frame, box, out)
    assert np.abs(out[0] - area_mean(frame.rgb(), BOX, 256, 256)).mean() < 1.0
    benchmark(crop_batch, frame, box, out)


def test_crop_150_to_256(benchmark: Any) -> None:
    frame, out = frame_of(), np.empty((1, 256, 256, 3), np.uint8)
    box = np.array([[800.0, 400.0, 950.0, 550.0]])
    crop_batch(frame, box, out)
    blocks = out[0].reshape(2, 128, 2, 128, 3).mean(axis=(1, 3))
    assert np.abs(blocks - area_mean(frame.rgb(), (800, 400, 950, 550), 2, 2)).max() < 2.0
    benchmark(crop_batch, frame, box, out)


def test_eight_crops(benchmark: Any) -> None:
    frame, out = frame_of(), np.empty((8, 256, 256, 3), np.uint8)
    boxes = np.array([[100.0 + 200 * k, 300.0, 450.0 + 200 * k, 650.0] for k in range(8)])
    crop_batch(frame, boxes, out)
    alone = np.empty((1, 256, 256, 3), np.uint8)
    crop_batch(frame, boxes[5:6], alone)
    assert (out[5] == alone[0]).all()
    benchmark(crop_batch, frame, boxes, out)


def test_turned_crop(benchmark: Any) -> None:
    frame, out = frame_of(), np.empty((1, 256, 256, 3), np.uint8)
    straight = np.empty_like(out)
    crop_affine_batch(frame, np.array([[[2.7, 1e-9, 300.0], [-1e-9, 2.7, 150.0]]]), out)
    crop_affine_batch(frame, np.array([[[2.7, 0.0, 300.0], [0.0, 2.7, 150.0]]]), straight)
    assert np.abs(out.astype(int) - straight).mean() < 3.0
    benchmark(crop_affine_batch, frame, np.array([[[2.6, 0.7, 300.0], [-0.7, 2.6, 350.0]]]), out)


def test_detector_picture(benchmark: Any) -> None:
    frame, out = frame_of(), np.empty((160, 256, 3), np.uint8)
    picture_to_rgb(frame, 256, 144, out)
    assert np.abs(out[:144] - area_mean(frame.rgb(), (0, 0, WIDTH, HEIGHT), 256, 144)).mean() < 1.0
    assert not out[144:].any()
    benchmark(picture_to_rgb, frame, 256, 144, out)


def test_luma_thumbnail(benchmark: Any) -> None:
    frame, out = frame_of(), np.empty((108, 192), np.float32)
    luma_thumbnail(frame, out)
    assert np.abs(out - frame.planes[0].reshape(108, 10, 192, 10).mean(axis=(1, 3))).max() < 0.01
    benchmark(luma_thumbnail, frame, out)


@pytest.mark.parametrize(("pix_fmt", "rotation"), [("yuv420p", 0), ("yuv420p", 90), ("nv12", 0), ("yuv420p10le", 0)])
def test_copy_upright(benchmark: Any, pix_fmt: str, rotation: int) -> None:
    frame = frame_of(pix_fmt, rotation)
    size = (frame.info.height, frame.info.width)
    y, u, v = np.empty(size, np.uint8), *(np.empty((size[0] // 2, size[1] // 2), np.uint8) for _ in "uv")
    copy_upright(frame, (y, u, v))
    info = replace(frame.info, coded_width=size[1], coded_height=size[0], rotation_deg=0)
    again = Frame(0, 0.0, (y, u, v), Layout("planar", 1, 1, 8, "bt709", False), info)
    assert np.abs(again.rgb().astype(int) - frame.rgb()).mean() < 1.0
    benchmark(copy_upright, frame, (y, u, v))


def test_draw_a_figure(benchmark: Any) -> None:
    """Forty lines, forty discs, one card and sixty letters: about one runner."""
    canvas = Canvas(Layout("planar", 1, 1, 8, "bt709", False), Font())
    planes = np.full((HEIGHT, WIDTH), 90, np.uint8), *(np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8) for _ in "uv")

    def draw() -> None:
        canvas.panel(10, 10, 334, 238, 10, INK, 0.66)
        for k in range(40):
            canvas.line((900 + 5 * k, 300), (940 + 3 * k, 460), 6, LEFT)
            canvas.disc((900 + 5 * k, 300), 5, WHITE)
        canvas.text("Trunk lean 8.3° · cadence 172 spm · contact 243 247 ms, flight", 30, 60, 24, WHITE, weight="bold")
        canvas.draw(planes)

    draw()
    assert planes[0][200, 300] < 60
    assert (planes[0][60:500, 880:1110] > 100).mean() > 0.1
    benchmark(draw)
