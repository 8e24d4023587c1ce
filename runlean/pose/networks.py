"""The networks that a configuration asks for, open."""

from __future__ import annotations

from dataclasses import dataclass

from runlean.config import AnalyzeConfig
from runlean.errors import KeypointError
from runlean.models import PersonDetector, PoseModel, load_detector, load_pose_model

DETECTOR = "movenet-multipose"
FEET_MODEL = "blazepose-full"


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
    def providers(self) -> dict[str, str]:
        """ONNX Runtime's execution provider of each, by name."""
        opened: list[PoseModel | PersonDetector] = [self.pose, self.detector]
        opened += [] if self.feet is None else [self.feet]
        return {network.info.name: network.provider for network in opened}


def open_networks(settings: AnalyzeConfig) -> Networks:
    """Open the networks that a configuration asks for.

    Raises
    ------
    ModelError, DeviceError, KeypointError
        One of them cannot be used.
    """
    # one thread per call: the pipeline makes its calls from as many threads as it may have
    model = load_pose_model(settings.model, device=settings.device, threads=1, precision=settings.precision)
    has_feet = {"left_heel", "right_heel", "left_big_toe", "right_big_toe"} <= set(model.info.keypoint_names)
    feet = None
    if settings.feet == "auto" and not has_feet:
        feet = load_pose_model(FEET_MODEL, device=settings.device, threads=1, precision=settings.precision)
    missing = {"left_ankle", "right_ankle", "left_knee", "right_knee", "left_hip", "right_hip"} - set(
        model.info.keypoint_names
    )
    if missing:
        raise KeypointError(
            f"{settings.model}: expected a network with hips, knees and ankles; it lacks {', '.join(sorted(missing))}"
        )
    detector = load_detector(DETECTOR, device=settings.device, threads=1, precision=settings.precision)
    return Networks(model, feet, detector)
