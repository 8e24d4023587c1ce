"""Cores that may be used: what the scheduler allows and what a container's quota allows."""

from __future__ import annotations

import os

import pytest

from runlean import cores


@pytest.mark.parametrize(
    ("text", "expected"),
    [("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000\n", 1), ("max 100000\n", None), ("", None)],
)
def test_a_quota_in_whole_cores(tmp_path, text, expected):
    (tmp_path / "cpu.max").write_text(text)
    assert cores._share(tmp_path / "cpu.max") == expected


def test_the_narrower_limit_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    for text, expected in (("100000 100000", 1), ("max 100000", 3), ("9900000 100000", 3)):
        (tmp_path / "cpu.max").write_text(text)
        monkeypatch.setattr(cores, "CPU_MAX", tmp_path / "cpu.max")
        cores.usable_cores.cache_clear()
        assert cores.usable_cores() == expected
    cores.usable_cores.cache_clear()


def test_no_quota_to_be_read(tmp_path):
    assert cores._share(tmp_path / "none") is None
