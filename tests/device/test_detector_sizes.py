"""On a GPU every size of input is planned for by itself: the detector is shown few, and sees the same people."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.clips import clip_path
from runlean.models import load_detector
from runlean.models.multipose import GPU_SIZES, gpu_size
from runlean.models.on_gpu import KEPT
from runlean.models.providers import CUDA
from runlean.people import PersonFinder
from runlean.video import VideoReader


def test_all_inputs_up_to_the_largest_whole_one_are_so_few_that_all_are_kept():
    sides = range(32, 1537, 32)
    planned = {(w, h): gpu_size(w, h) for w in sides for h in sides}
    assert all(p[0] >= w and p[1] >= h for (w, h), p in planned.items())
    assert all(gpu_size(*p) == p for p in planned.values())
    assert len(set(planned.values())) <= KEPT
    assert set(GPU_SIZES) <= set(planned.values())
    assert gpu_size(2560, 384) == (2560, 512)


def test_a_network_on_the_cpu_gets_every_size_as_it_is():
    assert load_detector(device="cpu").planned_size(352, 480) == (352, 480)


@pytest.fixture(scope="module")
def frame():
    with VideoReader(clip_path("ship_tm_right_60"), 1) as reader:
        return next(iter(reader))


@pytest.mark.parametrize("look", ["whole", "strip", "close"])
def test_a_larger_input_sees_the_same_person(frame, look):
    found = []
    for provider in (None, CUDA):
        detector = load_detector(device="cpu")
        shown, detect = [], detector.detect
        detector.provider = provider or detector.provider
        detector.detect = lambda batch, shown=shown, detect=detect: shown.append(batch.shape[2:0:-1]) or detect(batch)
        finder = PersonFinder(detector, frame.info.width, frame.info.height)
        if look == "close":
            seen = finder.find_closely(frame, np.array([[380.0, 100, 580, 480]]), 230.0)
        else:
            seen = finder.find(frame, 448, (67.0, 500.0) if look == "strip" else None)
        found.append((seen, shown))
    (here, small), (there, large) = found
    assert small != large
    assert set(large) <= set(GPU_SIZES) | {(h, w) for w, h in GPU_SIZES}
    assert len(here.score) == len(there.score) == 1
    np.testing.assert_allclose(here.trunk, there.trunk, atol=4)
    np.testing.assert_allclose(here.box, there.box, atol=16)
