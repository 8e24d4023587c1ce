"""The cache of compiled kernels: never stale, and no need of a folder that can be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# the processes here compile whatever this one does: once is enough
pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled in this pass")

SOURCE = Path(__file__).parents[2] / "kernels" / "runlean_kernels"
INNER = "from runlean_kernels.jit import kernel\n\n\n@kernel\ndef inner(x: float) -> float:\n    return x + {}\n"
OUTER = (
    "from runlean_kernels.inner import inner\nfrom runlean_kernels.jit import kernel\n\n\n"
    "@kernel\ndef outer(x: float) -> float:\n    return 2.0 * inner(x)\n"
)
ASK = "from runlean_kernels.outer import outer; print(outer(1.0))"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the part that compiles, with a kernel that calls another file's."""
    folder = tmp_path / "kernels" / "runlean_kernels"
    folder.mkdir(parents=True)
    for name in ("__init__.py", "jit.py", "folders.py"):
        shutil.copy(SOURCE / name, folder / name)
    (folder / "inner.py").write_text(INNER.format("1.0"))
    (folder / "outer.py").write_text(OUTER)
    return folder


def start(package: Path, cache: Path | str, **more: str) -> subprocess.Popen[str]:
    env = os.environ | {"PYTHONPATH": str(package.parent), "RUNLEAN_CACHE_DIR": str(cache)} | more
    env.pop("NUMBA_DISABLE_JIT", None)
    command = [sys.executable, "-P", "-W", "error", "-c", ASK]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer(child: subprocess.Popen[str]) -> str:
    out, err = child.communicate(timeout=300)
    assert child.returncode == 0, err
    return out.strip()


def test_an_edit_in_another_file_is_seen_and_the_old_code_found_again(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert answer(start(package, cache)) == "4.0"
    (package / "inner.py").write_text(INNER.format("2.0"))
    assert answer(start(package, cache)) == "6.0"
    (package / "inner.py").write_text(INNER.format("1.0"))
    assert answer(start(package, cache)) == "4.0"
    assert len(list(cache.glob("kernels-*"))) == 2


def test_several_cold_processes_at_once_agree(package: Path, tmp_path: Path) -> None:
    children = [start(package, tmp_path / "cache") for _ in range(3)]
    assert [answer(child) for child in children] == ["4.0"] * 3


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place where nobody can make a folder")
def test_a_home_that_cannot_be_written_to_is_no_obstacle(package: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in package.rglob("*.py")}
    assert answer(start(package, "/proc/self/none", HOME="/proc/self", TMPDIR=str(tmp_path))) == "4.0"
    assert {path: path.stat().st_mtime_ns for path in package.rglob("*.py")} == before
    assert list(tmp_path.glob("runlean-*/kernels-*"))
