"""What stands in the files: links lead somewhere, no registry is named, the pins are pins."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import runlean

ROOT = Path(__file__).parents[2]
# in two parts each, so that this file does not hold what it looks for
REGISTRIES = [
    a + b
    for a, b in [
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("npmjs", ".org"),
        ("npmjs", ".com"),
        ("anaconda", ".org"),
        ("conda", ".io"),
        ("index-", "url"),
        ("find-", "links"),
    ]
]
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".cfg",
    ".json",
    ".yaml",
    ".yml",
    ".html",
    ".css",
    ".js",
    ".j2",
    ".sh",
    "",
}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def own_files() -> list[Path]:
    """Files under version control; in an unpacked sdist, all of them."""
    git = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if git.returncode == 0:
        return [ROOT / name for name in git.stdout.splitlines() if (ROOT / name).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not {".venv", "__pycache__"} & set(p.relative_to(ROOT).parts)]


def test_no_registry_is_named() -> None:
    hits = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in own_files()
        if path.suffix in TEXT_SUFFIXES
        for host in REGISTRIES
        if host in path.read_text(encoding="utf-8", errors="replace").lower()
    ]
    assert not hits


@pytest.mark.parametrize("page", sorted(p for p in own_files() if p.suffix == ".md"), ids=lambda p: p.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
    missing = [
        t for t in targets if t and "://" not in t and not t.startswith("mailto:") and not (page.parent / t).exists()
    ]
    assert not missing


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= {link.partition("#")[0] for link in LINK.findall(index)}


def test_constraints_pin_every_dependency_that_is_named() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", pin) for pin in pins)
    pinned = {pin.partition("==")[0].lower().replace("_", "-") for pin in pins}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(line for extra in extras.values() for line in extra)]
    names = {re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0].lower().replace("_", "-") for line in wanted}
    assert names <= pinned


def test_the_changelog_knows_this_version() -> None:
    assert f"## {runlean.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_two_commands_first() -> None:
    screen = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30])
    assert screen.index("make demo") < screen.index("make test") < screen.index("pip install")
