"""A stage inside a stage counts once, and watching leaves nothing behind."""

from __future__ import annotations

import time

import pytest
from stages import Watch, stages, table, watched


def spin(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_what_a_stage_calls_counts_there() -> None:
    watch = Watch()
    inner = watch.around("inner", lambda: spin(0.03))

    def both() -> None:
        spin(0.02)
        inner()

    watch.around("outer", both)()
    inner()
    assert watch.cpu_s["inner"] == pytest.approx(0.06, abs=0.01)
    assert watch.cpu_s["outer"] == pytest.approx(0.02, abs=0.01)


def test_an_error_ends_the_stage() -> None:
    watch = Watch()

    def fails() -> None:
        spin(0.01)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        watch.around("outer", watch.around("inner", fails))()
    watch.around("outer", lambda: spin(0.01))()
    assert watch.cpu_s["outer"] == pytest.approx(0.01, abs=0.005)


def test_every_stage_is_found_and_put_back() -> None:
    before = [(owner, name, getattr(owner, name)) for of in stages().values() for owner, name in of]
    with watched(Watch()):
        assert all(getattr(owner, name) is not work for owner, name, work in before)
    assert all(getattr(owner, name) is work for owner, name, work in before)


def test_the_table_holds_every_stage() -> None:
    record = {
        "model": "m",
        "frames": 3,
        "video": "v",
        "rounds": 1,
        "machine": "x",
        "cpu_ms_per_frame": {"a": 1.0, "all": 4.0},
    }
    assert "| a | 1.00 | 25.0 % |" in table(record)
