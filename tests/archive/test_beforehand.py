"""What is wrong from the start is told in one line, and nothing is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runlean.archive.beforehand import check_device, check_meta, check_network
from runlean.archive.places import Found
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, DeviceError, ModelError
from runlean.models.providers import GpuProbe


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("movenet-thunda", "did you mean movenet-thunder"),
        ("movenet-multipose", "one that finds persons"),
        ("blazepose-heavy", "not part of the package"),
        ("nets/none.onnx", "expected an ONNX file, there is none"),
    ],
)
def test_a_network_that_cannot_be_used(model, said):
    with pytest.raises(ModelError, match=said):
        check_network(AnalyzeConfig(model=model))


@pytest.mark.parametrize(
    ("device", "tensorrt", "said"),
    [
        ("cuda", "auto", "libcudnn.so.9 did not load; pip install"),
        ("tensorrt", "off", "leave one of them out"),
        ("auto", "off", None),
        ("cpu", "off", None),
    ],
)
def test_a_device_that_cannot_be_used(monkeypatch, device, tensorrt, said):
    probe = GpuProbe(built=True, driver=True, n_gpus=1, missing=("libcudnn.so.9",), tensorrt=False)
    monkeypatch.setattr("runlean.models.providers.probe_gpu", lambda: probe)
    config = AnalyzeConfig(device=device, tensorrt=tensorrt)
    if said is None:
        check_device(config)
        return
    with pytest.raises((DeviceError, ConfigError), match=said):
        check_device(config)


def test_a_file_that_is_no_network(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError):
        check_network(AnalyzeConfig(model=str(tmp_path / "net.onnx")))


def test_networks_that_can(tmp_path):
    check_network(AnalyzeConfig())
    check_network(AnalyzeConfig(model="movenet-lightning", feet="off"))


def test_lines_of_the_metadata_that_fit_one_video_both(tmp_path):
    meta = tmp_path / "meta.csv"
    meta.write_text("file,person\nP0*,Ann\nP01*,Ben\n", encoding="utf-8")
    found = [Found(f"/films/P0{i}.mp4", 1, "1") for i in (1, 2)]
    with pytest.raises(ConfigError, match=r"lines 2 \(P0\*\) and 3 \(P01\*\) both fit"):
        check_meta(meta, found)
    check_meta(meta, found[1:])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--model", "movenet-thunda"), "movenet-thunda"),
        (("--meta", "meta.csv"), "both fit it"),
        (("--runners", "0,1"), "from 1 on; came 0"),
    ],
)
def test_a_batch_that_cannot_begin_leaves_no_dataset(tmp_path, options, said):
    (tmp_path / "P01.mp4").write_bytes(b"x")
    (tmp_path / "meta.csv").write_text("file,person\nP0*,Ann\nP01*,Ben\n", encoding="utf-8")
    command = [sys.executable, "-m", "runlean", "batch", "P01.mp4", "-o", "out", *options]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode in (1, 2)
    assert said in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
