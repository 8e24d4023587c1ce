"""Steps and strides: durations between events, and which foot stands when."""

from runlean_kernels.strides.timing import stance_side, step_timing

__all__ = ["stance_side", "step_timing"]
