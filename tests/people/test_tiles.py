"""Small persons in large pictures: the cut into tiles, and what is found in them."""

from __future__ import annotations

import av
import numpy as np
import pytest

from runlean.clips import clip_path, clip_truth_arrays
from runlean.models import load_detector
from runlean.people import TrackerOptions
from runlean.people.finder import LARGEST_WHOLE, LONG_SIDES, MOST_PIXELS, PersonFinder
from runlean.people.sighting import Sightings, each_once
from runlean.people.tiles import MOST_HEIGHT, MOST_WIDTH, OVERLAP, tiles_of
from runlean.video import VideoReader


@pytest.mark.parametrize("size", [(3840, 2160), (2160, 3840), (1920, 1080), (4096, 2160), (7680, 4320)])
@pytest.mark.parametrize("side", [2048, 3072, 4096])
def test_tiles_hold_the_whole_region_and_share_their_edges(size, side):
    scale = max(size) / side
    tiles = tiles_of(np.array([0.0, 0.0, *size], float), scale)
    assert tiles.width % 32 == tiles.height % 32 == 0
    assert tiles.width <= MOST_WIDTH
    assert tiles.height <= MOST_HEIGHT
    np.testing.assert_allclose(tiles.box[:, 2] - tiles.box[:, 0], scale * tiles.width)
    rng = np.random.default_rng(1)
    for point in np.vstack([rng.uniform(0, size, (30, 2)), [[0, 0], size]]):
        mine = ((tiles.own[:, :2] <= point) & (point < tiles.own[:, 2:])).all(axis=1)
        assert mine.any()
        room = 0.5 * scale * OVERLAP - 13 * scale
        for box in tiles.box[mine]:
            # what a tile answers for lies so far inside it that a person about it is whole
            for axis in (0, 1):
                assert box[axis] == 0 or point[axis] - box[axis] >= room
                assert box[axis + 2] >= size[axis] - 1e-6 or box[axis + 2] - point[axis] >= room


def test_tiles_about_persons_leave_the_others_out():
    tiles = tiles_of(np.array([0.0, 0.0, 3840, 2160]), 1.0)
    some = tiles.about(np.array([[100.0, 100, 140, 200], [3700, 2000, 3740, 2100]]))
    assert len(some.box) == 2
    assert len(tiles.box) >= 12


def test_a_person_seen_from_two_tiles_is_one_and_two_abreast_are_two():
    box = np.array([[100.0, 100, 140, 200], [101, 100, 140, 199], [118, 98, 160, 196]])
    trunk = np.array([[120.0, 136], [121, 136], [138, 134]])
    seen = Sightings(box, np.array([0.8, 0.9, 0.6]), trunk, np.full((3, 64), 1 / 64))
    kept = each_once(seen, 0.6)
    assert kept.score.tolist() == [0.9, 0.6]


class Blind:
    """A detector that sees nobody and remembers what it was shown."""

    def __init__(self):
        self.sizes = []

    def input_size(self, width, height, long_side=256):
        scale = long_side / max(width, height)
        return (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))


@pytest.mark.parametrize(
    ("size", "far"), [((640, 360), 768), ((1280, 720), 1024), ((1920, 1080), 1536), ((3840, 2160), 2048)]
)
def test_how_closely_people_far_away_are_looked_for_follows_from_the_picture(size, far):
    assert PersonFinder(Blind(), *size).far_side == far


@pytest.mark.parametrize(
    ("height", "wanted", "side"), [(600.0, 64.0, 512), (120.0, 64.0, 2048), (60.0, 64.0, 4096), (60.0, 20.0, 1280)]
)
def test_the_input_for_a_4k_picture_follows_from_the_runners_height(height, wanted, side):
    finder = PersonFinder(Blind(), 3840, 2160)
    assert finder.long_side_for(np.array([height]), np.array([wanted])) == side


@pytest.fixture(scope="module")
def far_runner(tmp_path_factory):
    """A 3840 x 2160 clip of noise with a rendered runner 80 px high in it, and where the runner's trunk is."""
    with av.open(str(clip_path("ship_og_waist_30"))) as container:
        picture = next(f for i, f in enumerate(container.decode(video=0)) if i == 60).to_image()
    scale = 80 / 195
    small = np.asarray(picture.resize((round(960 * scale), round(540 * scale))))
    left, top = 2500, 1300
    whole = np.random.default_rng(0).integers(90, 110, (2160, 3840, 3)).astype(np.uint8)
    whole[top : top + len(small), left : left + small.shape[1]] = small
    path = tmp_path_factory.mktemp("far") / "far.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = 3840, 2160, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(whole, format="rgb24")))
        out.mux(stream.encode(None))
    with np.load(clip_truth_arrays("ship_og_waist_30")) as z:
        names = list(z["names"])
        corners = [names.index(f"{s}_{p}") for s in ("left", "right") for p in ("shoulder", "hip")]
        trunk = z["kp2d"][60, 0, corners].mean(axis=0)
    return path, np.array([left, top]) + scale * trunk


def test_a_runner_of_80_px_is_found_in_a_4k_picture_in_tiles_only(far_runner):
    path, trunk = far_runner
    with VideoReader(path) as reader:
        frame = next(iter(reader))
        finder = PersonFinder(load_detector("movenet-multipose", device="cpu", threads=1), 3840, 2160)
        assert not (finder.find(frame, 512).score >= TrackerOptions().sure_score).any()
        seen = finder.find(frame, finder.far_side)
        assert seen.score.max() >= TrackerOptions().sure_score
        assert np.hypot(*(seen.trunk - trunk).T).min() < 0.1 * 80
        assert finder.input_pixels <= MOST_PIXELS + 512 * 320
        # from now on only the tile about the runner
        before = finder.input_pixels
        side = finder.long_side_for(seen.height, np.full(len(seen), 64.0))
        assert side > LARGEST_WHOLE
        assert side in LONG_SIDES
        again = finder.find(frame, side, finder.strip(seen.box), seen.box)
        assert np.hypot(*(again.trunk - trunk).T).min() < 0.1 * 80
        assert finder.input_pixels - before < 0.8e6
