"""Decoding of CenterNet-style heads (MoveNet MultiPose): centre peaks, then each person's keypoints."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
HeadArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


@kernel
def centre_peaks(centre: HeadArray, threshold: float, radius: int, cell: IntArray, score: FloatArray) -> int:
    """Cells of a centre map that are the maximum of their neighbourhood, best first.

    Parameters
    ----------
    centre : float32 (h, w)
        Score of a person's centre lying in the cell.
    threshold : float
        Cells below it are no peaks.
    radius : int
        The neighbourhood is the square of ``2 * radius + 1`` cells. Of equal neighbours the first (by row,
        then by column) is the peak.
    cell : int64 (p, 2)
        Out: y, x of each peak. Only the best p are kept.
    score : float64 (p,)
        Out: the map there.

    Returns
    -------
    int
        Number of peaks written.
    """
    h, w = centre.shape
    room = len(score)
    count = 0
    for y in range(h):
        for x in range(w):
            value = centre[y, x]
            if not value >= threshold:
                continue
            is_peak = True
            for v in range(max(0, y - radius), min(h, y + radius + 1)):
                for u in range(max(0, x - radius), min(w, x + radius + 1)):
                    other = centre[v, u]
                    if other > value or (other == value and (v < y or (v == y and u < x))):
                        is_peak = False
                        break
                if not is_peak:
                    break
            if not is_peak or room == 0 or (count == room and not value > score[room - 1]):
                continue
            at = count if count < room else room - 1
            while at > 0 and score[at - 1] < value:
                score[at] = score[at - 1]
                cell[at, 0] = cell[at - 1, 0]
                cell[at, 1] = cell[at - 1, 1]
                at -= 1
            score[at] = value
            cell[at, 0] = y
            cell[at, 1] = x
            if count < room:
                count += 1
    return count


@kernel
def person_box(scale: HeadArray, offset: HeadArray, y: int, x: int, stride: float, out: FloatArray) -> float:
    """Box of the person whose centre lies in cell (y, x).

    Parameters
    ----------
    scale, offset : float32 (2, h, w)
        Height and width of the box, and the way from the cell to its centre (y, x), in cells.
    stride : float
        Pixels per cell.
    out : float64 (4,)
        Out: x0, y0, x1, y1 in pixels.

    Returns
    -------
    float
        The smaller side of the box in cells, 1 at least.
    """
    height = max(float(scale[0, y, x]), 1.0)
    width = max(float(scale[1, y, x]), 1.0)
    cy = y + float(offset[0, y, x])
    cx = x + float(offset[1, y, x])
    out[0] = (cx - 0.5 * width) * stride
    out[1] = (cy - 0.5 * height) * stride
    out[2] = (cx + 0.5 * width) * stride
    out[3] = (cy + 0.5 * height) * stride
    return min(height, width)


@kernel
def person_keypoints(
    heatmap: HeadArray,
    regress: HeadArray,
    offset: HeadArray,
    y: int,
    x: int,
    box: FloatArray,
    spread: float,
    stride: float,
    xy: FloatArray,
    score: FloatArray,
) -> None:
    r"""Keypoints of the person whose centre lies in cell (y, x).

    Parameters
    ----------
    heatmap : float32 (k, h, w)
        Score of any person's keypoint k lying in the cell.
    regress : float32 (2 k, h, w)
        At the person's centre: the way from it to keypoint k (y, x), in cells.
    offset : float32 (2 k, h, w)
        From the cell to the keypoint within it (y, x), in cells.
    box : float64 (4,)
        x0, y0, x1, y1 in pixels; only cells inside it are looked at.
    spread : float
        How fast a cell loses weight with the squared distance from where ``regress`` points, cells.
    stride : float
        Pixels per cell.
    xy : float64 (k, 2)
        Out: pixels. NaN where the box holds no cell.
    score : float64 (k,)
        Out: the weight of the chosen cell, 0..1.

    Notes
    -----
    .. math:: weight = heatmap \cdot \exp(-d^2 / spread)
    """
    h, w = heatmap.shape[1], heatmap.shape[2]
    first_x = max(0, math.ceil(box[0] / stride))
    first_y = max(0, math.ceil(box[1] / stride))
    last_x = min(w - 1, math.floor(box[2] / stride))
    last_y = min(h - 1, math.floor(box[3] / stride))
    for k in range(len(score)):
        ry = y + float(regress[2 * k, y, x])
        rx = x + float(regress[2 * k + 1, y, x])
        best = -1.0
        by = -1
        bx = -1
        for v in range(first_y, last_y + 1):
            dy2 = (v - ry) ** 2
            for u in range(first_x, last_x + 1):
                value = float(heatmap[k, v, u])
                # the exponential is at most 1: most cells are out before it is computed
                if value <= best:
                    continue
                weight = value * math.exp(-(dy2 + (u - rx) ** 2) / spread)
                if weight > best:
                    best = weight
                    by = v
                    bx = u
        if by < 0:
            xy[k, 0] = math.nan
            xy[k, 1] = math.nan
            score[k] = 0.0
        else:
            xy[k, 0] = (bx + float(offset[2 * k + 1, by, bx])) * stride
            xy[k, 1] = (by + float(offset[2 * k, by, bx])) * stride
            score[k] = best


@kernel
def decode_persons(
    centre: HeadArray,
    scale: HeadArray,
    box_offset: HeadArray,
    heatmap: HeadArray,
    regress: HeadArray,
    offset: HeadArray,
    threshold: float,
    stride: float,
    count: IntArray,
    box: FloatArray,
    score: FloatArray,
    xy: FloatArray,
    keypoint_score: FloatArray,
) -> None:
    """Every person of every picture of a batch, best first.

    Parameters
    ----------
    centre : float32 (n, 1, h, w)
    scale, box_offset : float32 (n, 2, h, w)
    heatmap : float32 (n, k, h, w)
    regress, offset : float32 (n, 2 k, h, w)
        The heads; see `centre_peaks`, `person_box` and `person_keypoints`.
    threshold : float
        Least score of a person.
    stride : float
        Pixels per cell.
    count : int64 (n,)
        Out: persons found in each picture, p at most.
    box : float64 (n, p, 4)
    score : float64 (n, p)
    xy : float64 (n, p, k, 2)
    keypoint_score : float64 (n, p, k)
        Out, pixels; rows from ``count`` on are left as they were.
    """
    room = score.shape[1]
    cell = np.empty((room, 2), np.int64)
    for i in range(len(count)):
        found = centre_peaks(centre[i, 0], threshold, 2, cell, score[i])
        count[i] = found
        for j in range(found):
            y, x = cell[j, 0], cell[j, 1]
            side = person_box(scale[i], box_offset[i], y, x, stride, box[i, j])
            person_keypoints(
                heatmap[i],
                regress[i],
                offset[i],
                y,
                x,
                box[i, j],
                0.3 * side,
                stride,
                xy[i, j],
                keypoint_score[i, j],
            )
