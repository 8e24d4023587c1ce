"""The same batch on Ray: a local cluster of two workers, one of them killed on the way."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def ray_workers(root: int) -> list[int]:
    """Processes below ``root`` that hold an actor of ours."""
    found, stack = [], [root]
    while stack:
        pid = stack.pop()
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                stack += map(int, (task / "children").read_text().split())
            if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::Worker"):
                found.append(pid)
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds worker processes through /proc")
def test_the_same_dataset_though_a_worker_is_killed(films, undisturbed, tools, tmp_path):
    pytest.importorskip("ray")
    folder = tmp_path / "archive"
    batch = tools.start(films, "-o", folder, "--ray", "--workers", "2")
    assert batch.stdout is not None
    events = 0
    killed: list[int] = []
    lines = []
    for line in batch.stdout:
        lines.append(json.loads(line))
        events += lines[-1]["event"] == "video"
        if events == 10 and not killed:
            killed = ray_workers(batch.pid)[:1]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
    _, err = batch.communicate(timeout=600)
    assert batch.returncode == 3, err
    assert lines[0]["executor"] == "2 CPU workers on Ray"
    assert killed
    rows = tools.rows(folder)
    for name, value in undisturbed.items():
        assert rows[name] == value, name
