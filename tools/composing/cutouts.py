"""A rendered runner cut out of the clip: pictures with alpha, and the true joints in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from runlean.clips import clip_path, clip_truth, clip_truth_arrays

FloatArray = npt.NDArray[np.float64]

#: The body as capsules: two points (or the mean of several) and a radius that surely covers it, of body height.
CAPSULES = (
    (("left_ear", "right_ear"), ("nose",), 0.085),
    (("left_shoulder", "right_shoulder"), ("left_ear", "right_ear"), 0.07),
    (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), 0.11),
    *(((f"{s}_shoulder",), (f"{s}_elbow",), 0.05) for s in ("left", "right")),
    *(((f"{s}_elbow",), (f"{s}_wrist",), 0.06) for s in ("left", "right")),
    *(((f"{s}_hip",), (f"{s}_knee",), 0.085) for s in ("left", "right")),
    *(((f"{s}_knee",), (f"{s}_ankle",), 0.055) for s in ("left", "right")),
    *(((f"{s}_heel",), (f"{s}_big_toe",), 0.05) for s in ("left", "right")),
)
#: Part of a capsule's radius within which everything is body.
CERTAIN = 0.3
#: Colour difference from the empty scene at which a pixel is body, of 255.
DIFFERENT = 22.0
#: Hair and hands may lie this far outside the capsules, of body height.
MARGIN = 0.03


@dataclass(frozen=True, slots=True)
class Cutouts:
    """One runner over time.

    Attributes
    ----------
    rgba : list of uint8 (h, w, 4)
        Not multiplied by alpha.
    origin : int64 (frame, 2)
        Where each picture's corner lies in the clip, px.
    xy : float64 (frame, point, 2)
        True joints in the clip, px.
    names : tuple of str
    record : dict
        The runner's entry in the truth.
    arrays : dict
        The truth's per-frame arrays.
    fps, height_px, speed_px : float
        Of the clip; of the body; in running direction over ground (or belt), px/s.
    scene : uint8 (H, W, 3)
        The clip without the runner.
    """

    rgba: list[npt.NDArray[np.uint8]]
    origin: npt.NDArray[np.int64]
    xy: FloatArray
    names: tuple[str, ...]
    record: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]
    fps: float
    height_px: float
    speed_px: float
    scene: npt.NDArray[np.uint8]


@lru_cache(maxsize=4)
def cut_out(clip: str) -> Cutouts:
    """Cut the runner out of a rendered clip that ships.

    Parameters
    ----------
    clip : str
        'ship_tm_right_60' or 'ship_og_waist_30'.
    """
    truth = clip_truth(clip)
    with np.load(clip_truth_arrays(clip)) as z:
        arrays = {name: z[name] for name in z.files}
    record = truth["runners"][0]
    names = tuple(truth["keypoint_names"])
    height = float(record["body_height_px"])
    xy = arrays["kp2d"][:, 0].astype(float)
    with av.open(str(clip_path(clip))) as container:
        pictures = np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])
    size = pictures.shape[1:3]
    wide = np.stack([_within(xy[i], names, height, size, 1.0, MARGIN) for i in range(len(pictures))])
    scene = _empty_scene(pictures, wide)
    first, last = record["fully_in_frame"]
    empty = scene.round().astype(np.uint8)
    rgba, origin = [], []
    for i in range(len(pictures)):
        if not first <= i <= last:
            rgba.append(np.zeros((1, 1, 4), np.uint8))
            origin.append((0, 0))
            continue
        difference = cv2.absdiff(pictures[i], empty).max(axis=2)
        body = (wide[i] & (difference > DIFFERENT)) | _within(xy[i], names, height, size, CERTAIN, 0.0)
        alpha = _soft(body)
        rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
        part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        rgba.append(np.dstack([pictures[i][part], alpha[part]]))
        origin.append((columns[0], rows[0]))
    metres = float(truth["runners"][0]["truth"]["height_with_shoes_m"])
    return Cutouts(
        rgba, np.array(origin, np.int64), xy, names, record, arrays, float(truth["fps"]), height,
        float(record["truth"]["speed_mps"]) * height / metres, empty,
    )  # fmt: skip


def _within(
    xy: FloatArray, names: tuple[str, ...], height: float, size: tuple[int, int], part: float, margin: float
) -> npt.NDArray[np.bool_]:
    """Pixels inside the capsules, their radii times ``part``, widened by ``margin``."""
    out = np.zeros(size, np.uint8)
    for upper, lower, radius in CAPSULES:
        a = xy[[names.index(n) for n in upper]].mean(axis=0)
        b = xy[[names.index(n) for n in lower]].mean(axis=0)
        wide = max(1, round(2.0 * (part * radius + margin) * height))
        cv2.line(out, tuple(np.round(a).astype(int).tolist()), tuple(np.round(b).astype(int).tolist()), 1, wide)
    return out.astype(bool)


def _empty_scene(pictures: npt.NDArray[np.uint8], body: npt.NDArray[np.bool_]) -> FloatArray:
    """Every pixel's mean while no body is near it; between its neighbours in the row where one always is."""
    every = slice(None, None, max(1, len(pictures) // 40))
    body, pictures = body[every], pictures[every]
    free = (~body).sum(axis=0)
    total = np.zeros(pictures.shape[1:])
    for picture, covered in zip(pictures, body, strict=True):
        total[~covered] += picture[~covered]
    scene = total / np.maximum(free, 1)[:, :, None]
    at = np.arange(scene.shape[1])
    for row in np.flatnonzero((free == 0).any(axis=1)):
        known = free[row] > 0
        for channel in range(3):
            scene[row, ~known, channel] = np.interp(at[~known], at[known], scene[row, known, channel])
    return scene


def _soft(body: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Alpha with an edge one pixel wide; single pixels are dropped."""
    mean = cv2.blur(body.astype(np.float32), (3, 3))
    return np.asarray(np.clip(510.0 * (mean - 0.3), 0, 255), np.uint8)
