"""How many workers a batch has, and what each computes on."""

from __future__ import annotations

import sys
from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from runlean.archive.crew import Crew, crew_of
from runlean.archive.local import LocalExecutor
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
    nodes = [{"Alive": alive, "Resources": {"CPU": 8.0}} for alive in (True, True, False)]
    found = SimpleNamespace(
        is_initialized=lambda: True, cluster_resources=lambda: {"CPU": 16.0, "GPU": 2.0}, nodes=lambda: nodes
    )
    monkeypatch.setitem(sys.modules, "ray", found)
    return found


def test_more_workers_than_gpus_share_them_on_ray(cluster):
    executor = RayExecutor("auto", 3, AnalyzeConfig())
    assert (executor._count, executor._gpus) == (3, 0.5)  # a third whole GPU would be waited for without end
    assert executor.name == "3 GPU workers on Ray"
    assert RayExecutor("auto", None, AnalyzeConfig())._count == 2


def test_gpus_of_this_machine_that_cannot_be_used_give_no_workers_on_ray(cluster, monkeypatch):
    """Without cuDNN, say: two workers for two GPUs would both run on the CPU, and fourteen cores stand idle."""
    cluster.is_initialized, cluster.init, cluster.shutdown = lambda: False, lambda *_, **__: None, lambda: None
    monkeypatch.setattr("runlean.archive.ray_cluster.usable_gpus", lambda _: 0)
    executor = RayExecutor(None, None, AnalyzeConfig())
    assert (executor._count, executor._gpus) == (16, 0.0)
    monkeypatch.setattr("runlean.archive.ray_cluster.usable_gpus", lambda _: 2)
    executor = RayExecutor(None, None, AnalyzeConfig())
    assert (executor._count, executor._gpus) == (2, 1.0)


def test_a_numbered_gpu_is_refused_on_ray(cluster):
    with pytest.raises(ConfigError, match="--device cuda:1: Ray deals the GPUs out; use --device cuda"):
        RayExecutor("auto", None, AnalyzeConfig(device="cuda:1"))


def test_a_cluster_without_a_gpu_says_so(cluster):
    cluster.cluster_resources = lambda: {"CPU": 16.0}
    with pytest.raises(DeviceError, match="shows no GPU"):
        RayExecutor("auto", None, AnalyzeConfig(device="cuda"))


@pytest.mark.parametrize(("asked", "threads", "count"), [(40, 1, 16), (16, 1, 16), (6, 3, 4), (None, 3, 4)])
def test_no_actor_waits_for_cores_that_no_node_has(cluster, asked, threads, count):
    executor = RayExecutor("auto", asked, AnalyzeConfig(device="cpu", threads=threads))
    assert (executor.workers, executor._count) == (count, count)
    wanted = asked or 16 // threads
    short = f" ({wanted} wanted, its cores hold {count})" if wanted > count else ""
    assert executor.name == f"{count} CPU workers on Ray{short}"


def test_more_threads_than_any_node_has_are_refused(cluster):
    with pytest.raises(ConfigError, match=r"--threads 9: expected no more .* the largest has 8"):
        RayExecutor("auto", None, AnalyzeConfig(device="cpu", threads=9))


class NoProcess:
    """A worker that never starts."""

    exitcode = -9

    def __init__(self, **_):
        pass

    def start(self):
        pass

    def join(self, _timeout=None):
        pass


def test_who_takes_a_dead_workers_place_takes_its_gpu(monkeypatch):
    executor = LocalExecutor(4, ("cuda:0", "cuda:1"))
    monkeypatch.setattr(executor, "_context", SimpleNamespace(Pipe=Pipe, Process=NoProcess))
    hands = [executor._start() for _ in range(4)]
    assert [hand.device for hand in hands] == ["cuda:0", "cuda:1", "cuda:0", "cuda:1"]
    executor._replace(hands[1])
    assert executor._start().device == "cuda:1"
    executor._replace(hands[0])
    executor._replace(hands[2])
    assert [executor._start().device for _ in range(2)] == ["cuda:0", "cuda:0"]
    assert LocalExecutor(2)._free_device() is None
    for hand in executor._hands:
        hand.line.close()


def test_an_actor_on_ray_asks_for_its_part_of_a_gpu_and_so_sees_no_other(cluster):
    asked = []
    actor = SimpleNamespace(__ray_ready__=SimpleNamespace(remote=object))

    def remote(**options):
        asked.append(options)
        return lambda _worker: SimpleNamespace(remote=lambda: actor)

    cluster.remote = remote
    for workers, share in ((2, 1.0), (3, 0.5)):
        RayExecutor("auto", workers, AnalyzeConfig())._start()
        assert asked[-1]["num_gpus"] == share
    RayExecutor("auto", 2, AnalyzeConfig(device="cpu"))._start()
    assert asked[-1]["num_gpus"] == 0.0
