from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from runlean.video.orientation import Orientation, coded_from_upright, orientation_of_matrix, square_pixel_size

ALL = [Orientation(turn, mirrored) for turn in (0, 90, 180, 270) for mirrored in (False, True)]


@pytest.mark.parametrize("orientation", ALL)
def test_the_affine_and_the_turned_picture_agree(orientation: Orientation) -> None:
    coded = np.arange(5 * 7).reshape(5, 7)
    upright = orientation.upright(coded)
    height, width = upright.shape
    affine = coded_from_upright(orientation, width, height, 7, 5)
    for row in range(height):
        for column in range(width):
            x, y = affine @ [column + 0.5, row + 0.5, 1.0]
            assert coded[int(y), int(x)] == upright[row, column]


@pytest.mark.parametrize("orientation", ALL)
def test_a_display_matrix_gives_its_orientation(orientation: Orientation) -> None:
    # shown at (a x + c y, b x + d y): take the matrix from what happens to the picture's corners
    affine = np.linalg.inv(np.vstack([coded_from_upright(orientation, 1, 1, 1, 1), [0, 0, 1]]))
    (a, c, _), (b, d, _) = affine[:2] * 65536
    assert orientation_of_matrix([int(v) for v in (a, b, 0, c, d, 0, 0, 0, 1 << 30)]) == orientation


def test_a_slanted_matrix_snaps_to_the_nearest_quarter_turn_and_an_empty_one_to_none() -> None:
    c, s = round(65536 * np.cos(np.radians(80))), round(65536 * np.sin(np.radians(80)))
    assert orientation_of_matrix([c, s, 0, -s, c, 0, 0, 0, 1 << 30]) == Orientation(90)
    assert orientation_of_matrix([0] * 9) == Orientation()


def test_a_quarter_turn_clockwise_brings_the_left_bottom_corner_to_the_left_top() -> None:
    picture = np.zeros((4, 6), int)
    picture[-1, 0] = 1
    assert Orientation(90).upright(picture)[0, 0] == 1


@pytest.mark.parametrize(
    ("aspect", "turn", "expected"),
    [(None, 0, (720, 576)), (Fraction(1), 90, (576, 720)), (Fraction(64, 45), 0, (1024, 576)),
     (Fraction(64, 45), 270, (576, 1024)), (Fraction(0), 0, (720, 576)), (Fraction(90), 0, (720, 576))],
)  # fmt: skip
def test_pixels_become_square(aspect: Fraction | None, turn: int, expected: tuple[int, int]) -> None:
    assert square_pixel_size(720, 576, aspect, Orientation(turn)) == expected


def test_a_stretched_picture_maps_edge_to_edge() -> None:
    affine = coded_from_upright(Orientation(90), 576, 1024, 720, 576)
    np.testing.assert_allclose(affine @ [0, 0, 1], [0, 576])
    np.testing.assert_allclose(affine @ [576, 1024, 1], [720, 0])
