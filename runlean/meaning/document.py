"""docs/quantities.md's table of findings, made from `FINDING_RULES`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from runlean.meaning.rules import FINDING_RULES, FindingRule
from runlean.meaning.wording import range_text
from runlean.tables import quantity
from runlean.tables.page import with_table

#: Of the marks around what is made.
MARK: Final = "made by runlean.meaning.document"

_WHEN: Final = {
    "below": "interval below",
    "above": "interval above",
    "outside": "interval outside",
    "inside": "likely inside",
    "across": "otherwise",
    "any": "always",
}


def _condition(rule: FindingRule) -> str:
    kind, _, name = rule.measure.rpartition(":")
    metric = "head_lean_deg" if rule.measure == "head_forward_deg" else name
    unit = "pct" if kind == "asymmetry" else quantity("strides", metric).unit
    if rule.when in ("any", "across"):
        return _WHEN[rule.when]
    if kind == "drift":
        return "slope " + ("below 0" if rule.when == "below" else "above 0")
    band = "the band" if rule.band is None else range_text(*rule.band, metric, unit)
    words = band.removeprefix("above ").removeprefix("below ")
    source = f", source {rule.source}" if rule.source else ""
    return f"{_WHEN[rule.when]} {words}{source}"


def findings_markdown() -> str:
    """Return the table of findings as Markdown."""
    lines = ["| code | judged | speaks when | rests on |", "|---|---|---|---|"]
    for rule in FINDING_RULES:
        basis = "cue" if rule.evidence.kind == "cue" else f"study: {rule.evidence.source}"
        lines.append(f"| `{rule.code}` | `{rule.measure}` | {_condition(rule)} | {basis} |")
    return "\n".join(lines) + "\n"


def renew(text: str) -> str:
    """Return a document with the part between its two markers made anew."""
    return with_table(text, MARK, f"\n{findings_markdown()}")


def main(path: str) -> None:
    """Make the table in a document anew, in place."""
    document = Path(path)
    document.write_text(renew(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs/quantities.md")
