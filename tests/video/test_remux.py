"""Packets in another file are the packets that they were."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from runlean.clips import clip_path
from runlean.errors import OutputError, VideoError
from runlean.video.remux import remux

CLIP = "ship_og_waist_30"  # 120 pictures, a B-frame's order in the file


def packets_of(path: Path) -> list[tuple[float, bytes]]:
    """Time and content of each packet in the order of the file."""
    with av.open(str(path)) as file:
        packets = [p for p in file.demux(video=0) if p.size]
        return [(float(p.pts * p.time_base), bytes(p)) for p in packets]


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_the_whole_and_a_beginning_hold_the_same_packets(tmp_path: Path, ending: str) -> None:
    whole, beginning = tmp_path / f"whole.{ending}", tmp_path / f"beginning.{ending}"
    assert remux(clip_path(CLIP), whole) == 120
    assert remux(clip_path(CLIP), beginning, packets=30) == 30
    source = packets_of(clip_path(CLIP))
    assert sorted(t for t, _ in source) != [t for t, _ in source]
    for path, n in ((whole, 120), (beginning, 30)):
        times, contents = zip(*packets_of(path), strict=True)
        np.testing.assert_allclose(times, [t for t, _ in source[:n]], atol=1e-3)
        assert [len(c) for c in contents] == [len(c) for _, c in source[:n]]
        assert list(contents) == [c for _, c in source[:n]]


def test_a_repeated_video_has_its_frames_and_times_behind_one_another(tmp_path: Path) -> None:
    assert remux(clip_path(CLIP), tmp_path / "twice.mp4", times=2) == 240
    with av.open(str(tmp_path / "twice.mp4")) as file:
        pictures = [(frame.time, frame.to_ndarray(format="gray")) for frame in file.decode(video=0)]
    assert len(pictures) == 240
    np.testing.assert_allclose(np.diff([time for time, _ in pictures]), 1 / 30, atol=1e-3)
    for (_, one), (_, again) in zip(pictures[:120:20], pictures[120::20], strict=True):
        np.testing.assert_array_equal(one, again)


def test_a_video_that_begins_late_is_repeated_without_a_hole(tmp_path: Path) -> None:
    late = tmp_path / "late.ts"  # it begins with the time of decoding
    remux(clip_path(CLIP), late)
    assert packets_of(late)[0][0] > 1.5 / 30
    assert remux(late, tmp_path / "twice.ts", times=2) == 240
    times = sorted(time for time, _ in packets_of(tmp_path / "twice.ts"))
    np.testing.assert_allclose(np.diff(times), 1 / 30, atol=1e-3)
    assert len(times) == 240


def test_a_packet_without_a_time_stamp_is_told_and_not_left_out(tmp_path: Path) -> None:
    remux(clip_path(CLIP), tmp_path / "clip.mkv")
    with pytest.raises(VideoError, match="both time stamps"):
        remux(tmp_path / "clip.mkv", tmp_path / "again.mkv")


def test_a_comment_makes_two_copies_differ_and_nothing_else(tmp_path: Path) -> None:
    files = [tmp_path / f"{word}.mp4" for word in ("one", "two")]
    for file in files:
        remux(clip_path(CLIP), file, packets=5, comment=file.stem)
    assert files[0].read_bytes() != files[1].read_bytes()
    assert packets_of(files[0]) == packets_of(files[1])


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be opened"), (b"no video", "cannot be read as one")])
def test_what_is_no_video_is_one_clear_error(tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "no.mp4").write_bytes(content)
    with pytest.raises(VideoError, match=says):
        remux(tmp_path / "no.mp4", tmp_path / "out.mp4")


@pytest.mark.parametrize("name", ["nowhere/clip.mp4", "clip.zzz"])
def test_a_target_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=name):
        remux(clip_path(CLIP), tmp_path / name)
