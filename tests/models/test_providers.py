"""The choice of the execution provider, without any GPU."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from runlean.errors import ConfigError, DeviceError
from runlean.models import libraries as libraries
from runlean.models import load_pose_model
from runlean.models import on_gpu as on_gpu
from runlean.models import providers as providers
from runlean.models import session as session
from runlean.models.providers import CPU, CUDA, TENSORRT, GpuProbe, choose_providers, parse_device

WHOLE = GpuProbe(built=True, driver=True, n_gpus=2, missing=(), tensorrt=True)
CUDA_ONLY = GpuProbe(built=True, driver=True, n_gpus=1, missing=(), tensorrt=False)


@pytest.mark.parametrize(
    ("device", "usable", "chosen"),
    [
        ("auto", {CPU}, (CPU,)),
        ("auto", {CPU, CUDA}, (CUDA, CPU)),
        ("auto", {CPU, CUDA, TENSORRT}, (TENSORRT, CUDA, CPU)),
        ("cpu", {CPU, CUDA, TENSORRT}, (CPU,)),
        ("cuda", {CPU, CUDA}, (CUDA, CPU)),
        ("cuda:1", {CPU, CUDA}, (CUDA, CPU)),
        ("cuda:1", {CPU, CUDA, TENSORRT}, (TENSORRT, CUDA, CPU)),
        ("tensorrt", {CPU, CUDA, TENSORRT}, (TENSORRT, CUDA, CPU)),
    ],
)
def test_choice(device, usable, chosen):
    assert choose_providers(device, usable) == chosen


@pytest.mark.parametrize("device", ["auto", "cuda", "cuda:1"])
def test_tensorrt_is_left_out_where_it_is_not_wanted(device):
    assert choose_providers(device, {CPU, CUDA, TENSORRT}, tensorrt="off") == (CUDA, CPU)
    with pytest.raises(ConfigError, match="leave one of them out"):
        choose_providers("tensorrt", {CPU, CUDA, TENSORRT}, tensorrt="off")


def test_a_gpu_that_was_asked_for_and_is_not_there_is_an_error_that_says_what_is_missing():
    with pytest.raises(DeviceError, match=r"libcudnn.so.9 did not load; pip install 'runlean\[cuda\]'"):
        choose_providers("cuda", {CPU}, GpuProbe(True, True, 1, ("libcudnn.so.9",), False).lack)
    with pytest.raises(
        DeviceError, match=r"TensorRT 10 \(.*nvinfer.*nvonnxparser.*\), which did not load; pip install"
    ):
        choose_providers("tensorrt", {CPU, CUDA})


@pytest.mark.parametrize("device", ["cuda:2", "tensorrt:2"])
def test_a_gpu_beyond_the_last_is_named_as_such(device):
    with pytest.raises(DeviceError, match=f"device {device}: the driver shows 2 GPUs, numbers 0 to 1; "):
        choose_providers(device, WHOLE.usable, WHOLE.lack, WHOLE.n_gpus)
    assert choose_providers("cuda:1", WHOLE.usable, WHOLE.lack, WHOLE.n_gpus)[0] == TENSORRT


@pytest.mark.parametrize("device", ["gpu", "", "cpu:0", "auto:1", "cuda:x", "cuda:-1", "CUDA"])
def test_an_unknown_device_is_refused(device):
    with pytest.raises(ConfigError, match="expected auto, cpu, cuda"):
        choose_providers(device, {CPU})


def test_device_numbers():
    assert parse_device("cuda") == ("cuda", 0)
    assert parse_device("cuda:3") == ("cuda", 3)


@pytest.mark.parametrize(
    ("probe", "usable", "lack"),
    [
        (WHOLE, {CPU, CUDA, TENSORRT}, ""),
        (GpuProbe(True, True, 1, (), False), {CPU, CUDA}, ""),
        (GpuProbe(False, True, 1, (), True), {CPU}, "built without CUDA"),
        (GpuProbe(True, False, 0, (), False), {CPU}, "no NVIDIA driver"),
        (GpuProbe(True, True, 0, (), False), {CPU}, "shows no GPU"),
        (GpuProbe(True, True, 1, ("libcublas.so.13",), False), {CPU}, "libcublas.so.13 did not load"),
    ],
)
def test_what_a_probe_means(probe, usable, lack):
    assert probe.usable == usable
    assert lack in probe.lack
    assert bool(probe.lack) == (CUDA not in usable)


class Driver:
    """Two GPUs; the second is a slice of a seventh."""

    def cuInit(self, _):
        return 0

    def cuDeviceGetCount(self, count):
        ctypes.cast(count, ctypes.POINTER(ctypes.c_int))[0] = 2
        return 0

    def cuDeviceGet(self, device, index):
        ctypes.cast(device, ctypes.POINTER(ctypes.c_int))[0] = index
        return 0 if index < 2 else 101

    def cuDeviceGetName(self, text, _size, _device):
        text.value = b"NVIDIA H100"
        return 0

    def cuDeviceGetAttribute(self, count, attribute, device):
        assert attribute == 16
        ctypes.cast(count, ctypes.POINTER(ctypes.c_int))[0] = 16 if device.value else 132
        return 0


def test_the_driver_is_asked_without_taking_memory(monkeypatch):
    monkeypatch.setattr(providers, "_driver", Driver)
    assert providers.count_gpus() == 2
    assert providers.gpu_name(0) == "NVIDIA H100 with 132 multiprocessors"
    assert providers.gpu_name(1) == "NVIDIA H100 with 16 multiprocessors"
    assert providers.gpu_name(2) == "GPU 2"
    monkeypatch.setattr(providers, "_driver", lambda: None)
    assert providers.count_gpus() is None
    assert providers.gpu_name(0) == "GPU 0"


def test_without_a_driver_no_library_is_tried(monkeypatch):
    monkeypatch.setattr(providers, "count_gpus", lambda: None)
    monkeypatch.setattr(providers, "library_loads", lambda *_: pytest.fail("a library was tried"))
    assert not providers.probe_gpu.__wrapped__().driver


def test_with_a_driver_every_missing_library_is_named(monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(providers, "count_gpus", lambda: 1)
    monkeypatch.setattr(providers, "library_loads", lambda name, _: "cudnn" not in name)
    probe = providers.probe_gpu.__wrapped__()
    assert probe.n_gpus == 1
    assert [name for name in probe.missing if "cudnn" in name] == list(probe.missing) != []
    assert probe.usable == {CPU}


def test_tensorrt_counts_only_where_all_its_libraries_load(monkeypatch):
    """The provider is linked with two of them, and looks in no wheel's folder."""
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [TENSORRT, CUDA, CPU])
    monkeypatch.setattr(providers, "count_gpus", lambda: 1)
    monkeypatch.setattr(providers, "library_loads", lambda *_: True)
    asked = []
    for lacks, usable in (("nvonnxparser", False), ("nvinfer", False), ("nothing", True)):
        monkeypatch.setattr(
            libraries, "library_loads", lambda name, folder, lacks=lacks: not asked.append(folder) and lacks not in name
        )
        assert providers.probe_gpu.__wrapped__().tensorrt is usable
    assert set(asked) == {"tensorrt_libs"}


def test_auto_takes_the_cpu_when_the_gpu_session_falls_back(monkeypatch, build_rtmpose, tmp_path, cache_folder):
    path = build_rtmpose(tmp_path / "net.onnx")
    monkeypatch.setattr(session, "probe_gpu", lambda: CUDA_ONLY)
    monkeypatch.setattr(session, "open_on_gpu", lambda *_: (None, "no kernel image"))
    assert load_pose_model(path, device="auto").provider == CPU
    with pytest.raises(DeviceError, match=f"expected {CUDA} for net, .*no kernel image.*or use --device cpu"):
        load_pose_model(path, device="cuda")


def test_a_network_that_refuses_cuda_graphs_is_not_opened_again_without_them(
    monkeypatch, capsys, build_rtmpose, tmp_path
):
    """ONNX Runtime's wrapper would print to stdout and open it once more: on GPU 0, and for plain runs."""
    asked = []

    def create(self, wanted, options, disabled=None):
        self._fallback_providers = [CUDA, CPU]
        asked.append((wanted[0], disabled))
        raise RuntimeError("This session cannot use\nthe graph capture feature")

    monkeypatch.setattr(on_gpu.ort.InferenceSession, "_create_inference_session", create)
    path = build_rtmpose(tmp_path / "net.onnx")
    sessions = on_gpu.ShapedSessions(path, 1, 1, ("N", 3, 256, 192), main=None)
    assert sessions.captured((4, 3, 256, 192)) is None
    assert asked[0][0][1]["enable_cuda_graph"] == "1"
    assert asked[0][0][1]["device_id"] == "1"
    assert "ConvActivationFusion" in asked[0][1]
    assert on_gpu.open_on_gpu(path, 1, [on_gpu.cuda_options(0)]) == (
        None, "This session cannot use the graph capture feature",
    )  # fmt: skip
    assert capsys.readouterr() == ("", "")


def test_what_onnx_runtime_raises_on_a_gpu_is_one_line(build_rtmpose, tmp_path, cache_folder):
    network = load_pose_model(build_rtmpose(tmp_path / "net.onnx"), device="cpu")._network

    def full(*_):
        raise RuntimeError("Failed to allocate memory\nfor requested buffer")

    network.provider, network.sessions = CUDA, on_gpu.OneSession(SimpleNamespace(run=full))
    with pytest.raises(DeviceError, match=r"net on the GPU: .*allocate memory for requested buffer; run fewer workers"):
        network.run(np.zeros((1, 3, 8, 8), np.float32), ["simcc_x"])


def test_auto_on_this_machine_never_fails_and_prints_nothing():
    code = "from runlean.models import load_pose_model; print(load_pose_model('movenet-lightning').provider)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stderr == ""
    assert out.stdout.strip() in (CPU, CUDA)
