"""The networks: which there are, where their files lie, and how each is fed and read.

What needs ONNX Runtime or Numba is loaded on first use: to list the networks needs neither.
"""

from __future__ import annotations

from runlean.models.family import CropSpec, Detections, PersonDetector, PictureModel, PoseModel
from runlean.models.load import DEFAULT_DETECTOR, DEFAULT_MODEL, FEET_MODEL, load_detector, load_pose_model
from runlean.models.pull import Pulled, pull
from runlean.models.recognise import recognise_family
from runlean.models.registry import MODELS, ModelInfo
from runlean.models.store import check_models, list_models, model_info

__all__ = [
    "DEFAULT_DETECTOR",
    "DEFAULT_MODEL",
    "FEET_MODEL",
    "MODELS",
    "CropSpec",
    "Detections",
    "ModelInfo",
    "PersonDetector",
    "PictureModel",
    "PoseModel",
    "Pulled",
    "check_models",
    "list_models",
    "load_detector",
    "load_pose_model",
    "model_info",
    "pull",
    "recognise_family",
]
