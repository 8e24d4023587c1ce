"""The graph in front of a network against the compiled kernels, on the CPU provider."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from runlean.device.check import check_cropper
from runlean.device.crop_graph import crop_graph, luma_graph, spans, touched
from runlean.device.cropper import Picture, TurnedCrop, cover_of, joined
from runlean.device.graph_cropper import GraphCropper
from runlean.device.memory import HostMemory
from runlean.device.place import first_that_works
from runlean.errors import DeviceError
from runlean.video.layout import Layout, with_padding
from runlean_kernels.image.axis import axis_taps, axis_weights
from runlean_kernels.image.crop import crops_to_rgb
from runlean_kernels.image.luma import average_luma
from runlean_kernels.tracking.cover import cover_others

LAYOUTS = {
    "nv12": Layout("semiplanar", 1, 1, 8, "bt709", False),
    "p010": Layout("semiplanar", 1, 1, 16, "bt2020", False),
    "nv16": Layout("semiplanar", 1, 0, 8, "bt601", True),
    "yuv420p": Layout("planar", 1, 1, 8, "bt601", True),
    "yuv422p10": Layout("planar", 1, 0, 10, "bt709", False),
    "yuv444p": Layout("planar", 0, 0, 8, "bt709", False),
    "gray": Layout("gray", 0, 0, 8, "bt709", False),
}
AFFINES = {
    "shrinks": [[3.3, 0, 1.2], [0, 2.7, 0.9]],
    "shrinks to whole pixels": [[3.0, 0, 2.0], [0, 2.0, 1.0]],
    "enlarges": [[0.4, 0, 10.3], [0, 0.3, 7.1]],
    "enlarges at the edge": [[0.4, 0, 35.3], [0, 0.3, 27.1]],
    "shrinks one way only": [[2.5, 0, 3.0], [0, 0.6, 4.0]],
    "sticks out top left": [[3.1, 0, -11.3], [0, 2.2, -8.7]],
    "sticks out bottom right": [[3.1, 0, 20.6], [0, 2.2, 18.1]],
    "holds the whole picture": [[7.0, 0, -9.0], [0, 6.0, -5.0]],
    "lies outside": [[2.0, 0, 60.0], [0, 2.0, 5.0]],
    "mirrored": [[-2.6, 0, 30.0], [0, 2.1, 2.0]],
    "quarter turn": [[0, 2.4, 3.3], [-2.9, 0, 28.0]],
    "half turn": [[-2.4, 0, 33.3], [0, -1.9, 28.0]],
    "three quarter turn": [[0, -2.4, 31.3], [2.9, 0, -2.0]],
}
CHROMA = {"gray": 0, "planar": 1, "semiplanar": 2}


def cropped_by_kernel(planes, layout, colour, affines, shape, width=37, height=29):
    padded = [with_padding(plane) for plane in planes]
    out = np.empty(shape, np.uint8)
    crops_to_rgb(
        padded[0], padded[min(1, len(planes) - 1)], padded[-1], CHROMA[layout.kind], layout.sub_x, layout.sub_y, width,
        height, colour, affines, out,
    )  # fmt: skip
    return out


@pytest.mark.parametrize("name", LAYOUTS)
def test_crops_are_those_of_the_kernel(name, make_planes, host_device):
    layout = LAYOUTS[name]
    planes, colour = make_planes(layout)
    memory, cropper = host_device.memory, host_device.cropper
    picture = Picture(tuple(memory.upload(with_padding(p)) for p in planes), layout, 37, 29, colour)
    for affine in AFFINES.values():
        affines = np.array([affine, affine], float)
        affines[1, :, 2] += (1.3, -0.6)
        expected = cropped_by_kernel(planes, layout, colour, affines, (2, 9, 11, 3))
        out = memory.allocate(expected.shape, np.uint8)
        cropper.crops(picture, affines, out)
        assert np.abs(memory.view(out).astype(int) - expected).max() <= 1  # 2 are allowed on a GPU


@pytest.mark.parametrize("height", [29, 200, 64, 65])
def test_only_the_rows_that_are_needed_are_read(height, make_planes, host_device):
    layout = LAYOUTS["nv12"]
    planes, colour = make_planes(layout, 40, height)
    memory = host_device.memory
    picture = Picture(tuple(memory.upload(with_padding(p)) for p in planes), layout, 40, height, colour)
    for top in (-30.0, 0.0, height - 12.5, height + 5.0):
        affines = np.array([[[2.0, 0, 3.0], [0, 1.5, top]]])
        out = memory.allocate((1, 8, 9, 3), np.uint8)
        host_device.cropper.crops(picture, affines, out)
        expected = cropped_by_kernel(planes, layout, colour, affines, (1, 8, 9, 3), 40, height)
        assert np.abs(memory.view(out).astype(int) - expected).max() <= 1


def test_covers_are_those_of_the_kernel(make_planes, host_device):
    layout, memory = LAYOUTS["nv12"], host_device.memory
    planes, colour = make_planes(layout)
    picture = Picture(tuple(memory.upload(with_padding(p)) for p in planes), layout, 37, 29, colour)
    affines = np.array([AFFINES["shrinks"], AFFINES["enlarges"], AFFINES["sticks out top left"]], float)
    box, person = np.array([10.0, 20.0, 26.0, 36.0]), np.array([14.0, 20.0, 22.0, 36.0])
    others = np.array([[8.0, 22.0, 16.0, 30.0], [20.0, 18.0, 40.0, 28.0], [np.nan] * 4, [70.0, 70.0, 80.0, 80.0]])
    out = memory.allocate((3, 12, 14, 3), np.uint8)
    host_device.cropper.crops(picture, affines, out)
    expected = memory.view(out).copy()
    for row in (0, 2):
        assert cover_others(expected[row], box, person, others[: row + 1], 0.1) > 0
    covers = {row: cover_of((14, 12), box, person, others[: row + 1], 0.1) for row in (0, 2)}
    host_device.cropper.crops(picture, affines, out, joined(3, covers))
    np.testing.assert_array_equal(memory.view(out), expected)
    assert cover_of((14, 12), box, person, others[3:], 0.1) is None
    assert joined(3, {}) is None


@pytest.mark.parametrize("name", ["nv12", "p010"])
def test_small_luma_pictures_are_those_of_the_kernel(name, make_planes, host_device):
    layout, memory = LAYOUTS[name], host_device.memory
    planes, colour = make_planes(layout)
    picture = Picture(tuple(memory.upload(with_padding(p)) for p in planes), layout, 37, 29, colour)
    for affine in ([[37 / 6, 0, 0], [0, 29 / 4, 0]], [[0, 37 / 6, 0], [-29 / 4, 0, 29]], [[0.7, 0, 1], [0, 0.6, 2]]):
        matrix, expected = np.array(affine, float), np.empty((4, 6), np.float32)
        average_luma(with_padding(planes[0]), 37, 29, 1.0 / (1 << (layout.bit_depth - 8)), matrix, expected)
        out = memory.allocate((4, 6), np.float32)
        host_device.cropper.luma(picture, matrix, out)
        np.testing.assert_allclose(memory.view(out), expected, atol=0.01)


def test_a_turned_crop_is_refused(make_planes, host_device):
    layout, memory = LAYOUTS["nv12"], host_device.memory
    planes, colour = make_planes(layout)
    picture = Picture(tuple(memory.upload(with_padding(p)) for p in planes), layout, 37, 29, colour)
    with pytest.raises(TurnedCrop):
        host_device.cropper.crops(
            picture, np.array([[[2.0, -0.7, 9.0], [0.7, 2.0, 3.0]]]), memory.allocate((1, 4, 4, 3), np.uint8)
        )


@pytest.mark.parametrize(
    ("origin", "step"), [(1.2, 3.3), (10.0, 0.4), (-5.0, 2.0), (33.0, -1.5), (36.0, 0.2), (80.0, 2.0)]
)
def test_spans_hold_the_weights_of_an_axis(origin, step):
    span = spans(np.array([origin]), np.array([step]), 37, 9)[0].astype(float)
    k = np.arange(37.0)
    area = np.clip(np.minimum(span[:, 1:2], k + 1) - np.maximum(span[:, :1], k), 0, None) * span[:, 2:3]
    weights = area + np.clip(1 - np.abs(span[:, 3:4] - k), 0, None) * span[:, 4:5]
    start, count = np.empty(9, np.int32), np.empty(9, np.int32)
    weight, cover = np.empty((9, axis_taps(step)), np.float32), np.empty(9, np.float32)
    axis_weights(origin, step, 37, start, count, weight, cover)
    expected = np.zeros((9, 37))
    for i in range(9):
        if cover[i]:
            expected[i, start[i] : start[i] + count[i]] = weight[i, : count[i]]
    np.testing.assert_allclose(weights, expected, atol=1e-5)
    np.testing.assert_allclose(span[:, 5], cover, atol=1e-6)
    begin, end = touched(spans(np.array([origin]), np.array([step]), 37, 9))
    used = np.flatnonzero(expected.any(axis=0))
    assert not len(used) or (begin <= used[0] and used[-1] < end)
    assert len(used) or begin == end == 0


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_graphs_are_valid_onnx(name):
    for swapped, covers in ((False, False), (True, True)):
        graph = crop_graph(LAYOUTS[name], np.ones(8, np.float32), swapped, covers)
        onnx.checker.check_model(onnx.load_from_string(graph), full_check=True)
    onnx.checker.check_model(onnx.load_from_string(luma_graph(LAYOUTS[name], True)), full_check=True)


def test_planes_are_waited_for_before_they_are_read(make_planes):
    class Waiting(HostMemory):
        waits = 0

        def synchronize(self):
            self.waits += 1

    memory, layout = Waiting(), LAYOUTS["nv12"]
    planes, colour = make_planes(layout)
    picture = Picture(tuple(memory.upload(with_padding(p)) for p in planes), layout, 37, 29, colour)
    cropper = GraphCropper(memory)
    cropper.crops(picture, np.array([AFFINES["shrinks"]], float), memory.allocate((1, 4, 4, 3), np.uint8))
    assert memory.waits == 1
    cropper.luma(picture, np.array([[3.0, 0, 0], [0, 3.0, 0]]), memory.allocate((4, 4), np.float32))
    assert memory.waits == 2


class WrongCropper:
    """Gives pictures that are a little too bright."""

    name = "wrong"

    def __init__(self, inner, by):
        self._inner, self._by = inner, by

    def crops(self, picture, affines, out, covers=None):
        self._inner.crops(picture, affines, out, covers)
        view = self.memory.view(out)
        view[...] = np.minimum(view.astype(int) + self._by, 255)

    def luma(self, picture, affine, out):
        self._inner.luma(picture, affine, out)


def test_a_cropper_is_used_only_once_it_has_given_the_cpus_pictures(host_device):
    memory, right = host_device.memory, host_device.cropper
    check_cropper(right, memory)
    wrong = WrongCropper(right, 4)
    wrong.memory = memory
    with pytest.raises(DeviceError, match=r"crops by wrong: expected the CPU's within 2 grey levels, came 4"):
        check_cropper(wrong, memory)

    def fails():
        raise OSError("libnvvm.so\nis missing")

    notes = []
    device = first_that_works(memory, [("kernel", fails), ("wrong", lambda: wrong), ("graph", lambda: right)], notes)
    assert device.cropper is right
    assert notes[0] == "crops by kernel on the GPU are not used: libnvvm.so is missing"
    assert "4.0 off" in notes[1]
    notes = []
    assert first_that_works(memory, [("kernel", fails)], notes) is None
    assert notes[-1].startswith("crops are cut on the CPU")
