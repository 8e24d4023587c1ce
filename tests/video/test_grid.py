"""How a long video is cut, and that each piece holds the very frames of the whole."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from runlean.video import VideoReader, grid
from runlean.video.grid import SegmentFrames, grid_of
from runlean.video.remux import remux

OPEN = {"x264-params": "open-gop=1:bframes=3:b-adapt=0:keyint=12:min-keyint=12:scenecut=0"}
CLOSED = {"g": "12", "bf": "2", "sc_threshold": "0"}


@pytest.fixture(autouse=True)
def every_second(monkeypatch):
    """Cuts about every second, read from 0.3 s before to 0.2 s behind."""
    for name, seconds in {"SEGMENT_S": 1.0, "BEFORE_S": 0.3, "BEHIND_S": 0.2, "LONG_S": 2.0}.items():
        monkeypatch.setattr(grid, name, seconds)


def film(path, n=130, rate=Fraction(30), **options):
    rng = np.random.default_rng(0)
    base = rng.integers(0, 256, (48, 64, 3)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options=options or CLOSED)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(n):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(base, 2 * i, axis=1), "rgb24")))
        container.mux(stream.encode(None))
    return path


def test_the_grid_covers_every_frame_once_and_tells_the_reader_s_times(tmp_path):
    path = film(tmp_path / "long.mp4", rate=Fraction(30000, 1001))
    laid = grid_of(path)
    with VideoReader(path) as reader:
        times = [frame.time_s for frame in reader]
        timing = reader.timing
    assert laid.time_s.tolist() == times
    assert laid.timing == timing
    own = [range(s.first, s.stop) for s in laid.segments]
    assert len(own) == 4
    assert laid.is_cut
    assert [i for r in own for i in r] == list(range(len(times)))
    assert all(s.first % 12 == 0 for s in laid.segments)
    assert [s.first - s.read_first for s in laid.segments] == [0, 8, 8, 8]
    assert [s.read_stop - s.stop for s in laid.segments] == [5, 5, 5, 0]


def test_short_or_faulty_videos_are_not_cut(tmp_path):
    short = film(tmp_path / "short.mp4", n=50)
    assert not grid_of(short).is_cut
    long = film(tmp_path / "long.mp4")
    (tmp_path / "end.mp4").write_bytes(long.read_bytes()[:3000])
    assert not grid_of(tmp_path / "end.mp4").is_cut
    assert not grid_of(tmp_path / "nothing.mp4").is_cut
    assert not grid_of(film(tmp_path / "one_keyframe.mp4", g="500", sc_threshold="0")).is_cut


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_file_that_was_cut_off_is_read_in_one_pass_which_counts_the_loss(tmp_path, ending):
    whole = film(tmp_path / f"whole.{ending}")
    if ending == "mp4":  # the index in front, as it stands in a file whose copy was cut off
        front = tmp_path / "front.mp4"
        remux(whole, front, options={"movflags": "+faststart"})
        whole = front
    assert grid_of(whole).is_cut
    with av.open(str(whole)) as container:
        # on a border between two packets, so that none is broken
        packets = [p for p in container.demux(container.streams.video[0]) if p.size]
        border = packets[100].pos
    cut = tmp_path / f"cut.{ending}"
    cut.write_bytes(whole.read_bytes()[:border])
    assert not grid_of(cut).is_cut
    with VideoReader(cut) as reader:
        assert 95 <= sum(1 for _ in reader) <= 101
        assert reader.damage is not None


@pytest.mark.parametrize("decoders", [1, 3])
@pytest.mark.parametrize("options", [CLOSED, OPEN], ids=["closed groups", "open groups"])
@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts", "mov"])
def test_a_segment_gives_the_very_frames_of_the_whole(tmp_path, ending, options, decoders, several_decoders):
    path = film(tmp_path / f"film.{ending}", **options)
    laid = grid_of(path)
    with VideoReader(path) as reader:
        whole = [frame.planes[0].tobytes() for frame in reader]
    assert len(laid.segments) == 4
    for number, segment in enumerate(laid.segments):
        with VideoReader(path, 1, several_decoders(3) if decoders > 1 else None) as reader:
            frames = SegmentFrames(reader, laid, number)
            part = [
                (f.index, f.time_s, (f.planes or f.device.planes())[0].tobytes())  # type: ignore[union-attr]
                for f in frames
            ]
            assert frames.complete
        n = segment.read_stop - segment.read_first
        assert [i for i, *_ in part] == list(range(n))
        times = laid.time_s[segment.read_first : segment.read_stop]
        assert [t for _, t, _ in part] == (times - times[0]).tolist()
        assert [p for *_, p in part] == whole[segment.read_first : segment.read_stop]


def test_a_segment_that_lacks_pictures_says_so(tmp_path):
    path = film(tmp_path / "film.mp4")
    laid = grid_of(path)
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size, p.is_keyframe) for p in container.demux(video=0) if p.size]
    at, size, _ = packets[[i for i, (*_, key) in enumerate(packets) if key][4]]
    data = bytearray(path.read_bytes())
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    assert grid_of(path).segments == laid.segments
    complete = []
    for number in range(len(laid.segments)):
        with VideoReader(path, 1) as reader:
            frames = SegmentFrames(reader, laid, number)
            list(frames)
            complete.append(frames.complete)
    assert complete == [True, False, True, True]


def test_stamps_that_the_pictures_do_not_bear_end_the_segment_at_once(tmp_path):
    path = film(tmp_path / "film.avi")  # AVI numbers pictures as they are decoded, not as they are shown
    laid = grid_of(path)
    with VideoReader(path, 1) as reader:
        frames = SegmentFrames(reader, laid, 0)
        assert len(list(frames)) < 5
    assert not frames.complete
