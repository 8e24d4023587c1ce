"""Which way a runner faces, from what bends and sticks out forward."""

from __future__ import annotations

import numpy as np

from runlean.gait.middle import median
from runlean.gait.track import segments
from runlean.pose.tracks import FloatArray, IntArray
from runlean_kernels import landmarks as lm

#: Below this mean forwardness (fraction of leg length) the runner faces the camera, or away from it.
MIN_FORWARDNESS = 0.02

#: Leg length over trunk length as networks draw them, for who is seen without feet (runlean.gait.scale's shares).
LEG_OF_TRUNK = 0.491 / (0.81 - 0.491)


def forwardness(xy: FloatArray, offsets: IntArray) -> FloatArray:
    """Signed evidence per track of facing to +x, about +-0.1 in a side view and near 0 from the front.

    The knee lies ahead of the line from hip to ankle, the toe ahead of the heel, the nose ahead of the ears. Each is
    averaged over the track in fractions of the leg's length, so that a few bad frames cannot turn a runner round.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
    offsets : int64 (track + 1,)

    Returns
    -------
    float64 (track,)
        NaN where neither a leg nor a trunk was ever measured.
    """
    out = np.full(len(offsets) - 1, np.nan)
    for i, rows in enumerate(segments(offsets)):
        p = xy[rows]
        leg = leg_length(p)
        if not leg > 0:
            # nobody saw the feet: nose and ears still tell, in a leg that the trunk gives
            leg = LEG_OF_TRUNK * _trunk_length(p)
        if not leg > 0:
            continue
        votes: list[tuple[float, float]] = []
        knees = []
        for hip, knee, ankle in (
            (lm.LEFT_HIP, lm.LEFT_KNEE, lm.LEFT_ANKLE),
            (lm.RIGHT_HIP, lm.RIGHT_KNEE, lm.RIGHT_ANKLE),
        ):
            line = p[:, ankle] - p[:, hip]
            length = np.hypot(line[:, 0], line[:, 1])
            length[~(length > 0.3 * leg)] = np.nan
            offset = p[:, knee] - p[:, hip]
            # distance of the knee from the line, positive towards +x for a leg that points down
            knees.append((line[:, 1] * offset[:, 0] - line[:, 0] * offset[:, 1]) / length)
        votes.append((_mean(np.concatenate(knees)) / leg, 1.0))
        if p.shape[1] > lm.N_WITHOUT_FEET:
            toes = [
                p[:, t, 0] - p[:, h, 0] for t, h in ((lm.LEFT_BIG_TOE, lm.LEFT_HEEL), (lm.RIGHT_BIG_TOE, lm.RIGHT_HEEL))
            ]
            votes.append((_mean(np.concatenate(toes)) / leg, 0.5))
        ears = p[:, [lm.LEFT_EAR, lm.RIGHT_EAR], 0]
        head = p[:, lm.NOSE, 0] - np.where(np.isnan(ears).all(axis=1), np.nan, _row_mean(ears))
        votes.append((_mean(head) / leg, 1.0))
        known = [(v, w) for v, w in votes if np.isfinite(v)]
        if known:
            out[i] = sum(v * w for v, w in known) / sum(w for _, w in known)
    return out


def leg_length(p: FloatArray) -> float:
    """Median thigh plus median shank of a track, px; NaN where no leg was measured. ``p`` is (row, 23, 2)."""
    total = 0.0
    for pairs in (
        ((lm.LEFT_HIP, lm.LEFT_KNEE), (lm.RIGHT_HIP, lm.RIGHT_KNEE)),
        ((lm.LEFT_KNEE, lm.LEFT_ANKLE), (lm.RIGHT_KNEE, lm.RIGHT_ANKLE)),
    ):
        lengths = np.concatenate([np.hypot(*(p[:, a] - p[:, b]).T) for a, b in pairs])
        lengths = lengths[np.isfinite(lengths)]
        if not len(lengths):
            return float("nan")
        total += median(lengths)
    return total


def _trunk_length(p: FloatArray) -> float:
    """Median distance from mid-hip to mid-shoulder, px; NaN without."""
    trunk = 0.5 * (p[:, lm.LEFT_SHOULDER] + p[:, lm.RIGHT_SHOULDER] - p[:, lm.LEFT_HIP] - p[:, lm.RIGHT_HIP])
    lengths = np.hypot(trunk[:, 0], trunk[:, 1])
    lengths = lengths[np.isfinite(lengths)]
    return median(lengths)


def _mean(values: FloatArray) -> float:
    values = values[np.isfinite(values)]
    return float(np.mean(values)) if len(values) else float("nan")


def _row_mean(values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    out: FloatArray = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return out
