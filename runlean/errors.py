"""What runlean raises: one root, each error also one of Python's own.

Every message says what was expected, what came and what to do, in one line.
"""

from __future__ import annotations


class RunleanError(Exception):
    """Root of every error that runlean raises on purpose."""


class VideoError(RunleanError, OSError):
    """The video cannot be opened, has no picture, or cannot be decoded at all."""


class ModelError(RunleanError, ValueError):
    """A network file is missing, damaged, or not of a family that runlean knows."""


class DeviceError(RunleanError, RuntimeError):
    """The device that was asked for cannot be used on this machine."""


class ConfigError(RunleanError, ValueError):
    """An option has a value outside what it may be."""


class KeypointError(RunleanError, ValueError):
    """Keypoints of an unknown name, a wrong shape, or without the points that gait needs."""


class OutputError(RunleanError, OSError):
    """The result cannot be written where it was asked for."""


class DatasetError(RunleanError, ValueError):
    """A dataset is missing, damaged, or of another schema version."""


class MissingPackageError(RunleanError, ImportError):
    """A package that only some formats need is not installed."""
