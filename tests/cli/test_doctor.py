"""The one line that says what to do to go faster, and what is found here."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import onnxruntime
import pytest
from typer.testing import CliRunner

from runlean.cli.main import app
from runlean.device.diagnosis import find_gpu
from runlean.doctor import Gpu, Machine, Network, Speed, _mib, _speed, _writable, advice, diagnose
from runlean.errors import ModelError
from runlean.models import model_info
from runlean.models.libraries import wanted_libraries
from runlean.models.providers import GpuProbe
from runlean_kernels.folders import user_cache_dir

MACHINE = Machine("Linux", "a processor", 8, 8, 16.0, 8.0)
NO_GPU = Gpu(0, None, "13.0", (), "no NVIDIA driver was found; install the driver")
GPU = Gpu(1, "13.0", "13.0", (), "")
OK = (Network("movenet-thunder", True, "a" * 64, "as published"),)


@pytest.mark.parametrize(
    ("machine", "gpu", "networks", "speed", "said"),
    [
        (MACHINE, NO_GPU, (Network("blazepose-full", False, None, "missing"),), None, "reinstall"),
        (MACHINE, Gpu(1, "13.0", "13.0", ("libcudnn.so.9",), "libcudnn.so.9 did not load"), OK, None, "libcudnn"),
        (MACHINE, GPU, OK, Speed(1.0, 500.0), "1 GPU is in use"),
        (Machine("Linux", "a processor", 8, 2, 16.0, 8.0), NO_GPU, OK, Speed(30.0, 500.0), "2 of 8 cores"),
        (MACHINE, NO_GPU, OK, Speed(30.0, 500.0), "network sets the pace"),
        (MACHINE, NO_GPU, OK, Speed(3.0, 500.0), "decoding sets the pace"),
        (MACHINE, NO_GPU, OK, None, "speed test was left out"),
        (MACHINE, Gpu(1, "13.0", "13.0", (), "", kernels="Numba finds no CUDA"), OK, None, "crop kernels are not"),
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
    assert bool(d.decoders.engines) <= bool(d.gpu.devices)
    assert "h264" in d.decoders.nvdec_built
    assert len(d.gpu.names) == d.gpu.devices
    assert d.machine.cores_usable <= d.machine.cores
    assert all(n.sha256 == model_info(n.name).sha256 for n in d.networks if n.ok and model_info(n.name).shipped)
    assert any(str(user_cache_dir()) == folder.path for folder in d.folders)


@pytest.mark.parametrize("options", [["--no-speed-test"], ["--no-speed-test", "--json"]])
def test_a_damaged_network_is_status_1(options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = (Network("blazepose-full", False, None, "missing"),)
    monkeypatch.setattr("runlean.doctor._networks", lambda: damaged)
    run = CliRunner().invoke(app, ["doctor", *options])
    assert run.exit_code == 1
    assert "blazepose-full" in run.stdout
    monkeypatch.setattr("runlean.doctor._networks", lambda: OK)
    assert CliRunner().invoke(app, ["doctor", *options]).exit_code == 0


def test_the_speed_test_builds_no_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("runlean.models.load_pose_model", lambda *_, **options: asked.append(options) or fails())
    assert _speed() is None
    assert asked == [{"tensorrt": "off"}]


def fails() -> None:
    raise ModelError("no network")


def test_a_gpu_is_found_beside_an_onnx_runtime_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain onnxruntime, installed by another package, hides onnxruntime-gpu: the GPU is there all the same."""
    without = GpuProbe(built=False, driver=False, n_gpus=0, missing=(), tensorrt=False)
    monkeypatch.setattr("runlean.models.providers.probe_gpu", lambda: without)
    monkeypatch.setattr("runlean.models.providers.count_gpus", lambda: 2)
    gpu = find_gpu()
    assert gpu.devices == 2
    line = advice(MACHINE, gpu, OK, Speed(1.0, 500.0))
    assert line.startswith("there is a GPU that is not used: the installed onnxruntime is built without CUDA; ")
    assert "pip uninstall onnxruntime onnxruntime-gpu" in line  # the one takes the other's files along


def test_a_file_of_the_cache_may_go_while_its_size_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept").write_bytes(bytes(2**20))
    (tmp_path / "going").touch()
    ask = Path.stat

    def look_once(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        status = ask(path, follow_symlinks=follow_symlinks)
        if path.name == "going":
            path.unlink()
        return status

    monkeypatch.setattr(Path, "stat", look_once)
    assert _mib(tmp_path) == 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder in which not even root can make a file")
def test_a_folder_is_writable_where_a_file_can_be_made(tmp_path: Path) -> None:
    assert _writable(tmp_path / "not" / "there")
    assert not list(tmp_path.iterdir())
    assert not _writable(Path("/proc/nowhere"))  # root may write there by its permissions


@pytest.mark.skipif(sys.platform != "linux", reason="what the provider links to is read from its ELF file")
def test_every_library_that_the_cuda_provider_names_is_looked_for() -> None:
    provider = Path(onnxruntime.__file__).parent / "capi" / "libonnxruntime_providers_cuda.so"
    if not provider.is_file():
        pytest.skip("this ONNX Runtime is built without CUDA")
    named = {name.decode() for name in re.findall(rb"lib(?:cu|nv)[a-zA-Z]+\.so\.\d+", provider.read_bytes())}
    wanted = {name for name, _ in wanted_libraries()}
    major = next(name for name in wanted if name.startswith("libcudart")).rpartition(".")[2]
    # it also names the driver, and an older CUDA that it would put up with; cuDNN is loaded by a name put together
    named = {name for name in named if name.endswith(f".so.{major}") or name.startswith("libcurand")}
    assert len(named) >= 4
    assert "libcudnn.so.9" in wanted
    assert named <= wanted, f"not looked for: {sorted(named - wanted)}"
