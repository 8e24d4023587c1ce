from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.image.draw import GLYPH, LINE, PANEL, RING, SHAPE_COLUMNS, WEDGE, draw_shapes

WIDTH, HEIGHT = 44, 36
NO_ATLAS = np.zeros(1, np.uint8)


def row(
    kind: int, *numbers: float, opacity: float = 1.0, yuv: tuple[float, float, float] = (200, 60, 220)
) -> list[float]:
    return [kind, opacity, *yuv, *numbers, *[0.0] * (SHAPE_COLUMNS - 5 - len(numbers))]


def drawn(rows: list[list[float]], atlas: np.ndarray = NO_ATLAS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, u, v = (np.full((h, w), g, np.uint8) for h, w, g in ((HEIGHT, 48, 50), (18, 24, 128), (18, 24, 128)))
    draw_shapes(y, u, v, WIDTH, np.array(rows, dtype=float).reshape(-1, SHAPE_COLUMNS), atlas)
    return y, u, v


def distance(shape: list[float], x: float, y: float) -> float:
    """Signed distances written out from their definitions, one point at a time."""
    kind, a = int(shape[0]), shape[5:]
    if kind == LINE:
        p, q, at = np.array(a[0:2]), np.array(a[2:4]), np.array([x, y])
        along = np.dot(at - p, q - p) / max(np.dot(q - p, q - p), 1e-30)
        return float(np.linalg.norm(at - p - np.clip(along, 0, 1) * (q - p)) - a[4])
    if kind == RING:
        return abs(np.hypot(x - a[0], y - a[1]) - a[2]) - a[3]
    if kind == PANEL:
        nearest = np.clip([x, y], [a[0] + a[4], a[1] + a[4]], [a[2] - a[4], a[3] - a[4]])
        core = np.hypot(x - nearest[0], y - nearest[1])
        inside = -min(x - a[0], a[2] - x, y - a[1], a[3] - y)
        return float(core - a[4]) if core > 0 else max(inside, -1e9)
    px, py = x - a[0], y - a[1]
    return max(np.hypot(px, py) - a[2], a[4] * px - a[3] * py, -(a[6] * px - a[5] * py))


def naive(shape: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    planes = []
    for k, (rows, columns, scale, before) in enumerate(((HEIGHT, WIDTH, 1, 50), (18, 22, 2, 128), (18, 22, 2, 128))):
        plane = np.empty((rows, columns))
        for j in range(rows):
            for i in range(columns):
                cover = np.clip(0.5 - distance(shape, (i + 0.5) * scale, (j + 0.5) * scale) / scale, 0, 1)
                plane[j, i] = before + cover * shape[1] * (shape[2 + k] - before)
        planes.append(plane)
    return tuple(planes)  # type: ignore[return-value]


def direction(deg: float) -> tuple[float, float]:
    return float(np.sin(np.radians(deg))), float(-np.cos(np.radians(deg)))


SHAPES = {
    "line": row(LINE, 5.2, 7.7, 30.1, 25.4, 2.3),
    "level line": row(LINE, 5.0, 9.0, 30.0, 9.0, 1.0),
    "upright line": row(LINE, 9.5, 4.0, 9.5, 30.0, 0.6, opacity=0.4),
    "disc": row(LINE, 20.0, 15.0, 20.0, 15.0, 6.5),
    "line that leaves the picture": row(LINE, -10.0, 30.0, 60.0, -5.0, 3.0),
    "ring": row(RING, 21.0, 17.0, 10.0, 1.5),
    "panel": row(PANEL, 4.0, 5.0, 40.0, 30.0, 6.0, opacity=0.66),
    "panel off the pixel grid": row(PANEL, 4.3, 5.6, 31.7, 20.2, 4.0),
    "panel with square corners": row(PANEL, 3.0, 3.0, 20.0, 9.0, 0.0),
    "panel over the edge": row(PANEL, -9.0, 20.0, 60.0, 60.0, 5.0, opacity=0.5),
    "wedge": row(WEDGE, 22.0, 30.0, 26.0, *direction(-12), *direction(25), opacity=0.3),
    "thin wedge": row(WEDGE, 22.0, 30.0, 26.0, *direction(-1), *direction(2)),
    "wedge to the side": row(WEDGE, 12.0, 14.0, 16.0, *direction(60), *direction(130)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_covers_what_its_distance_says(name: str) -> None:
    for got, expected in zip(drawn([SHAPES[name]]), naive(SHAPES[name]), strict=True):
        assert np.abs(got[:, : expected.shape[1]] - expected).max() <= 0.76
        assert (got[:, expected.shape[1] :] == got[0, -1]).all()  # nothing in the padding


def test_shapes_outside_and_shapes_with_nan_draw_nothing() -> None:
    before = drawn([])
    rows = [row(LINE, -50.0, -50.0, -20.0, -20.0, 3.0), row(PANEL, 90.0, 5.0, 99.0, 9.0, 1.0),
            row(RING, 20.0, -99.0, 5.0, 1.0), row(LINE, np.nan, 5.0, 20.0, 20.0, 2.0),
            row(GLYPH, 60.0, 5.0, 1.0, 1.0, 0)]  # fmt: skip
    for got, expected in zip(drawn(rows), before, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_the_last_shape_lies_on_top() -> None:
    y, _, _ = drawn([row(PANEL, 0.0, 0.0, 40.0, 30.0, 0.0), row(PANEL, 0.0, 0.0, 40.0, 30.0, 0.0, yuv=(90, 128, 128))])
    assert (y[5:25, 5:35] == 90).all()


@pytest.mark.parametrize("left", [6, 7])
@pytest.mark.parametrize("top", [4, 5])
def test_a_letter_is_its_bitmap_blended(left: int, top: int) -> None:
    bitmap = np.array([[0, 255, 128], [64, 255, 0], [255, 255, 255]], np.uint8)
    atlas = np.concatenate([np.full(7, 99, np.uint8), bitmap.ravel()])
    y, u, _ = drawn([row(GLYPH, left, top, 3.0, 3.0, 7.0, opacity=0.8)], atlas)
    cover = np.zeros((HEIGHT, WIDTH))
    cover[top : top + 3, left : left + 3] = bitmap / 255 * 0.8
    assert np.abs(y[:, :WIDTH] - (50 + cover * 150)).max() <= 0.51
    shared = cover.reshape(18, 2, 22, 2).mean(axis=(1, 3))
    assert np.abs(u[:, :22] - (128 + shared * (60 - 128))).max() <= 0.51


def test_a_letter_at_the_edge_is_cut_off() -> None:
    atlas = np.full(100, 255, np.uint8)
    corners = [(-4.0, -5.0), (WIDTH - 3.0, HEIGHT - 4.0)]
    y, u, _ = drawn([row(GLYPH, *corner, 10.0, 10.0, 0.0) for corner in corners], atlas)
    assert (y[:5, :6] == 200).all()
    assert (y[-4:, WIDTH - 3 : WIDTH] == 200).all()
    assert (y[:, WIDTH:] == 50).all()
    assert (y == 200).sum() == 5 * 6 + 4 * 3
    assert (u[:2, :3] == 60).all()
