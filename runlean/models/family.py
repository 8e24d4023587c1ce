"""What a network is to the rest of runlean: two Protocols, and the records that go in and come out.

Coordinates are pixel EDGES throughout: 0 is the left edge of the first pixel, 0.5 its centre, W the right
edge of the last. A family whose network answers in pixel indices adds the half pixel itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from runlean.models.registry import ModelInfo
    from runlean.models.session import Network

ImageBatch = npt.NDArray[np.uint8]
"""uint8 (n, H, W, 3) RGB, C-contiguous."""


@dataclass(frozen=True, slots=True)
class CropSpec:
    """Which part of the picture a network wants to see around a person.

    Attributes
    ----------
    padding : float
        The box, widened to ``aspect``, is scaled by this about its centre.
    aspect : float
        Width / height of the crop; the shorter side of the box is widened to it.
    resampling : {"area", "bilinear"}
        How the network's own authors make the crop. ``area`` is runlean's crop kernel. ``bilinear`` is
        OpenCV's ``warpAffine``, which aliases when it shrinks: such a model also has ``predict_in`` (see
        `PictureModel`), which makes the crop to the letter. `PoseModel.predict` takes crops from either.
    """

    padding: float
    aspect: float
    resampling: Literal["area", "bilinear"] = "area"

    def boxes(self, person: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Crop boxes around person boxes.

        Parameters
        ----------
        person : float (n, 4)
            x0, y0, x1, y1 of each person, pixels.

        Returns
        -------
        float64 (n, 4)
            x0, y0, x1, y1 of each crop, pixels; may reach outside the picture.
        """
        box = np.asarray(person, np.float64).reshape(-1, 4)
        centre = 0.5 * (box[:, :2] + box[:, 2:])
        width, height = (box[:, 2:] - box[:, :2]).T
        wide = np.maximum(width, height * self.aspect) * self.padding
        half = 0.5 * np.stack((wide, wide / self.aspect), axis=1)
        return np.concatenate((centre - half, centre + half), axis=1)


@dataclass(frozen=True, slots=True)
class Detections:
    """The persons found in one picture, best first.

    Attributes
    ----------
    box : float64 (p, 4)
        x0, y0, x1, y1 in pixels of the network's input.
    score : float64 (p,)
        0..1.
    xy : float64 (p, 17, 2)
        COCO-17 keypoints in pixels of the network's input.
    keypoint_score : float64 (p, 17)
        0..1.
    """

    box: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]
    xy: npt.NDArray[np.float64]
    keypoint_score: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.score)


class PoseModel(Protocol):
    """Crops around persons in, keypoints out; every crop on its own, so that no frame waits for another."""

    @property
    def info(self) -> ModelInfo:
        """Name, keypoints, input size, licence, hash."""
        ...

    @property
    def crop(self) -> CropSpec:
        """The crop that the network wants."""
        ...

    @property
    def provider(self) -> str:
        """The execution provider really taken, as ONNX Runtime names it."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """In one line each, what was wanted of a GPU and could not be used."""
        ...

    def warmup(self) -> None:
        """Run once on nothing, so that the first real batch is not slower than the others."""
        ...

    def predict(self, batch: ImageBatch) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Keypoints of every crop.

        Parameters
        ----------
        batch : uint8 (n, H, W, 3)
            RGB crops of the network's input size; any n, also 0.

        Returns
        -------
        xy : float32 (n, k, 2)
            Pixels of the crop.
        score : float32 (n, k)
            0..1.
        """
        ...


class DeviceBatch(Protocol):
    """Crops that lie where the network runs, as `PoseModel.predict` of a `DeviceModel` takes them."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Any: ...

    def cover(
        self,
        row: int,
        box: npt.NDArray[np.float64],
        person: npt.NDArray[np.float64],
        others: npt.NDArray[np.float64],
        core: float,
    ) -> None:
        """`runlean_kernels.tracking.cover.cover_others` on one row."""
        ...

    def run(self, network: Network, outputs: Sequence[str]) -> list[npt.NDArray[Any]]:
        """Outputs by name for all rows, copied back."""
        ...

    def peaks(self, network: Network, heatmap: str, points: int, outputs: Sequence[str]) -> list[npt.NDArray[Any]]:
        """Windows about the peaks of the first ``points`` maps of an output, the windows' corners, other outputs."""
        ...


@runtime_checkable
class DeviceModel(Protocol):
    """A pose model whose network takes uint8 crops as they are, so that ``predict`` also takes a `DeviceBatch`."""

    @property
    def takes_device_batches(self) -> bool:
        """True; a family whose crops need work before the network has no such property."""
        ...


@runtime_checkable
class SizedDetector(Protocol):
    """A detector that takes any size of input, but is quicker with few: each is planned for by itself on a GPU."""

    def planned_size(self, width: int, height: int) -> tuple[int, int]:
        """(W, H) to show it instead of ``width`` x ``height``: no smaller; the same where every size is as good."""
        ...


@runtime_checkable
class PictureModel(Protocol):
    """A pose model that can also make its crops itself, exactly as its authors do."""

    def predict_in(
        self, picture: npt.NDArray[np.uint8], boxes: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Keypoints of the persons in ``boxes``, in pixels (edges) of ``picture``.

        Parameters
        ----------
        picture : uint8 (height, width, 3)
            Upright RGB.
        boxes : float (n, 4)
            x0, y0, x1, y1 of each person (not of the crop), pixels.

        Returns
        -------
        xy : float32 (n, k, 2)
        score : float32 (n, k)
        """
        ...


class PersonDetector(Protocol):
    """Whole pictures in, persons out."""

    @property
    def info(self) -> ModelInfo:
        """Name, keypoints, licence, hash."""
        ...

    @property
    def provider(self) -> str:
        """The execution provider really taken."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """As of a `PoseModel`."""
        ...

    def warmup(self) -> None:
        """Run once on nothing."""
        ...

    def input_size(self, width: int, height: int, long_side: int = 256) -> tuple[int, int]:
        """(W, H) of the network's input for a picture of ``width`` x ``height`` pixels."""
        ...

    def detect(
        self, batch: ImageBatch, *, max_people: int | None = None, min_score: float | None = None
    ) -> list[Detections]:
        """Persons of every picture, in pixels of the input, one record per picture."""
        ...
