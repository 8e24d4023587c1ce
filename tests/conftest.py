"""How tests are shared out among processes (`pytest -n`): a file stays together, so do those that share an archive."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        archive = "undisturbed" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("undisturbed archive" if archive else str(item.path)))
