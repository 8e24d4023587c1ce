"""TensorRT's engines and sessions per shape, with ONNX Runtime's CPU provider in the part of a GPU's."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime as ort
import pytest

from runlean.archive import beforehand
from runlean.config import AnalyzeConfig
from runlean.errors import DeviceError
from runlean.models import engines, on_gpu, session
from runlean.models.engines import engine_folder, engine_options, shapes_for
from runlean.models.providers import CPU, CUDA, TENSORRT, GpuProbe
from runlean.models.session import GPU_BUCKETS, Network
from runlean.models.store import model_info, model_path, sha256_of
from runlean.pose.networks import open_networks

GPU = GpuProbe(built=True, driver=True, n_gpus=1, missing=(), tensorrt=True)


class Gpu:
    """What ONNX Runtime was asked for, and how TensorRT behaves: builds, fails, or takes no part of a network."""

    def __init__(self):
        self.opened, self.built, self.behaves, self.lock = [], [], "builds", threading.Lock()

    def session(self, path, options, providers, **_):
        (first, settings), fixed = providers[0], options.fixed
        if first == TENSORRT:
            folder = Path(settings["trt_engine_cache_path"])
            found = list(folder.glob("*.engine"))
            if self.behaves == "fails" or any(file.read_text() == "damaged" for file in found):
                raise RuntimeError("TensorRT EP failed to create engine\nfrom network")
            if not found and self.behaves == "builds":
                with self.lock:
                    self.built.append(fixed)
                (folder / "graph_sm90.engine").write_text("whole")
        self.opened.append((first, fixed))
        inner = ort.InferenceSession(str(path), options, providers=[CPU])
        taken = CUDA if self.behaves == "is missing" and first == TENSORRT else first
        return SimpleNamespace(
            run=inner.run, get_inputs=inner.get_inputs, get_outputs=inner.get_outputs, io_binding=inner.io_binding,
            get_providers=lambda: [taken, CPU],
        )  # fmt: skip


class Options(ort.SessionOptions):
    """Session options that say which axes were fixed."""

    def __init__(self):
        super().__init__()
        self.fixed = {}

    def add_free_dimension_override_by_name(self, name, size):
        super().add_free_dimension_override_by_name(name, size)
        self.fixed[name] = size


@pytest.fixture
def gpu(monkeypatch, cache_folder):
    """A machine with one GPU and TensorRT."""
    found = Gpu()
    stand_in = SimpleNamespace(
        InferenceSession=found.session, SessionOptions=Options, ExecutionMode=ort.ExecutionMode
    )  # fmt: skip
    monkeypatch.setattr(on_gpu, "ort", stand_in)
    monkeypatch.setattr(session, "probe_gpu", lambda: GPU)
    monkeypatch.setattr("runlean.models.providers.probe_gpu", lambda: GPU)
    monkeypatch.setattr(engines, "gpu_name", lambda _: "a GPU with 132 multiprocessors")
    monkeypatch.setattr(engines, "tensorrt_version", lambda: "10.16.1")
    return found


def crops(n):
    return np.random.default_rng(n).normal(size=(n, 3, 256, 192)).astype(np.float32)


def test_shapes_are_the_buckets_where_the_picture_has_a_size():
    assert shapes_for(("N", 3, 256, 192), (1, 16)) == [(1, 3, 256, 192), (16, 3, 256, 192)]
    assert shapes_for((None, 3, 256, 192), (4,)) == [(4, 3, 256, 192)]
    assert shapes_for((2, 3, 256, 192), (1, 16)) == [(2, 3, 256, 192)]
    assert shapes_for(("N", 3, "H", 192), (1, 16)) == []
    assert shapes_for(("N", None, None, 3), (1, 16)) == []


def test_an_engine_lies_where_everything_it_depends_on_says():
    given = (Path("root"), "net", "ab" * 32, (4, 3, 8, 8), "H100", "1.31 10.16")
    kept = engine_folder(*given)
    assert kept.parent == Path("root")
    assert kept.name.startswith("net-4-")
    assert engine_folder(*given) == kept
    for i, other in enumerate(("cd" * 32, (16, 3, 8, 8), "H200", "1.31 10.17"), 2):
        assert engine_folder(*given[:i], other, *given[i + 1 :]) != kept


def test_the_options_are_those_that_onnx_runtime_knows():
    name, options = engine_options(1, Path("/cache/tensorrt/net-4"), half=False)
    assert name == TENSORRT
    assert options == {
        "device_id": "1",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": "/cache/tensorrt/net-4",
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": "/cache/tensorrt",
    }
    _, options = engine_options(0, Path("/c/x"), half=True, profile="image:4x256x256x3")
    assert options["trt_fp16_enable"] == "1"
    assert {options[f"trt_profile_{k}_shapes"] for k in ("min", "opt", "max")} == {"image:4x256x256x3"}
    _, cuda = on_gpu.cuda_options(1, enable_cuda_graph="1")
    assert cuda["device_id"] == "1"
    for provider, given in (("tensorrt", list(options)), ("cuda", [*cuda, cuda["arena_extend_strategy"], "use_tf32"])):
        library = Path(ort.__file__).parent / "capi" / f"libonnxruntime_providers_{provider}.so"
        if not library.exists():
            pytest.skip(f"this ONNX Runtime was built without {provider}")
        content = library.read_bytes()
        assert [name for name in given if name.encode() not in content] == []


def test_engines_are_built_once_and_answer(gpu, build_rtmpose, tmp_path):
    path = build_rtmpose(tmp_path / "net.onnx")
    told = []
    network = Network(path, sha256_of(path), device="cuda", told=lambda *counts: told.append(counts))
    assert network.provider == TENSORRT
    assert network.notes == []
    assert gpu.built == [{"N": n} for n in GPU_BUCKETS]
    assert told[0] == (0, 4)
    assert told[-1] == (4, 4)
    expected = Network(path, sha256_of(path), device="cpu").run(crops(5), ["simcc_x"])[0]
    np.testing.assert_allclose(network.run(crops(5), ["simcc_x"])[0], expected, atol=1e-5)
    again = Network(path, sha256_of(path), device="auto", told=lambda *_: pytest.fail("nothing has to be built"))
    assert again.provider == TENSORRT
    assert len(gpu.built) == 4


def test_workers_that_start_together_build_each_engine_once(gpu, build_rtmpose, tmp_path):
    path = build_rtmpose(tmp_path / "net.onnx")
    threads = [
        threading.Thread(target=Network, args=(path, sha256_of(path)), kwargs={"device": "cuda"}) for _ in range(3)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(fixed["N"] for fixed in gpu.built) == list(GPU_BUCKETS)


def test_a_network_of_other_weights_or_another_gpu_has_engines_of_its_own(gpu, monkeypatch, build_rtmpose, tmp_path):
    path = build_rtmpose(tmp_path / "net.onnx")
    Network(path, sha256_of(path), device="cuda")
    other = build_rtmpose(tmp_path / "net.onnx", seed=1)  # the same file name and the same names inside
    Network(other, sha256_of(other), device="cuda")
    assert len(gpu.built) == 8
    monkeypatch.setattr(engines, "gpu_name", lambda _: "another GPU with 114 multiprocessors")
    Network(other, sha256_of(other), device="cuda")
    assert len(gpu.built) == 12


@pytest.mark.parametrize(
    ("behaves", "reason"),
    [
        ("fails", "failed to create engine from network"),
        ("takes nothing", "it takes no part of the network"),
        ("is missing", f"ONNX Runtime took {CUDA}"),
    ],
)
def test_where_tensorrt_fails_cuda_runs_and_it_is_said(gpu, behaves, reason, build_rtmpose, tmp_path, cache_folder):
    path = build_rtmpose(tmp_path / "net.onnx")
    gpu.behaves = behaves
    for device in ("auto", "cuda"):
        network = Network(path, sha256_of(path), device=device)
        assert network.provider == CUDA
        (line,) = network.notes
        assert line.startswith("net: TensorRT was not taken (")
        assert reason in line
        assert network.run(crops(1), ["simcc_x"])[0].shape[0] == 1
    with pytest.raises(DeviceError, match=r"device tensorrt: net: TensorRT was not taken .*; use --device cuda"):
        Network(path, sha256_of(path), device="tensorrt")
    assert [one.name for one in (cache_folder / "tensorrt").iterdir()] == ["lock"]


def test_a_damaged_engine_is_built_anew(gpu, build_rtmpose, tmp_path, cache_folder):
    path = build_rtmpose(tmp_path / "net.onnx")
    Network(path, sha256_of(path), device="cuda")
    for file in (cache_folder / "tensorrt").glob("*/*.engine"):
        file.write_text("damaged")
    assert Network(path, sha256_of(path), device="cuda").provider == TENSORRT
    assert len(gpu.built) == 8


def test_what_a_killed_builder_left_is_dropped_and_a_full_disk_is_a_note(
    gpu, monkeypatch, build_rtmpose, tmp_path, cache_folder
):
    path = build_rtmpose(tmp_path / "net.onnx")
    (cache_folder / "tensorrt" / ".building-dead").mkdir(parents=True)

    def full(**_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(engines.tempfile, "mkdtemp", full)
        network = Network(path, sha256_of(path), device="auto")
    assert network.provider == CUDA
    assert "No space left" in network.notes[0]
    assert Network(path, sha256_of(path), device="auto").provider == TENSORRT
    assert not list((cache_folder / "tensorrt").glob(".building-*"))


def test_without_a_folder_for_engines_none_is_built(gpu, monkeypatch, build_rtmpose, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("RUNLEAN_CACHE_DIR", str(blocked / "cache"))
    path = build_rtmpose(tmp_path / "net.onnx")
    network = Network(path, sha256_of(path), device="cuda")
    assert network.provider == CUDA
    assert "set RUNLEAN_CACHE_DIR" in network.notes[0]


def test_every_shape_has_a_session_and_only_the_last_are_kept(gpu, monkeypatch, build_rtmpose, tmp_path):
    path = build_rtmpose(tmp_path / "net.onnx")
    network = Network(path, sha256_of(path), device="cuda", tensorrt="off")
    assert network.provider == CUDA
    assert gpu.opened == [(CUDA, {})]
    for n in (1, 5, 1, 5, 3):
        network.run(crops(n), ["simcc_x"])
    assert gpu.opened[1:] == [(CUDA, {"N": 1}), (CUDA, {"N": 16}), (CUDA, {"N": 4})]
    monkeypatch.setattr(on_gpu, "KEPT", 2)
    for n in (64, 16, 64, 4):  # 1, 16, 4 are there; 64 puts out 1 and 16
        network.sessions.of((n, 3, 256, 192))
    assert [fixed for _, fixed in gpu.opened[4:]] == [{"N": 64}, {"N": 16}, {"N": 4}]


def test_an_analysis_says_what_each_network_runs_on(gpu):
    """The detector's input has no fixed size: TensorRT would build anew for each, CUDA's own provider plans in ms."""
    stages = []
    networks = open_networks(
        AnalyzeConfig(device="cuda", model="movenet-lightning", feet="off"), lambda *told: stages.append(told)
    )
    assert networks.providers == {"movenet-lightning": TENSORRT, "movenet-multipose": CUDA}
    assert networks.notes == []
    assert stages[0] == ("TensorRT engines of movenet-lightning, minutes each (first run only)", 0, 4)
    off = open_networks(AnalyzeConfig(device="cuda", model="movenet-lightning", feet="off", tensorrt="off"))
    assert set(off.providers.values()) == {CUDA}


def test_a_batch_says_beforehand_how_many_engines_are_built(gpu):
    config = AnalyzeConfig(model="movenet-lightning")
    line = beforehand.engines_line(config, "cuda:0")
    assert line.startswith("8 TensorRT engines are built before the first video: some minutes each")
    open_networks(config.model_copy(update={"device": "cuda", "feet": "off"}))
    assert beforehand.engines_line(config, "cuda:0").startswith("4 TensorRT engines")  # the feet's
    assert beforehand.engines_line(config.model_copy(update={"feet": "off"}), "cuda:0") is None
    assert beforehand.engines_line(config.model_copy(update={"tensorrt": "off"}), "cuda:0") is None
    assert beforehand.engines_line(config.model_copy(update={"device": "cpu"}), "cpu") is None


def test_the_fusion_that_is_unsafe_on_a_gpu_is_one_that_onnx_runtime_knows(tmp_path):
    """Conv and Relu as one step clears its output on a stream that nobody waits for; switched off by its name."""
    network = model_path(model_info("movenet-lightning"))
    fused = []
    for disabled in ((), on_gpu.UNSAFE):
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        ort.InferenceSession(str(network), options, providers=[CPU], disabled_optimizers=disabled)
        fused.append((tmp_path / "optimised.onnx").read_bytes().count(b"FusedConv"))
    assert fused[0] > 0
    assert fused[1] == 0
