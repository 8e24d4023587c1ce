"""A generated table's place in a page: between two marks, ``<!-- NAME: begin -->`` and ``<!-- NAME: end -->``."""

from __future__ import annotations


def with_table(page: str, name: str, new: str) -> str:
    """The page with what stands between the two marks of that name replaced.

    Raises
    ------
    ValueError
        The page has no such marks: a table must not land somewhere else.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"expected {begin} and {end} in the page")
    return f"{before}{begin}\n{new}\n{end}{after}"
