"""Ctrl-C and a scheduler's SIGTERM: the right status, nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runlean.clips import clip_path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are not the same there")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after_s", [0.5, 3.0])
def test_stopped_on_the_way(stop: signal.Signals, after_s: float, tmp_path: Path) -> None:
    # how long the libraries take to load depends on what else the machine does
    loaded = "import sys, runlean.cli.main as main; print('loaded', file=sys.stderr, flush=True); main.run()"
    command = [sys.executable, "-c", loaded, "analyze", str(clip_path("ship_tm_right_60")), "-o", "out"]
    child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    assert child.stderr.readline() == "loaded\n"
    time.sleep(after_s)
    child.send_signal(stop)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 128 + stop
    assert out == ""
    assert "defect" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_is_no_defect() -> None:
    command = f"{sys.executable} -m runlean models info blazepose-full | head -c 1"
    run = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True)
    assert "Traceback" not in run.stderr
    assert "BrokenPipe" not in run.stderr
