"""What is loaded when, and which way the imports point."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"numba", "onnxruntime", "av", "pyarrow", "pydantic", "numpy", "scipy", "matplotlib", "jinja2"}

# docs/architecture.md, first to last: a module imports from its own line and those above it, never from below
ORDER = [
    {"cores", "errors", "skeleton"},
    {"config", "clips", "video", "models"},
    {"device"},
    {"camera"},
    {"people"},
    {"pose"},
    {"gait"},
    {"tables"},
    {"meaning"},
    {"overlay", "report"},
    {"analysis"},
    {"pipeline"},
    {"archive"},
    {"demo", "doctor"},
    {"bench"},
    {"exchange", "study"},
    {"cli"},
]
# what several rooms share although it lies in a later one: the records that pass between them, and the crop from a
# decoded frame. They lean on video alone, so every room behind it may import them.
SHARED = {"runlean.pose.tracks", "runlean.pose.crop", "runlean.gait.result"}
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "runlean").parts[0].removesuffix(".py")


def loaded_after(code: str) -> set[str]:
    probe = f"import sys\n{code}\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    return set(out.splitlines()[-1].split())


def test_import_runlean_is_light() -> None:
    assert not loaded_after("import runlean") & HEAVY


def test_help_is_light() -> None:
    code = "import runlean.cli.main\ntry:\n    runlean.cli.main.run(['--help'])\nexcept SystemExit:\n    pass"
    assert not loaded_after(code) & HEAVY


def test_tables_do_not_load_pandas(tmp_path: Path) -> None:
    """pyarrow loads it, where it is installed, to make an array of one and to give one back: half a second."""
    pytest.importorskip("pandas")
    code = f"""
import numpy as np
from runlean.overlay.runner import runners_of
from runlean.tables import *
n, s, keys = np.ones(3, int), np.arange(3) / 10, ("runner_id", "frame", "stride")
frames = frames_table({{**dict.fromkeys(keys[:2], n), "time_s": s, "filled": n > 0, "trunk_lean_deg": s}}, ["nose"])
strides = strides_table({{**dict.fromkeys(keys[::2], n), "side": np.array(["left", "left", "right"]), "contact_s": s}})
write_table(frames, {str(tmp_path / "f.parquet")!r})
assert rows_of(read_table({str(tmp_path / "f.parquet")!r}), 1).num_rows == 3
runners_of(frames, strides, [])
"""
    assert "pandas" not in loaded_after(code)


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs os.wait4 for the CPU time of one child")
def test_help_costs_little_more_than_the_command_line_library_itself() -> None:
    """Half as much again as the same page of an empty app: a ratio, for CPU seconds grow on a busy machine."""
    bare = "import sys, typer; app = typer.Typer(); app.callback()(lambda: None); app.command('x')(lambda: None); app()"

    def cpu_s(*arguments: str) -> float:
        child = subprocess.Popen([sys.executable, *arguments, "--help"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        return usage.ru_utime + usage.ru_stime

    pairs = [(cpu_s("-m", "runlean"), cpu_s("-c", bare)) for _ in range(3)]
    assert min(ours for ours, _ in pairs) < 1.5 * min(theirs for _, theirs in pairs) + 0.05


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = {room_of(path) for path in (ROOT / "runlean").rglob("*.py")}
    assert rooms - {"__init__", "__main__"} == set(RANK)


def test_rooms_import_only_what_comes_before_them() -> None:
    wrong = []
    for path in sorted((ROOT / "runlean").rglob("*.py")):
        room = room_of(path)
        if room in ("__init__", "__main__"):
            continue
        for name in imported(path):
            parts = name.split(".")
            if parts[0] != "runlean" or len(parts) == 1 or name in SHARED or parts[1] == room:
                continue
            if RANK[parts[1]] > RANK[room]:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert not wrong


def test_what_is_shared_leans_on_video_alone() -> None:
    allowed = SHARED | {"runlean.video", "runlean.errors", "runlean.skeleton"}
    for name in sorted(SHARED):
        path = ROOT / Path(*name.split(".")).with_suffix(".py")
        rooms = {".".join(m.split(".")[:3]) for m in imported(path) if m.startswith("runlean.")}
        assert {m for m in rooms if m not in allowed and not m.startswith("runlean.video.")} == set(), name


def test_kernels_import_only_numpy_numba_and_the_standard_library() -> None:
    allowed = {"numpy", "numba", "runlean_kernels", *sys.stdlib_module_names}
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "kernels").rglob("*.py"))
        for name in imported(path)
        if name.split(".")[0] not in allowed
    ]
    assert not wrong


def test_the_kernels_folder_is_no_package() -> None:
    # it would shadow another distribution named `kernels`
    assert not (ROOT / "kernels" / "__init__.py").exists()
