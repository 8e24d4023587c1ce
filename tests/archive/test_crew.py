"""How many workers a batch has, and what each computes on."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from runlean.archive.crew import Crew, crew_of
from runlean.archive.ray_cluster import RayExecutor
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, DeviceError


@pytest.mark.parametrize(
    ("device", "gpus", "asked", "threads", "crew"),
    [
        ("auto", 0, None, None, Crew(16)),
        ("auto", 0, None, 32, Crew(1)),
        ("cuda", 0, 3, None, Crew(3)),  # each worker then says what is missing
        ("cpu", 4, None, None, Crew(16)),
        ("auto", 2, None, 4, Crew(2, ("cuda:0", "cuda:1"), 1.0)),
        ("tensorrt", 2, 2, None, Crew(2, ("tensorrt:0", "tensorrt:1"), 1.0)),
        ("auto", 2, 5, None, Crew(5, ("cuda:0", "cuda:1"), 1 / 3)),
        ("cuda", 8, 2, None, Crew(2, tuple(f"cuda:{i}" for i in range(8)), 1.0)),
        ("cuda:1", 4, None, None, Crew(1, ("cuda:1",), 1.0)),  # one GPU is one worker, however many cores there are
    ],
)
def test_a_crew(device, gpus, asked, threads, crew):
    assert crew_of(device, gpus, 16, asked, threads) == crew


@pytest.fixture
def cluster(monkeypatch):
    """Ray in name: a cluster of 16 cores and 2 GPUs."""
    found = SimpleNamespace(is_initialized=lambda: True, cluster_resources=lambda: {"CPU": 16.0, "GPU": 2.0})
    monkeypatch.setitem(sys.modules, "ray", found)
    return found


def test_more_workers_than_gpus_share_them_on_ray(cluster):
    executor = RayExecutor("auto", 3, AnalyzeConfig())
    assert (executor._count, executor._gpus) == (3, 0.5)  # a third whole GPU would be waited for without end
    assert executor.name == "3 GPU workers on Ray"
    assert RayExecutor("auto", None, AnalyzeConfig())._count == 2


def test_a_numbered_gpu_is_refused_on_ray(cluster):
    with pytest.raises(ConfigError, match="--device cuda:1: Ray deals the GPUs out; use --device cuda"):
        RayExecutor("auto", None, AnalyzeConfig(device="cuda:1"))


def test_a_cluster_without_a_gpu_says_so(cluster):
    cluster.cluster_resources = lambda: {"CPU": 16.0}
    with pytest.raises(DeviceError, match="shows no GPU"):
        RayExecutor("auto", None, AnalyzeConfig(device="cuda"))
