"""How much two detections are the same person, and the removal of the weaker one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@kernel
def box_iou(a: FloatArray, b: FloatArray) -> float:
    """Intersection over union of two boxes x0, y0, x1, y1; 0 where either has no area."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if not (wide > 0.0 and high > 0.0):
        return 0.0
    both = wide * high
    either = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / either if either > 0.0 else 0.0


@kernel
def object_keypoint_similarity(
    a: FloatArray, b: FloatArray, weight: FloatArray, sigma: FloatArray, area: float
) -> float:
    r"""OKS of two poses.

    Parameters
    ----------
    a, b : float64 (k, 2)
        Pixels. A keypoint that is NaN in either does not count.
    weight : float64 (k,)
        How much each keypoint counts, 0 not at all.
    sigma : float64 (k,)
        The field's per-keypoint spread.
    area : float
        Area of the person, square pixels.

    Returns
    -------
    float
        0..1; 0 where nothing can be compared.

    Notes
    -----
    .. math:: \frac{\sum_k w_k \exp(-d_k^2 / (2\,area\,(2\sigma_k)^2))}{\sum_k w_k}

    COCO keypoint evaluation; there w is 1 for a labelled point.
    """
    total = 0.0
    similar = 0.0
    for k in range(len(sigma)):
        d2 = (a[k, 0] - b[k, 0]) ** 2 + (a[k, 1] - b[k, 1]) ** 2
        if not weight[k] > 0.0 or math.isnan(d2):
            continue
        total += weight[k]
        if area > 0.0:
            similar += weight[k] * math.exp(-d2 / (8.0 * area * sigma[k] ** 2))
    return similar / total if total > 0.0 else 0.0


@kernel
def suppress_duplicates(
    box: FloatArray,
    xy: FloatArray,
    keypoint_score: FloatArray,
    sigma: FloatArray,
    max_oks: float,
    max_iou: float,
    keep: BoolArray,
) -> None:
    """Keep the best detection of each person.

    Parameters
    ----------
    box : float64 (p, 4)
        Best first.
    xy : float64 (p, k, 2)
    keypoint_score : float64 (p, k)
        Keypoints of the better detection count by their score.
    sigma : float64 (k,)
    max_oks, max_iou : float
        A detection goes when a better one that stays is more like it than this, by pose or by box.
    keep : bool (p,)
        Out.
    """
    for j in range(len(keep)):
        keep[j] = True
        for i in range(j):
            if not keep[i]:
                continue
            if box_iou(box[i], box[j]) > max_iou:
                keep[j] = False
                break
            area = 0.5 * ((box[i, 2] - box[i, 0]) * (box[i, 3] - box[i, 1]))
            if object_keypoint_similarity(xy[i], xy[j], keypoint_score[i], sigma, area) > max_oks:
                keep[j] = False
                break
