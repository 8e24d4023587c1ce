"""Every warning that is given stands in the users' list, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GIVEN = re.compile(r"Notice\(\s*(\"[a-z_]+\"(?: if [^,]+ else \"[a-z_]+\")?)\s*,")


def test_the_list_of_warnings_is_complete() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "runlean").rglob("*.py")]
    named = [found for source in sources for found in GIVEN.findall(source)]
    given = {code for found in named for code in re.findall(r'"([a-z_]+)"', found)}
    page = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
    part = page[page.index("## Warnings") : page.index("## Many videos")]
    lines = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    told = {code for line in lines for code in re.findall(r"`([a-z_]+)`", line)}
    assert len(given) > 15
    assert told == given
