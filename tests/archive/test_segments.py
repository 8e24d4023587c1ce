"""A long video in segments: the same whoever does which, and as if it had been one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runlean.archive import grid as grid_module
from runlean.archive import segments as segments_module
from runlean.archive.dataset import create_dataset
from runlean.archive.grid import Grid, Segment, SegmentReader, grid_of
from runlean.archive.job import Job
from runlean.archive.stitch import Piece, join_pieces
from runlean.archive.work import Worker
from runlean.config import AnalyzeConfig
from runlean.pipeline import analyze
from runlean.pose.tracks import CameraTrack, PoseTracks
from runlean.video import VideoReader

CONFIG = AnalyzeConfig(model="movenet-lightning", feet="off", overlay=False, report=False)


@pytest.fixture(scope="module")
def film(tmp_path_factory, tools):
    """Eight seconds of running on a treadmill, a keyframe every second."""
    return tools.film(tmp_path_factory.mktemp("long") / "long.mp4", 0, 480, 224, keyframes=60)


@pytest.fixture
def short_grid(monkeypatch):
    """Cuts every two seconds."""

    def laid(path):
        return grid_of(path, segment_s=2.0, overlap_s=1.0, long_s=3.0)

    monkeypatch.setattr(segments_module, "grid_of", laid)
    monkeypatch.setattr(grid_module, "grid_of", laid)
    return laid


def test_the_grid_covers_every_frame_once_and_tells_the_reader_s_times(film):
    grid = grid_of(film, segment_s=2.0, overlap_s=1.0, long_s=3.0)
    with VideoReader(film) as reader:
        times = [frame.time_s for frame in reader]
        timing = reader.timing
    assert grid.time_s.tolist() == times
    assert grid.timing == timing
    own = [range(s.first, s.stop) for s in grid.segments]
    assert len(own) >= 3
    assert [i for r in own for i in r] == list(range(len(times)))
    assert all(s.first % 60 == 0 for s in grid.segments)
    assert grid.segments[1].read_first == pytest.approx(grid.segments[1].first - 60, abs=1)


def test_short_or_faulty_videos_are_not_cut(film, tmp_path):
    assert len(grid_of(film).segments) == 1
    (tmp_path / "cut.mp4").write_bytes(film.read_bytes()[:5000])
    assert len(grid_of(tmp_path / "cut.mp4", long_s=0.0).segments) == 1


def test_a_segment_gives_the_very_frames_of_the_whole(film):
    grid = grid_of(film, segment_s=2.0, overlap_s=0.5, long_s=3.0)
    with VideoReader(film) as reader:
        whole = [frame.planes[0].sum(dtype=np.int64) for frame in reader]
    for segment in grid.segments:
        with SegmentReader(film, 1, grid, segment) as reader:
            part = [(f.index, f.planes[0].sum(dtype=np.int64)) for f in reader]
            assert reader.complete
        assert [i for i, _ in part] == list(range(segment.read_stop - segment.read_first))
        assert [s for _, s in part] == whole[segment.read_first : segment.read_stop]


@pytest.mark.slow
def test_in_segments_as_if_it_had_been_one(film, short_grid, tmp_path):
    dataset = create_dataset(tmp_path / "archive")
    worker = Worker()
    job = Job(
        "analyse", str(film), str(film), film.stat().st_size, "1", None, str(dataset.folder),
        CONFIG.model_dump(mode="json"), CONFIG.hash(),
    )  # fmt: skip
    answer = worker.perform(job)
    assert answer.status == "long"
    count = answer.n_segments
    # by other workers, in another order, one of them twice
    for number in [*reversed(range(count)), 0]:
        outcome = Worker().perform(replace(job, action="segment", video_id=answer.video_id, segment=number))
        assert outcome.status == "part"
    assert worker.perform(replace(job, action="join", video_id=answer.video_id)).status == "done"
    whole = analyze(film, config=CONFIG)
    frames, strides = dataset.table("frames"), dataset.table("strides")
    assert whole.strides.num_rows >= 15
    for name in ("runner_id", "frame", "time_s"):
        assert frames[name].to_pylist() == whole.frames[name].to_pylist()
    for name in ("runner_id", "stride", "side"):
        assert strides[name].to_pylist() == whole.strides[name].to_pylist()
    assert np.abs(np.subtract(strides["contact_s"].to_numpy(), whole.strides["contact_s"].to_numpy())).max() < 0.004
    lean = [table["trunk_lean_deg"].to_numpy() for table in (frames, whole.frames)]
    apart = np.abs(lean[0] - lean[1])
    print(f"lean per frame: rms {np.sqrt(np.nanmean(apart**2)):.2f}, largest {np.nanmax(apart):.2f} deg")
    # where the detector looks depends on what it saw before; the film is small: 0.5 px of the shoulder is a degree
    assert np.sqrt(np.nanmean(apart**2)) < 0.6
    assert np.nanmax(apart) < 3.0
    mine = dataset.summary(answer.video_id).runners[0]
    theirs = whole.summary.runners[0]
    for name in ("cadence_spm", "trunk_lean_deg", "contact_time_s", "duty_factor"):
        got, wanted = mine.metrics[name], theirs.metrics[name]
        assert got.n == wanted.n
        assert got.mean == pytest.approx(wanted.mean, rel=0.005, abs=0.02)
        assert got.mean is not None
        assert wanted.low95 is not None
    assert dataset.summary(answer.video_id).source.n_frames == whole.summary.source.n_frames
    assert dataset.summary(answer.video_id).source.duration_s == whole.summary.source.duration_s
    assert mine.drift.metrics.keys() == theirs.drift.metrics.keys()


def piece(first, stop, read_first, read_stop, people, camera_from=0.0, shots=None):
    """A pass over one segment: ``people`` are x positions at frame 0, all running 2 px per frame."""
    n = read_stop - read_first
    frame = np.tile(np.arange(n), len(people))
    number = frame + read_first
    x = np.repeat(people, n) + 2.0 * number
    xy = np.stack([np.stack([x, x + 5], axis=1), np.full((len(x), 2), 50.0)], axis=2)
    shot = np.zeros(n, np.int64) if shots is None else np.asarray(shots)
    return Piece(
        Segment(first, stop, read_first, read_stop),
        PoseTracks(
            keypoint_names=("left_hip", "right_hip"),
            track_id=np.arange(1, len(people) + 1, dtype=np.int32),
            offsets=np.arange(len(people) + 1) * n,
            frame=frame,
            time_s=frame / 10.0,
            xy=xy,
            score=np.ones((len(x), 2)),
            box=np.stack([x - 20, np.zeros_like(x), x + 20, np.full_like(x, 100.0)], axis=1),
            width=640,
            height=360,
            fps=10.0,
            camera=CameraTrack(camera_from + 1.5 * np.arange(n), np.zeros(n), np.zeros(n, np.bool_), shot, moving=True),
        ),
    )


def grid_over(pieces):
    n = pieces[-1].segment.stop
    return Grid(np.arange(n), np.arange(n) / 10.0, None, tuple(p.segment for p in pieces))


def test_persons_are_followed_across_the_seam_whatever_their_numbers():
    pieces = [piece(0, 20, 0, 30, [100.0, 300.0]), piece(20, 40, 10, 40, [300.0, 500.0, 100.0])]
    joined = join_pieces(pieces, grid_over(pieces), slow_motion=2.0)
    assert joined.track_id.tolist() == [1, 2, 3]
    people = [joined.frame[a:b] for a, b in zip(joined.offsets[:-1], joined.offsets[1:], strict=True)]
    starts = [float(joined.xy[a, 0, 0] - 2.0 * joined.frame[a]) for a in joined.offsets[:-1]]
    assert starts == [100.0, 300.0, 500.0]
    assert people[0].tolist() == people[1].tolist() == list(range(40))
    assert people[2].tolist() == list(range(20, 40))
    assert joined.time_s.tolist() == (joined.frame / 20.0).tolist()


def test_the_camera_goes_on_where_it_stood():
    pieces = [piece(0, 20, 0, 30, [100.0]), piece(20, 40, 10, 40, [100.0])]
    camera = join_pieces(pieces, grid_over(pieces), 1.0).camera
    assert camera is not None
    assert camera.dx_px.tolist() == (1.5 * np.arange(40)).tolist()


def test_a_cut_behind_the_seam_starts_a_new_shot_from_nothing():
    shots = [0] * 20 + [1] * 10
    after = piece(20, 40, 10, 40, [100.0], shots=shots)
    assert after.tracks.camera is not None
    after.tracks.camera.dx_px[20:] -= after.tracks.camera.dx_px[20]
    pieces = [piece(0, 20, 0, 30, [100.0]), after]
    camera = join_pieces(pieces, grid_over(pieces), 1.0).camera
    assert camera is not None
    assert camera.shot.tolist() == [0] * 30 + [1] * 10
    assert camera.dx_px[30:].tolist() == (1.5 * np.arange(10)).tolist()
    assert camera.dx_px[29] == 1.5 * 29
