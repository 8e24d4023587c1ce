"""The networks that a configuration asks for, open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from runlean.config import AnalyzeConfig
from runlean.errors import KeypointError
from runlean.models import DEFAULT_DETECTOR, FEET_MODEL, PersonDetector, PoseModel, load_detector, load_pose_model

Progress = Callable[[str, int, int], None]

_FEET = frozenset({"left_heel", "right_heel", "left_big_toe", "right_big_toe"})


class _Options(TypedDict):
    device: str
    threads: int
    precision: str
    tensorrt: str
    told: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks that are open: whoever analyses many videos opens them once.

    Attributes
    ----------
    pose : PoseModel
    feet : PoseModel or None
        None where ``pose`` finds feet itself, or none are wanted.
    detector : PersonDetector
    """

    pose: PoseModel
    feet: PoseModel | None
    detector: PersonDetector

    @property
    def opened(self) -> list[PoseModel | PersonDetector]:
        """All that there are."""
        feet: list[PoseModel | PersonDetector] = [] if self.feet is None else [self.feet]
        return [self.pose, self.detector, *feet]

    @property
    def providers(self) -> dict[str, str]:
        """ONNX Runtime's execution provider of each, by name."""
        return {network.info.name: network.provider for network in self.opened}

    @property
    def notes(self) -> list[str]:
        """In one line each, what was wanted of a GPU and could not be used."""
        return [line for network in self.opened for line in network.notes]


def wants_feet(feet: str, keypoint_names: Sequence[str]) -> bool:
    """Whether a second network is to give heels and toes: they are asked for, and the first has none."""
    return feet == "auto" and not _FEET.issubset(keypoint_names)


def open_networks(settings: AnalyzeConfig, progress: Progress | None = None) -> Networks:
    """Open the networks that a configuration asks for.

    Parameters
    ----------
    settings : AnalyzeConfig
    progress : callable, optional
        Told of what takes minutes: TensorRT's engines, where they are built.

    Raises
    ------
    ModelError, DeviceError, KeypointError
        One of them cannot be used.
    """

    def options(name: str) -> _Options:
        def told(done: int, total: int) -> None:
            if progress is not None:
                progress(f"TensorRT engines of {name}, minutes each (first run only)", done, total)

        # one thread per call: the pipeline makes its calls from as many threads as it may have
        return {
            "device": settings.device, "threads": 1, "precision": settings.precision, "tensorrt": settings.tensorrt,
            "told": told,
        }  # fmt: skip

    model = load_pose_model(settings.model, **options(settings.model))
    feet = None
    if wants_feet(settings.feet, model.info.keypoint_names):
        feet = load_pose_model(FEET_MODEL, **options(FEET_MODEL))
    missing = {"left_ankle", "right_ankle", "left_knee", "right_knee", "left_hip", "right_hip"} - set(
        model.info.keypoint_names
    )
    if missing:
        raise KeypointError(
            f"{settings.model}: expected a network with hips, knees and ankles; it lacks {', '.join(sorted(missing))}"
        )
    return Networks(model, feet, load_detector(DEFAULT_DETECTOR, **options(DEFAULT_DETECTOR)))
