"""The posture scan: once a minute, what a coach tells runners to check of head, shoulders, line and lean."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runlean.meaning.lean import lean_class
from runlean.meaning.metrics import MIN_CONTACTS
from runlean.meaning.summary import LeanClass, PostureScan
from runlean.meaning.wording import clock, quantity_text
from runlean.tables import column

FloatArray = npt.NDArray[np.float64]

#: A change of the ear-to-shoulder distance of this size is named, per cent.
SHOULDER_RISE_PCT = 5.0
_LEAN_WORDS: dict[LeanClass, str] = {
    "backward": "leaning back",
    "upright": "upright",
    "within_band": "in the cue’s band",
    "beyond_band": "beyond the cue’s band",
}


def neck_lengths(frames: pa.Table) -> FloatArray:
    """Height of the ears above the shoulders as a fraction of the trunk's length, per frame.

    Parameters
    ----------
    frames : pyarrow.Table
        The rows of one runner.

    Returns
    -------
    float64 (row,)
        NaN where ears, shoulders or hips are missing.
    """

    def middle(point: str, axis: str) -> FloatArray:
        both = [f"{side}_{point}_{axis}_px" for side in ("left", "right")]
        present = [column(frames, name) for name in both if name in frames.column_names]
        if not present:
            return np.full(frames.num_rows, np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # rows where both sides are missing
            result: FloatArray = np.nanmean(np.stack(present), axis=0)
        return result

    trunk = np.hypot(middle("shoulder", "x") - middle("hip", "x"), middle("shoulder", "y") - middle("hip", "y"))
    with np.errstate(divide="ignore", invalid="ignore"):
        length: FloatArray = (middle("shoulder", "y") - middle("ear", "y")) / trunk
    length[~np.isfinite(length)] = np.nan
    return length


def _mean(values: FloatArray) -> float | None:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) >= 2 else None


def _text(minute: str, scan: dict[str, float | None], lean: LeanClass | None) -> str:
    parts = []
    if scan["trunk_lean_deg"] is not None and lean is not None:
        parts.append(f"lean {quantity_text(scan['trunk_lean_deg'], 'trunk_lean_deg', 'deg')}, {_LEAN_WORDS[lean]}")
    if scan["hip_hinge_deg"] is not None:
        parts.append(f"hinge at the hips {quantity_text(scan['hip_hinge_deg'], 'hip_hinge_deg', 'deg')}")
    if scan["head_forward_deg"] is not None:
        parts.append(
            f"head {quantity_text(scan['head_forward_deg'], 'head_lean_deg', 'deg')} ahead of the trunk’s line"
        )
    rise = scan["shoulder_rise_pct"]
    if rise is not None:
        if abs(rise) < SHOULDER_RISE_PCT:
            parts.append("shoulders as at the start")
        else:
            parts.append(
                f"shoulders {'higher' if rise > 0 else 'lower'} than at the start ({abs(rise):.0f} % of the neck)"
            )
    return f"{minute}: " + ("; ".join(parts) if parts else "too little seen for a scan") + "."


def posture_scans(frames: pa.Table, strides: pa.Table, band_deg: tuple[float, float]) -> tuple[PostureScan, ...]:
    """One scan for every minute of video in which the runner is seen.

    Parameters
    ----------
    frames, strides : pyarrow.Table
        The rows of one runner.
    band_deg : (float, float)

    Notes
    -----
    Head forward is head lean minus trunk lean. Shoulders are judged against the runner's own first minute, because
    networks differ in where they put ear and shoulder: a rise is a shorter neck (ears above shoulders over trunk
    length, median over frames). A side view cannot see whether the chest is open; straightness stands for it.
    """
    time_s, contact_s = column(frames, "time_s"), column(strides, "contact_s")
    if len(time_s) == 0:
        return ()
    neck = neck_lengths(frames)
    first_neck: float | None = None
    scans = []
    for minute in range(int(time_s[0] // 60), int(time_s[-1] // 60) + 1):
        seen = (time_s >= 60 * minute) & (time_s < 60 * (minute + 1))
        mine = (contact_s >= 60 * minute) & (contact_s < 60 * (minute + 1))
        if not seen.any():
            continue
        enough = int(mine.sum()) >= MIN_CONTACTS
        values = {
            name: _mean(column(strides, name)[mine]) if enough else None
            for name in ("trunk_lean_deg", "hip_hinge_deg", "straightness_frac")
        }
        forward = column(strides, "head_lean_deg") - column(strides, "trunk_lean_deg")
        values["head_forward_deg"] = _mean(forward[mine]) if enough else None
        known = neck[seen & np.isfinite(neck)]
        length = float(np.median(known)) if len(known) and enough else None
        rise = None if length is None or not first_neck else 100.0 * (first_neck - length) / first_neck
        first_neck = first_neck or length
        values["shoulder_rise_pct"] = rise
        lean = None if values["trunk_lean_deg"] is None else lean_class(values["trunk_lean_deg"], band_deg)
        start, end = float(time_s[seen][0]), float(time_s[seen][-1])
        scans.append(
            PostureScan(
                minute=minute,
                start_s=start,
                end_s=end,
                n_contacts=int(mine.sum()),
                lean_class=lean,
                text=_text(f"{clock(start)}-{clock(end)}", values, lean),
                **values,
            )
        )
    return tuple(scans)
