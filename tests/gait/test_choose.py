"""The runners that were asked for."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from runlean.errors import ConfigError
from runlean.gait.choose import choose_runners
from runlean.gait.result import GaitResult
from runlean.gait.runner import left_out


def result():
    """Runner 2 is large and brief, 4 small and long, 7 neither."""
    people = ((2, 50, 400.0), (4, 120, 100.0), (7, 30, float("nan")))
    runners = tuple(SimpleNamespace(runner_id=i, n_frames=n, body_height_px=h) for i, n, h in people)
    ids = np.repeat([2, 4, 7], [3, 2, 1])
    return GaitResult({"runner_id": ids, "frame": np.arange(6)}, {"runner_id": ids[::-1].copy()}, (), runners)


def ids(chosen):
    return [r.runner_id for r in chosen.runners]


def test_all_are_all():
    assert ids(choose_runners(result(), "all")) == [2, 4, 7]


def test_the_most_prominent_stay_with_their_rows():
    assert ids(choose_runners(result(), 2)) == [2, 4]
    one = choose_runners(result(), 1)
    assert ids(one) == [2]
    assert one.frames["frame"].tolist() == [0, 1, 2]
    assert one.strides["runner_id"].tolist() == [2, 2, 2]
    assert ids(choose_runners(result(), 9)) == [2, 4, 7]


def test_ids_are_those_asked_for():
    assert ids(choose_runners(result(), (7, 4))) == [4, 7]
    with pytest.raises(ConfigError, match=r"expected ids among \[2, 4, 7\]; came \[3\]"):
        choose_runners(result(), (3, 4))


def test_who_is_left_out_is_counted():
    assert left_out(0) == ()
    (one,), (three,) = left_out(1), left_out(3)
    assert one.code == three.code == "people_left_out"
    assert one.message.startswith("1 person's track shows no running and is left out")
    assert three.message.startswith("3 persons' tracks show no running and are left out")
