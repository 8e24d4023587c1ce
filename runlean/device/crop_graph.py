"""The crop as an ONNX graph in front of a network: it runs wherever the network's provider runs.

An average over rectangles is two matrix products per crop, rows first, columns second, with weights that the graph
makes from one stretch of the source per output row and column. The graph is written by `runlean.models.onnx_wire` when
it is needed, one per layout of planes: 16 layouts times matrices, ranges, quarter turns and covers are too many to
ship, and the ``onnx`` package is no dependency. It is a session of its own whose output is the network's input buffer,
so that it fits in front of any network without changing that network's file.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from runlean.models.onnx_wire import Graph
from runlean.video.layout import Layout

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]

#: Columns of a stretch: low, high, 1 / length inside; place between two pixel centres, whether it counts; share inside.
SPAN: Final = 6


def spans(origin: FloatArray, step: FloatArray, n_in: int, n_out: int, first: int = 0) -> Float32Array:
    """Stretch of the source under every output pixel of an axis; the numbers are those of ``axis_weights``.

    Parameters
    ----------
    origin, step : float64 (n,)
        Of each crop, source pixels.
    n_in : int
        Source pixels along the axis.
    n_out : int
        Output pixels.
    first : int
        Source pixel that the graph sees first; subtracted here, in float64.

    Returns
    -------
    float32 (n, n_out, 6)
    """
    start = origin[:, None] + np.arange(n_out) * step[:, None]
    low, high = np.minimum(start, start + step[:, None]), np.maximum(start, start + step[:, None])
    width = high - low
    inside = np.maximum(0.0, np.minimum(high, n_in) - np.maximum(low, 0.0))
    share = np.divide(inside, width, out=np.zeros_like(width), where=width > 0)
    seen = share >= 1e-3
    area = seen & (width >= 1.0)
    middle = np.clip(0.5 * (low + high) - 0.5, 0.0, n_in - 1.0)
    out = np.zeros((*low.shape, SPAN))
    out[..., 0] = np.maximum(low, 0.0) - first
    out[..., 1] = np.minimum(high, n_in) - first
    out[..., 2] = np.divide(1.0, inside, out=np.zeros_like(inside), where=area)
    out[..., 3] = middle - first
    out[..., 4] = seen & ~area
    out[..., 5] = np.where(seen, share, 0.0)
    return out.astype(np.float32)


def touched(span: Float32Array, first: int = 0) -> tuple[int, int]:
    """First and last + 1 source pixel that any output pixel of `spans` needs; (0, 0) where none lies inside."""
    area, near = span[..., 2] > 0, span[..., 4] > 0
    low = [span[..., 0][area], span[..., 3][near]]
    high = [span[..., 1][area], span[..., 3][near] + 2.0]
    every_low, every_high = np.concatenate([np.ravel(a) for a in low]), np.concatenate([np.ravel(a) for a in high])
    if not len(every_low):
        return 0, 0
    return first + int(np.floor(every_low.min())), first + int(np.ceil(every_high.max()))


def crop_graph(layout: Layout, colour: Float32Array, swapped: bool, covers: bool) -> bytes:
    """The graph for one layout of planes.

    Parameters
    ----------
    layout : Layout
    colour : float32 (8,)
        From ``colour_weights``.
    swapped : bool
        The picture is turned by a quarter: rows of the source are columns of the crop.
    covers : bool
        Rectangles of the crops are painted over (see ``cover_others``).

    Notes
    -----
    Inputs: the planes ``y`` (rows, row length) and ``uv`` or ``u`` and ``v``; ``down`` and ``across`` from `spans`;
    ``rows``, ``columns``, ``chroma_rows``, ``chroma_columns``: 0, 1, 2, ... for as many luma pixels as the plane's
    rows and columns stand for. With covers, ``rectangles`` float32 (n, m, 4), ``keep`` float32 (n, 2), ``across_crop``
    and ``down_crop``: 0, 1, 2, ... Output: ``crops`` uint8 (n, H, W, 3).
    """
    g = Graph("runlean_crop")
    sample = "uint8" if layout.bit_depth == 8 else "uint16"
    down, across = g.take("down", "float32", ["n", "h", SPAN]), g.take("across", "float32", ["n", "w", SPAN])
    luma = _luma(g, sample, down, across)
    c = [float(value) for value in colour]
    grey = g.add("Mul", luma, g.constant(c[0]))
    if layout.kind == "gray":
        red = g.add("Add", grey, g.constant(c[2]))
        green = g.add("Add", grey, g.constant(c[5]))
        blue = g.add("Add", grey, g.constant(c[7]))
    else:
        wy = _weights(g, down, g.take("chroma_rows", "float32", ["kr"]), layout.sub_y)
        wx = _weights(g, across, g.take("chroma_columns", "float32", ["kc"]), layout.sub_x)
        if layout.kind == "semiplanar":
            pb, pr = _pair(g, g.take("uv", sample, ["rc", "pc"]), wy, wx)
        else:
            pb = _product(g, g.take("u", sample, ["rc", "pc"]), wy, wx)
            pr = _product(g, g.take("v", sample, ["rc", "pc"]), wy, wx)
        kr = g.add("Add", g.add("Mul", pr, g.constant(c[1])), g.constant(c[2]))
        kg = g.add("Add", g.add("Mul", pb, g.constant(c[3])), g.add("Mul", pr, g.constant(c[4])))
        kb = g.add("Add", g.add("Mul", pb, g.constant(c[6])), g.constant(c[7]))
        red, blue = g.add("Add", grey, kr), g.add("Add", grey, kb)
        green = g.add("Add", g.add("Add", grey, kg), g.constant(c[5]))
    last = g.constant([-1], "int64")
    stacked = g.add("Concat", *(g.add("Unsqueeze", one, last) for one in (red, green, blue)), axis=3)
    limited = g.add("Clip", stacked, g.constant(0.0), g.constant(255.0))
    share = g.add("Mul", _column(g, down, 5, [2, 3]), _column(g, across, 5, [1, 3]))
    value = g.add("Floor", g.add("Add", g.add("Mul", limited, share), g.constant(0.5)))
    if swapped:
        value = g.add("Transpose", value, perm=[0, 2, 1, 3])
    if covers:
        value = _covered(g, value)
    g.give(g.add("Cast", value, to=2), "crops", "uint8", ["n", "H", "W", 3])
    return g.model()


def luma_graph(layout: Layout, swapped: bool) -> bytes:
    """The graph that makes a small luma picture: inputs as `crop_graph`; output ``luma`` float32 (1, h, w)."""
    g = Graph("runlean_luma")
    sample = "uint8" if layout.bit_depth == 8 else "uint16"
    down, across = g.take("down", "float32", ["n", "h", SPAN]), g.take("across", "float32", ["n", "w", SPAN])
    luma = _luma(g, sample, down, across)
    small = g.add("Mul", luma, g.constant(1.0 / (1 << (layout.bit_depth - 8))))
    if swapped:
        small = g.add("Transpose", small, perm=[0, 2, 1])
    g.give(small, "luma", "float32", ["n", "H", "W"])
    return g.model()


def _luma(g: Graph, sample: str, down: str, across: str) -> str:
    wy = _weights(g, down, g.take("rows", "float32", ["kr_y"]), 0)
    wx = _weights(g, across, g.take("columns", "float32", ["kc_y"]), 0)
    return _product(g, g.take("y", sample, ["r", "p"]), wy, wx)


def _product(g: Graph, plane: str, wy: str, wx: str) -> str:
    lines = g.add("MatMul", wy, g.add("Cast", plane, to=1))
    return g.add("MatMul", lines, g.add("Transpose", wx, perm=[0, 2, 1]))


def _pair(g: Graph, plane: str, wy: str, wx: str) -> tuple[str, str]:
    """Blue and red from interleaved chroma: rows are averaged once for both."""
    lines = g.add("MatMul", wy, g.add("Cast", plane, to=1))
    pairs = g.add("Reshape", lines, g.constant([0, 0, -1, 2], "int64"))
    turned = g.add("Transpose", wx, perm=[0, 2, 1])
    first, second = (g.add("Gather", pairs, g.constant(i, "int64"), axis=3) for i in (0, 1))
    return g.add("MatMul", first, turned), g.add("MatMul", second, turned)


def _column(g: Graph, span: str, index: int, unsqueeze: list[int]) -> str:
    column = g.add("Gather", span, g.constant(index, "int64"), axis=2)
    return g.add("Unsqueeze", column, g.constant(unsqueeze, "int64"))


def _weights(g: Graph, span: str, k: str, shift: int) -> str:
    """Weights (n, out, in) of the source pixels ``k``, summed over the 2**shift that share a chroma sample."""
    low, high, scale, middle, near = (_column(g, span, i, [2]) for i in range(5))
    overlap = g.add("Sub", g.add("Min", high, g.add("Add", k, g.constant(1.0))), g.add("Max", low, k))
    area = g.add("Mul", g.add("Relu", overlap), scale)
    distance = g.add("Abs", g.add("Sub", middle, k))
    linear = g.add("Mul", g.add("Relu", g.add("Sub", g.constant(1.0), distance)), near)
    weight = g.add("Add", area, linear)
    if shift == 0:
        return weight
    blocks = g.add("Reshape", weight, g.constant([0, 0, -1, 1 << shift], "int64"))
    return g.add("ReduceSum", blocks, g.constant([3], "int64"), keepdims=0)


def _covered(g: Graph, value: str) -> str:
    """Rectangles of (n, H, W, 3) filled with each crop's mean colour, cut to a whole number."""
    rectangles, keep = g.take("rectangles", "float32", ["n", "m", 4]), g.take("keep", "float32", ["n", 2])
    across, down = g.take("across_crop", "float32", ["W"]), g.take("down_crop", "float32", ["H"])
    one = g.constant([2], "int64")
    left, top, right, bottom = (
        g.add("Unsqueeze", g.add("Gather", rectangles, g.constant(i, "int64"), axis=2), one) for i in range(4)
    )
    in_x = g.add("And", g.add("GreaterOrEqual", across, left), g.add("Less", across, right))
    in_y = g.add("And", g.add("GreaterOrEqual", down, top), g.add("Less", down, bottom))
    hits = g.add("MatMul", g.add("Transpose", g.add("Cast", in_y, to=1), perm=[0, 2, 1]), g.add("Cast", in_x, to=1))
    both = g.constant([1, 2], "int64")
    ends = [g.add("Unsqueeze", g.add("Gather", keep, g.constant(i, "int64"), axis=1), both) for i in (0, 1)]
    centre = g.add("Add", across, g.constant(0.5))
    stays = g.add("And", g.add("GreaterOrEqual", centre, ends[0]), g.add("LessOrEqual", centre, ends[1]))
    mask = g.add("And", g.add("Greater", hits, g.constant(0.5)), g.add("Not", stays))
    mean = g.add("Floor", g.add("ReduceMean", value, g.constant([1, 2], "int64"), keepdims=1))
    return g.add("Where", g.add("Unsqueeze", mask, g.constant([3], "int64")), mean, value)
