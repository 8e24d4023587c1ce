from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from runlean.errors import OutputError
from runlean.video import Layout, VideoReader, VideoWriter, writer

MakeVideo = Callable[..., Path]
HD = Layout("planar", 1, 1, 8, "bt709", False)


def fill(out: VideoWriter, luma: int) -> None:
    y, u, v = out.planes()
    y[:], u[:], v[:] = luma, 128, 128


@pytest.mark.parametrize(
    ("time_base", "stamps"),
    [(Fraction(1, 15360), [0, 512, 1024, 1536, 2048]), (Fraction(1, 600), [0, 20, 39, 68, 90]),
     (Fraction(12, 355), [0, 1, 2, 4, 5]), (Fraction(1, 1000), [0, 33, 67, 100, 133]),
     (Fraction(1001, 30000), [0, 1, 2, 3, 4])],
)  # fmt: skip
def test_time_stamps_come_back_as_they_went_in(tmp_path: Path, time_base: Fraction, stamps: list[int]) -> None:
    times = [float(stamp * time_base) for stamp in stamps]
    with VideoWriter(tmp_path / "o.mp4", 64, 48, 30.0, time_base, HD) as out:
        for i, time_s in enumerate(times):
            fill(out, 40 * i)
            out.write(time_s)
    with VideoReader(tmp_path / "o.mp4") as reader:
        frames = list(reader)
    assert [f.time_s for f in frames] == pytest.approx(times, abs=1e-9)
    assert [round(f.planes[0].mean() / 40) for f in frames] == [0, 1, 2, 3, 4]
    assert out.notice is None


def test_any_moment_is_a_second_of_decoding_away_at_most(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    with VideoWriter(path, 64, 48, 25.0, Fraction(1, 25), HD) as out:
        for i in range(120):
            y, u, v = out.planes()
            y[:, :32], y[:, 32:], u[:], v[:] = 20 * (i // 12) + 20, 18 * (i % 12) + 20, 128, 128
            out.write(0.4 + i / 25)
    with av.open(str(path)) as container:
        keys = [float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.is_keyframe]
    assert keys == pytest.approx([0.4, 1.4, 2.4, 3.4, 4.4])
    for time_s, index in ((0.0, 0), (0.4, 0), (2.36, 49), (2.4, 50), (2.41, 51), (3.05, 67), (99.0, 119)):
        with VideoReader(path) as reader:
            frame = reader.frame_at(time_s)
        assert frame is not None
        left, right = (frame.planes[0][:, part].mean() - 20 for part in (slice(4, 28), slice(36, 60)))
        assert 12 * round(left / 20) + round(right / 18) == index


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 48), (64, 47), (33, 31)])
def test_an_odd_side_becomes_even_by_repeating_its_end(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "o.mp4"
    with VideoWriter(path, width, height, 30.0, Fraction(1, 30), HD) as out:
        y, u, v = out.planes()
        assert y.shape == (height, width)
        assert u.shape == v.shape == (-(-height // 2), -(-width // 2))
        y[:] = np.linspace(40, 200, width, dtype=np.uint8)
        u[:] = v[:] = 128
        out.write(0.0)
    with VideoReader(path) as reader:
        [frame] = list(reader)
    assert frame.planes[0].shape == (height + height % 2, width + width % 2)
    assert abs(int(frame.planes[0][5, -1]) - 200) < 6


@pytest.mark.parametrize(
    "layout", [HD, Layout("planar", 1, 1, 8, "bt601", True), Layout("planar", 1, 1, 8, "bt2020", False)]
)
def test_the_file_says_its_colours(tmp_path: Path, layout: Layout) -> None:
    with VideoWriter(tmp_path / "o.mp4", 32, 32, 25.0, Fraction(1, 25), layout, primaries=9, transfer=18) as out:
        fill(out, 90)
        out.write(0.0)
    with VideoReader(tmp_path / "o.mp4") as reader:
        [frame] = list(reader)
    assert (frame.layout.matrix, frame.layout.full_range) == (layout.matrix, layout.full_range)
    assert (reader.info.primaries, reader.info.transfer) == (9, 18)


def test_times_closer_than_a_tick_still_increase(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "o.mp4", 32, 32, 30.0, Fraction(1, 30), HD) as out:
        for time_s in (0.0, 0.001, 0.002, 0.5):
            fill(out, 90)
            out.write(time_s)
    with VideoReader(tmp_path / "o.mp4") as reader:
        assert [f.time_s for f in reader] == pytest.approx([0, 1 / 30, 2 / 30, 0.5])


def test_the_index_stands_in_front(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    with VideoWriter(path, 32, 32, 30.0, Fraction(1, 30), HD) as out:
        fill(out, 90)
        out.write(0.0)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_nothing_is_left_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), VideoWriter(tmp_path / "o.mp4", 32, 32, 30.0, Fraction(1, 30), HD) as out:  # noqa: PT012
        fill(out, 90)
        out.write(0.0)
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    path.write_bytes(b"old")
    with VideoWriter(path, 32, 32, 30.0, Fraction(1, 30), HD) as out:
        fill(out, 90)
        out.write(0.0)
        assert path.read_bytes() == b"old"
    assert len(path.read_bytes()) > 500
    assert [p.name for p in tmp_path.iterdir()] == ["o.mp4"]


def test_a_folder_that_is_not_there_raises_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        VideoWriter(tmp_path / "none" / "o.mp4", 32, 32, 30.0, Fraction(1, 30), HD)


def test_without_libx264_mpeg4_is_taken_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_ENCODERS", (("libx264-none", {}), writer._ENCODERS[1]))
    times = [0.0, 1 / 30, 2 / 30, 0.2]
    with VideoWriter(tmp_path / "o.mp4", 64, 48, 30.0, Fraction(1, 15360), HD) as out:
        for time_s in times:
            fill(out, 90)
            out.write(time_s)
    assert out.notice is not None
    assert "mpeg4" in out.notice
    with VideoReader(tmp_path / "o.mp4") as reader:
        assert [f.time_s for f in reader] == pytest.approx(times, abs=1e-3)
    monkeypatch.setattr(writer, "_ENCODERS", (("libx264-none", {}),))
    with pytest.raises(OutputError, match="encoder"):
        VideoWriter(tmp_path / "p.mp4", 64, 48, 30.0, Fraction(1, 15360), HD)


def test_the_encoders_that_are_wanted_exist_here() -> None:
    assert {name for name, _ in writer._ENCODERS} <= set(av.codecs_available)
