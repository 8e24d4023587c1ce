"""A cluster that loses a node: no room for other actors, and the job is done all the same."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from runlean.archive.job import Job, JobQueue, Outcome
from runlean.archive.ray_cluster import RayExecutor


class RayError(Exception):
    pass


class Call:
    """What a remote call gives back: an answer, an error, or nothing ever."""

    def __init__(self, answer: Callable[[], Any] | None) -> None:
        self.answer = answer


class Cluster:
    """Stands for Ray: so many actors find room; one of them dies with the first job that it is given."""

    def __init__(self, room: int, dying: int) -> None:
        self.room, self.dying, self.started = room, dying, 0
        self.exceptions = types.SimpleNamespace(RayError=RayError)

    def remote(self, **_: Any) -> Any:
        return lambda _worker: types.SimpleNamespace(remote=self._actor)

    def _actor(self) -> Any:
        number, self.started = self.started, self.started + 1
        has_room = number < self.room

        def perform(job: Job) -> Call:
            assert has_room, "a job was given to an actor that is nowhere"
            return Call(self._dead if number == self.dying else lambda: Outcome(job, "done", job.video_id))

        return types.SimpleNamespace(
            perform=types.SimpleNamespace(remote=perform),
            close=types.SimpleNamespace(remote=lambda: Call(lambda: None)),
            __ray_ready__=types.SimpleNamespace(remote=lambda: Call((lambda: True) if has_room else None)),
        )

    @staticmethod
    def _dead() -> Any:
        raise RayError("the node died")

    @staticmethod
    def wait(calls: list[Call], num_returns: int) -> tuple[list[Call], list[Call]]:
        ready = [call for call in calls if call.answer is not None][:num_returns]
        assert ready, "the batch would wait without end"
        return ready, [call for call in calls if call not in ready]

    @staticmethod
    def get(calls: Any, timeout: float | None = None) -> Any:
        return [call.answer() for call in calls] if isinstance(calls, list) else calls.answer()

    def kill(self, actor: Any) -> None:
        pass


def executor_on(cluster: Cluster, count: int) -> RayExecutor:
    executor = object.__new__(RayExecutor)
    executor._ray, executor._count, executor._threads, executor._gpus = cluster, count, 1, 0.0
    executor._mine, executor._attempts, executor._actors, executor._starting = False, {}, [], {}
    return executor


@pytest.mark.parametrize("dying", [0, 1])
def test_a_node_that_dies_leaves_its_job_to_those_that_are_left(dying):
    names = [f"{number}.mp4" for number in range(7)]
    jobs = [Job("analyse", name, name, 1, "1", None, "out", {}, "hash") for name in names]
    with executor_on(Cluster(room=2, dying=dying), count=2) as executor:
        done = [outcome.job.path for outcome in executor.run(JobQueue(iter(jobs)))]
        assert sorted(done) == names
        # a second round finds the actor that is left, and does not count on the one that never came
        assert len(list(executor.run(JobQueue(iter(jobs))))) == len(jobs)
