"""Every kernel that Python calls has a naive twin among the tests: obvious code that must give the same answer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ROOT / "kernels" / "runlean_kernels"
TESTS = ROOT / "tests" / "kernels"

#: Called from Python, by ``folder.module.kernel``; written by tools/kernel_signatures.py.
LISTED = sorted(
    {
        line.split()[1]
        for line in (KERNELS / "signatures.txt").read_text(encoding="utf-8").splitlines()
        if line[0] != "#"
    }
)
#: A whole library that stands for a twin, and what stands here for anything imported from it.
PEER = "scipy"
FROM_PEER = "<scipy>"


def _imported(tree: ast.AST) -> set[str]:
    """Names that a file's imports bind to the peer or a part of it."""
    out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            of_peer = [a for a in node.names if a.name.split(".")[0] == PEER]
            out |= {a.asname or PEER for a in of_peer}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PEER and not node.level:
            out |= {a.asname or a.name for a in node.names}
    return out


def _names(node: ast.AST, imported: set[str]) -> set[str]:
    """Names that a piece of code uses; `FROM_PEER` where one is imported from the peer and not bound anew."""
    out = set()
    bound = {p.arg for p in ast.walk(node) if isinstance(p, ast.arg)}
    bound |= {p.id for p in ast.walk(node) if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store)}
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            out.add(part.id)
            if part.id in imported - bound:
                out.add(FROM_PEER)
        elif isinstance(part, ast.Attribute):
            out.add(part.attr)
        elif isinstance(part, ast.arg):  # fixtures
            out.add(part.arg)
    return out


def _uses(path: Path) -> dict[str, set[str]]:
    """What each function and constant of a file uses."""
    out: dict[str, set[str]] = {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            out.setdefault(node.name, set()).update(_names(node, imported))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    out.setdefault(target.id, set()).update(_names(node.value, imported))
    return out


def _reached(uses: dict[str, set[str]], start: str) -> set[str]:
    """All that a function uses, directly or through others."""
    seen, pending = set[str](), [start]
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            pending += uses.get(name, ())
    return seen


def _twins(uses: dict[str, set[str]], used: set[str], kernel: str) -> set[str]:
    """What a test that uses ``used`` may compare a kernel with: the peer, naive functions that do not call it."""
    if kernel not in used:
        return set()
    naive = {n for n in used if n.startswith("naive") and kernel not in uses.get(n, {kernel})}
    return naive | (used & {FROM_PEER})


@pytest.fixture(scope="module")
def reached() -> list[tuple[dict[str, set[str]], set[str]]]:
    """What each function of a file of tests uses, and what each of its tests reaches."""
    out = []
    for path in TESTS.rglob("test_*.py"):
        uses = {}
        for shared in (TESTS / "conftest.py", path.with_name("conftest.py"), path):
            uses |= _uses(shared) if shared.is_file() else {}
        out += [(uses, _reached(uses, name)) for name in uses if name.startswith("test_")]
    return out


def test_the_list_is_read(reached: list[tuple[dict[str, set[str]], set[str]]]) -> None:
    assert len(LISTED) > 50
    assert len(reached) > 300


@pytest.mark.parametrize("kernel", LISTED)
def test_a_kernel_is_compared_with_its_naive_twin(
    kernel: str, reached: list[tuple[dict[str, set[str]], set[str]]]
) -> None:
    name = kernel.rpartition(".")[2]
    assert any(_twins(uses, used, name) for uses, used in reached), (
        f"{kernel}: no test compares it with a function named naive_...; see CONTRIBUTING.md, Add a kernel"
    )


@pytest.mark.parametrize(
    ("code", "is_twin"),
    [
        ("from scipy import signal\ndef test_a():\n    assert fast(1) == signal.lfilter(1)\n", True),
        ("import scipy.stats as st\ndef test_a():\n    assert fast(1) == st.t.ppf(1)\n", True),
        ("def naive_fast(x):\n    return x\ndef test_a():\n    assert fast(1) == naive_fast(1)\n", True),
        ("def test_a():\n    for signal in (1, 2):\n        assert fast(signal) == 1\n", False),
        ("from scipy import stats\ndef test_a(stats):\n    assert fast(stats) == 1\n", False),
        ("def naive_fast(x):\n    return fast(x)\ndef test_a():\n    assert fast(1) == naive_fast(1)\n", False),
        ("from scipy import stats\ndef test_a():\n    assert fast(1) == 1\n", False),
    ],
)
def test_what_counts_as_a_twin(code: str, is_twin: bool, tmp_path: Path) -> None:
    (tmp_path / "test_fast.py").write_text(code, encoding="utf-8")
    uses = _uses(tmp_path / "test_fast.py")
    assert bool(_twins(uses, _reached(uses, "test_a"), "fast")) is is_twin
