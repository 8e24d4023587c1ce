"""The picture to choose runners from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from runlean.errors import OutputError
from runlean.overlay import write_preview
from runlean.overlay.palette import RUNNERS
from runlean.overlay.preview import common_frame, own_frame, scores_of, sights_of
from runlean.overlay.runner import runners_of

MakeScene = Callable[..., Any]


def picture_of(scene: Any, tmp_path: Path) -> np.ndarray:
    video = scene.video(tmp_path / "in.mp4")
    out = tmp_path / "out.png"
    write_preview(video, out, scene.frames_table, scene.strides_table, scene.runners)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mp4", "out.png"]
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB")).astype(int)


def share_of(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(picture - np.array(colour)).max(axis=2) <= 2).sum())


@pytest.mark.parametrize("count", [1, 3, 10])
def test_every_runner_has_a_box_and_a_tile_in_a_colour_of_their_own(
    scene: MakeScene, tmp_path: Path, count: int
) -> None:
    many = scene(n=3, width=640, height=360)
    for i in range(count):
        many.add(i + 1, 40 + 60 * i, 340, 150, direction="left" if i % 2 else "right")
    picture = picture_of(many, tmp_path)
    rows = -(-count // 5)
    assert picture.shape[1] == 1280
    assert picture.shape[0] > 720 + 250 * rows
    top, bottom = picture[: 36 + 720], picture[36 + 720 :]
    for colour in RUNNERS[:count]:
        assert share_of(top, colour) > 300
        assert share_of(bottom, colour) > 1500
    for colour in RUNNERS[count:]:
        assert share_of(picture, colour) < 300


def test_who_is_never_in_one_picture_with_the_others_has_a_tile(scene: MakeScene, tmp_path: Path) -> None:
    two = scene(n=8, width=640, height=360)
    two.add(1, 200, 340, 150, rows=range(4)).add(2, 400, 340, 150, rows=range(5, 8))
    picture = picture_of(two, tmp_path)
    assert share_of(picture[36 + 720 :], RUNNERS[1]) > 1500


def test_the_common_picture_shows_most_and_apart(scene: MakeScene) -> None:
    one = scene(n=12, width=640, height=360)
    one.add(1, 200, 340, 150).add(2, 210, 340, 150, rows=range(2, 6)).add(2, 420, 340, 150, rows=range(6, 9))
    one.runners = one.runners[:2]
    everybody = [sights_of(r) for r in runners_of(one.frames_table, one.strides_table, one.runners)]
    assert common_frame(everybody) == 6 or common_frame(everybody) in (7, 8)
    assert own_frame(everybody[1], everybody, (640, 360)) >= 6


def test_a_runner_is_shown_where_no_one_stands_in_front(scene: MakeScene) -> None:
    one = scene(n=12, width=640, height=360).add(1, 200, 340, 150)
    [runner] = runners_of(one.frames_table, one.strides_table, one.runners)
    # a spectator, of whom the tables say nothing, hides all but frames 7 and 8
    sights = sights_of(runner, {frame: 0.7 if frame in (7, 8) else 0.3 for frame in runner.row_of})
    assert own_frame(sights, [sights], (640, 360)) in (7, 8)
    clear = sights_of(runner, {frame: 0.7 if frame != 3 else 0.2 for frame in runner.row_of})
    assert [clear.is_clear(frame) for frame in (2, 3, 99)] == [True, False, False]


def test_scores_are_the_mean_of_all_points(scene: MakeScene) -> None:
    one = scene(n=3, width=640, height=360).add(1, 200, 340, 150)
    scores = scores_of(one.frames_table)
    assert set(scores) == {1}
    assert all(0.0 < value <= 1.0 for value in scores[1].values())


def test_nobody_is_a_picture_that_says_so(scene: MakeScene, tmp_path: Path) -> None:
    empty = scene(n=2).add(1, 100, 200, 150)
    empty.runners = []
    assert picture_of(empty, tmp_path).shape[1] == 1280


def test_a_place_that_cannot_be_written_is_said(scene: MakeScene, tmp_path: Path) -> None:
    one = scene(n=1).add(1, 100, 200, 150)
    video = one.video(tmp_path / "in.mp4")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_preview(video, tmp_path / "file" / "x.png", one.frames_table, one.strides_table, one.runners)
