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
#: Whole libraries that stand for a twin.
PEERS = {"scipy", "stats", "signal"}


def _names(node: ast.AST) -> set[str]:
    """Names that a piece of code uses."""
    out = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            out.add(part.id)
        elif isinstance(part, ast.Attribute):
            out.add(part.attr)
        elif isinstance(part, ast.arg):  # fixtures
            out.add(part.arg)
    return out


def _uses(path: Path) -> dict[str, set[str]]:
    """What each function and constant of a file uses."""
    out: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            out.setdefault(node.name, set()).update(_names(node))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    out.setdefault(target.id, set()).update(_names(node.value))
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


@pytest.fixture(scope="module")
def reached() -> list[set[str]]:
    """What each test of the kernels uses."""
    out = []
    for path in TESTS.rglob("test_*.py"):
        uses = {}
        for shared in (TESTS / "conftest.py", path.with_name("conftest.py"), path):
            uses |= _uses(shared) if shared.is_file() else {}
        out += [_reached(uses, name) for name in uses if name.startswith("test_")]
    return out


def test_the_list_is_read(reached: list[set[str]]) -> None:
    assert len(LISTED) > 50
    assert len(reached) > 300


@pytest.mark.parametrize("kernel", LISTED)
def test_a_kernel_is_compared_with_its_naive_twin(kernel: str, reached: list[set[str]]) -> None:
    name = kernel.rpartition(".")[2]
    twins = [names for names in reached if name in names and any(n.startswith("naive") or n in PEERS for n in names)]
    assert twins, f"{kernel}: no test compares it with a function named naive_...; see CONTRIBUTING.md, Add a kernel"
