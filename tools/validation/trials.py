"""Force-plate trials: markers in the sagittal plane as keypoints, contacts from the vertical force."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from validation.coverage import mean_rows, stride_rows
from validation.matching import Contacts, match_contacts
from validation.saved import numbers, words
from validation.stride_truth import step_times

FloatArray = npt.NDArray[np.float64]

#: Seed of the noise, the same for everyone who scores these trials.
NOISE_SEED = 20170505

#: Contacts this near to the ends of a trial are not asked for, s.
EDGE_S = 0.3


@dataclass(frozen=True, slots=True)
class Setting:
    """How the trials are read, and the figures asked for.

    Attributes
    ----------
    points : 'ankles' or 'feet'
        Hips, knees and ankles; or heels and toes as well.
    fps : float
        Rate the trials are resampled to; 0 as recorded (150).
    noise_px : float
        Gaussian noise per coordinate (500 px = 1 m).
    per_100, ic_mae, to_mae, ct_bias, cadence : float
        Largest median over trials that is asked for.
    """

    points: str
    fps: float
    noise_px: float
    per_100: float
    ic_mae: float
    to_mae: float
    ct_bias: float
    cadence: float

    @property
    def name(self) -> str:
        """Short name, for instance 'ankles 30 fps noise 4'."""
        return f"{self.points} {self.fps or 150:g} fps noise {self.noise_px:g}"


SETTINGS = (
    Setting("ankles", 0, 0, 0.3, 10, 14, 8, 0.3),
    Setting("ankles", 60, 4, 0.5, 11, 15, 9, 0.4),
    Setting("ankles", 30, 4, 1.0, 12, 16, 10, 0.5),
    Setting("feet", 0, 0, 0.3, 7, 10, 6, 0.3),
    Setting("feet", 30, 4, 0.5, 10, 14, 9, 0.5),
)


def resampled(xy: FloatArray, t: FloatArray, fps: float) -> tuple[FloatArray, FloatArray]:
    """Points at another frame rate, straight between samples.

    Parameters
    ----------
    xy : float64 (frame, point, 2)
    t : float64 (frame,), s
    fps : float
        0 leaves them as they are.
    """
    if not fps:
        return xy, t
    new = np.arange(t[0], t[-1], 1 / fps)
    flat = xy.reshape(len(t), -1)
    columns = [np.interp(new, t, flat[:, i], left=np.nan, right=np.nan) for i in range(flat.shape[1])]
    return np.stack(columns, axis=-1).reshape(len(new), *xy.shape[1:]), new


def score_setting(folder: Path, setting: Setting, only: str | None = None) -> list[dict[str, Any]]:
    """One row per trial of a folder, in order of their names (the noise depends on it)."""
    rng = np.random.default_rng(NOISE_SEED)
    rows = []
    for path in sorted(folder.glob("*.npz")):
        if only and only not in path.stem:
            continue
        with np.load(path) as z:
            trial = {name: z[name] for name in z.files}
        rows.append({"trial": path.stem, "setting": setting.name, **score_trial(trial, setting, rng)})
    return rows


def score_trial(trial: dict[str, npt.NDArray[Any]], setting: Setting, rng: np.random.Generator) -> dict[str, Any]:
    """One trial read as a setting says; ``rng`` gives the noise."""
    import runlean

    names = [str(n) for n in trial["keypoint_names"]]
    xy, t = resampled(trial["xy_px"].astype(float), trial["time_s"].astype(float), setting.fps)
    if setting.points == "ankles":
        keep = [i for i, n in enumerate(names) if not n.endswith(("heel", "toe"))]
        names, xy = [names[i] for i in keep], xy[:, keep]
    if setting.noise_px:
        xy = xy + rng.normal(0, setting.noise_px, xy.shape)
    analysis = runlean.analyze_keypoints(np.ascontiguousarray(xy), t, names)
    strides = analysis.strides
    found = Contacts(numbers(strides, "contact_s"), numbers(strides, "toe_off_s"), words(strides, "side"))
    true = Contacts(
        trial["contact_s"].astype(float),
        trial["toe_off_s"].astype(float),
        np.array([str(s) for s in trial["side"]], dtype=object),
    )
    matched = match_contacts(found, true, t[0] + EDGE_S, t[-1] - EDGE_S)
    cadence = numbers(strides, "cadence_spm")
    true_cadence = 60 * (len(true) - 1) / (true.contact_s[-1] - true.contact_s[0])
    summary = analysis.summary.model_dump(mode="json", by_alias=True)
    metrics = summary["runners"][0]["metrics"] if summary["runners"] else {}
    truth = {name: np.where(plausible_steps(true), values, np.nan) for name, values in step_times(true).items()}
    row = matched.row()
    return {
        **row,
        "per_100": 100 * (row["missed"] + row["extra"] + row["swap"]) / row["n"] if row["n"] else math.nan,
        "cadence_err_spm": float(np.median(cadence[np.isfinite(cadence)]) - true_cadence)
        if np.isfinite(cadence).any()
        else math.nan,
        "n_strides": strides.num_rows,
        "warnings": sorted({w["code"] for w in summary["warnings"]}),
        "means": mean_rows(metrics, truth, np.ones(len(true), dtype=bool)),
        "strides": stride_rows(strides, truth, matched, true),
    }


def plausible_steps(true: Contacts) -> npt.NDArray[np.bool_]:
    """Contacts whose step to the next one is whole: where the force was unusable, the truth has a gap."""
    step = np.append(np.diff(true.contact_s), np.nan)
    usual = np.nanmedian(step) if len(step) > 1 else np.nan
    return np.asarray(np.abs(step - usual) < 0.4 * usual)


def medians(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Median over trials of every figure's size, as the table of the figures asked for counts them."""
    out = {}
    for name in ("per_100", "ic_mae", "to_mae", "ct_bias", "cadence_err_spm", "ic_bias", "to_bias", "ic_rms", "to_rms"):
        values = np.abs(np.array([r[name] for r in rows], dtype=float))
        known = values[np.isfinite(values)]
        out[name] = float(np.median(known)) if len(known) else math.nan
    n = sum(r["n"] for r in rows)
    out["pooled_per_100"] = 100 * sum(r["missed"] + r["extra"] + r["swap"] for r in rows) / n if n else math.nan
    return out
