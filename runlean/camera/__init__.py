"""What the camera does: background motion, repeated pictures, hard cuts."""

from __future__ import annotations

from runlean.camera.estimator import CameraEstimator, FrameMotion

__all__ = ["CameraEstimator", "FrameMotion"]
