"""Run by `test_simulated.py` in a process of its own: Numba reads NUMBA_ENABLE_CUDASIM when it is imported.

Prints one line of JSON: the greatest difference from the compiled kernels, by name.
"""

from __future__ import annotations

import itertools
import json
import sys

import numpy as np

from runlean_kernels.cuda.crop import (
    average_luma_on_gpu,
    cover_on_gpu,
    crops_to_rgb_on_gpu,
    sum_colours_on_gpu,
    turned_crops_to_rgb_on_gpu,
)
from runlean_kernels.image.colour import colour_weights
from runlean_kernels.image.crop import crops_to_rgb
from runlean_kernels.image.luma import average_luma
from runlean_kernels.image.turned import turned_crops_to_rgb
from runlean_kernels.tracking.cover import cover_others

AFFINES = {
    "shrinks": [[3.3, 0, 1.2], [0, 2.7, 0.9]],
    "shrinks to whole pixels": [[3.0, 0, 2.0], [0, 2.0, 1.0]],
    "enlarges": [[0.4, 0, 10.3], [0, 0.3, 7.1]],
    "shrinks one way only": [[2.5, 0, 3.0], [0, 0.6, 4.0]],
    "sticks out top left": [[3.1, 0, -5.3], [0, 2.2, -4.7]],
    "sticks out bottom right": [[3.1, 0, 28.6], [0, 2.2, 21.1]],
    "enlarges at the edge": [[0.4, 0, 35.3], [0, 0.3, 27.1]],
    "lies outside": [[2.0, 0, 60.0], [0, 2.0, 5.0]],
    "mirrored": [[-2.6, 0, 30.0], [0, 2.1, 2.0]],
    "quarter turn": [[0, 2.4, 3.3], [-2.9, 0, 28.0]],
    "half turn": [[-2.4, 0, 33.3], [0, -1.9, 28.0]],
    "three quarter turn": [[0, -2.4, 31.3], [2.9, 0, -2.0]],
}
TURNED = {
    "leans and shrinks": [[2.0, -0.7, 9.0], [0.7, 2.0, 3.0]],
    "leans and enlarges": [[0.5, -0.2, 9.0], [0.2, 0.5, 8.0]],
    "leans over the edge": [[2.0, 1.1, 22.0], [-1.1, 2.0, 20.0]],
}


def picture(chroma: int, sub: tuple[int, int], depth: int, full: bool, width: int, height: int) -> tuple:
    rng = np.random.default_rng(chroma + 10 * depth)
    dtype, unit = (np.uint8, 1) if depth == 8 else (np.uint16, 1 << (depth - 8))
    rows, columns = -(-height >> sub[1]), -(-width >> sub[0])
    y = rng.integers(0, 256 * unit, (height, width + 5)).astype(dtype)
    u = rng.integers(60 * unit, 200 * unit, (rows, (2 if chroma == 2 else 1) * columns + 3)).astype(dtype)
    v = u if chroma == 2 else rng.integers(60 * unit, 200 * unit, u.shape).astype(dtype)
    colour = np.empty(8, np.float32)
    colour_weights(0.2126, 0.0722, depth, full, colour)
    return y, u, v, chroma, *sub, width, height, colour


def read_only(arguments: tuple) -> tuple:
    """Arguments with planes that are only read, as an analysis has them: kernels compiled for one are found again."""
    planes = [plane.view() for plane in arguments[:3]]
    for plane in planes:
        plane.flags.writeable = False
    return (*planes, *arguments[3:])


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).max())


def crops() -> dict[str, float]:
    found = {}
    planar = [(0, (0, 0), 8, False), (1, (1, 1), 8, True), (1, (1, 0), 10, False)]
    layouts = [*planar, (1, (0, 0), 8, False), (2, (1, 1), 8, False), (2, (1, 1), 16, False), (2, (1, 0), 8, True)]
    for layout in layouts:
        names = list(AFFINES) if layout == (2, (1, 1), 8, False) else ["shrinks", "enlarges", "quarter turn"]
        affines = np.array([AFFINES[name] for name in names], float)
        arguments = picture(*layout, 37, 29)
        expected, out = np.empty((2, len(names), 3, 4, 3), np.uint8)
        crops_to_rgb(*read_only(arguments), affines, expected)
        crops_to_rgb_on_gpu[(1, 1, len(names)), (4, 3, 1)](*arguments, affines, out)
        for name, a, b in zip(names, expected, out, strict=True):
            found[f"{name}, layout {layout}"] = difference(a, b)
    for width, height in itertools.product((1, 2, 5), (1, 3)):
        arguments = picture(2, (1, 1), 8, False, width, height)
        affines = np.array([[[0.5, 0, -0.5], [0, 0.5, -0.5]]])
        expected, out = np.empty((2, 1, 3, 4, 3), np.uint8)
        crops_to_rgb(*read_only(arguments), affines, expected)
        crops_to_rgb_on_gpu[(2, 1, 1), (3, 3, 1)](*arguments, affines, out)  # more threads than pixels
        found[f"picture of {width} x {height}"] = difference(expected, out)
    return found


def turned() -> dict[str, float]:
    found = {}
    affines = np.array(list(TURNED.values()), float)
    for layout in [(1, (1, 1), 8, True), (2, (1, 1), 16, False), (0, (0, 0), 8, True)]:
        arguments = picture(*layout, 37, 29)
        expected, out = np.empty((2, len(affines), 3, 4, 3), np.uint8)
        turned_crops_to_rgb(*read_only(arguments), affines, expected)
        turned_crops_to_rgb_on_gpu[(1, 1, len(affines)), (4, 3, 1)](*arguments, affines, out)
        for name, a, b in zip(TURNED, expected, out, strict=True):
            found[f"{name}, layout {layout}"] = difference(a, b)
    return found


def luma() -> dict[str, float]:
    found = {}
    for name, affine in {
        "upright": [[37 / 6, 0, 0], [0, 29 / 4, 0]],
        "turned": [[0, 37 / 6, 0], [-29 / 4, 0, 29]],
        "enlarged": [[0.7, 0, 1], [0, 0.6, 2]],
    }.items():
        y, *more = picture(2, (1, 1), 8, False, 37, 29)
        expected, out = np.empty((2, 4, 6), np.float32)
        matrix = np.array(affine, float)
        average_luma(read_only((y, *more))[0], 37, 29, 0.25, matrix, expected)
        average_luma_on_gpu[(2, 2), (3, 2)](y, 37, 29, 0.25, matrix, out)
        found[f"luma {name}"] = difference(expected, out)
    return found


def cover() -> dict[str, float]:
    box, person = np.array([10.0, 20.0, 26.0, 36.0]), np.array([14.0, 20.0, 22.0, 36.0])
    others = np.array([[8.0, 22.0, 16.0, 30.0], [20.0, 18.0, 40.0, 28.0], [70.0, 70.0, 80.0, 80.0]])
    crop = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3)).astype(np.uint8)
    expected = crop.copy()
    for row in (0, 2):  # in the middle one nobody else is there
        assert cover_others(expected[row], box, person, others, 0.1) > 4
    rectangles = np.array([[[-1, 1, 3, 5], [5, -1, 15, 4], [30, 25, 35, 30]]] * 3, np.int32)
    rectangles[1] = 0
    sums = np.zeros((3, 3))
    sum_colours_on_gpu[(4, 3), (2, 1)](crop, sums)
    cover_on_gpu[(2, 2, 3), (4, 4, 1)](crop, sums, rectangles, np.array([[3.2, 4.8], [0.0, 0.0], [3.2, 4.8]]))
    return {"cover": difference(expected, crop)}


if __name__ == "__main__":
    json.dump(crops() | turned() | luma() | cover(), sys.stdout)
