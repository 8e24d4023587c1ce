from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from runlean.overlay.canvas import Canvas
from runlean.overlay.card import Card, free_corner
from runlean.overlay.figure import draw_skeleton
from runlean.overlay.font import CHARACTERS, Font
from runlean.overlay.palette import LEFT, RIGHT, RUNNERS, ink_on, runner_colours, yuv_of
from runlean.overlay.runner import runners_of
from runlean.overlay.style import bone_width, style_of
from runlean.overlay.tags import degrees_text
from runlean.video import Layout
from runlean_kernels.image.colour import colour_weights

MakeScene = Callable[..., Any]


@pytest.mark.parametrize("full", [True, False])
def test_colours_survive_the_way_to_yuv_and_back(full: bool) -> None:
    w = np.empty(8, np.float32)
    colour_weights(0.2126, 0.0722, 8, full, w)
    for colour in (*RUNNERS, LEFT, RIGHT):
        y, u, v = yuv_of(colour, Layout("planar", 1, 1, 8, "bt709", full))
        back = [w[0] * y + w[1] * v + w[2], w[0] * y + w[3] * u + w[4] * v + w[5], w[0] * y + w[6] * u + w[7]]
        np.testing.assert_allclose(back, colour, atol=1e-2)


def test_ten_runners_have_ten_colours_that_differ_without_red_and_green() -> None:
    colours = runner_colours([7, 3, 3, *range(20, 28)])
    assert len(set(colours.values())) == 10
    assert colours == runner_colours(sorted(colours))
    everybody = runner_colours(range(1, 11))
    assert runner_colours([1, 4, 9]) == {runner: everybody[runner] for runner in (1, 4, 9)}
    # deuteranopia keeps, roughly, brightness and blue against yellow
    seen = np.array([(0.3 * r + 0.6 * g + 0.1 * b, b - (r + g) / 2) for r, g, b in (LEFT, RIGHT)])
    assert np.linalg.norm(seen[0] - seen[1]) > 100


def test_letters_on_a_tag_are_readable() -> None:
    def luminance(colour: tuple[int, int, int]) -> float:
        return sum(k * (c / 255) ** 2.2 for k, c in zip((0.2126, 0.7152, 0.0722), colour, strict=True))

    for colour in RUNNERS:
        a, b = luminance(colour), luminance(ink_on(colour))
        assert (max(a, b) + 0.05) / (min(a, b) + 0.05) > 3.0


def test_letters_are_whole_and_numbers_are_equally_wide() -> None:
    font = Font()
    ink = {}
    for character in CHARACTERS.strip():
        letter = font.letter(character, 20, "regular")
        bitmap = font.atlas[letter.offset : letter.offset + letter.width * letter.height]
        ink[character] = int(bitmap.sum())
    assert all(ink.values())
    assert ink["W"] > ink["i"]
    assert len({font.letter(digit, 14, "bold").advance for digit in "0123456789"}) == 1
    assert font.letter("中", 20, "regular") == font.letter("–", 20, "regular")


def test_text_stands_where_its_anchor_is() -> None:
    canvas = Canvas(Layout("planar", 1, 1, 8, "bt709", False), Font())
    width = canvas.text_width("Hip 12", 20)
    spans = {}
    for anchor in ("left", "centre", "right"):
        planes = tuple(np.full(shape, 128, np.uint8) for shape in ((60, 300), (30, 150), (30, 150)))
        canvas.text("Hip 12", 150.0, 40.0, 20, (255, 255, 255), anchor=anchor)  # type: ignore[arg-type]
        canvas.draw(planes)  # type: ignore[arg-type]
        rows, columns = np.nonzero(planes[0] > 140)
        spans[anchor] = (columns.min(), columns.max() + 1)
        assert rows.max() <= 45
        assert rows.min() >= 22
    assert spans["left"][0] == pytest.approx(150, abs=3)
    assert spans["right"][1] == pytest.approx(150, abs=3)
    assert np.mean(spans["centre"]) == pytest.approx(150, abs=3)
    assert spans["left"][1] - spans["left"][0] == pytest.approx(width, abs=5)
    canvas.text("never", math.nan, 10.0, 20, (0, 0, 0))
    assert len(canvas.shapes) == 0


def test_a_runner_is_looked_up_by_frame_and_time(scene: MakeScene) -> None:
    one = scene().add(5, 200, 220, 180, direction="left", roll=3.0, rows=range(2, 9)).add(6, 100, 220, 180)
    five, six = runners_of(one.frames_table, one.strides_table, one.runners)
    assert (five.runner_id, five.forward, five.mode) == (5, -1.0, "treadmill")
    assert five.roll_rad == pytest.approx(math.radians(3.0))
    assert sorted(five.row_of) == list(range(2, 9))
    assert five.time_s[five.row_of[4]] == pytest.approx(4 / 30)
    assert five.height_px == pytest.approx(180 * 0.90, abs=1)
    assert six.cadence_spm(0.2) == pytest.approx(172.0)
    assert math.isnan(six.cadence_spm(-0.1))
    assert math.isnan(six.cadence_spm(5.0))  # long after the last contact
    assert math.isnan(six.contact_time_s("left", 0.05))  # the first stance still lasts
    assert six.contact_time_s("left", 0.2) == pytest.approx(4 / 30)
    assert math.isnan(six.contact_time_s("right", 0.2))


def test_cards_go_where_the_runners_are_not(scene: MakeScene) -> None:
    style = style_of(640, 480)
    size = Card.size(style)
    for x, expected in ((60, "right"), (580, "left")):
        runners = runners_of(*(lambda s: (s.frames_table, s.strides_table, s.runners))(scene().add(1, x, 300, 290)))
        left, top = free_corner(runners, 640, 480, size, style.gap)
        assert ("left" if left < 320 else "right") == expected
        assert top == style.gap


@pytest.mark.parametrize(
    ("width", "height"), [(320, 240), (640, 360), (1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)]
)
def test_sizes_follow_the_picture(width: int, height: int) -> None:
    style = style_of(width, height)
    assert style.text == pytest.approx(max(11, 0.0222 * min(height, 1.25 * width)), abs=0.5)
    assert style.tiny < style.small < style.text or height <= 360
    assert bone_width(40.0, style.text) == 1.6
    assert bone_width(5000.0, style.text) == 0.26 * style.text


@pytest.mark.parametrize(("lean", "text"), [(0.1, "5.7°"), (-0.1, "−5.7°"), (math.nan, "–")])
def test_angles_are_written_as_people_write_them(lean: float, text: str) -> None:
    assert degrees_text(lean, 1) == text


@pytest.mark.parametrize("filled", [True, False])
def test_a_form_that_is_filled_in_is_the_skeleton_drawn_anew(scene: MakeScene, filled: bool) -> None:
    one = scene().add(5, 200, 220, 180, filled=filled)
    [runner] = runners_of(one.frames_table, one.strides_table, one.runners)
    runner.point[3] += [7.5, -2.25]
    runner.point[4, 9] = math.nan
    style, layout = style_of(320, 240), Layout("planar", 1, 1, 8, "bt709", False)
    again = Canvas(layout, Font())
    for row in (2, 3, 4):
        fresh = Canvas(layout, Font())
        fresh.posed = lambda key, points, draw: draw(points.tolist())  # type: ignore[method-assign]
        for canvas in (fresh, again):
            draw_skeleton(canvas, runner, row, style)
        expected, got = fresh.shapes, again.shapes[-len(fresh.shapes) :]
        assert len(expected) > 40
        np.testing.assert_array_equal(got, expected)
