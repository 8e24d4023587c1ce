from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runlean.errors import VideoError
from runlean.overlay import write_overlay
from runlean.overlay.palette import LEFT, RIGHT
from runlean.video import Frame, VideoReader

MakeScene = Callable[..., Any]


def overlay_of(scene: Any, video: Path, out: Path, **options: Any) -> tuple[list[Frame], VideoReader]:
    write_overlay(video, out, scene.frames_table, scene.strides_table, scene.runners, **options)
    with VideoReader(out, threads=1) as reader:
        return list(reader), reader


def changed(frame: Frame) -> np.ndarray:
    """Where something was drawn on the gray picture."""
    return np.abs(frame.rgb().astype(int) - 120).max(axis=-1) > 24


def test_same_frames_size_and_stamps_as_the_video(scene: MakeScene, tmp_path: Path) -> None:
    one = scene().add(1, 200, 220, 180)
    stamps = [0, 512, 1024, 1500, 2048, 2600, 3072, 3584, 4096, 4608, 9000, 9512]
    video = one.video(tmp_path / "in.mp4", stamps=stamps)
    seen: list[tuple[str, int, int]] = []
    frames, reader = overlay_of(one, video, tmp_path / "o.mp4", progress=lambda *a: seen.append(a))
    assert [f.time_s for f in frames] == pytest.approx([s / 15360 for s in stamps], abs=1e-9)
    assert (reader.info.width, reader.info.height, reader.info.rotation_deg) == (320, 240, 0)
    assert reader.info.codec == "h264"
    assert seen == [("overlay", i + 1, 12) for i in range(12)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mp4", "o.mp4"]


def colour_near(frame: Frame, x: float, y: float) -> np.ndarray:
    return frame.rgb()[round(y) - 2 : round(y) + 2, round(x) - 2 : round(x) + 2].reshape(-1, 3).mean(axis=0)


def likeness(seen: np.ndarray, colour: tuple[int, int, int]) -> float:
    """How much of a colour's difference from the gray ground is seen: thin lines lose some of their chroma."""
    difference = np.array(colour) - 120.0
    return float(np.dot(seen - 120.0, difference) / np.dot(difference, difference))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_legs_are_drawn_where_they_are_in_the_upright_picture(
    scene: MakeScene, tmp_path: Path, rotation: int
) -> None:
    one = scene(width=640, height=480).add(1, 400, 460, 420)
    frames, _ = overlay_of(one, one.video(tmp_path / "in.mp4", rotation_deg=rotation), tmp_path / "o.mp4")
    assert frames[0].planes[0].shape == (480, 640)
    # half-way between knee and ankle: the left shin blue, the right one orange
    for colour, x, y in ((LEFT, 400 + 420 * 0.12, 460 - 420 * 0.21), (RIGHT, 400 - 420 * 0.07, 460 - 420 * 0.22)):
        assert likeness(colour_near(frames[5], x, y), colour) > 0.5
    # away from the runner and from the corners nothing is touched
    assert not changed(frames[5])[300:400, 20:250].any()


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "suffix"),
    [("yuv444p", "libx264", "mp4"), ("yuv422p", "libx264", "mp4"), ("yuv420p10le", "libx264", "mp4"),
     ("gray", "ffv1", "mkv"), ("nv12", "rawvideo", "nut"), ("bgr0", "ffv1", "mkv")],
)  # fmt: skip
def test_every_pixel_format_is_drawn_on(
    scene: MakeScene, tmp_path: Path, pix_fmt: str, codec: str, suffix: str
) -> None:
    one = scene(n=2).add(1, 200, 220, 180)
    frames, _ = overlay_of(one, one.video(tmp_path / f"in.{suffix}", pix_fmt=pix_fmt, codec=codec), tmp_path / "o.mp4")
    picture = frames[0].rgb()
    assert np.abs(picture[100:200, 270:315].astype(int) - 120).max() <= 6
    assert changed(frames[0])[60:220, 150:260].mean() > 0.03


def test_pixels_that_are_not_square_become_square(scene: MakeScene, tmp_path: Path) -> None:
    one = scene(n=2).add(1, 200, 220, 180)
    video = one.video(tmp_path / "in.mp4", aspect=Fraction(4, 3))
    frames, reader = overlay_of(one, video, tmp_path / "o.mp4")
    assert (reader.info.width, reader.info.height) == (320, 240)
    assert likeness(colour_near(frames[0], 200 + 180 * 0.12, 220 - 180 * 0.21), LEFT) > 0.25


def test_nothing_is_drawn_where_the_runner_is_not(scene: MakeScene, tmp_path: Path) -> None:
    one = scene(width=640, height=480).add(1, 400, 460, 300, rows=range(4, 8))
    frames, _ = overlay_of(one, one.video(tmp_path / "in.mp4"), tmp_path / "o.mp4")
    body = (slice(200, 440), slice(330, 480))
    assert [bool(changed(f)[body].any()) for f in frames] == [4 <= i < 8 for i in range(12)]


def test_null_points_and_null_lean_are_left_out(scene: MakeScene, tmp_path: Path) -> None:
    def of(name: str, **nulls: float) -> np.ndarray:
        one = scene(n=1, width=640, height=480).add(1, 400, 460, 420)
        for column, value in nulls.items():
            one.frames[column] = [np.full(1, value)]
        frames, _ = overlay_of(one, one.video(tmp_path / f"{name}.mp4"), tmp_path / f"{name}_o.mp4")
        return changed(frames[0])

    whole = of("whole")
    no_knee = of("knee", left_knee_x_px=np.nan)
    x, y = 400 + 420 * 0.14, 460 - 420 * 0.32
    knee = (slice(round(y) - 6, round(y) + 6), slice(round(x) - 6, round(x) + 6))
    assert whole[knee].any()
    assert not no_knee[knee].any()
    no_lean = of("lean", trunk_lean_deg=np.nan)
    trunk_line = (slice(10, 40), slice(395, 425))  # above the head
    assert whole[trunk_line].any()
    assert not no_lean[trunk_line].any()


@pytest.mark.parametrize(("direction", "roll"), [("right", 0.0), ("left", 0.0), ("right", 6.0)])
def test_the_trunk_line_has_the_angle_of_the_number(
    scene: MakeScene, tmp_path: Path, direction: str, roll: float
) -> None:
    """Two videos that differ in the lean alone differ along its line."""
    pictures = []
    for lean in (0.0, 20.0):
        one = scene(n=1, width=640, height=480).add(1, 320, 470, 420, direction=direction, lean=lean, roll=roll)
        frames, _ = overlay_of(one, one.video(tmp_path / f"{lean}.mp4"), tmp_path / f"{lean}_o.mp4")
        pictures.append(frames[0].rgb().astype(int))
    # the far end of the line: 1.5 trunk lengths from the hip
    side = 1 if direction == "right" else -1
    length = 1.5 * 420 * np.hypot(0.04, 0.29)
    angle = np.radians(side * 20.0 - roll)
    x, y = 320 + length * np.sin(angle), 470 - 420 * 0.52 - length * np.cos(angle)
    window = (slice(round(y) - 2, round(y) + 3), slice(round(x) - 2, round(x) + 3))
    assert np.abs(pictures[1][window] - pictures[0][window]).max() > 40
    beyond = (window[0], slice(round(x + side * 14) - 2, round(x + side * 14) + 3))
    assert np.abs(pictures[1][beyond] - pictures[0][beyond]).max() < 25


def test_filled_rows_are_dimmed(scene: MakeScene, tmp_path: Path) -> None:
    pictures = []
    for filled in (False, True):
        one = scene(n=1, width=640, height=480).add(1, 400, 460, 420, filled=filled)
        frames, _ = overlay_of(one, one.video(tmp_path / f"{filled}.mp4"), tmp_path / f"{filled}_o.mp4")
        pictures.append(colour_near(frames[0], 400 + 420 * 0.12, 460 - 420 * 0.21))
    gray = np.full(3, 120.0)
    assert np.abs(pictures[1] - gray).sum() < 0.7 * np.abs(pictures[0] - gray).sum()


@pytest.mark.parametrize("count", [0, 1, 3, 4, 10])
def test_any_number_of_runners(scene: MakeScene, tmp_path: Path, count: int) -> None:
    many = scene(n=2, width=640, height=360).add(99, 30, 340, 100)
    for i in range(count):
        many.add(i + 1, 60 + 55 * i, 340, 150, direction="left" if i % 2 else "right")
    many.runners = many.runners[1:]  # runner 99 is in the tables, but not asked for
    frames, _ = overlay_of(many, many.video(tmp_path / "in.mp4"), tmp_path / "o.mp4")
    for i in range(count):
        x = 60 + 55 * i
        assert changed(frames[0])[200:330, x - 25 : x + 25].any()
    assert not changed(frames[0])[250:330, 5:14].any()


def test_the_same_input_gives_the_same_bytes(scene: MakeScene, tmp_path: Path) -> None:
    digests = set()
    one = scene(n=6).add(1, 200, 220, 180).add(2, 100, 220, 150)
    video = one.video(tmp_path / "in.mp4")
    for name in "ab":
        write_overlay(video, tmp_path / name, one.frames_table, one.strides_table, one.runners, threads=1)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_odd_sizes_and_slow_motion(scene: MakeScene, tmp_path: Path) -> None:
    one = scene(n=3, width=161, height=121).add(1, 80, 110, 90)
    frames, _ = overlay_of(one, one.video(tmp_path / "in.mkv", codec="ffv1"), tmp_path / "o.mp4", slow_motion=8.0)
    assert frames[0].planes[0].shape == (122, 162)
    assert [f.time_s for f in frames] == pytest.approx([0, 1 / 30, 2 / 30], abs=1e-3)


def test_a_missing_video_raises(scene: MakeScene, tmp_path: Path) -> None:
    one = scene(n=1).add(1, 200, 220, 180)
    with pytest.raises(VideoError):
        write_overlay(tmp_path / "none.mp4", tmp_path / "o.mp4", one.frames_table, one.strides_table, one.runners)
    assert list(tmp_path.iterdir()) == []
