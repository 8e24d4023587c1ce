"""Repair of keypoints over time: exchanged legs, points on the wrong leg, outliers, gaps."""

from runlean_kernels.repair.exchange import undo_leg_swap
from runlean_kernels.repair.fill_gap import fill_gap
from runlean_kernels.repair.fill_legs import fill_legs
from runlean_kernels.repair.leg_cycle import leg_cycle
from runlean_kernels.repair.leg_swap import leg_swap
from runlean_kernels.repair.other_leg import other_leg
from runlean_kernels.repair.outlier import outlier
from runlean_kernels.repair.stride_side import stride_side

__all__ = [
    "fill_gap", "fill_legs", "leg_cycle", "leg_swap", "other_leg", "outlier", "stride_side", "undo_leg_swap",
]  # fmt: skip
