"""Boxes of the upright picture as network input, straight from the decoder's planes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from runlean.video.frame import LUMA_COEFFICIENTS, Frame
from runlean.video.layout import Layout, with_padding
from runlean_kernels.image.colour import colour_weights
from runlean_kernels.image.crop import crops_to_rgb
from runlean_kernels.image.luma import average_cells, average_luma
from runlean_kernels.image.turned import turned_crops_to_rgb

FloatArray = npt.NDArray[np.float64]
#: Samples of 8 bits that 16 bits hold the sum of.
_TALLEST_CELL = 257
_CHROMA = {"gray": 0, "planar": 1, "semiplanar": 2}


def crop_batch(frame: Frame, boxes: FloatArray, out: npt.NDArray[np.uint8]) -> None:
    """Cut boxes out of a frame into a batch of RGB pictures.

    Parameters
    ----------
    frame : Frame
        As decoded; its rotation is applied on the way.
    boxes : float64 (n, 4)
        x0, y0, x1, y1 in pixels of the upright picture; may lie partly or wholly outside it.
    out : uint8 (n, H, W, 3)
        Receives the crops, C-contiguous; or rows of a batch on the frame's device. An upright point is
        x0 + x / W * (x1 - x0), y likewise.

    Notes
    -----
    Area average when shrinking, bilinear when enlarging, black outside the picture.
    """
    boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    height, width = out.shape[1:3]
    upright = np.zeros((len(boxes), 3, 3))
    upright[:, 0, 0] = (boxes[:, 2] - boxes[:, 0]) / width
    upright[:, 1, 1] = (boxes[:, 3] - boxes[:, 1]) / height
    upright[:, :2, 2] = boxes[:, :2]
    upright[:, 2, 2] = 1.0
    crop_affine_batch(frame, upright[:, :2], out)


def crop_affine_batch(frame: Frame, affines: FloatArray, out: npt.NDArray[np.uint8]) -> None:
    """Cut rectangles at any angle out of a frame.

    Parameters
    ----------
    frame : Frame
        As decoded.
    affines : float64 (n, 2, 3)
        From pixel-edge coordinates of a crop to those of the upright picture.
    out : uint8 (n, H, W, 3)
        Receives the crops, C-contiguous; or rows of a batch on the frame's device.
    """
    bottom = np.broadcast_to([0.0, 0.0, 1.0], (len(affines), 1, 3))
    coded = frame.info.coded_from_upright @ np.concatenate([affines, bottom], axis=1)
    layout, info = frame.layout, frame.info
    if frame.device is not None:
        frame.device.crops(np.ascontiguousarray(coded), colour_of(layout), out)
        return
    planes = [with_padding(plane) for plane in frame.planes]
    y, u, v = planes[0], planes[min(1, len(planes) - 1)], planes[-1]
    # a matrix product leaves exact zeros where the turn is a quarter and the crop's own angle is 0
    straight = not (coded[:, [0, 1], [1, 0]].any() and coded[:, [0, 1], [0, 1]].any())
    (crops_to_rgb if straight else turned_crops_to_rgb)(
        y,
        u,
        v,
        _CHROMA[layout.kind],
        layout.sub_x,
        layout.sub_y,
        info.coded_width,
        info.coded_height,
        colour_of(layout),
        np.ascontiguousarray(coded),
        out,
    )


def picture_to_rgb(frame: Frame, width: int, height: int, out: npt.NDArray[np.uint8]) -> None:
    """The whole upright picture as ``width`` x ``height`` in the top left of ``out``; the rest is black.

    Parameters
    ----------
    frame : Frame
        As decoded.
    width, height : int
        Size to bring the picture to; at most that of ``out``.
    out : uint8 (H, W, 3)
        Receives RGB, C-contiguous. An upright point is x / width * picture width, y likewise.
    """
    info = frame.info
    affine = np.array([[[info.width / width, 0.0, 0.0], [0.0, info.height / height, 0.0]]])
    crop_affine_batch(frame, affine, out[None])


def luma_thumbnail(frame: Frame, out: npt.NDArray[np.float32]) -> None:
    """The whole upright picture's luma, averaged down to a small one.

    Parameters
    ----------
    frame : Frame
        As decoded.
    out : float32 (h, w)
        Receives luma on the scale of 8 bits as it is stored (studio range is not stretched), C-contiguous.
    """
    info = frame.info
    small = np.array([[info.width / out.shape[1], 0.0, 0.0], [0.0, info.height / out.shape[0], 0.0], [0.0, 0.0, 1.0]])
    affine = info.coded_from_upright @ small
    if frame.device is not None:
        frame.device.luma(affine, out)
        return
    luma = with_padding(frame.planes[0])
    rows, columns = out.shape[::-1] if info.orientation.swaps_axes else out.shape
    across, down = info.coded_width / columns, info.coded_height / rows
    if luma.dtype == np.uint8 and across.is_integer() and down.is_integer() and down <= _TALLEST_CELL:
        coded = np.empty((rows, columns), np.float32)
        average_cells(luma, int(across), int(down), coded)
        out[:] = info.orientation.upright(coded)
        return
    scale = 1.0 / (1 << (frame.layout.bit_depth - 8))
    average_luma(luma, info.coded_width, info.coded_height, scale, affine, out)


@lru_cache(maxsize=64)
def colour_of(layout: Layout) -> npt.NDArray[np.float32]:
    """Linear map from a layout's samples to RGB, float32 (8,), from ``colour_weights``."""
    weights = np.empty(8, dtype=np.float32)
    kr, kb = LUMA_COEFFICIENTS[layout.matrix]
    colour_weights(kr, kb, layout.bit_depth, layout.full_range, weights)
    if layout.kind == "gray":
        # no chroma is read: its neutral value is put into the constants
        middle = float(1 << (layout.bit_depth - 1))
        r, g, b = weights[1] * middle, (weights[3] + weights[4]) * middle, weights[6] * middle
        weights += np.array([0, 0, r, 0, 0, g, 0, b], dtype=np.float32)
    return weights
