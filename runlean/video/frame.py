"""One decoded picture and the video it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from runlean.video.layout import Layout, Plane
from runlean.video.orientation import Orientation, coded_from_upright

if TYPE_CHECKING:
    from runlean.video.store import DevicePicture

#: Kr and Kb of ITU-R BT.601, BT.709 and BT.2020: the shares of red and blue in luma.
LUMA_COEFFICIENTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a video before its frames are read.

    Attributes
    ----------
    path : Path
        Where the file lies.
    file_name : str
        Its last part.
    width, height : int
        Upright picture in square pixels: the container's rotation and pixel aspect applied.
    coded_width, coded_height : int
        Picture as it is stored, the size of the luma plane.
    rotation_deg : int
        0, 90, 180 or 270: clockwise turn from the stored to the upright picture.
    mirrored : bool
        The container asks for a left-to-right flip after the turn.
    sample_aspect_ratio : float
        Width over height of a stored pixel; 1.0 where the file says nothing.
    codec, pix_fmt, container : str
        Names as FFmpeg has them; ``pix_fmt`` before any conversion.
    fps_from_header, duration_s_from_header : float
        NaN where the header does not say.
    n_frames_from_header : int
        0 where the header does not say.
    interlaced : bool
        The first frame is marked as two fields.
    time_base : Fraction
        Unit of the container's time stamps, seconds.
    primaries, transfer : int
        Colour primaries and transfer characteristic as FFmpeg numbers them; 2 where the file does not say.
    """

    path: Path
    file_name: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation_deg: int
    mirrored: bool
    sample_aspect_ratio: float
    codec: str
    pix_fmt: str
    container: str
    fps_from_header: float
    n_frames_from_header: int
    duration_s_from_header: float
    interlaced: bool
    time_base: Fraction = Fraction(1, 90_000)
    primaries: int = 2
    transfer: int = 2

    @property
    def orientation(self) -> Orientation:
        """Rotation and mirror as one record."""
        return Orientation(self.rotation_deg, self.mirrored)

    @property
    def coded_from_upright(self) -> npt.NDArray[np.float64]:
        """Affine (2, 3) from upright to coded pixel-edge coordinates, read-only."""
        return coded_from_upright(self.orientation, self.width, self.height, self.coded_width, self.coded_height)


@dataclass(slots=True)
class Frame:
    """One picture in the planes that the decoder made, with its presentation time.

    Attributes
    ----------
    index : int
        Number in decode order of the frames that came, from 0.
    time_s : float
        Presentation time from the first frame, seconds; not divided by any slow motion.
    planes : tuple of uint8 or uint16 (rows, columns)
        Y, U, V or Y, UV or Y, as stored (not rotated), read-only; they keep the decoder's buffer alive. Empty where the
        samples lie on a device.
    layout : Layout
        How to read them.
    info : VideoInfo
        The video.
    device : DevicePicture or None
        The samples, where they lie on a device.
    """

    index: int
    time_s: float
    planes: tuple[Plane, ...]
    layout: Layout
    info: VideoInfo
    device: DevicePicture | None = None

    def rgb(self) -> npt.NDArray[np.uint8]:
        """The upright picture, uint8 (height, width, 3).

        Plain NumPy in float64, nearest chroma sample, nearest pixel where pixels are not square: the slow and
        obvious way, for tests and single pictures.
        """
        info, layout = self.info, self.layout
        planes = self.planes if self.device is None else self.device.planes()
        rows, columns = np.arange(info.coded_height), np.arange(info.coded_width)
        luma = planes[0].astype(np.float64)
        if layout.kind == "gray":
            blue = red = np.zeros_like(luma)
        else:
            pair = planes[1:] if layout.kind == "planar" else (planes[1][:, 0::2], planes[1][:, 1::2])
            grid = np.ix_(rows >> layout.sub_y, columns >> layout.sub_x)
            blue, red = (plane[grid].astype(np.float64) - (1 << (layout.bit_depth - 1)) for plane in pair)
        unit = 1 << (layout.bit_depth - 8)
        if layout.full_range:
            peak = float((1 << layout.bit_depth) - 1)
            luma, blue, red = luma / peak, blue / peak, red / peak
        else:
            luma, blue, red = (luma / unit - 16.0) / 219.0, blue / unit / 224.0, red / unit / 224.0
        kr, kb = LUMA_COEFFICIENTS[layout.matrix]
        r = luma + 2.0 * (1.0 - kr) * red
        b = luma + 2.0 * (1.0 - kb) * blue
        g = (luma - kr * r - kb * b) / (1.0 - kr - kb)
        coded = np.clip(np.rint(255.0 * np.stack([r, g, b], axis=-1)), 0, 255).astype(np.uint8)
        upright = info.orientation.upright(coded)
        if upright.shape[:2] != (info.height, info.width):
            y = (np.arange(info.height) + 0.5) * upright.shape[0] / info.height
            x = (np.arange(info.width) + 0.5) * upright.shape[1] / info.width
            upright = upright[np.ix_(y.astype(int), x.astype(int))]
        return np.ascontiguousarray(upright, dtype=np.uint8)
