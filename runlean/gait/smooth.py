"""Cut-off frequencies by purpose, and the low-pass over all points at once."""

from __future__ import annotations

import numpy as np

from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels import landmarks as lm
from runlean_kernels.filters import butterworth_low_pass

#: Cut-off (Hz) for angles and positions. The trunk and head move at the step frequency (2.5-3.2 Hz) and its second
#: harmonic; the ankle and foot carry power to about 10 Hz in running (residual analysis, Winter 2009 ch. 3). Events
#: have smoothing of their own (runlean.gait.events): these would flatten their peaks.
TRUNK_CUTOFF_HZ = 6.0
KNEE_CUTOFF_HZ = 8.0
LIMB_END_CUTOFF_HZ = 10.0

#: Heel and toe: the foot turns by 200-500 deg/s about contact, and 10 Hz took 2 of a forefoot striker's 5 degrees.
FOOT_CUTOFF_HZ = 20.0


def cutoffs_hz() -> FloatArray:
    """Cut-off of every canonical point, float64 (23,)."""
    out = np.full(lm.N_LANDMARKS, TRUNK_CUTOFF_HZ)
    out[[lm.LEFT_KNEE, lm.RIGHT_KNEE, lm.LEFT_ELBOW, lm.RIGHT_ELBOW]] = KNEE_CUTOFF_HZ
    out[[lm.LEFT_WRIST, lm.RIGHT_WRIST]] = LIMB_END_CUTOFF_HZ
    out[lm.LEFT_ANKLE :] = LIMB_END_CUTOFF_HZ
    out[lm.LEFT_HEEL :] = FOOT_CUTOFF_HZ
    return out


def smooth(xy: FloatArray, time_s: FloatArray, offsets: IntArray) -> FloatArray:
    """Zero-phase low-pass of every point of every track.

    Parameters
    ----------
    xy : float64 (row, 23, 2) or (row, 17, 2), px
    time_s : float64 (row,)
    offsets : int64 (track + 1,)

    Returns
    -------
    float64, as ``xy``; NaN where that is.
    """
    flat = np.ascontiguousarray(xy.reshape(len(xy), 2 * xy.shape[1]))
    out = np.empty_like(flat)
    butterworth_low_pass(flat, time_s, offsets, np.repeat(cutoffs_hz()[: xy.shape[1]], 2), out)
    return out.reshape(xy.shape)


def noise_left(frame_interval_s: FloatArray) -> FloatArray:
    """Share of white noise's standard deviation that the low-pass lets through, per track and point.

    A zero-phase filter of order 4 passes noise over a bandwidth of about 1.05 of its cut-off.

    Parameters
    ----------
    frame_interval_s : float64 (track,)

    Returns
    -------
    float64 (track, 23), 0..1
    """
    return np.sqrt(np.minimum(1.0, 2.1 * cutoffs_hz()[None, :] * frame_interval_s[:, None]))
