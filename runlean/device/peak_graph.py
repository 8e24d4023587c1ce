"""Peaks of heat maps where the maps lie: 25 values a point come back instead of 4,096."""

from __future__ import annotations

import numpy as np

from runlean.models.onnx_wire import Graph
from runlean_kernels.detection.heatmap_peak import REACH


def peak_graph(maps: int, points: int, rows: int, columns: int) -> bytes:
    """The graph for heat maps of one size.

    Parameters
    ----------
    maps, points : int
        Maps per crop, and how many of them, from the first, are wanted.
    rows, columns : int
        Cells of a map.

    Notes
    -----
    Input ``heatmap`` float32 (n, maps, rows, columns). Outputs: ``windows`` float32 (n, points, 5, 5), the cells about
    the highest one (0 outside the map), and ``corner`` float32 (n, points, 2), x and y of the window's first cell.
    `heatmap_peak` of the windows, moved by the corners, is `heatmap_peak` of the maps: the first highest cell of a map
    is the first highest of its window.
    """
    g = Graph("runlean_peak")
    side, wide = 2 * REACH + 1, columns + 2 * REACH
    x = g.take("heatmap", "float32", ["n", maps, rows, columns])
    ends = [g.constant(value, "int64") for value in ([0], [points], [1])]
    x = g.add("Slice", x, *ends)
    flat = g.add("Reshape", x, g.constant([0, 0, rows * columns], "int64"))
    padded = g.add("Pad", x, g.constant([0, 0, REACH, REACH, 0, 0, REACH, REACH], "int64"), g.constant(0.0))
    cells = g.add("Reshape", padded, g.constant([0, 0, (rows + 2 * REACH) * wide], "int64"))
    best = g.add("ArgMax", flat, axis=2, keepdims=1)
    row = g.add("Div", best, g.constant(columns, "int64"))
    column = g.add("Sub", best, g.add("Mul", row, g.constant(columns, "int64")))
    first = g.add("Add", g.add("Mul", row, g.constant(wide, "int64")), column)
    steps = (np.arange(side)[:, None] * wide + np.arange(side)).reshape(1, 1, -1)
    windows = g.add("GatherElements", cells, g.add("Add", first, g.constant(steps, "int64")), axis=2)
    g.give(
        g.add("Reshape", windows, g.constant([0, 0, side, side], "int64")), "windows", "float32",
        ["n", points, side, side],
    )  # fmt: skip
    corner = g.add("Cast", g.add("Concat", column, row, axis=2), to=1)
    g.give(g.add("Sub", corner, g.constant(float(REACH))), "corner", "float32", ["n", points, 2])
    return g.model()
