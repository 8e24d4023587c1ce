"""Crops that are made where the network reads them: a batch is the list of what to cut, until the network runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from runlean.device.cropper import Cropper, Picture, cover_of, joined
from runlean.device.memory import DeviceArray
from runlean.models.session import Network

if TYPE_CHECKING:
    from runlean.device.store import Device

FloatArray = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class BatchRows:
    """Some rows of a batch, as a target for a picture's crops."""

    batch: CropBatch
    begin: int
    end: int

    def __len__(self) -> int:
        return self.end - self.begin

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array uint8 (n, H, W, 3)."""
        return (len(self), *self.batch.shape[1:])


class CropBatch:
    """Crops of several pictures in one batch (`runlean.models.family.DeviceBatch`).

    Parameters
    ----------
    device : Device
    rows, height, width : int
    """

    def __init__(self, device: Device, rows: int, height: int, width: int) -> None:
        self._device = device
        self.shape = (rows, height, width, 3)
        self._orders: list[tuple[int, Picture, FloatArray]] = []
        self._covers: dict[int, tuple[npt.NDArray[np.int32], tuple[float, float]]] = {}

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> BatchRows:
        begin, end, _ = rows.indices(len(self))
        return BatchRows(self, begin, end)

    def order(self, row: int, picture: Picture, affines: FloatArray) -> None:
        """Note what rows ``row``, ``row + 1``, ... are to show."""
        self._orders.append((row, picture, affines))

    def cover(self, row: int, box: FloatArray, person: FloatArray, others: FloatArray, core: float) -> None:
        """Note what is painted over in a row, as `runlean_kernels.tracking.cover.cover_others` has it."""
        found = cover_of((self.shape[2], self.shape[1]), box, person, others, core)
        if found is not None:
            self._covers[row] = found

    def run(
        self, network: Network, outputs: Sequence[str], after: Callable[[Sequence[Any]], list[Array]] | None = None
    ) -> list[Array]:
        """Outputs of a network by name for all rows, in this process's memory."""
        with self._device.gate.passed():
            bound = self._device.bound(network)
            parts = []
            for start, stop, rows in bound.calls(len(self)):
                shape = (rows, *self.shape[1:])
                if self._device.capturing:
                    bound.capture(shape, outputs)

                def fill(buffer: DeviceArray, start: int = start, stop: int = stop) -> None:
                    self._fill(self._device.cropper, buffer, start, stop)

                found = bound.run(shape, fill, outputs, after)
                parts.append([one[: stop - start] for one in found])
        return [part[0] if len(parts) == 1 else np.concatenate(part) for part in zip(*parts, strict=True)]

    def peaks(self, network: Network, heatmap: str, points: int, outputs: Sequence[str]) -> list[Array]:
        """Windows about the peaks of an output's maps, the windows' corners, then the other outputs whole."""
        return self.run(network, [heatmap, *outputs], lambda values: self._device.peaks(values, points))

    def _fill(self, cropper: Cropper, buffer: DeviceArray, start: int, stop: int) -> None:
        """Cut everything that lies in rows ``start`` to ``stop`` into a buffer."""
        for row, picture, affines in self._orders:
            begin, end = max(row, start), min(row + len(affines), stop)
            if begin >= end:
                continue
            covers = {r - begin: self._covers[r] for r in range(begin, end) if r in self._covers}
            cropper.crops(
                picture, affines[begin - row : end - row], buffer.rows(begin - start, end - start),
                joined(end - begin, covers),
            )  # fmt: skip
