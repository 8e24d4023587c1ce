"""A batch that is killed, whose worker is killed, whose disk is full: a plain rerun ends as if nothing had been."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

KILLS = 10


def kill_group(batch: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(batch.pid, signal.SIGKILL)
    batch.communicate(timeout=60)


def workers_of(pid: int) -> list[int]:
    """Worker processes of a batch: those that its fork server forked."""
    found = []
    for child in children_of(pid):
        with contextlib.suppress(OSError):
            if b"forkserver" in Path(f"/proc/{child}/cmdline").read_bytes():
                found += children_of(child)
    return found


def children_of(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def same(rows: dict[str, Any], expected: dict[str, Any]) -> None:
    assert rows.keys() == expected.keys()
    for name, value in expected.items():
        assert rows[name] == value, name


def test_ten_kills_of_the_whole_group_at_random_instants(films, undisturbed, tools, tmp_path):
    chance = random.Random(20)
    folder = tmp_path / "archive"
    reached: list[int] = []
    for kill in range(KILLS):
        # every other one has two workers on the way; each that starts costs 3 CPU seconds before its first video
        batch = tools.start(films, "-o", folder, "--workers", 1 + kill % 2)
        assert batch.stdout is not None
        # some way into the work, then anywhere: in a read, an analysis, a commit
        events, wanted = 0, chance.randrange(1, 5)
        for line in batch.stdout:
            events += json.loads(line)["event"] == "video"
            if events >= wanted:
                break
        time.sleep(chance.uniform(0.0, 0.3))
        over = batch.poll() is not None
        kill_group(batch)
        if over:
            # a quick machine got to the end between two kills: that dataset is whole, and the next begins anew
            same(tools.rows(folder), undisturbed)
            folder, reached = tmp_path / f"archive{len(reached)}", []
            continue
        reached.append(len(list((folder / "_commits").glob("*.json"))))
        assert reached[-1] > 0
        assert reached == sorted(reached)
    assert reached, "every batch was over before it could be killed"
    batch = tools.start(films, "-o", folder)
    out, err = batch.communicate(timeout=600)
    assert batch.returncode == 3, err
    same(tools.rows(folder), undisturbed)
    # and once more: nothing is left to do
    batch = tools.start(films, "-o", folder)
    out, err = batch.communicate(timeout=600)
    assert json.loads(out.splitlines()[1])["todo"] == 0
    assert batch.returncode == 3


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds worker processes through /proc")
def test_workers_killed_and_a_write_that_fails(films, undisturbed, tools, tmp_path):
    folder = tmp_path / "archive"

    def no_big_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (45_000, 45_000))

    # the kernel refuses to write what is larger than this: the tables of a film with strides
    batch = tools.start(films, "-o", folder, preexec_fn=no_big_files)
    _, err = batch.communicate(timeout=600)
    assert batch.returncode == 1
    assert err.count("\n") == 1
    assert "the dataset cannot be written" in err
    assert "Traceback" not in err
    assert len(list((folder / "_commits").glob("*.json"))) < 47

    batch = tools.start(films, "-o", folder)
    assert batch.stdout is not None
    killed = set()
    for line in batch.stdout:
        if json.loads(line)["event"] == "video" and len(killed) < 3:
            for pid in workers_of(batch.pid)[:1]:
                if pid not in killed:
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
    _, err = batch.communicate(timeout=600)
    assert batch.returncode == 3, err
    assert killed
    same(tools.rows(folder), undisturbed)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes through /proc")
def test_workers_end_with_a_batch_that_is_killed_alone(films, tools, tmp_path):
    batch = tools.start(films, "-o", tmp_path / "archive")
    assert batch.stdout is not None
    for line in batch.stdout:
        if json.loads(line)["event"] == "video":
            break
    assert workers_of(batch.pid)
    os.kill(batch.pid, signal.SIGKILL)
    batch.communicate(timeout=60)
    until = time.monotonic() + 30
    while (left := group_of(batch.pid)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left


def group_of(leader: int) -> list[int]:
    """Processes of a process group that are not over."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(group) == leader and state != "Z":
                found.append(int(process.name))
    return found


def test_a_second_batch_is_told_and_a_stopped_one_leaves_no_lock(films, tools, tmp_path):
    folder = tmp_path / "archive"
    first = tools.start(films, "-o", folder)
    assert first.stdout is not None
    lines = iter(first.stdout)
    while json.loads(next(lines))["event"] != "planned":
        pass
    second = tools.start(films, "-o", folder)
    out, err = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"process {first.pid} on" in err
    os.kill(first.pid, signal.SIGINT)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "what is done stays, the same command goes on" in said.splitlines()[-1]
    third = tools.start(films / "day1" / "broken.mp4", "-o", folder)
    out, err = third.communicate(timeout=60)
    assert third.returncode == 3
    assert json.loads(out.splitlines()[-1])["failed"] + json.loads(out.splitlines()[-1])["failed_before"] == 1
