"""The cache of compiled kernels: never stale, and no need of a folder that can be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
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
APART = "from runlean_kernels.jit import kernel\n\n\n@kernel\ndef apart(x: float) -> float:\n    return x\n"
ASK = "from runlean_kernels.apart import apart; from runlean_kernels.outer import outer; print(outer(apart(1.0)))"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the part that compiles, with a kernel that calls another file's."""
    folder = tmp_path / "kernels" / "runlean_kernels"
    folder.mkdir(parents=True)
    for name in ("__init__.py", "jit.py", "folders.py"):
        shutil.copy(SOURCE / name, folder / name)
    (folder / "inner.py").write_text(INNER.format("1.0"))
    (folder / "outer.py").write_text(OUTER)
    (folder / "apart.py").write_text(APART)
    return folder


def start(package: Path, cache: Path | str, ask: str = ASK, **more: str) -> subprocess.Popen[str]:
    env = os.environ | {"PYTHONPATH": str(package.parent), "RUNLEAN_CACHE_DIR": str(cache)} | more
    env.pop("NUMBA_DISABLE_JIT", None)
    command = [sys.executable, "-P", "-W", "error", "-c", ask]
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
    # what the edit cannot have changed was compiled once
    assert [len(list(cache.glob(f"kernels-*/{name}-*"))) for name in ("inner", "outer", "apart")] == [2, 2, 1]


def test_several_cold_processes_at_once_agree(package: Path, tmp_path: Path) -> None:
    children = [start(package, tmp_path / "cache") for _ in range(3)]
    assert [answer(child) for child in children] == ["4.0"] * 3


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place where nobody can make a folder")
def test_a_home_that_cannot_be_written_to_is_no_obstacle(package: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in package.rglob("*.py")}
    assert answer(start(package, "/proc/self/none", HOME="/proc/self", TMPDIR=str(tmp_path))) == "4.0"
    assert {path: path.stat().st_mtime_ns for path in package.rglob("*.py")} == before
    assert list(tmp_path.glob("runlean-*/kernels-*/outer-*"))


@pytest.mark.parametrize(
    "line",
    [
        "from runlean_kernels.deep.inner import inner",
        "import runlean_kernels.deep.inner",
        "from runlean_kernels.deep import inner",
        "from runlean_kernels import deep",
        "from runlean_kernels import landmarks as lm, deep",
        "from . import deep",
        "from .deep import inner",
        "from runlean_kernels import (\n    deep,\n)",
        "import runlean_kernels as rk",
    ],
)
def test_every_way_to_import_a_kernel_is_followed(package: Path, line: str) -> None:
    (package / "deep").mkdir()
    (package / "deep" / "__init__.py").write_text("from runlean_kernels.deep import inner\n")
    (package / "outer.py").write_text(f"{line}\n")
    ask = "from runlean_kernels.jit import ROOT, source_digest; print(source_digest(ROOT / 'outer.py'))"
    digests = []
    for content in ("x = 1\n", "x = 2\n"):
        (package / "deep" / "inner.py").write_text(content)
        digests.append(answer(start(package, package.parent / "cache", ask)))
    assert digests[0] != digests[1]


def test_the_sources_each_kernel_is_compiled_with() -> None:
    from runlean_kernels import jit

    files = [path for path in SOURCE.rglob("*.py") if path.parent.name != "cuda"]
    assert len({jit.source_digest(path) for path in files if path.read_bytes()}) > 60
    from_filters = jit._source(SOURCE / "filters" / "butterworth.py")[1]
    assert {path.name for path in from_filters} >= {"biquad.py", "resample.py", "jit.py"}
    # only where the text does not tell must it be every file
    assert all(len(jit._source(path)[1]) < 20 for path in files)


def test_sums_in_any_order_leave_what_is_missing_missing() -> None:
    """Four sums side by side, and NaN and infinity are what they were."""
    source = (
        "import numpy as np\nfrom runlean_kernels.jit import sum_kernel\n\n"
        "@sum_kernel\ndef total(x, known):\n"
        "    out = 0.0\n    for k in range(x.shape[0]):\n"
        "        out += x[k] if not known or x[k] == x[k] else 0.0\n    return out\n\n"
        "x = np.arange(101.0)\nx[7] = np.nan\nprint(total(x, True), total(x, False), total(x[8:] * np.inf, False))\n"
    )
    assert sum_of(source) == ["5043.0", "nan", "inf"]


def sum_of(source: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "total.py"
        script.write_text(source)
        env = os.environ | {"PYTHONPATH": str(SOURCE.parent), "RUNLEAN_CACHE_DIR": folder}
        env.pop("NUMBA_DISABLE_JIT", None)
        done = subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, check=True)
    return done.stdout.split()
