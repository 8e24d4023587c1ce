"""What a user may choose about an analysis: one validated record, the same for Python, command line and summary."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from runlean.errors import ConfigError

Device = Annotated[str, Field(pattern=r"^(auto|cpu|(cuda|tensorrt)(:\d+)?)$")]
Decoder = Literal["auto", "cpu", "cuda"]
Precision = Literal["fp32", "fp16"]
TensorRT = Literal["auto", "off"]
Feet = Literal["auto", "off"]
Runners = Literal["all"] | int | tuple[int, ...]
Region = tuple[float, float, float, float]

#: The least id that a runner may have: another tool's file may count from 0, a video's runners are counted from 1.
FIRST_ID: Final = 0
FIRST_ID_IN_A_VIDEO: Final = 1

#: How the work is done and what is shown of it, not what is measured: a change of these asks for no new analysis.
NOT_IN_HASH = frozenset({"device", "tensorrt", "threads", "decoder", "overlay", "report"})

_EXPECTED = {
    "model": "the name of a network or an .onnx file (`runlean models` lists the names)",
    "device": "'auto', 'cpu', 'cuda' or 'cuda:N' (the Nth GPU, from 0)",
    "tensorrt": "'auto' or 'off'",
    "precision": "'fp32' or 'fp16'",
    "runner_height_m": "the runner's height in metres, 0.5 to 2.6 (1.78, not 178)",
    "treadmill_speed_mps": "the belt's speed in metres per second, above 0 and up to 15 (12 km/h is 3.33)",
    "slow_motion": "capture rate / playback rate, above 0 and up to 1000 (240 fps shown at 30 is 8)",
    "roll": "degrees from -45 to 45, or 'auto'",
    "feet": "'auto' or 'off'",
    "point_correction": "'auto' or 'off'",
    "threads": "a whole number of threads, at least 1 (leave it out to let runlean share out the cores)",
    "decoder": "'auto', 'cpu' or 'cuda'",
    "band": "two angles in degrees, the lower first, from -45 to 60 (5 10)",
    "runners": "'all', how many to keep (2), or ids with a comma (1,4)",
    "region": "x0,y0,x1,y1 in pixels of the upright picture, x0 < x1 and y0 < y1",
    "overlay": "true or false",
    "report": "true or false",
}


class AnalyzeConfig(BaseModel):
    """Everything needed to run an analysis again; ``summary.json`` holds it as ``config``.

    Attributes
    ----------
    model : str
        Name of a network, or path of an ONNX file.
    device : str
        'auto' takes a GPU when one can be used; 'cpu'; 'cuda' or 'cuda:N', which fail without one.
    tensorrt : {'auto', 'off'}
        On a GPU, 'auto' runs the pose networks on TensorRT where it is installed; 'off' leaves them to CUDA's provider.
    precision : {'fp32', 'fp16'}
        Of the networks' convolutions; fp16 moves keypoints a little (docs/gpu.md) and is faster on a GPU only.
    runner_height_m : float or None
        Standing height in metres; turns pixels into metres.
    treadmill_speed_mps : float or None
        Belt speed in m/s.
    slow_motion : float
        Capture rate / playback rate: every time is divided by it.
    roll : float or 'auto'
        Camera roll in degrees, or estimated from the scene.
    feet : {'auto', 'off'}
        Heels and toes by a second network where the first has none.
    point_correction : {'auto', 'off'}
        Correct where the network places the shoulder, for networks whose offset was measured (docs/quantities.md).
    threads : int or None
        Threads in all; None shares out the cores.
    decoder : {'auto', 'cpu', 'cuda'}
        Where the video is decoded.
    band : tuple of float
        Lower and upper edge of the trunk-lean band in degrees. A cue, not a finding: configurable.
    runners : 'all', int or tuple of int
        Every runner, the N most prominent, or those with these ids.
    region : tuple of float or None
        x0, y0, x1, y1 in pixels of the upright picture: only runners who pass through it.
    overlay, report : bool
        Whether ``overlay.mp4`` and ``report.html`` are written.

    Examples
    --------
    >>> AnalyzeConfig.from_options(runner_height_m=1.78, band=(4, 9)).band
    (4.0, 9.0)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)

    model: Annotated[str, Field(min_length=1)] = "movenet-thunder"
    device: Device = "auto"
    tensorrt: TensorRT = "auto"
    precision: Precision = "fp32"
    runner_height_m: Annotated[float, Field(ge=0.5, le=2.6)] | None = None
    treadmill_speed_mps: Annotated[float, Field(gt=0, le=15)] | None = None
    slow_motion: Annotated[float, Field(gt=0, le=1000)] = 1.0
    roll: Annotated[float, Field(ge=-45, le=45)] | Literal["auto"] = "auto"
    feet: Feet = "auto"
    point_correction: Literal["auto", "off"] = "auto"
    threads: Annotated[int, Field(ge=1)] | None = None
    decoder: Decoder = "auto"
    band: tuple[float, float] = (5.0, 10.0)
    runners: Runners = "all"
    region: Region | None = None
    overlay: bool = True
    report: bool = True

    @field_validator("model", mode="before")
    @classmethod
    def _model_as_text(cls, value: object) -> object:
        # a pathlib.Path is as good as its text
        return str(value) if hasattr(value, "__fspath__") else value

    @field_validator("roll", "runners", "region", mode="before")
    @classmethod
    def _from_text(cls, value: object, info: Any) -> object:
        if isinstance(value, bool):  # True would pass for the number 1
            raise ValueError("not a yes or no")
        return _PARSE[info.field_name](value) if isinstance(value, str) else value

    @field_validator("runners")
    @classmethod
    def _some_runners(cls, value: Runners) -> Runners:
        if (isinstance(value, int) and value < 1) or value == ():
            raise ValueError("at least one runner")
        if isinstance(value, tuple) and (min(value) < FIRST_ID or len(set(value)) < len(value)):
            raise ValueError("ids are not negative and named once")
        return value

    def check_for_video(self) -> None:
        """Refuse, before the work, what no video can meet: the id of a runner below the first.

        Raises
        ------
        ConfigError
        """
        if isinstance(self.runners, tuple) and min(self.runners) < FIRST_ID_IN_A_VIDEO:
            raise ConfigError(
                "runners: expected ids as `runlean analyze --preview` shows them, "
                f"from {FIRST_ID_IN_A_VIDEO} on; came {min(self.runners)}"
            )

    @model_validator(mode="after")
    def _ordered(self) -> AnalyzeConfig:
        low, high = self.band
        if not -45 <= low < high <= 60:
            raise ValueError("band")
        if self.region is not None:
            x0, y0, x1, y1 = self.region
            if not (x0 < x1 and y0 < y1):
                raise ValueError("region")
        return self

    @classmethod
    def from_options(cls, **options: object) -> AnalyzeConfig:
        """Build the record from keyword options.

        Raises
        ------
        ConfigError
            An option is unknown or outside what it may be; one line, all faults at once.
        """
        unknown = sorted(set(options) - set(cls.model_fields))
        if unknown:
            raise ConfigError(
                f"expected options among {', '.join(cls.model_fields)}; came {', '.join(unknown)}; check the spelling"
            )
        try:
            return cls(**options)  # type: ignore[arg-type]
        except ValidationError as error:
            raise ConfigError("; ".join(_faults(error, options))) from None

    def hash(self) -> str:
        """Digest of what the numbers depend on: 16 hexadecimal digits, the same on every machine.

        The device, decoder, thread count and what is drawn are left out.

        Examples
        --------
        >>> AnalyzeConfig().hash() == AnalyzeConfig(threads=1, overlay=False).hash()
        True
        """
        content = self.model_dump(mode="json", exclude=set(NOT_IN_HASH))
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _parse_roll(text: str) -> object:
    if text.strip().lower() == "auto":
        return "auto"
    return _number(text)


def _parse_runners(text: str) -> object:
    if text.strip().lower() == "all":
        return "all"
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1:
        return int(parts[0])
    # "3," is the one runner whose id is 3
    return tuple(int(part) for part in parts if part)


def _parse_region(text: str) -> object:
    return tuple(_number(part) for part in text.split(","))


_PARSE = {"roll": _parse_roll, "runners": _parse_runners, "region": _parse_region}


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


def _faults(error: ValidationError, options: dict[str, object]) -> list[str]:
    """One sentence per wrong option, whatever pydantic found in how many places of it."""
    names: list[str] = []
    for fault in error.errors():
        # the validator of the whole record names the option in its message
        name = str(fault["loc"][0]) if fault["loc"] else str(fault["msg"]).rpartition(", ")[2]
        if name not in names:
            names.append(name)
    return [f"{name}: expected {_EXPECTED[name]}; came {options.get(name)!r}" for name in names]
