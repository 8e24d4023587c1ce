"""Options that ``analyze`` and ``batch`` have in common, each said once: how a video is analysed."""

from __future__ import annotations

from typing import Annotated

import typer

Model = Annotated[str, typer.Option(metavar="NAME|FILE.onnx", help="The pose network.")]
Device = Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where the network runs.")]
TensorRT = Annotated[
    str, typer.Option(metavar="auto|off", help="On a GPU: by TensorRT where it is installed, or never.")
]
Precision = Annotated[
    str, typer.Option(metavar="fp32|fp16", help="Of the networks' convolutions; fp16 is faster on a GPU only.")
]
TreadmillSpeed = Annotated[float | None, typer.Option(metavar="MPS", help="Speed of the belt.")]
SlowMotion = Annotated[
    float, typer.Option(metavar="FACTOR", help="Capture rate / playback rate (240 fps shown at 30: 8).")
]
Roll = Annotated[str, typer.Option(metavar="DEG|auto", help="Camera roll, given or read from the scene.")]
Feet = Annotated[str, typer.Option(metavar="auto|off", help="Heels and toes by a second network where needed.")]
Decoder = Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where a video is decoded.")]
PointCorrection = Annotated[
    str, typer.Option(metavar="auto|off", help="Correct where the network places shoulders and hips.")
]
Band = Annotated[tuple[float, float], typer.Option(metavar="LOW HIGH", help="The trunk-lean band in degrees: a cue.")]
Runners = Annotated[str, typer.Option(metavar="N|all|ID,ID", help="The N most prominent, every one, or these ids.")]
Region = Annotated[
    str | None,
    typer.Option(metavar="X0,Y0,X1,Y1", help="Only runners who pass through this part of the picture."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace results that are there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
