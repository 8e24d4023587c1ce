"""Frames that lie elsewhere than in this process's memory: what the rest of runlean asks of them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from runlean.video.layout import Layout, Plane

if TYPE_CHECKING:
    import av
    from av.video.reformatter import VideoReformatter

    from runlean.video.frame import VideoInfo

FloatArray = npt.NDArray[np.float64]


class DevicePicture(Protocol):
    """The samples of one frame on a device. Coordinates are pixel edges of the coded picture."""

    def crops(self, affines: FloatArray, colour: npt.NDArray[np.float32], out: Any) -> None:
        """RGB of rectangles: affines float64 (n, 2, 3), out uint8 (n, H, W, 3) here, or rows of a batch there."""
        ...

    def luma(self, affine: FloatArray, out: npt.NDArray[np.float32]) -> None:
        """A small luma picture on the scale of 8 bits: affine float64 (2, 3), out float32 (h, w) here."""
        ...

    def planes(self) -> tuple[Plane, ...]:
        """A copy of all samples here: for single pictures."""
        ...

    def feeds(self, provider: str) -> bool:
        """Networks on this execution provider can read a batch there."""
        ...

    def batch(self, rows: int, height: int, width: int) -> Any:
        """A batch of crops there (`runlean.models.family.DeviceBatch`), still without content."""
        ...


class FrameStore(Protocol):
    """Where a reader puts its frames."""

    @property
    def decoders(self) -> int:
        """Decoders that work on the file at once, each on groups of pictures of its own."""
        ...

    def hwaccel(self) -> Any | None:
        """``av.codec.hwaccel.HWAccel`` to open the file with, or None to decode on the CPU."""
        ...

    def turn(self) -> AbstractContextManager[None]:
        """Held while a decoder works, which may have to wait while a device is needed quiet."""
        ...

    def header_of(self, picture: av.VideoFrame) -> str:
        """Pixel format of a decoded picture as the file has it."""
        ...

    def take(
        self, picture: av.VideoFrame, reformatter: VideoReformatter, info: VideoInfo
    ) -> tuple[DevicePicture, Layout]:
        """Keep a decoded picture, wherever it was decoded."""
        ...
