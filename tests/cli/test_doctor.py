"""The one line that says what to do to go faster, and what is found here."""

from __future__ import annotations

import pytest

from runlean.doctor import Gpu, Machine, Network, Speed, advice, diagnose

MACHINE = Machine("Linux", "a processor", 8, 8, 16.0, 8.0)
NO_GPU = Gpu(0, None, "13.0", (), "no NVIDIA driver was found; install the driver")
GPU = Gpu(1, "13.0", "13.0", (), "")
OK = (Network("movenet-thunder", True, "a" * 64, "as published"),)


@pytest.mark.parametrize(
    ("machine", "gpu", "networks", "speed", "said"),
    [
        (MACHINE, NO_GPU, (Network("blazepose-full", False, None, "missing"),), None, "reinstall"),
        (MACHINE, Gpu(1, "13.0", "13.0", ("libcudnn.so.9",), "libcudnn.so.9 did not load"), OK, None, "libcudnn"),
        (MACHINE, GPU, OK, Speed(1.0, 500.0), "GPU is in use"),
        (Machine("Linux", "a processor", 8, 2, 16.0, 8.0), NO_GPU, OK, Speed(30.0, 500.0), "2 of 8 cores"),
        (MACHINE, NO_GPU, OK, Speed(30.0, 500.0), "network sets the pace"),
        (MACHINE, NO_GPU, OK, Speed(3.0, 500.0), "decoding sets the pace"),
    ],
)
def test_advice(machine: Machine, gpu: Gpu, networks: tuple[Network, ...], speed: Speed | None, said: str) -> None:
    line = advice(machine, gpu, networks, speed)
    assert said in line
    assert "\n" not in line


def test_diagnosis_of_this_machine() -> None:
    d = diagnose(speed=True)
    assert d.speed is not None
    assert 0.1 < d.speed.network_ms_per_crop < 2000
    assert d.speed.decode_fps > 10
    assert {n.name for n in d.networks if n.ok} >= {"movenet-thunder", "movenet-multipose", "blazepose-full"}
    assert "h264" in d.decoders.cpu
    assert bool(d.gpu.lack) == ("CUDAExecutionProvider" not in d.providers.usable)
    assert d.providers.taken_by_auto in d.providers.usable
    assert not d.decoders.nvdec_usable or d.gpu.devices
