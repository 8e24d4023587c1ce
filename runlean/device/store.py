"""One device: its memory, what crops on it, the networks bound to it, and the frames of a video on it."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from runlean.device.batch import BatchRows, CropBatch
from runlean.device.bound import BoundNetwork
from runlean.device.cropper import Cropper, Picture, TurnedCrop
from runlean.device.gate import Gate
from runlean.device.graph_session import open_graph
from runlean.device.memory import DeviceArray, DeviceMemory
from runlean.device.peak_graph import peak_graph
from runlean.models.family import DeviceModel, ImageBatch, PoseModel
from runlean.models.providers import CPU, CUDA
from runlean.models.session import GPU_BUCKETS, Network
from runlean.video.layout import Layout, Plane, planes_of, to_native, with_padding
from runlean_kernels.image.crop import crops_to_rgb
from runlean_kernels.image.turned import turned_crops_to_rgb

if TYPE_CHECKING:
    import av
    from av.video.reformatter import VideoReformatter

    from runlean.device.nvdec import Nvdec
    from runlean.video.frame import VideoInfo

FloatArray = npt.NDArray[np.float64]
_CHROMA = {"gray": 0, "planar": 1, "semiplanar": 2}


class Device:
    """A device that frames stay on.

    Parameters
    ----------
    memory : DeviceMemory
    cropper : Cropper
    graphs : bool
        Replay batches as CUDA graphs where the networks allow it.
    notes : list of str, optional
        Receives in one line each what was wanted and could not be used.
    """

    def __init__(
        self, memory: DeviceMemory, cropper: Cropper, *, graphs: bool = False, notes: list[str] | None = None
    ) -> None:
        self.memory, self.cropper = memory, cropper
        self.notes: list[str] = [] if notes is None else notes
        #: Passed by all that uses the device, but for networks that read this process's memory.
        self.gate = Gate()
        self._graphs, self._capturing = graphs, False
        self._warm: weakref.WeakSet[PoseModel] = weakref.WeakSet()
        self._bound: weakref.WeakKeyDictionary[Network, BoundNetwork] = weakref.WeakKeyDictionary()
        self._peaks: dict[tuple[int, ...], Any] = {}
        self._lock = threading.Lock()

    def bound(self, network: Network) -> BoundNetwork:
        """The network with its buffers on this device."""
        with self._lock:
            if network not in self._bound:
                graphs = self._graphs and network.provider == CUDA
                self._bound[network] = BoundNetwork(network, self.memory, graphs, self.note)
            return self._bound[network]

    @property
    def capturing(self) -> bool:
        """`warm` is at work, in the thread that asks."""
        return self._capturing

    def warm(self, models: Iterable[PoseModel | None]) -> None:
        """Let pose models meet every size of batch before frames flow, while nobody else uses the device.

        Parameters
        ----------
        models : iterable
            Pose models (None is left out); those met before, and those that do not read batches here, are left alone.

        Notes
        -----
        Convolution algorithms are searched per size, and CUDA graphs captured, which only goes undisturbed.
        """
        if not self._graphs:
            return
        for model in models:
            if model is None or not isinstance(model, DeviceModel):
                continue
            if model in self._warm or model.provider == CPU:
                continue
            self._warm.add(model)
            with self.gate.alone():
                self._capturing = True
                try:
                    for rows in GPU_BUCKETS:
                        batch = CropBatch(self, rows, model.info.input_height, model.info.input_width)
                        model.predict(cast(ImageBatch, batch))
                finally:
                    self._capturing = False

    def note(self, line: str) -> None:
        """Keep a line for the summary's warnings, once."""
        if line not in self.notes:
            self.notes.append(line)

    def picture(self, planes: Sequence[DeviceArray], layout: Layout, width: int, height: int) -> DeviceFrame:
        """A frame whose planes lie on the device already."""
        return DeviceFrame(self, tuple(planes), layout, width, height)

    def upload(self, planes: Sequence[Plane], layout: Layout, width: int, height: int) -> DeviceFrame:
        """A frame from planes in this process's memory."""
        there = [self.memory.upload(with_padding(plane)) for plane in planes]
        kept = [replace(whole, shape=plane.shape, owner=whole) for whole, plane in zip(there, planes, strict=True)]
        return self.picture(kept, layout, width, height)

    def peaks(self, values: Sequence[Any], points: int) -> list[npt.NDArray[Any]]:
        """See `CropBatch.peaks`."""
        _, maps, rows, columns = values[0].shape()
        key = (int(maps), points, int(rows), int(columns))
        with self._lock:
            if key not in self._peaks:
                self._peaks[key] = open_graph(peak_graph(*key), self.memory)
        session = self._peaks[key]
        binding = session.io_binding()
        binding.bind_ortvalue_input("heatmap", values[0])
        for name in ("windows", "corner"):
            binding.bind_output(name)
        session.run_with_iobinding(binding)
        return [*binding.copy_outputs_to_cpu(), *(np.array(value.numpy()) for value in values[1:])]


class DeviceFrame:
    """One frame on a device (`runlean.video.store.DevicePicture`)."""

    def __init__(
        self, device: Device, planes: tuple[DeviceArray, ...], layout: Layout, width: int, height: int
    ) -> None:
        self._device, self._planes, self._layout = device, planes, layout
        self._width, self._height = width, height

    def crops(self, affines: FloatArray, colour: npt.NDArray[np.float32], out: Any) -> None:
        """As in `DevicePicture`."""
        picture = self._picture(colour)
        if isinstance(out, BatchRows):
            out.batch.order(out.begin, picture, affines)
            return
        memory = self._device.memory
        with self._device.gate.passed():
            target = memory.allocate(out.shape, np.uint8)
            try:
                self._device.cropper.crops(picture, affines, target)
            except TurnedCrop:
                self._crops_here(affines, colour, out)
                return
            memory.synchronize()
            out[...] = memory.download(target)

    def luma(self, affine: FloatArray, out: npt.NDArray[np.float32]) -> None:
        """As in `DevicePicture`."""
        memory = self._device.memory
        with self._device.gate.passed():
            target = memory.allocate(out.shape, np.float32)
            self._device.cropper.luma(self._picture(np.zeros(8, np.float32)), affine, target)
            memory.synchronize()
            out[...] = memory.download(target)

    def planes(self) -> tuple[Plane, ...]:
        """As in `DevicePicture`."""
        with self._device.gate.passed():
            self._device.memory.synchronize()
            return tuple(self._device.memory.download(plane) for plane in self._planes)

    def feeds(self, provider: str) -> bool:
        """As in `DevicePicture`."""
        return (provider == CPU) == (self._device.memory.kind == "cpu")

    def batch(self, rows: int, height: int, width: int) -> CropBatch:
        """As in `DevicePicture`."""
        return CropBatch(self._device, rows, height, width)

    def _picture(self, colour: npt.NDArray[np.float32]) -> Picture:
        return Picture(self._planes, self._layout, self._width, self._height, colour)

    def _crops_here(self, affines: FloatArray, colour: npt.NDArray[np.float32], out: npt.NDArray[np.uint8]) -> None:
        planes, layout = self.planes(), self._layout
        straight = not (affines[:, [0, 1], [1, 0]].any() and affines[:, [0, 1], [0, 1]].any())
        (crops_to_rgb if straight else turned_crops_to_rgb)(
            planes[0], planes[min(1, len(planes) - 1)], planes[-1], _CHROMA[layout.kind], layout.sub_x, layout.sub_y,
            self._width, self._height, colour, affines, out,
        )  # fmt: skip


class DeviceStore:
    """Puts a reader's frames on a device (`runlean.video.store.FrameStore`).

    Parameters
    ----------
    device : Device
    nvdec : Nvdec, optional
        Decodes on the GPU; without it frames are decoded here and uploaded.
    decoders : int
        Engines that work on the file at once.
    """

    def __init__(self, device: Device, nvdec: Nvdec | None = None, decoders: int = 1) -> None:
        self.device, self.nvdec, self.decoders = device, nvdec, decoders
        #: Frames that the GPU decoded, and frames that were uploaded.
        self.decoded_there = self.uploaded = 0

    def hwaccel(self) -> Any | None:
        """As in `FrameStore`."""
        return None if self.nvdec is None else self.nvdec.hwaccel()

    def turn(self) -> AbstractContextManager[None]:
        """As in `FrameStore`."""
        return contextlib.nullcontext() if self.nvdec is None else self.device.gate.passed()

    def header_of(self, picture: av.VideoFrame) -> str:
        """As in `FrameStore`."""
        inner = picture.sw_format
        return picture.format.name if inner is None else inner.name

    def take(
        self, picture: av.VideoFrame, reformatter: VideoReformatter, info: VideoInfo
    ) -> tuple[DeviceFrame, Layout]:
        """As in `FrameStore`."""
        size = (info.coded_width, info.coded_height)
        if self.nvdec is not None and picture.format.name == "cuda" and (picture.width, picture.height) == size:
            found = self.nvdec.planes(picture)
            if found is not None:
                planes, layout = found
                self.decoded_there += 1
                return self.device.picture(planes, layout, *size), layout
        with self.device.gate.passed():
            native, layout = to_native(picture, reformatter, *size)
            self.uploaded += 1
            return self.device.upload(planes_of(native, layout), layout, *size), layout
