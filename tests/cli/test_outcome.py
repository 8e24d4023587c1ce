"""What a person reads: every known figure in its unit, nothing where nothing is known."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from runlean.cli.outcome import show_summary


def metric(mean: float | None, spread: float = 0.1, **more: Any) -> dict[str, Any]:
    if mean is None:
        return {"mean": None, "low95": None, "high95": None, "left": None, "right": None}
    return {"mean": mean, "low95": mean - spread, "high95": mean + spread, "left": mean, "right": mean, **more}


def summary(**runner: Any) -> dict[str, Any]:
    one = {
        "runner_id": 3,
        "direction": "left",
        "mode": "treadmill",
        "view": {"kind": "side"},
        "n_contacts": 12,
        "metrics": {},
        "verdict": "",
        "findings": [],
        **runner,
    }
    source = {"file_name": "a.mp4", "duration_s": 6.0, "fps_from_timestamps": 59.94, "width": 960, "height": 540}
    return {"source": source, "models": [{"name": "movenet-thunder"}], "device": "cpu", "runners": [one]}


def printed(content: dict[str, Any]) -> str:
    console = Console(width=120, highlight=False, no_color=True)
    with console.capture() as captured:
        show_summary(content, console)
    return captured.get()


def test_figures_stand_in_the_units_people_use() -> None:
    text = printed(summary(metrics={"cadence_spm": metric(172.34, 0.6), "contact_time_s": metric(0.2254, 0.004)}))
    row = next(line for line in text.splitlines() if "contact time" in line)
    assert "225" in row
    assert "221 .. 229" in row
    assert "ms" in row
    assert "172.3" in text
    assert "Runner 3: treadmill, running left, side view, 12 contacts" in text


def test_what_a_network_of_the_users_was_taken_for_is_said() -> None:
    mine = {**summary(), "models": [{"name": "mine"}], "processing": {"model": "taken for RTMPose (SimCC), 17 points"}}
    assert "mine (taken for RTMPose (SimCC), 17 points) on cpu" in printed(mine)
    assert "movenet-thunder on cpu" in printed(summary())


def test_what_is_not_known_is_not_shown() -> None:
    text = printed(summary(metrics={"cadence_spm": metric(172.3), "trunk_lean_deg": metric(None)}))
    assert "trunk lean" not in text
    assert "None" not in text


def test_one_side_unknown_is_a_dash() -> None:
    text = printed(summary(metrics={"trunk_lean_deg": metric(7.0, left=None)}))
    assert next(line for line in text.splitlines() if "trunk lean" in line).count(" - ") == 1


def test_no_means_and_no_runner() -> None:
    none = summary(direction=None, mode=None, n_contacts=2)
    assert "Runner 3: side view, 2 contacts; no means can be given" in printed(none)
    assert "No runner was found." in printed({**none, "runners": []})
