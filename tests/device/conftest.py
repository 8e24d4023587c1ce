from __future__ import annotations

import numpy as np
import pytest

from runlean.device.graph_cropper import GraphCropper
from runlean.device.memory import HostMemory
from runlean.device.store import Device
from runlean_kernels.image.colour import colour_weights


@pytest.fixture(scope="session")
def host_device():
    """This process in the part of a GPU: its memory, ONNX Runtime's CPU provider."""
    memory = HostMemory()
    return Device(memory, GraphCropper(memory))


@pytest.fixture
def make_planes():
    """Random planes of a layout, with what the kernels need to know of them."""

    def make(layout, width=37, height=29, seed=0):
        rng = np.random.default_rng(seed)
        dtype, unit = (np.uint8, 1) if layout.bit_depth == 8 else (np.uint16, 1 << (layout.bit_depth - 8))
        rows, columns = -(-height >> layout.sub_y), -(-width >> layout.sub_x)

        def plane(n_rows, n_columns, padding, low, high):
            samples = rng.integers(low * unit, high * unit, (n_rows, n_columns + padding)).astype(dtype)
            return samples[:, :n_columns]

        planes = [plane(height, width, 5, 0, 256)]
        if layout.kind == "semiplanar":
            planes.append(plane(rows, 2 * columns, 6, 60, 200))
        elif layout.kind == "planar":
            planes += [plane(rows, columns, 3, 60, 200) for _ in "uv"]
        colour = np.empty(8, np.float32)
        colour_weights(0.2126, 0.0722, layout.bit_depth, layout.full_range, colour)
        if layout.kind == "gray":
            colour[[2, 5, 7]] = 0 if layout.full_range else -16 * unit * colour[0]
        return planes, colour

    return make
