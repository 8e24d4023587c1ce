"""Networks in ONNX Runtime: batches, the kept graph, damaged files."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from runlean.errors import ModelError
from runlean.models import load_pose_model
from runlean.models.providers import CPU, CUDA
from runlean.models.session import CPU_BATCH, GPU_BUCKETS, Network, split_batch
from runlean.models.store import sha256_of


@pytest.mark.parametrize("provider", [CPU, CUDA])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 16, 63, 64, 65, 200])
def test_a_split_covers_the_batch_once_and_in_order(n, provider):
    calls = split_batch(n, provider)
    assert [i for start, stop, _ in calls for i in range(start, stop)] == list(range(n))
    sizes = GPU_BUCKETS if provider == CUDA else range(1, CPU_BATCH + 1)
    for start, stop, rows in calls:
        assert rows in sizes
        assert rows >= stop - start > 0


@pytest.mark.parametrize("batch", ["N", 1, 3])
def test_a_fixed_batch_axis_gives_the_same_as_a_free_one(batch, build_rtmpose, tmp_path, cache_folder):
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (5, 256, 192, 3), np.uint8)
    free = load_pose_model(build_rtmpose(tmp_path / "free.onnx"), device="cpu").predict(crops)
    fixed = load_pose_model(build_rtmpose(tmp_path / "fixed.onnx", batch=batch), device="cpu").predict(crops)
    np.testing.assert_array_equal(free[0], fixed[0])
    np.testing.assert_allclose(free[1], fixed[1], rtol=1e-5)


def test_the_optimised_graph_is_kept_once_and_answers_the_same(build_rtmpose, tmp_path, cache_folder):
    path = build_rtmpose(tmp_path / "net.onnx")
    sha256 = sha256_of(path)
    pixels = np.random.default_rng(0).normal(size=(2, 3, 256, 192)).astype(np.float32)
    first = Network(path, sha256, device="cpu").run(pixels, ["simcc_x"])[0]
    (kept,) = (cache_folder / "graphs").iterdir()
    assert kept.name.startswith(sha256[:16])
    stamp = kept.stat().st_mtime_ns
    second = Network(path, sha256, device="cpu").run(pixels, ["simcc_x"])[0]
    assert kept.stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(first, second)


def test_a_damaged_graph_in_the_cache_does_not_matter(build_rtmpose, tmp_path, cache_folder):
    path = build_rtmpose(tmp_path / "net.onnx")
    Network(path, sha256_of(path), device="cpu")
    (kept,) = (cache_folder / "graphs").iterdir()
    kept.write_bytes(b"not a network")
    assert Network(path, sha256_of(path), device="cpu").provider == CPU
    assert not kept.exists()


def test_a_cache_that_cannot_be_written_does_not_matter(build_rtmpose, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("RUNLEAN_CACHE_DIR", str(blocked / "cache"))
    path = build_rtmpose(tmp_path / "net.onnx")
    assert Network(path, sha256_of(path), device="cpu").provider == CPU


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="POSIX permissions")
def test_no_partial_graph_is_left_behind(tmp_path, cache_folder):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x07nonsense")
    with pytest.raises(ModelError, match=r"broken.onnx: expected an ONNX network"):
        load_pose_model(broken, device="cpu")
    assert list((cache_folder / "graphs").iterdir()) == []


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(ModelError, match="there is none"):
        load_pose_model(tmp_path / "nothing.onnx", device="cpu")
