"""``runlean analyze``: one video into a folder of tables, summary, overlay and report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runlean.cli import options
from runlean.errors import ConfigError

if TYPE_CHECKING:
    from runlean.config import AnalyzeConfig

_FLAGS = {
    "runner_height_m": "--runner-height",
    "treadmill_speed_mps": "--treadmill-speed",
    "slow_motion": "--slow-motion",
}


def analyze(
    video: Annotated[
        Path,
        typer.Argument(
            metavar="VIDEO|POSE_FILE",
            help="The video file, or poses that another tool found (docs/exchange.md).",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Where the results go (left out: VIDEO.runlean)"),
    ] = None,
    model: options.Model = "movenet-thunder",
    device: options.Device = "auto",
    tensorrt: options.TensorRT = "auto",
    precision: options.Precision = "fp32",
    runner_height: Annotated[
        float | None, typer.Option(metavar="METRES", help="Standing height: turns pixels into metres.")
    ] = None,
    treadmill_speed: options.TreadmillSpeed = None,
    slow_motion: options.SlowMotion = 1.0,
    roll: options.Roll = "auto",
    feet: options.Feet = "auto",
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Threads in all (left out: runlean shares out the cores).")
    ] = None,
    decoder: options.Decoder = "auto",
    point_correction: options.PointCorrection = "auto",
    band: options.Band = (5.0, 10.0),
    runners: options.Runners = "all",
    region: options.Region = None,
    fps: Annotated[
        float | None, typer.Option(metavar="HZ", help="Pose file: its frame rate, where it has no times.")
    ] = None,
    keypoints: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Pose file: lines THEIRS,OURS, or its names in order.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option("--video", metavar="VIDEO", help="Pose file: its video, for times, camera roll and overlay."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only one picture of everyone who runs, with ids, to choose from.")
    ] = False,
    no_overlay: Annotated[bool, typer.Option("--no-overlay", help="Write no overlay.mp4.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.html.")] = False,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Analyse one video: trunk lean, cadence, contact and flight, overstride, with their uncertainty."""
    config = checked_config(
        model=model,
        device=device,
        tensorrt=tensorrt,
        precision=precision,
        runner_height_m=runner_height,
        treadmill_speed_mps=treadmill_speed,
        slow_motion=slow_motion,
        roll=roll,
        feet=feet,
        threads=threads,
        decoder=decoder,
        point_correction=point_correction,
        band=band,
        runners=runners,
        region=region,
        overlay=not no_overlay,
        report=not no_report,
    )
    if preview:
        _preview(video, output, config, overwrite=overwrite, quiet=quiet or json)
        return
    folder = output if output is not None else video.with_name(video.name + ".runlean")
    from runlean.analysis import refuse_folder

    refuse_folder(folder, overwrite)

    from runlean.cli.terminal import notices, results, stage_bars
    from runlean.exchange.poses import analyze_pose_file, is_pose_file

    poses = is_pose_file(video)
    if not poses and (fps is not None or keypoints is not None or pictures is not None):
        raise ConfigError(f"--fps, --keypoints and --video: expected a pose file to go with them, came {video}")
    with stage_bars(quiet or json) as bars:
        if poses:
            analysis = analyze_pose_file(video, config, fps=fps, keypoints=keypoints, video=pictures)
        else:
            from runlean.pipeline import analyze as analyze_video

            analysis = analyze_video(video, config=config, progress=bars)
        analysis.save(folder, overwrite=overwrite, progress=bars)

    if json:
        typer.echo(analysis.summary.to_json(), nl=False)
        return
    if quiet:
        return
    from runlean.cli.outcome import show_summary

    summary = analysis.summary.model_dump(mode="json")
    for warning in summary["warnings"]:
        notices().print(f"warning: {warning['message']}", style="yellow", soft_wrap=True)
    show_summary(summary, results())
    results().print(f"Results in {folder}", soft_wrap=True)


def _preview(video: Path, output: Path | None, config: AnalyzeConfig, *, overwrite: bool, quiet: bool) -> None:
    """Write one picture with every runner and id; no tables, no feet, no overlay."""
    from runlean.errors import OutputError

    picture = video.with_name(video.name + ".preview.png") if output is None else output
    if picture.suffix.lower() != ".png":
        raise OutputError(f"{picture}: expected a .png for --preview to write; give -o FILE.png")
    if picture.exists() and not overwrite:
        raise OutputError(f"{picture}: expected a new file, it is already there; add --overwrite or -o FILE.png")

    from runlean.cli.terminal import results, stage_bars
    from runlean.overlay import write_preview
    from runlean.pipeline import analyze as analyze_video

    # heels and toes say nothing of who is who; ids are those of the full analysis
    with stage_bars(quiet) as bars:
        analysis = analyze_video(video, config=config.model_copy(update={"feet": "off"}), progress=bars)
    runners = [runner.model_dump(mode="json") for runner in analysis.summary.runners]
    write_preview(video, picture, analysis.frames, analysis.strides, runners)
    if not quiet:
        from runlean.cli.terminal import notices

        for warning in analysis.summary.warnings:
            notices().print(f"warning: {warning.message}", style="yellow", soft_wrap=True)
        ids = ", ".join(str(runner["runner_id"]) for runner in runners) or "none"
        results().print(f"Runners: {ids}", soft_wrap=True)
        results().print(f"Picture in {picture}", soft_wrap=True)


def checked_config(**options: object) -> AnalyzeConfig:
    """The options as a validated record; faults are told in the words of the command line."""
    from runlean.config import AnalyzeConfig

    try:
        return AnalyzeConfig.from_options(**options)
    except ConfigError as error:
        # "runner_height_m: expected ..." is Python's name of what was typed as --runner-height
        message = re.sub(
            r"(^|; )([a-z_]+): expected",
            lambda m: f"{m[1]}{_FLAGS.get(m[2], '--' + m[2])}: expected",
            str(error),
        )
        raise ConfigError(message) from None
