"""Points that leap off their own path and come back, and limbs longer than the runner's own."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runlean_kernels.filters.uniform import median_interval
from runlean_kernels.jit import kernel
from runlean_kernels.landmarks import LEFT_ANKLE, LEFT_ELBOW, LEFT_HIP, LEFT_KNEE, LEFT_SHOULDER, LEFT_WRIST
from runlean_kernels.repair.body_scale import body_scale
from runlean_kernels.repair.neighbours import cubic_weights, departure
from runlean_kernels.statistics.order import quantile_in_place, two_around

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Departure of a point from the cubic through its four neighbours in time, in leg lengths. Real runners at 2.5 to
# 4.5 m/s and rendered ones, at 25 frames per second: knee and ankle at most 0.045, all else less; it grows
# with the fourth power of the interval. Network noise: median 0.01 to 0.045.

#: Departure that is never an outlier at `FLOOR_INTERVAL_S` and shorter intervals.
FLOOR = 0.08
FLOOR_INTERVAL_S = 0.04
#: An outlier departs by more than this multiple of the point's median departure (about 7 standard deviations).
MULTIPLE = 6.0
#: What longer stretches may depart further, per row beyond the first: less is known of their path.
PER_ROW = 0.5
#: Longest stretch of wrong rows that is searched for; at least three rows.
LONGEST_S = 0.12
#: Acceleration (leg lengths per second squared) that a track's first and last rows may show.
GREATEST_ACCELERATION = 260.0
#: A limb's image is never longer than the limb: above this multiple of the 90th percentile its end is wrong.
GREATEST_STRETCH = 1.6

#: Upper and lower left point of every limb, from the trunk outward.
LIMBS = np.array(
    [
        [LEFT_HIP, LEFT_KNEE],
        [LEFT_KNEE, LEFT_ANKLE],
        [LEFT_SHOULDER, LEFT_ELBOW],
        [LEFT_ELBOW, LEFT_WRIST],
    ]
)

_SAMPLES = 64
_FEWEST = 10


@kernel
def _square_departures(rows: FloatArray, time_s: FloatArray, i: int, weight: FloatArray, square: FloatArray) -> None:
    """Squared departure of every coordinate of row i; one index and no branch, so that it is vector code."""
    cubic_weights(time_s, i, weight)
    a = weight[0]
    b = weight[1]
    c = weight[2]
    d = weight[3]
    further_back = rows[i - 2]
    back = rows[i - 1]
    here = rows[i]
    ahead = rows[i + 1]
    further_ahead = rows[i + 2]
    for k in range(square.shape[0]):
        e = here[k] - (a * further_back[k] + b * back[k] + c * ahead[k] + d * further_ahead[k])
        square[k] = e * e


@kernel
def _typical_departures(
    rows: FloatArray, time_s: FloatArray, first: int, stop: int, weight: FloatArray, sample: FloatArray,
    scratch: FloatArray, out: FloatArray,
) -> None:  # fmt: skip
    """Median departure of every point over a sample (any, coordinate) of rows; NaN where too few are known."""
    n = stop - first - 4
    m = min(n, sample.shape[0])
    for k in range(m):
        _square_departures(rows, time_s, first + 2 + (k * n) // m, weight, sample[k])
    for point in range(out.shape[0]):
        count = 0
        for k in range(m):
            square = sample[k, 2 * point] + sample[k, 2 * point + 1]
            scratch[count] = square
            count += 1 if square == square else 0
        out[point] = math.sqrt(two_around(scratch, count, count // 2)[1]) if count >= _FEWEST else math.nan


@kernel
def _count_suspects(square: FloatArray, limit: FloatArray, present: IntArray) -> int:
    """Points of a row whose departure is above its limit or, where the track has the point at all, unknown."""
    n = 0
    for point in range(limit.shape[0]):
        within = square[2 * point] + square[2 * point + 1] <= limit[point] * limit[point]
        n += 0 if within else present[point]
    return n


@kernel
def _mark_stretch(
    xy: FloatArray, time_s: FloatArray, first: int, stop: int, point: int, i: int, allowed: float, longest: int,
    bad: BoolArray,
) -> None:  # fmt: skip
    """Mark the shortest stretch of rows about row ``i`` without which the path is smooth."""
    for length in range(1, longest + 1):
        best = math.inf
        begin = -1
        for a in range(max(first + 1, i - length - 1), min(i + 2, stop - length - 1) + 1):
            if bad[a, point]:
                continue
            # all rows of the stretch depart from the path around it, and the rows beside it no longer do
            least = math.inf
            for k in range(a, a + length):
                off = departure(xy, time_s, first, stop, point, k, a, a + length, bad)
                least = min(least, off if off == off else -1.0)
            if least <= allowed * (1.0 + PER_ROW * (length - 1)):
                continue
            rest = 0.0
            for k in (a - 2, a - 1, a + length, a + length + 1):
                if first <= k < stop:
                    off = departure(xy, time_s, first, stop, point, k, a, a + length, bad)
                    # unknown (NaN) speaks neither for nor against
                    rest = off if off > rest else rest
            if rest < best:
                best = rest
                begin = a
        if begin >= 0 and best <= allowed:
            for k in range(begin, begin + length):
                bad[k, point] = True
            return


@kernel
def _mark_end(
    xy: FloatArray, time_s: FloatArray, point: int, end: int, inner: int, further: int, allowed: float,
    scale: float, bad: BoolArray,
) -> None:  # fmt: skip
    """Mark a track's first or last row where it lies off the line through the two rows inside."""
    h = abs(time_s[inner] - time_s[end])
    u = h / abs(time_s[further] - time_s[inner])
    dx = xy[end, point, 0] - (1.0 + u) * xy[inner, point, 0] + u * xy[further, point, 0]
    dy = xy[end, point, 1] - (1.0 + u) * xy[inner, point, 1] + u * xy[further, point, 1]
    limit = 2.0 * allowed + scale * GREATEST_ACCELERATION * h * h
    if dx * dx + dy * dy > limit * limit and not bad[inner, point] and not bad[further, point]:
        bad[end, point] = True


@kernel
def _longest_limb(xy: FloatArray, first: int, stop: int, upper: int, lower: int, scratch: FloatArray) -> float:
    """Square of the length beyond which a limb is too long for the track's own; infinite where too few are known."""
    n = stop - first
    m = min(n, scratch.shape[0] // 2)
    count = 0
    for k in range(m):
        i = first + (k * n) // m
        for side in range(2):
            dx = xy[i, lower + side, 0] - xy[i, upper + side, 0]
            dy = xy[i, lower + side, 1] - xy[i, upper + side, 1]
            if not math.isnan(dx + dy):
                scratch[count] = dx * dx + dy * dy
                count += 1
    if count < _FEWEST:
        return math.inf
    return GREATEST_STRETCH * GREATEST_STRETCH * quantile_in_place(scratch, count, 0.9)


@kernel
def _has_long_limb(xy: FloatArray, i: int, longest: FloatArray) -> bool:
    """Whether any limb of a row is too long; no branch."""
    n = 0
    for limb in range(4):
        upper = LIMBS[limb, 0]
        lower = LIMBS[limb, 1]
        for side in range(2):
            dx = xy[i, lower + side, 0] - xy[i, upper + side, 0]
            dy = xy[i, lower + side, 1] - xy[i, upper + side, 1]
            n += 1 if dx * dx + dy * dy > longest[limb] else 0
    return n > 0


@kernel
def _mark_long_limbs(xy: FloatArray, i: int, longest: FloatArray, bad: BoolArray) -> None:
    """Mark the lower end of a row's limbs that are too long, unless the upper end is the wrong one."""
    for limb in range(4):
        upper = LIMBS[limb, 0]
        lower = LIMBS[limb, 1]
        for side in range(2):
            dx = xy[i, lower + side, 0] - xy[i, upper + side, 0]
            dy = xy[i, lower + side, 1] - xy[i, upper + side, 1]
            if dx * dx + dy * dy > longest[limb] and not bad[i, upper + side]:
                bad[i, lower + side] = True


@kernel
def outlier(xy: FloatArray, score: FloatArray, time_s: FloatArray, offsets: IntArray, out_bad: BoolArray) -> None:
    """Points that cannot be where they were put.

    Parameters
    ----------
    xy : float64 (row, 23, 2), px
        Landmarks, left and right already put right (`leg_swap`); NaN = missing.
    score : float64 (row, 23)
        A point with score 0 is judged as any other: networks are often sure of a wrong point and unsure of a right
        one.
    time_s : float64 (row,), s
        Strictly increasing within each track.
    offsets : int64 (track + 1,)
    out_bad : bool (row, 23)
        True where a known point is an outlier; never where it is missing.

    Notes
    -----
    In the manner of Hampel's filter, but about the cubic through the two rows before and the two after instead
    of a running median, which a fast ankle at 25 frames per second leaves by a third of a leg. Where a point
    departs by more than `MULTIPLE` times its own median and more than any runner's motion, the shortest stretch of
    up to 0.12 s is looked for that departs as a whole and without which its neighbours do not.
    """
    n_points = xy.shape[1]
    scratch = np.empty(2 * _SAMPLES)
    sample = np.empty((_SAMPLES, 2 * n_points))
    square = np.empty(2 * n_points)
    rows = xy.reshape((xy.shape[0], 2 * n_points))
    present = np.empty(n_points, dtype=np.int64)
    typical = np.empty(n_points)
    limit = np.empty(n_points)
    weight = np.empty(4)
    stretch = np.empty(4)
    most = 0
    for track in range(offsets.shape[0] - 1):
        most = max(most, offsets[track + 1] - offsets[track])
    with_long_limb = np.empty(most, dtype=np.int64)
    for track in range(offsets.shape[0] - 1):
        first = offsets[track]
        stop = offsets[track + 1]
        out_bad[first:stop] = False
        scale = body_scale(xy, first, stop, scratch)
        if stop - first < 5 or math.isnan(scale):
            continue
        interval_s = median_interval(time_s, first, stop, scratch)
        floor = FLOOR * scale * max(1.0, (interval_s / FLOOR_INTERVAL_S) ** 4)
        longest = max(3, int(LONGEST_S / interval_s))
        _typical_departures(rows, time_s, first, stop, weight, sample, scratch, typical)
        for point in range(n_points):
            present[point] = 1 if typical[point] == typical[point] else 0
            limit[point] = max(floor, MULTIPLE * typical[point]) if present[point] == 1 else floor
        for limb in range(4):
            stretch[limb] = _longest_limb(xy, first, stop, LIMBS[limb, 0], LIMBS[limb, 1], scratch)
        n_long = 0
        for i in range(first, stop):
            # noted while the row is at hand, marked when all stretches are
            if _has_long_limb(xy, i, stretch):
                with_long_limb[n_long] = i
                n_long += 1
            if not first + 2 <= i < stop - 2:
                continue
            _square_departures(rows, time_s, i, weight, square)
            # a missing neighbour makes a departure NaN: then the slow search, which looks further, decides
            if _count_suspects(square, limit, present) > 0:
                for point in range(n_points):
                    within = square[2 * point] + square[2 * point + 1] <= limit[point] * limit[point]
                    if not within and xy[i, point, 0] == xy[i, point, 0]:
                        _mark_stretch(xy, time_s, first, stop, point, i, limit[point], longest, out_bad)
        for point in range(n_points):
            _mark_end(xy, time_s, point, first, first + 1, first + 2, limit[point], scale, out_bad)
            _mark_end(xy, time_s, point, stop - 1, stop - 2, stop - 3, limit[point], scale, out_bad)
        for k in range(n_long):
            _mark_long_limbs(xy, with_long_limb[k], stretch, out_bad)
