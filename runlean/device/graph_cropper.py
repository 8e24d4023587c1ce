"""Crops by ONNX graphs (see `crop_graph`): on whatever provider runs the networks."""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from runlean.device.crop_graph import crop_graph, luma_graph, spans, touched
from runlean.device.cropper import Covers, Picture, TurnedCrop, is_straight
from runlean.device.graph_session import open_graph
from runlean.device.memory import DeviceArray, DeviceMemory

FloatArray = npt.NDArray[np.float64]

#: Rows that the graph sees start and end at multiples of this: every shape is one more to plan for.
_ROW_STEP: Final = 64


class GraphCropper:
    """A `Cropper` made of ONNX Runtime sessions.

    Parameters
    ----------
    memory : DeviceMemory
        Where planes and crops lie; its kind chooses the provider.
    """

    name = "graph"

    def __init__(self, memory: DeviceMemory) -> None:
        self._memory = memory
        self._sessions: dict[tuple[object, ...], Any] = {}
        self._counts: dict[int, npt.NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def crops(self, picture: Picture, affines: FloatArray, out: DeviceArray, covers: Covers | None = None) -> None:
        """As in `Cropper`; finished when it returns."""
        if not is_straight(affines):
            raise TurnedCrop("a crop at an angle: expected sides parallel to the picture's; use the kernel cropper")
        swapped = bool(affines[:, 0, 1].any())
        _, height, width, _ = out.shape
        key = ("crop", picture.layout, picture.colour.tobytes(), swapped, covers is not None)
        binding, session = self._bound(
            key, lambda: crop_graph(picture.layout, picture.colour, swapped, covers is not None), picture, affines,
            swapped, (height, width),
        )  # fmt: skip
        if covers is not None:
            binding.bind_cpu_input("rectangles", covers.rectangles.astype(np.float32))
            binding.bind_cpu_input("keep", covers.keep.astype(np.float32))
            binding.bind_cpu_input("across_crop", self._count(width))
            binding.bind_cpu_input("down_crop", self._count(height))
        self._output(binding, "crops", out)
        session.run_with_iobinding(binding)

    def luma(self, picture: Picture, affine: FloatArray, out: DeviceArray) -> None:
        """As in `Cropper`; finished when it returns."""
        swapped = bool(affine[0, 1])
        binding, session = self._bound(
            ("luma", picture.layout, swapped), lambda: luma_graph(picture.layout, swapped), picture, affine[None],
            swapped, out.shape, chroma=False,
        )  # fmt: skip
        shape = (1, *out.shape)
        row_bytes = out.row_bytes * out.shape[0]
        self._output(binding, "luma", DeviceArray(out.pointer, shape, out.dtype, row_bytes, out))
        session.run_with_iobinding(binding)

    def _output(self, binding: Any, name: str, out: DeviceArray) -> None:
        binding.bind_output(
            name, self._memory.kind, self._memory.index, out.dtype.type, list(out.shape), out.pointer
        )  # fmt: skip

    def _bound(
        self, key: tuple[object, ...], graph: Any, picture: Picture, affines: FloatArray, swapped: bool,
        size: tuple[int, ...], chroma: bool = True,
    ) -> tuple[Any, Any]:  # fmt: skip
        # planes come from the decoder's stream or an upload's; ONNX Runtime's own stream waits for neither
        self._memory.synchronize()
        session = self._session(key, graph)
        layout = picture.layout
        n_down, n_across = (size[1], size[0]) if swapped else (size[0], size[1])
        step_y, step_x = (affines[:, 1, 0], affines[:, 0, 1]) if swapped else (affines[:, 1, 1], affines[:, 0, 0])
        down = spans(affines[:, 1, 2], step_y, picture.height, n_down)
        # only rows that a crop needs are read
        begin, end = touched(down)
        begin = begin // _ROW_STEP * _ROW_STEP
        end = min(max(-(-end // _ROW_STEP) * _ROW_STEP, begin + 1), picture.height)
        begin = min(begin, end - 1) // _ROW_STEP * _ROW_STEP
        down = spans(affines[:, 1, 2], step_y, picture.height, n_down, begin)
        across = spans(affines[:, 0, 2], step_x, picture.width, n_across)
        binding = session.io_binding()
        binding.bind_cpu_input("down", down)
        binding.bind_cpu_input("across", across)
        luma = picture.planes[0].rows(begin, end).whole_rows()
        self._plane(binding, "y", luma)
        binding.bind_cpu_input("rows", self._count(luma.shape[0]))
        binding.bind_cpu_input("columns", self._count(luma.shape[1]))
        if chroma and layout.kind != "gray":
            last = -(-end >> layout.sub_y)
            names = ("uv",) if layout.kind == "semiplanar" else ("u", "v")
            parts = [plane.rows(begin >> layout.sub_y, last).whole_rows() for plane in picture.planes[1:]]
            for name, part in zip(names, parts, strict=True):
                self._plane(binding, name, part)
            length = parts[0].shape[1] // (2 if layout.kind == "semiplanar" else 1)
            binding.bind_cpu_input("chroma_rows", self._count(parts[0].shape[0] << layout.sub_y))
            binding.bind_cpu_input("chroma_columns", self._count(length << layout.sub_x))
        return binding, session

    def _plane(self, binding: Any, name: str, plane: DeviceArray) -> None:
        memory = self._memory
        binding.bind_input(name, memory.kind, memory.index, plane.dtype.type, list(plane.shape), plane.pointer)

    def _session(self, key: tuple[object, ...], graph: Any) -> Any:
        with self._lock:
            if key not in self._sessions:
                self._sessions[key] = open_graph(graph(), self._memory)
            return self._sessions[key]

    def _count(self, n: int) -> npt.NDArray[np.float32]:
        """0, 1, 2, ..."""
        with self._lock:
            if n not in self._counts:
                self._counts[n] = np.arange(n, dtype=np.float32)
            return self._counts[n]
