"""The one record of what a user may choose."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError


def test_defaults_are_the_contract() -> None:
    c = AnalyzeConfig()
    assert (c.model, c.device, c.feet, c.decoder, c.runners, c.roll) == (
        "movenet-thunder", "auto", "auto", "auto", "all", "auto",
    )  # fmt: skip
    assert c.band == (5.0, 10.0)
    assert c.slow_motion == 1.0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("all", "all"),
        ("ALL", "all"),
        ("2", 2),
        ("1,4", (1, 4)),
        (" 1 , 4 ", (1, 4)),
        ("3,", (3,)),
        (2, 2),
        ([1, 4], (1, 4)),
    ],
)
def test_runners_as_typed(text: object, value: object) -> None:
    assert AnalyzeConfig.from_options(runners=text).runners == value


@pytest.mark.parametrize(("text", "value"), [("auto", "auto"), ("-2.5", -2.5), (3, 3.0)])
def test_roll_as_typed(text: object, value: object) -> None:
    assert AnalyzeConfig.from_options(roll=text).roll == value


def test_region_as_typed() -> None:
    assert AnalyzeConfig.from_options(region="0,10,640.5,480").region == (0.0, 10.0, 640.5, 480.0)


def test_a_path_names_a_model() -> None:
    assert AnalyzeConfig.from_options(model=Path("nets/mine.onnx")).model == str(Path("nets/mine.onnx"))


@pytest.mark.parametrize(
    "options",
    [
        {"runners": "0"},
        {"runners": "-1"},
        {"runners": "1,1"},
        {"runners": ","},
        {"runners": True},
        {"runners": "two"},
        {"roll": "nan"},
        {"roll": 60},
        {"roll": "level"},
        {"region": "1,2,3"},
        {"region": "9,2,3,4"},
        {"region": "0,0,inf,4"},
        {"band": (10, 5)},
        {"band": (5, 5)},
        {"band": (5, math.nan)},
        {"slow_motion": 0},
        {"slow_motion": -1},
        {"slow_motion": math.inf},
        {"runner_height_m": 178},
        {"runner_height_m": 0},
        {"treadmill_speed_mps": 0},
        {"treadmill_speed_mps": 30},
        {"threads": 0},
        {"threads": 1.5},
        {"device": "tpu"},
        {"device": "cuda:x"},
        {"decoder": "gpu"},
        {"feet": "on"},
        {"model": ""},
    ],
)
def test_a_wrong_value_says_what_was_expected_and_what_came(options: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        AnalyzeConfig.from_options(**options)
    [(name, value)] = options.items()
    message = str(caught.value)
    assert message.startswith(f"{name}: expected ")
    assert message.endswith(f"; came {value!r}")
    assert "\n" not in message


@pytest.mark.parametrize("runners", ["all", 1, (1,), (4, 2)])
def test_runners_that_a_video_can_have(runners: object) -> None:
    AnalyzeConfig.from_options(runners=runners).check_for_video()


def test_an_id_of_another_tools_file_is_none_of_a_videos() -> None:
    config = AnalyzeConfig.from_options(runners=(0, 1))  # pose files may count from 0
    with pytest.raises(ConfigError, match=r"^runners: expected ids as .*--preview` shows them, from 1 on; came 0$"):
        config.check_for_video()


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigError, match=r"device: .*; slow_motion: .*"):
        AnalyzeConfig.from_options(device="tpu", slow_motion=0)


def test_an_unknown_option_is_told() -> None:
    with pytest.raises(ConfigError, match="came runner_heigth_m"):
        AnalyzeConfig.from_options(runner_heigth_m=1.78)


def test_every_option_says_what_it_expects() -> None:
    from runlean.config import _EXPECTED

    assert set(_EXPECTED) == set(AnalyzeConfig.model_fields)


def test_frozen() -> None:
    with pytest.raises(ValidationError):
        AnalyzeConfig().model = "other"


configs = st.builds(
    AnalyzeConfig.from_options,
    runner_height_m=st.none() | st.floats(0.5, 2.6),
    slow_motion=st.floats(0.01, 1000),
    roll=st.just("auto") | st.floats(-45, 45),
    runners=st.just("all") | st.integers(1, 50) | st.lists(st.integers(0, 99), min_size=1, unique=True),
    feet=st.sampled_from(["auto", "off"]),
    threads=st.none() | st.integers(1, 64),
)


@given(configs)
def test_summary_holds_all_that_is_needed_to_run_again(config: AnalyzeConfig) -> None:
    again = AnalyzeConfig.model_validate_json(config.model_dump_json())
    assert again == config
    assert again.hash() == config.hash()


@given(configs, st.sampled_from([1, 8]), st.booleans(), st.sampled_from(["cpu", "cuda"]))
def test_how_the_work_is_done_does_not_change_the_hash(
    config: AnalyzeConfig, threads: int, drawn: bool, device: str
) -> None:
    other = config.model_copy(update={"threads": threads, "overlay": drawn, "report": drawn, "device": device})
    assert other.hash() == config.hash()


@pytest.mark.parametrize("change", [{"slow_motion": 2.0}, {"roll": 0.0}, {"band": (4.0, 9.0)}, {"feet": "off"}])
def test_what_the_numbers_depend_on_changes_the_hash(change: dict[str, object]) -> None:
    assert AnalyzeConfig.from_options(**change).hash() != AnalyzeConfig().hash()


def test_the_hash_is_the_same_in_every_process() -> None:
    code = "from runlean.config import AnalyzeConfig; print(AnalyzeConfig.from_options(runners='1,4').hash())"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert told == {AnalyzeConfig.from_options(runners=(1, 4)).hash()}
