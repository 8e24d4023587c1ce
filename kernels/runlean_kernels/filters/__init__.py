"""Filters over time: the zero-phase low-pass, derivatives, and the noise that they act upon."""

from runlean_kernels.filters.butterworth import butterworth_low_pass
from runlean_kernels.filters.derivative import derivative
from runlean_kernels.filters.noise import noise_sd

__all__ = ["butterworth_low_pass", "derivative", "noise_sd"]
