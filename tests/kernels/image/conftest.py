from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from runlean_kernels.image.colour import colour_weights


@dataclass
class Picture:
    """A YUV picture in memory as kernels take it, planes padded at the end of each row."""

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    chroma: int
    sub_x: int
    sub_y: int
    width: int
    height: int
    colour: np.ndarray

    @property
    def arguments(self) -> tuple[Any, ...]:
        return (self.y, self.u, self.v, self.chroma, self.sub_x, self.sub_y, self.width, self.height, self.colour)

    def rgb(self) -> np.ndarray:
        """Every pixel as float RGB, not rounded, not clipped."""
        rows, columns = np.arange(self.height), np.arange(self.width)
        luma = self.y[: self.height, : self.width].astype(float)
        grid = np.ix_(rows >> self.sub_y, columns >> self.sub_x)
        if self.chroma == 0:
            blue = red = np.zeros_like(luma)
        elif self.chroma == 1:
            blue, red = self.u[grid].astype(float), self.v[grid].astype(float)
        else:
            blue, red = self.u[:, 0::2][grid].astype(float), self.u[:, 1::2][grid].astype(float)
        c = self.colour.astype(float)
        grey = c[0] * luma
        return np.stack(
            [grey + c[1] * red + c[2], grey + c[3] * blue + c[4] * red + c[5], grey + c[6] * blue + c[7]], axis=-1
        )


@pytest.fixture
def make_picture() -> Callable[..., Picture]:
    def make(
        width: int = 37,
        height: int = 29,
        chroma: int = 1,
        sub: tuple[int, int] = (1, 1),
        depth: int = 8,
        full: bool = True,
        seed: int = 0,
    ) -> Picture:
        rng = np.random.default_rng(seed)
        dtype = np.uint8 if depth == 8 else np.uint16
        unit = 1 << (depth - 8)
        rows, columns = -(-height >> sub[1]), -(-width >> sub[0])
        # luma in the middle and little chroma: no colour leaves RGB's gamut, so averaging commutes with clipping
        y = rng.integers(80 * unit, 170 * unit, (height, width + 5)).astype(dtype)
        if chroma == 2:
            u = rng.integers(110 * unit, 146 * unit, (rows, 2 * columns + 6)).astype(dtype)
            v = u
        else:
            u, v = rng.integers(110 * unit, 146 * unit, (2, rows, columns + 3)).astype(dtype)
            u, v = u.copy(), v.copy()
        for plane in (y, u, v):
            plane.flags.writeable = False
        colour = np.empty(8, np.float32)
        colour_weights(0.299, 0.114, depth, full, colour)
        if chroma == 0:
            colour[[2, 5, 7]] = 0 if full else -16 * unit * colour[0]
        return Picture(y, u, v, chroma, sub[0], sub[1], width, height, colour)

    return make
