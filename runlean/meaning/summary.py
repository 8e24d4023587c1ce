"""summary.json as frozen pydantic models: exactly the contract's keys, and some more beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runlean.errors import DatasetError
from runlean.tables import SCHEMA_VERSION

LeanClass = Literal["backward", "upright", "within_band", "beyond_band"]
LeanSource = Literal["ankles", "waist", "mixed"]
Severity = Literal["attention", "info", "good"]


class Part(BaseModel):
    """A piece of the summary: frozen, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True, allow_inf_nan=False
    )


class SourceInfo(Part):
    """The video as it was read; fields that a keypoint file does not have are None."""

    file_name: str
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    rotation_deg: float | None = None
    codec: str | None = None
    fps_from_header: float | None = None
    fps_from_timestamps: float | None = None
    variable_frame_rate: bool | None = None
    n_frames: int
    duration_s: float


class ModelUsed(Part):
    """A network that took part."""

    name: str
    sha256: str | None = None


class Warn(Part):
    """Something the user must know; ``runner_id`` is None where it concerns the whole video."""

    code: str
    message: str
    runner_id: int | None = None


class View(Part):
    """Where the camera stands: yaw 0 is perpendicular to the running direction."""

    kind: Literal["side", "oblique", "front"]
    yaw_deg: float | None
    confidence: float | None


class Roll(Part):
    """Camera roll that was taken out of every angle."""

    deg: float
    source: Literal["given", "estimated", "assumed"]


class Metric(Part):
    """One column of the strides over all strides of a runner.

    ``low95`` and ``high95`` hold the true value in 95 of 100 clips: spread over strides and the systematic part
    together. ``low95_strides`` and ``high95_strides`` are the spread over strides alone (what a second clip under
    the same camera would repeat); ``systematic_sd`` is one standard deviation of what no number of strides
    averages away. ``n_effective`` is the number of independent strides that n correlated ones are worth.
    ``asymmetry_pct`` is 100 (left - right) / mean of both. A null mean has its ``reason``.
    """

    unit: str
    mean: float | None = None
    sd: float | None = None
    n: int = 0
    low95: float | None = None
    high95: float | None = None
    left: float | None = None
    right: float | None = None
    asymmetry_pct: float | None = None
    asymmetry_low95: float | None = None
    asymmetry_high95: float | None = None
    systematic_sd: float | None = None
    low95_strides: float | None = None
    high95_strides: float | None = None
    n_effective: float | None = None
    shares: dict[str, float] | None = None
    reason: str | None = None


class Lean(Part):
    """The trunk's lean against the band, and where it comes from.

    ``class`` is that of the mean, ``class_probability`` how likely it is; ``class_certain`` says that the whole
    interval lies in it, ``source_certain`` the same for the source. ``share_in_band`` is the share of strides whose
    trunk lean lies in the band.
    """

    lean_class: LeanClass | None = Field(default=None, validation_alias="class", serialization_alias="class")
    class_probability: float | None = None
    class_certain: bool = False
    source: LeanSource | None = None
    source_certain: bool = False
    share_in_band: float | None = None
    band_deg: tuple[float, float]
    trunk_lean_deg: float | None = None
    hip_hinge_deg: float | None = None
    body_lean_deg: float | None = None
    reason: str | None = None


class PostureScan(Part):
    """What a coach's posture scan asks, for one minute of video."""

    minute: int
    start_s: float
    end_s: float
    n_contacts: int
    trunk_lean_deg: float | None
    lean_class: LeanClass | None
    hip_hinge_deg: float | None
    head_forward_deg: float | None
    shoulder_rise_pct: float | None
    straightness_frac: float | None
    text: str


class MetricDrift(Part):
    """How one metric changes over the clip.

    ``slope_per_min`` is Theil and Sen's; ``first`` and ``last`` are means over ``window_s`` at both ends; ``change`` is
    slope x duration. ``course`` says how it happens: 'steady', or at ``change_s`` as a 'step', or 'late' (level
    until ``change_s``, then sloping). ``drifted``: the interval leaves out 0 and the change is large enough to matter.
    """

    unit: str
    slope_per_min: float
    low95: float
    high95: float
    n: int
    first: float
    last: float
    window_s: float
    change: float
    course: Literal["steady", "step", "late"]
    change_s: float | None
    drifted: bool


class Drift(Part):
    """Drift of every metric, or the reason why there is none to tell."""

    duration_s: float
    n_contacts: int
    metrics: dict[str, MetricDrift] = Field(default_factory=dict)
    reason: str | None = None


class Evidence(Part):
    """What stands behind a sentence: a coach's cue, or what a study measured."""

    kind: Literal["cue", "finding"]
    text: str
    source: str


class Finding(Part):
    """Something worth telling, with the interval that supports it.

    ``band`` is what is looked for (an open end is None). A drift's value is its slope, in ``unit`` '<unit>/min'.
    ``certain`` is False where the interval reaches across the band's edge. ``evidence`` is what the finding rests on,
    ``context`` what studies say besides.
    """

    code: str
    severity: Severity
    metric: str
    unit: str
    value: float | None
    low95: float | None
    high95: float | None
    band: tuple[float | None, float | None] | None
    certain: bool
    title: str
    text: str
    advice: str
    drills: tuple[str, ...]
    evidence: Evidence
    context: tuple[Evidence, ...] = ()


class Runner(Part):
    """Everything about one runner."""

    runner_id: int
    gait: Literal["running", "walking", "none"]
    direction: Literal["left", "right"] | None
    mode: Literal["treadmill", "overground"] | None
    view: View
    roll: Roll
    n_contacts: int
    n_frames: int
    leg_length_px: float | None
    body_height_px: float | None
    metres_per_px: float | None
    verdict: str
    metrics: dict[str, Metric]
    lean: Lean
    posture_scans: tuple[PostureScan, ...]
    drift: Drift
    findings: tuple[Finding, ...]


class Summary(Part):
    """summary.json.

    Examples
    --------
    >>> from runlean.meaning import read_summary
    >>> summary = read_summary("clip.runlean/summary.json")  # doctest: +SKIP
    >>> summary.runners[0].metrics["cadence_spm"].mean  # doctest: +SKIP
    173.9
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    runlean_version: str
    source: SourceInfo
    config: dict[str, Any]
    models: tuple[ModelUsed, ...]
    device: str
    processing: dict[str, str] = Field(default_factory=dict)
    timing: dict[str, float]
    warnings: tuple[Warn, ...]
    runners: tuple[Runner, ...]

    def to_json(self) -> str:
        """Return the text of summary.json."""
        return self.model_dump_json(indent=2, by_alias=True) + "\n"


def read_summary(path: str | Path) -> Summary:
    """Read summary.json.

    Raises
    ------
    DatasetError
        The file is missing, no summary, or of another schema version.
    """
    try:
        return Summary.model_validate_json(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"{path}: expected the summary.json of an analysis, came {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise DatasetError(
            f"{path}: expected a summary of schema version {SCHEMA_VERSION}, came at {where}: {first['msg']}; "
            "analyse the video again with this runlean"
        ) from error
