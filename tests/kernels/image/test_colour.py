from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.image.colour import colour_weights, line_to_rgb, store_rows, to_byte


def rgb_of(samples: list[float], kr: float, kb: float, depth: int, full: bool) -> np.ndarray:
    w = np.empty(8, np.float32)
    colour_weights(kr, kb, depth, full, w)
    y, u, v = samples
    return np.array([w[0] * y + w[1] * v + w[2], w[0] * y + w[3] * u + w[4] * v + w[5], w[0] * y + w[6] * u + w[7]])


@pytest.mark.parametrize(("kr", "kb"), [(0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)])
@pytest.mark.parametrize("depth", [8, 10, 12, 16])
@pytest.mark.parametrize("full", [True, False])
def test_encoding_then_decoding_gives_the_colour_back(kr: float, kb: float, depth: int, full: bool) -> None:
    for rgb in ([0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [31, 200, 97]):
        r, g, b = np.array(rgb) / 255.0
        y = kr * r + (1 - kr - kb) * g + kb * b
        pb, pr = (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))
        unit, peak = 2.0 ** (depth - 8), 2.0**depth - 1
        middle = 2.0 ** (depth - 1)
        if full:
            samples = [y * peak, pb * peak + middle, pr * peak + middle]
        else:
            samples = [(16 + 219 * y) * unit, 224 * unit * pb + middle, 224 * unit * pr + middle]
        np.testing.assert_allclose(rgb_of(samples, kr, kb, depth, full), rgb, atol=2e-3)


def test_published_bt601_numbers() -> None:
    # ITU-R BT.601, limited range: R = 1.164 (Y - 16) + 1.596 (V - 128), G - 0.391 U - 0.813 V, B + 2.018 U
    w = np.empty(8, np.float32)
    colour_weights(0.299, 0.114, 8, False, w)
    np.testing.assert_allclose(w[[0, 1, 3, 4, 6]], [1.164, 1.596, -0.391, -0.813, 2.018], atol=2e-3)


@pytest.mark.parametrize("n", [0, 1, 2, 19])
def test_a_line_is_its_pixels_one_by_one(n: int) -> None:
    rng = np.random.default_rng(n)
    w = np.empty(8, np.float32)
    colour_weights(0.2126, 0.0722, 8, False, w)
    luma, blue, red = (rng.uniform(0, 255, n).astype(np.float32) for _ in range(3))
    cover = rng.uniform(0, 1, n).astype(np.float32)
    expected = np.empty((n, 3), np.uint8)
    for i in range(n):
        y, u, v = float(luma[i]), float(blue[i]), float(red[i])
        for c, value in enumerate(
            (w[0] * y + w[1] * v + w[2], w[0] * y + w[3] * u + w[4] * v + w[5], w[0] * y + w[6] * u + w[7])
        ):
            expected[i, c] = to_byte(value, cover[i] * 0.5)
    out = np.empty((n, 3), np.uint8)
    line_to_rgb(luma, blue, red, cover, 0.5, w)
    one_of_eight = [np.repeat(line, 8) for line in (luma, red, blue)]
    store_rows(*one_of_eight, 1, out[None])
    assert np.abs(out.astype(int) - expected).max(initial=0) <= 1
