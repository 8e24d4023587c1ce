"""Segments joined: one set of tracks, one camera, no frame twice."""

from __future__ import annotations

import numpy as np

from runlean.pose.stitch import Piece, join_pieces, through_region
from runlean.pose.tracks import CameraTrack, PoseTracks
from runlean.video.grid import Grid, Segment


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


def test_a_region_keeps_who_passes_through_it_anywhere_in_the_video():
    pieces = [piece(0, 20, 0, 30, [100.0, 300.0]), piece(20, 40, 10, 40, [300.0, 100.0])]
    joined = join_pieces(pieces, grid_over(pieces), slow_motion=1.0)
    # the first of them gets there behind the seam only
    kept = through_region(joined, (150.0, 0.0, 200.0, 100.0))
    assert kept.track_id.tolist() == [1]
    assert kept.frame.tolist() == list(range(40))
    np.testing.assert_array_equal(kept.xy, joined.xy[:40])
    assert through_region(joined, (320.0, 0.0, 330.0, 100.0)).track_id.tolist() == [2]
    nobody = through_region(joined, (900.0, 0.0, 930.0, 100.0))
    assert (nobody.n_tracks, nobody.offsets.tolist(), len(nobody.xy)) == (0, [0], 0)
