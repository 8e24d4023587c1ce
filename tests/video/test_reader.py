from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from runlean.errors import RunleanError, VideoError
from runlean.video import Frame, VideoReader, sha256_of

MakeVideo = Callable[..., Path]


def read(path: Path) -> tuple[list[Frame], VideoReader]:
    with VideoReader(path, threads=1) as reader:
        frames = list(reader)
    return frames, reader


def test_frames_come_in_order_with_their_own_times(make_video: MakeVideo) -> None:
    stamps = [0, 600, 1200, 1500, 3000, 3010, 3600]
    frames, reader = read(make_video(n=7, time_base=Fraction(1, 600), stamps=stamps))
    assert [f.index for f in frames] == list(range(7))
    assert [f.time_s for f in frames] == pytest.approx([s / 600 for s in stamps])
    assert reader.timing.variable_frame_rate
    assert reader.timing.n_frames == 7
    assert reader.damage is None


def test_what_the_header_says(make_video: MakeVideo) -> None:
    path = make_video(n=30, width=70, height=50, rate=25)
    with VideoReader(path) as reader:
        info = reader.info
    assert (info.width, info.height, info.coded_width, info.coded_height) == (70, 50, 70, 50)
    assert (info.codec, info.pix_fmt, info.rotation_deg, info.mirrored) == ("h264", "yuv420p", 0, False)
    assert (info.fps_from_header, info.n_frames_from_header) == (25.0, 30)
    assert info.duration_s_from_header == pytest.approx(1.2)
    assert (info.path, info.file_name) == (path, "clip.mp4")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("hflip", [False, True])
def test_the_container_rotation_is_applied(make_video: MakeVideo, rotation: int, hflip: bool) -> None:
    [plain], _ = read(make_video("plain.mp4", n=1))
    [turned], reader = read(make_video("turned.mp4", n=1, rotation_deg=rotation, hflip=hflip))
    assert (reader.info.rotation_deg, reader.info.mirrored) == (rotation, hflip)
    expected = np.rot90(plain.rgb(), -rotation // 90)
    expected = expected[:, ::-1] if hflip else expected
    assert (reader.info.height, reader.info.width) == expected.shape[:2]
    np.testing.assert_array_equal(turned.rgb(), expected)


def test_pixels_that_are_not_square_are_stretched(make_video: MakeVideo) -> None:
    [frame], reader = read(make_video(n=1, aspect=Fraction(3, 2)))
    assert reader.info.sample_aspect_ratio == 1.5
    assert (reader.info.width, reader.info.height) == (96, 48)
    assert frame.planes[0].shape == (48, 64)
    assert frame.rgb().shape == (48, 96, 3)


NATIVE = [
    ("yuv420p", "libx264", "planar"), ("yuv422p", "libx264", "planar"), ("yuv444p", "libx264", "planar"),
    ("yuv420p10le", "libx264", "planar"), ("yuvj420p", "mjpeg", "planar"), ("nv12", "rawvideo", "semiplanar"),
    ("gray", "ffv1", "gray"), ("gray10le", "ffv1", "gray"), ("yuv422p10le", "ffv1", "planar"),
]  # fmt: skip
CONVERTED = [("bgr0", "ffv1"), ("gbrp", "png"), ("rgb24", "rawvideo"), ("yuv411p", "ffv1"), ("yuva420p", "ffv1"),
             ("gray16le", "ffv1"), ("yuv420p16le", "ffv1"), ("yuv444p12le", "ffv1")]  # fmt: skip


@pytest.mark.parametrize(("pix_fmt", "codec", "kind"), NATIVE)
def test_these_formats_are_handed_on_without_a_copy(make_video: MakeVideo, pix_fmt: str, codec: str, kind: str) -> None:
    suffix = "nut" if codec == "rawvideo" else "mkv"
    options = {"crf": "5"} if codec == "libx264" else {}
    path = make_video(
        f"clip.{suffix}", n=3, pix_fmt=pix_fmt, codec=codec, codec_options=options,
        color_range=2 if kind == "gray" else None,
    )  # fmt: skip
    frames, reader = read(path)
    assert reader.info.pix_fmt == pix_fmt
    assert frames[0].layout.kind == kind
    for plane in frames[0].planes:
        assert not plane.flags.owndata
        assert not plane.flags.writeable
    check_against_pyav(reader.info.path, frames)


@pytest.mark.parametrize(("pix_fmt", "codec"), CONVERTED)
def test_every_other_format_takes_one_conversion(make_video: MakeVideo, pix_fmt: str, codec: str) -> None:
    suffix = "avi" if codec in ("rawvideo", "png") else "mkv"
    if codec == "png":
        pix_fmt = "rgb24"
    frames, reader = read(make_video(f"clip.{suffix}", n=2, pix_fmt=pix_fmt, codec=codec))
    assert frames[0].layout.bit_depth == 8
    assert len(frames) == 2
    check_against_pyav(reader.info.path, frames)


def check_against_pyav(path: Path, frames: list[Frame]) -> None:
    """Colours must be those of the card that was drawn, and of FFmpeg's own conversion."""
    with av.open(str(path)) as container:
        for frame, picture in zip(frames, container.decode(video=0), strict=True):
            layout = frame.layout
            expected = picture.reformat(
                format="rgb24",
                src_colorspace={"bt601": 5, "bt709": 1, "bt2020": 9}[layout.matrix],
                src_color_range=None if picture.format.is_rgb else 2 if layout.full_range else 1,
                dst_color_range=2,
            ).to_ndarray()
            assert np.abs(frame.rgb().astype(int) - expected).mean() < 1.6
            assert np.abs(frame.rgb().astype(int) - expected)[2:8, 2:8].max() <= 4


@pytest.mark.parametrize(
    ("matrix", "height", "expected"),
    [(1, 48, "bt709"), (9, 48, "bt2020"), (6, 720, "bt601"), (None, 48, "bt601"), (None, 720, "bt709")],
)
def test_the_colour_matrix_is_that_of_the_file_or_of_its_height(
    make_video: MakeVideo, matrix: int | None, height: int, expected: str
) -> None:
    [frame], _ = read(make_video(n=1, height=height, matrix=matrix))
    assert frame.layout.matrix == expected


@pytest.mark.parametrize(("color_range", "full"), [(1, False), (2, True), (None, False)])
def test_the_range_is_that_of_the_file(make_video: MakeVideo, color_range: int | None, full: bool) -> None:
    [frame], _ = read(make_video(n=1, color_range=color_range))
    assert frame.layout.full_range is full


def test_frames_outlive_the_reader(make_video: MakeVideo) -> None:
    path = make_video(n=40)
    frames, _ = read(path)
    copies = [f.planes[0].copy() for f in frames]
    gc.collect()
    read(path)
    for frame, copy in zip(frames, copies, strict=True):
        np.testing.assert_array_equal(frame.planes[0], copy)
    assert not np.array_equal(copies[0], copies[9])


def test_missing_stamps_are_mended_and_counted(make_video: MakeVideo) -> None:
    frames, reader = read(make_video("raw.h264", n=10))
    assert len(frames) == 10
    assert reader.timing.stamps_mended == 10
    assert (np.diff([f.time_s for f in frames]) > 0).all()


def test_a_cut_tail_costs_the_tail_and_is_reported(make_video: MakeVideo) -> None:
    path = make_video(n=90, width=320, height=240, codec="mpeg4", container_options={"movflags": "faststart"})
    whole, _ = read(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    frames, reader = read(path)
    assert 40 < len(frames) < 75
    np.testing.assert_array_equal(frames[20].planes[0], whole[20].planes[0])
    assert reader.damage is not None
    assert reader.damage.frames_lost == 90 - len(frames)
    assert str(reader.damage.frames_lost) in reader.damage.message


def test_a_hole_in_the_middle_costs_the_hole(make_video: MakeVideo) -> None:
    path = make_video(n=90, width=320, height=240, codec="mpeg4", container_options={"movflags": "faststart"})
    whole, _ = read(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = b"\x00" * 4000
    path.write_bytes(data)
    frames, reader = read(path)
    assert reader.damage is not None
    assert 1 <= reader.damage.frames_lost == 90 - len(frames) < 20
    assert frames[-1].time_s == pytest.approx(whole[-1].time_s)


def test_a_cut_avi_is_measured_against_its_header(make_video: MakeVideo) -> None:
    path = make_video("clip.avi", n=90, width=320, height=240, codec="mpeg4")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.5)])
    frames, reader = read(path)
    assert reader.damage is not None
    assert reader.damage.frames_lost == pytest.approx(90 - len(frames), abs=2)


def write_text(path: Path) -> None:
    path.write_text("twelve miles before breakfast\n" * 50)


def write_noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(20_000))


def write_sound(path: Path) -> None:
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))


def write_photo(path: Path) -> None:
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame(32, 32, "yuvj420p")))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("write", "says"),
    [(write_text, "cannot be read"), (write_noise, "cannot be read"), (write_sound, "no moving picture"),
     (write_photo, "no moving picture"), (Path.touch, "empty"), (Path.mkdir, "folder"), (None, "cannot be opened")],
)  # fmt: skip
def test_what_is_no_video_raises_one_clear_line(
    tmp_path: Path, write: Callable[[Path], None] | None, says: str
) -> None:
    path = tmp_path / "thing: 1.mp4"
    if write is not None:
        write(path)
    with pytest.raises(VideoError, match=says) as caught:
        VideoReader(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert isinstance(caught.value, RunleanError)
    assert isinstance(caught.value, OSError)


def test_a_video_without_one_good_picture_raises(make_video: MakeVideo) -> None:
    path = make_video(n=3, codec="mpeg4", container_options={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = b"\x00" * (len(data) - start)
    path.write_bytes(data)
    with pytest.raises(VideoError, match="no picture in it could be decoded"):
        VideoReader(path)


def test_a_name_with_odd_characters_opens(make_video: MakeVideo) -> None:
    name = "http: läuft %03d #1.mp4"
    assert len(read(make_video(name, n=2))[0]) == 2


def test_a_picture_size_that_changes_on_the_way_is_brought_back(make_video: MakeVideo, tmp_path: Path) -> None:
    parts = [make_video("a.ts", n=5), make_video("b.ts", n=5, width=96, height=80)]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, reader = read(path)
    assert len(frames) == 10
    assert {f.planes[0].shape for f in frames} == {(48, 64)}
    assert (np.diff([f.time_s for f in frames]) > 0).all()
    assert reader.timing.duration_s < 1.0


def test_closing_early_and_reading_again(make_video: MakeVideo) -> None:
    path = make_video(n=20)
    with VideoReader(path) as reader:
        first = next(iter(reader))
    again, _ = read(path)
    np.testing.assert_array_equal(first.planes[0], again[0].planes[0])


def test_sha256(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data := os.urandom(100_000))
    assert sha256_of(path) == hashlib.sha256(data).hexdigest()


def test_a_text_file_is_not_taken_for_ansi_art(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    write_text(path)
    with pytest.raises(VideoError, match="no moving picture"):
        VideoReader(path)
