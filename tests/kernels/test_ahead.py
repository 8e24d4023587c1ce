"""Kernels compiled ahead: the list is that of an analysis, and several processes fill one cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from runlean_kernels import ahead, jit

TOOL = Path(__file__).parents[2] / "tools" / "kernel_signatures.py"

needs_compiler = pytest.mark.skipif(jit.is_disabled(), reason="nothing is compiled in this pass")


def test_the_list_names_kernels_that_are_there() -> None:
    entries = ahead.read_entries()
    assert len(entries) > 40
    assert [e.cost_s for e in entries] == sorted((e.cost_s for e in entries), reverse=True)
    for entry in entries:
        assert f"def {entry.name}(" in entry.source.read_text(encoding="utf-8"), entry.place


@needs_compiler
@pytest.mark.parametrize("word", ["f8", "f4", "i8", "i1", "u1", "b1", "f8[1]", "f8[4]", "u1[2]!", "b1[2]"])
def test_words_and_types_are_inverse(word: str) -> None:
    assert ahead.word_of(ahead.numba_type(word)) == word


@needs_compiler
def test_a_type_that_has_no_word() -> None:
    from numba import types

    with pytest.raises(ValueError, match="expected a number or an array in C order"):
        ahead.word_of(types.Array(types.float64, 1, "A"))


def test_shares_are_of_nearly_equal_cost_and_lose_nothing() -> None:
    entries = ahead.read_entries()
    shares = ahead.shares_of(entries, 4)
    assert Counter(e for share in shares for e in share) == Counter(entries)
    costs = [sum(e.cost_s for e in share) for share in shares]
    assert max(costs) < max(1.3 * sum(costs) / 4, entries[0].cost_s + 1)


@needs_compiler
def test_an_analysis_calls_what_is_listed() -> None:
    # two seconds call all that the whole clip does
    command = [sys.executable, TOOL, "--check", "--clip", "ship_tm_right_60", "--frames", "120"]
    tool = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert tool.returncode == 0, f"run tools/kernel_signatures.py once more:\n{tool.stdout}{tool.stderr}"


WATCHED = """
from runlean_kernels import ahead
ahead.WORTH_S = 0.0
chosen = [e for e in ahead.read_entries() if e.place in ("strides.timing.step_timing", "statistics.window.value_at")]
ahead.read_entries = lambda: chosen
told = []
print([ahead.compile_ahead(2, lambda done, total: told.append((done, total))) for _ in range(2)], told[-1])
before = {path: path.stat().st_mtime_ns for path in ahead.jit.COMPILED.rglob("*.nb?")}
for entry in chosen:
    entry.compile()
print({path: path.stat().st_mtime_ns for path in ahead.jit.COMPILED.rglob("*.nb?")} == before)
"""


LOADED = """
from importlib import import_module
from runlean_kernels import ahead
for _ in range(2):
    with ahead.loading_ahead():
        assert ahead._loaded.wait(120)
kernels = [getattr(import_module(f"runlean_kernels.{e.module}"), e.name) for e in ahead.read_entries()]
print(*sorted(kernel.__name__ for kernel in kernels if kernel.signatures))
print(sum(len(kernel.stats.cache_misses) for kernel in kernels))
"""


COUNTED = """
from runlean_kernels import ahead
print(sum(e.is_compiled(ahead.jit.COMPILED) for e in ahead.read_entries()))
"""


@needs_compiler
def test_two_processes_fill_a_cache_and_then_nothing_is_missing(tmp_path: Path) -> None:
    env = os.environ | {"RUNLEAN_CACHE_DIR": str(tmp_path)}
    child = subprocess.run([sys.executable, "-c", WATCHED], env=env, capture_output=True, text=True, timeout=600)
    assert child.stdout.splitlines() == ["[True, False] (2, 2)", "True"], child.stderr
    assert len(list(tmp_path.rglob("*.nbi"))) >= 2
    # a thread loads what is there and compiles nothing
    child = subprocess.run([sys.executable, "-c", LOADED], env=env, capture_output=True, text=True, timeout=600)
    assert child.stdout.splitlines() == ["step_timing value_at", "0"], child.stderr
    # a machine with another processor that shares the folder has nothing yet
    counts = []
    for processor in ({}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}):
        child = subprocess.run(
            [sys.executable, "-c", COUNTED], env=env | processor, capture_output=True, text=True, timeout=600
        )
        counts.append(child.stdout.strip() or child.stderr)
    assert counts == ["2", "0"]


@needs_compiler
@pytest.mark.parametrize("processes", [0, 1])
def test_one_process_compiles_when_it_calls(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "read_entries", pytest.fail)
    assert not ahead.compile_ahead(processes)
