"""How a picture lies in memory: planes, chroma subsampling, bit depth, colour matrix and range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import av
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Kind = Literal["planar", "semiplanar", "gray"]
Matrix = Literal["bt601", "bt709", "bt2020"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the samples of a picture are and what they mean.

    Attributes
    ----------
    kind : {"planar", "semiplanar", "gray"}
        Y, U, V in three planes; Y and interleaved UV in two; Y alone.
    sub_x, sub_y : int
        Log2 of how many luma samples share one chroma sample, across and down.
    bit_depth : int
        Bits that a sample's full scale has. p010 stores 10 bits at the top of 16, which is the same as 16-bit
        samples, so it says 16.
    matrix : {"bt601", "bt709", "bt2020"}
        Luma coefficients that RGB was turned into YUV with.
    full_range : bool
        Samples use all codes (0..255 at 8 bits), not the studio range (16..235).
    """

    kind: Kind
    sub_x: int
    sub_y: int
    bit_depth: int
    matrix: Matrix
    full_range: bool


#: Formats whose planes are handed on as they lie: kind, sub_x, sub_y, bit depth.
NATIVE: dict[str, tuple[Kind, int, int, int]] = {
    "gray": ("gray", 0, 0, 8),
    "gray10le": ("gray", 0, 0, 10),
    "gray12le": ("gray", 0, 0, 12),
    "yuv420p": ("planar", 1, 1, 8),
    "yuvj420p": ("planar", 1, 1, 8),
    "yuv422p": ("planar", 1, 0, 8),
    "yuvj422p": ("planar", 1, 0, 8),
    "yuv444p": ("planar", 0, 0, 8),
    "yuvj444p": ("planar", 0, 0, 8),
    "yuv420p10le": ("planar", 1, 1, 10),
    "yuv422p10le": ("planar", 1, 0, 10),
    "yuv444p10le": ("planar", 0, 0, 10),
    "yuv420p12le": ("planar", 1, 1, 12),
    "nv12": ("semiplanar", 1, 1, 8),
    "nv16": ("semiplanar", 1, 0, 8),
    "p010le": ("semiplanar", 1, 1, 16),
}

# ISO/IEC 23091-2 matrix coefficients, as FFmpeg numbers them.
_MATRIX: dict[int, Matrix] = {
    1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020", 10: "bt2020",
}  # fmt: skip
#: The same back, for files that are written and for swscale.
MATRIX_CODE = {"bt601": 5, "bt709": 1, "bt2020": 9}
_LIMITED, _FULL = 1, 2


def matrix_of(colorspace: int, height: int) -> Matrix:
    """Colour matrix of a frame; where the file says none, BT.709 from 720 rows up and BT.601 below.

    The split by height is what players do, because SD was made for BT.601 and HD for BT.709.
    """
    return _MATRIX.get(colorspace, "bt709" if height >= 720 else "bt601")


def is_full_range(frame: av.VideoFrame) -> bool:
    """Samples use all codes: so tagged, or untagged and of a format that does by custom (yuvj, gray)."""
    if frame.format.name.startswith("yuvj") or int(frame.color_range) == _FULL:
        return True
    return frame.format.name.startswith(("gray", "ya")) and int(frame.color_range) != _LIMITED


def layout_of(frame: av.VideoFrame) -> Layout:
    """Layout of a frame of one of the ``NATIVE`` formats."""
    name = frame.format.name
    kind, sub_x, sub_y, depth = NATIVE[name]
    matrix = matrix_of(int(frame.colorspace), frame.height)
    return Layout(kind, sub_x, sub_y, depth, matrix, is_full_range(frame))


def to_native(
    frame: av.VideoFrame, reformatter: av.video.reformatter.VideoReformatter, width: int, height: int
) -> tuple[av.VideoFrame, Layout]:
    """The frame itself where its planes can be used as they lie, else one conversion to 8-bit YUV.

    RGB, palettes and 4:4:4 become yuv444p, everything else yuv420p. The same conversion brings a picture
    whose size changed in mid-stream back to ``width`` x ``height``, and turns a bottom-up picture round.
    """
    name = frame.format.name
    same_size = (frame.width, frame.height) == (width, height)
    if name in NATIVE and same_size and all(plane.line_size > 0 for plane in frame.planes):
        return frame, layout_of(frame)
    is_rgb = frame.format.is_rgb or name.startswith("pal")
    subsampled = not is_rgb and any(c.width < frame.width for c in frame.format.components[1:3])
    target = "yuv420p" if subsampled or (not is_rgb and len(frame.format.components) < 3) else "yuv444p"
    matrix = matrix_of(0 if is_rgb else int(frame.colorspace), frame.height)
    full = not is_rgb and is_full_range(frame)
    # RGB is full range by nature; stored as limited YUV it loses under one grey level
    converted = reformatter.reformat(
        frame,
        width=width,
        height=height,
        format=target,
        src_colorspace=None if is_rgb else MATRIX_CODE[matrix],
        dst_colorspace=MATRIX_CODE[matrix],
        src_color_range=_FULL if is_rgb or full else _LIMITED,
        dst_color_range=_FULL if full else _LIMITED,
        threads=1,
    )
    kind, sub_x, sub_y, depth = NATIVE[target]
    return converted, Layout(kind, sub_x, sub_y, depth, matrix, full)


def planes_of(frame: av.VideoFrame, layout: Layout) -> tuple[Plane, ...]:
    """Read-only views of a frame's planes, nothing copied.

    Each view keeps the decoder's buffer alive. Rows lie ``plane.strides[0]`` bytes apart, which may be more
    than the width; the semiplanar UV plane is (rows, 2 * columns).
    """
    views: list[Plane] = []
    for index, plane in enumerate(frame.planes[: {"planar": 3, "semiplanar": 2, "gray": 1}[layout.kind]]):
        rows, columns = plane.height, plane.width
        if layout.kind == "semiplanar" and index == 1:
            columns *= 2
        samples: Plane = np.frombuffer(memoryview(plane), dtype=np.uint8)
        buffer = (samples if layout.bit_depth == 8 else samples.view(np.uint16)).reshape(rows, -1)
        buffer.flags.writeable = False
        views.append(buffer[:, :columns])
    return tuple(views)


def with_padding(plane: Plane) -> Plane:
    """The plane's rows at their full length in memory: one contiguous, read-only array for the kernels."""
    length = plane.strides[0] // plane.itemsize
    # the buffer holds whole rows: the decoder's planes are views of (rows, row length)
    return cast(
        Plane,
        np.lib.stride_tricks.as_strided(
            plane, (plane.shape[0], length), (plane.strides[0], plane.itemsize), writeable=False
        ),
    )
