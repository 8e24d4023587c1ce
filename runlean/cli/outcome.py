"""What an analysis found, as a person reads it in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

# column of strides.parquet: label, unit shown, factor to that unit, decimals
SHOWN = {
    "cadence_spm": ("cadence", "steps/min", 1.0, 1),
    "trunk_lean_deg": ("trunk lean", "deg", 1.0, 1),
    "hip_hinge_deg": ("hip hinge", "deg", 1.0, 1),
    "contact_time_s": ("contact time", "ms", 1e3, 0),
    "flight_time_s": ("flight time", "ms", 1e3, 0),
    "duty_factor": ("duty factor", "%", 1e2, 1),
    "overstride_frac": ("overstride", "leg lengths", 1.0, 3),
    "shin_lean_contact_deg": ("shin lean, contact", "deg", 1.0, 1),
    "knee_flexion_contact_deg": ("knee flexion, contact", "deg", 1.0, 1),
    "foot_strike_angle_deg": ("foot strike angle", "deg", 1.0, 1),
    "vertical_oscillation_frac": ("vertical oscillation", "leg lengths", 1.0, 3),
    "vertical_oscillation_m": ("vertical oscillation", "cm", 1e2, 1),
    "step_length_m": ("step length", "m", 1.0, 2),
    "speed_mps": ("speed", "m/s", 1.0, 2),
}


def show_summary(summary: dict[str, Any], console: Console) -> None:
    """Print the main figures of every runner; ``summary`` is ``summary.json`` as a dict."""
    source = summary["source"]
    console.print(
        f"{source['file_name']}: {source['duration_s']:.1f} s, {source['fps_from_timestamps']:.4g} fps, "
        f"{source['width']}x{source['height']}; {_network(summary)}",
        soft_wrap=True,
    )
    if not summary["runners"]:
        console.print("No runner was found.")
    for runner in summary["runners"]:
        _show_runner(runner, console)


def _show_runner(runner: dict[str, Any], console: Console) -> None:
    metrics = runner["metrics"]
    rows = [(shown, metrics[name]) for name, shown in SHOWN.items() if _known(metrics.get(name))]
    heading = f"Runner {runner['runner_id']}: " + ", ".join(_traits(runner))
    if not rows:
        console.print(f"\n{heading}; no means can be given")
        return
    console.print(f"\n{heading}", style="bold", soft_wrap=True)
    if runner["verdict"]:
        console.print(runner["verdict"], soft_wrap=True)
    table = Table()
    table.add_column("")
    for column in ("mean", "95 % interval", "left", "right"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    for (label, unit, factor, decimals), metric in rows:

        def shown(value: float | None, factor: float = factor, decimals: int = decimals) -> str:
            return "-" if value is None else f"{factor * value:.{decimals}f}"

        low, high = shown(metric["low95"]), shown(metric["high95"])
        interval = f"{low} .. {high}" if metric["low95"] is not None else "-"
        table.add_row(
            label,
            shown(metric["mean"]),
            interval,
            shown(metric.get("left")),
            shown(metric.get("right")),
            unit,
        )
    console.print(table)
    for finding in runner["findings"]:
        console.print(f"{finding['severity']}: {finding['title']}. {finding['advice']}", soft_wrap=True)


def _traits(runner: dict[str, Any]) -> list[str]:
    """What kind of run it was, in words; what is not known is left out."""
    traits = []
    if runner["mode"]:
        traits.append({"treadmill": "treadmill", "overground": "over ground"}[runner["mode"]])
    if runner["direction"]:
        traits.append(f"running {runner['direction']}")
    traits.append(f"{runner['view']['kind']} view")
    traits.append(f"{runner['n_contacts']} contacts")
    return traits


def _network(summary: dict[str, Any]) -> str:
    """Which network ran where; keypoints from elsewhere had none."""
    if not summary["models"]:
        return "keypoints from elsewhere"
    model, taken = summary["models"][0]["name"], summary.get("processing", {}).get("model", "")
    return f"{model}{f' ({taken})' if taken else ''} on {summary['device'].removesuffix('ExecutionProvider')}"


def _known(metric: dict[str, Any] | None) -> bool:
    return metric is not None and metric.get("mean") is not None
