"""Constant-velocity motion of a person in a picture that stands still."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.jit import kernel

FloatArray = NDArray[np.float64]

X, Y, VX, VY, PP, PV, VV = range(7)
N_STATE = 7


@kernel
def predicted_motion(state: FloatArray, elapsed_s: FloatArray, acceleration: FloatArray, out: FloatArray) -> None:
    r"""Move every track on by its own time.

    Parameters
    ----------
    state : float64 (track, 7)
        x, y (px), vx, vy (px/s), and the variances of position (px^2), of position with velocity (px^2/s), of
        velocity (px^2/s^2), the same for both axes.
    elapsed_s : float64 (track,)
        Seconds since ``state`` held; 0 or more.
    acceleration : float64 (track,)
        Spectral density of the acceleration, square root, px/s^1.5.
    out : float64 (track, 7)
        Receives the state then.

    Notes
    -----
    White-noise acceleration (Bar-Shalom, Li & Kirubarajan 2001, 6.2.2): with density :math:`q`,
    :math:`Q = q \begin{pmatrix} t^3/3 & t^2/2 \\ t^2/2 & t \end{pmatrix}`.
    """
    for i in range(state.shape[0]):
        t = elapsed_s[i]
        q = acceleration[i] * acceleration[i]
        out[i, X] = state[i, X] + t * state[i, VX]
        out[i, Y] = state[i, Y] + t * state[i, VY]
        out[i, VX] = state[i, VX]
        out[i, VY] = state[i, VY]
        out[i, PP] = state[i, PP] + 2.0 * t * state[i, PV] + t * t * state[i, VV] + q * t * t * t / 3.0
        out[i, PV] = state[i, PV] + t * state[i, VV] + q * t * t / 2.0
        out[i, VV] = state[i, VV] + q * t


@kernel
def updated_motion(state: FloatArray, measured: FloatArray, noise: FloatArray, out: FloatArray) -> None:
    """Correct predicted states by measured positions (Kalman update); NaN leaves a track as it is.

    Parameters
    ----------
    state : float64 (track, 7)
        As from `predicted_motion`.
    measured : float64 (track, 2)
        x, y, px.
    noise : float64 (track,)
        Standard deviation of the measurement, px.
    out : float64 (track, 7)
    """
    for i in range(state.shape[0]):
        dx = measured[i, 0] - state[i, X]
        dy = measured[i, 1] - state[i, Y]
        if not (np.isfinite(dx) and np.isfinite(dy)):
            for k in range(N_STATE):
                out[i, k] = state[i, k]
            continue
        total = state[i, PP] + noise[i] * noise[i]
        gain = state[i, PP] / total
        gain_v = state[i, PV] / total
        out[i, X] = state[i, X] + gain * dx
        out[i, Y] = state[i, Y] + gain * dy
        out[i, VX] = state[i, VX] + gain_v * dx
        out[i, VY] = state[i, VY] + gain_v * dy
        vv = state[i, VV] - gain_v * state[i, PV]
        out[i, PV] = (1.0 - gain) * state[i, PV]
        out[i, PP] = (1.0 - gain) * state[i, PP]
        out[i, VV] = vv


@kernel
def association_cost(
    state: FloatArray,
    noise: FloatArray,
    log_height: FloatArray,
    colour: FloatArray,
    seen_xy: FloatArray,
    seen_log_height: FloatArray,
    seen_colour: FloatArray,
    height_sd: float,
    colour_sd: float,
    out: FloatArray,
) -> None:
    r"""How unlikely it is that a track would be seen as a detection: half the sum of squared deviations.

    Parameters
    ----------
    state : float64 (track, 7)
        Predicted to the time of the detections.
    noise : float64 (track,)
        Standard deviation of a measured position, px.
    log_height, seen_log_height : float64 (track,), (detection,)
        Natural logarithm of the person's height, px.
    colour, seen_colour : float64 (track, bin), (detection, bin)
        Histograms that sum to 1; NaN = unknown, which costs nothing.
    seen_xy : float64 (detection, 2)
        px.
    height_sd, colour_sd : float
        Deviations that cost one half each.
    out : float64 (track, detection)
        NaN where a position or height is NaN.

    Notes
    -----
    :math:`\tfrac12 (|z - x|^2 / (P + r^2) + (\Delta \ln h / \sigma_h)^2 + (d / \sigma_c)^2)`, d the Hellinger
    distance of the histograms.
    """
    bins = colour.shape[1]
    for i in range(state.shape[0]):
        variance = state[i, PP] + noise[i] * noise[i]
        for j in range(seen_xy.shape[0]):
            dx = seen_xy[j, 0] - state[i, X]
            dy = seen_xy[j, 1] - state[i, Y]
            dh = (seen_log_height[j] - log_height[i]) / height_sd
            cost = (dx * dx + dy * dy) / variance + dh * dh
            shared = 0.0
            for b in range(bins):
                shared += np.sqrt(colour[i, b] * seen_colour[j, b])
            if np.isfinite(shared):
                cost += max(1.0 - shared, 0.0) / (colour_sd * colour_sd)
            out[i, j] = 0.5 * cost
