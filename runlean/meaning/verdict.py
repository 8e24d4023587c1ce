"""One or two plain sentences that say what matters of a runner."""

from __future__ import annotations

from collections.abc import Mapping

from runlean.meaning.lean import LIKELY
from runlean.meaning.summary import Lean, LeanClass, LeanSource, Metric
from runlean.meaning.wording import quantity_text, range_text

_LEANS: dict[LeanClass, str] = {
    "backward": "leans back",
    "upright": "runs more upright than the cue’s band",
    "within_band": "leans within the cue’s band",
    "beyond_band": "leans further than the cue’s band",
}
_SOURCES: dict[LeanSource, str] = {
    "ankles": "from the ankles",
    "waist": "from the waist",
    "mixed": "partly from the ankles, partly from the waist",
}


def verdict(gait: str, lean: Lean, metrics: Mapping[str, Metric], n_contacts: int) -> str:
    """Say in plain words what was found, or why nothing was.

    Parameters
    ----------
    gait : {'running', 'walking', 'none'}
    lean : Lean
    metrics : mapping of str to Metric
    n_contacts : int
    """
    cadence = metrics["cadence_spm"]
    steps = (
        f"Cadence {quantity_text(cadence.mean, 'cadence_spm', 'spm')} over {n_contacts} contacts."
        if cadence.mean is not None
        else ""
    )
    if lean.lean_class is None:
        why = lean.reason or "not measured"
        what = "No gait numbers" if gait != "running" else "No lean"
        return f"{what}: {why}. {steps}".strip()
    trunk = metrics["trunk_lean_deg"]
    where = f", {_SOURCES[lean.source]}" if lean.source else ""
    low, high = (end for end in lean.band_deg)
    likely = (lean.class_probability or 0.0) >= LIKELY
    if lean.class_certain or likely:
        what = f"The runner {'' if lean.class_certain else 'probably '}{_LEANS[lean.lean_class]}"
    else:
        what = "The lean is not known well enough to place it against the cue’s band"
    sentence = (
        f"{what}: {quantity_text(trunk.mean, 'trunk_lean_deg', 'deg')}{where}"
        f" (95 %: {range_text(trunk.low95, trunk.high95, 'trunk_lean_deg', 'deg')}; band {low:g} to {high:g}°)."
    )
    return f"{sentence} {steps}".strip()
