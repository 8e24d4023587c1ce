"""docs/quantities.md's tables, made from `QUANTITIES`, so that documentation and code cannot drift apart."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from runlean.tables.page import with_table
from runlean.tables.quantity import UNITS, Quantity, TableName
from runlean.tables.schema import QUANTITIES

#: Of the marks around what is made.
MARK: Final = "made by runlean.tables.document"

_NEEDS: Final = {"metres": "a scale", "feet": "heel and toe", "head": "ears"}
_TITLES: Final[dict[TableName, str]] = {
    "frames": "frames.parquet: one row per runner per frame",
    "strides": "strides.parquet: one row per foot contact",
}


def _row(q: Quantity) -> str:
    needs = ", ".join(_NEEDS[n] for n in q.needs)
    cells = (
        f"`{q.name}`" + (" ± `_sd`" if q.has_sd else ""),
        UNITS.get(q.unit, ""),
        q.definition + (f" *(needs {needs})*" if needs else ""),
        q.source,
        q.known_error,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def quantities_markdown() -> str:
    """Return both tables of columns as Markdown."""
    blocks = []
    for table, title in _TITLES.items():
        lines = [
            f"## {title}",
            "",
            "| column | unit | definition | source | known error |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(q) for q in QUANTITIES if q.table == table]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def renew(text: str) -> str:
    """Return a document with the part between its two markers made anew.

    Parameters
    ----------
    text : str
        The whole document; holds both markers once.
    """
    return with_table(text, MARK, f"\n{quantities_markdown()}")


def main(path: str) -> None:
    """Make the tables in a document anew, in place."""
    document = Path(path)
    document.write_text(renew(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs/quantities.md")
