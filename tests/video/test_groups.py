"""Several decoders on one video give what one gives: the same pictures, times, order and losses."""

from __future__ import annotations

import itertools
import threading
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from runlean.clips import clip_path
from runlean.video import VideoReader
from runlean.video.groups import closed_groups, decoded_in_groups


def encoded(path: Path, n: int = 40, gop: int = 6, **options: str) -> Path:
    rng = np.random.default_rng(0)
    base = rng.integers(0, 256, (48, 64, 3)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(30), options={"g": str(gop), "bf": "2", **options})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(n):
            picture = av.VideoFrame.from_ndarray(np.roll(base, 2 * i, axis=1), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def everything(path, store=None):
    with VideoReader(path, 1, store) as reader:
        frames = [(f.index, f.time_s, f.planes if f.device is None else f.device.planes()) for f in reader]
    return frames, reader


def assert_alike(path, store):
    expected, one = everything(path)
    found, several = everything(path, store)
    assert [f[:2] for f in found] == [f[:2] for f in expected]
    for (_, _, a), (_, _, b) in zip(expected, found, strict=True):
        for p, q in zip(a, b, strict=True):
            np.testing.assert_array_equal(p, q)
    assert several.timing == one.timing
    assert several.damage == one.damage


@pytest.mark.parametrize("decoders", [2, 3, 7])
def test_closed_groups_are_decoded_at_once(tmp_path, decoders, several_decoders):
    assert_alike(encoded(tmp_path / "closed.mp4"), several_decoders(decoders))


@pytest.mark.parametrize("gop", [1, 100])
def test_single_pictures_and_one_long_group(tmp_path, gop, several_decoders):
    assert_alike(encoded(tmp_path / "g.mp4", gop=gop), several_decoders(3))


def test_open_groups_stay_together(tmp_path, several_decoders):
    path = encoded(tmp_path / "open.mkv", **{"x264-params": "open-gop=1:bframes=3:b-adapt=0:scenecut=0"})
    assert_alike(path, several_decoders(3))


def test_a_video_of_one_group_is_not_held_whole(tmp_path, monkeypatch, several_decoders):
    monkeypatch.setattr("runlean.video.reader.GROUP_SEARCH", 20)
    path = encoded(tmp_path / "one.mp4", n=90, gop=100)
    assert_alike(path, several_decoders(3))
    packets_of, taken = VideoReader._packets, []

    def counted(reader):
        for packet in packets_of(reader):
            taken.append(packet.pts)
            yield packet

    monkeypatch.setattr(VideoReader, "_packets", counted)
    with VideoReader(path, 1, several_decoders(3)):  # its first picture is there
        assert len(taken) <= 20


def test_a_clip_that_ships(several_decoders):
    assert_alike(clip_path("ship_og_waist_30"), several_decoders(3))


def test_a_cut_file_loses_the_same(tmp_path, several_decoders):
    whole = encoded(tmp_path / "whole.mkv", n=60)
    cut = tmp_path / "cut.mkv"
    data = whole.read_bytes()
    cut.write_bytes(data[: int(0.7 * len(data))])
    expected, _ = everything(cut)
    found, _ = everything(cut, several_decoders(3))
    assert [f[1] for f in found] == [f[1] for f in expected]


def test_leaving_early_ends_the_threads(tmp_path, several_decoders):
    with VideoReader(encoded(tmp_path / "closed.mp4", n=90), 1, several_decoders(4)) as reader:
        next(iter(reader))
    assert not [t for t in threading.enumerate() if t.name == "runlean-group"]


def packet(key, pts, size=1):
    return SimpleNamespace(is_keyframe=key, pts=pts, size=size)


def test_where_groups_are_cut():
    closed = [packet(True, 0), packet(False, 2), packet(False, 1), packet(True, 3), packet(False, 4)]
    assert [len(g) for g in closed_groups(closed)] == [3, 2]
    leading = [packet(True, 0), packet(False, 1), packet(True, 4), packet(False, 3), packet(True, 5), packet(False, 6)]
    assert [len(g) for g in closed_groups(leading)] == [4, 2]
    assert [len(g) for g in closed_groups([packet(True, None), packet(False, 1), packet(True, None)])] == [3]
    ragged = [packet(False, 0), packet(True, 1), packet(True, 2), packet(False, None, 0)]
    assert [len(g) for g in closed_groups(ragged)] == [1, 1, 2]
    assert list(closed_groups([])) == []


class Decoder:
    """Stands in for FFmpeg's: remembers that it was emptied."""

    flushed = 0

    def flush_buffers(self):
        self.flushed += 1


def test_as_many_groups_as_decoders_are_under_way_at_once():
    together = threading.Barrier(3, timeout=20)  # breaks where fewer than three come
    decoders = [Decoder() for _ in range(3)]

    def decode(decoder, packet):
        if packet is not None and packet.is_keyframe:
            together.wait()
        return [] if packet is None else [av.VideoFrame(16, 16, "gray")]

    packets = [packet(i % 4 == 0, i) for i in range(24)]
    assert sum(1 for _ in decoded_in_groups(packets, decoders, decode, room=2)) == 24
    assert sum(decoder.flushed for decoder in decoders) == 6


def test_an_error_comes_out_in_its_place():
    def decode(decoder, packet):
        if packet is not None and packet.pts == 9:
            raise MemoryError("no room")
        return [] if packet is None else [av.VideoFrame(16, 16, "gray")]

    pictures = decoded_in_groups([packet(i % 4 == 0, i) for i in range(24)], [Decoder(), Decoder()], decode, room=50)
    assert sum(1 for _ in itertools.islice(pictures, 9)) == 9
    with pytest.raises(MemoryError, match="no room"):
        next(pictures)
