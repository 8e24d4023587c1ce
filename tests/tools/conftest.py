"""The scoring lies beside the package, in tools/; what its tests share, beside them."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "tools")]


@pytest.fixture(scope="session")
def clip():
    """The truth of a rendered clip that ships."""
    from validation.truth import read_clip, rendered_clips

    path = next(p for p in rendered_clips(ROOT / "runlean" / "clips") if "ship_tm_right_60" in p.name)
    return read_clip(path)
