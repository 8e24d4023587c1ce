#!/usr/bin/env python3
"""Do the constants that were fitted to rendered runners hold on those that are left out?

    python tools/constant_holdout.py --truth FOLDER --results FOLDER     # RESULTS/CLIP: what `runlean analyze` left

Trunk offset (`runlean.gait.convention`), the sd of what points are off by (`runlean.gait.systematic`) and the floor of
asymmetry (`runlean.meaning.metrics`) are each told again without one body (all clips of one character) and compared
with that body. What a drift of the lean does to other numbers (`runlean.meaning.drift`) was set by the runner who
drifts, and is compared with how errors go with the lean between all the others. Prints two tables, changes nothing.
Analyses with any network may be given, one network at a time.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from validation.clips import score_clip
from validation.saved import read_saved
from validation.truth import read_clip, rendered_clips

from runlean.gait import systematic
from runlean.gait.convention import CONVENTIONS
from runlean.meaning.drift import GAIN_SD, LEAN, TILT_SD
from runlean.meaning.metrics import CAMERA_ASYMMETRY_PCT

FloatArray = npt.NDArray[np.float64]

#: Contacts below which a runner's left-right difference says little; legs swapped more often are another's.
MIN_CONTACTS = 10
MOST_SWAPPED_PCT = 3.0
#: Runners whose leans are nearer to each other than this say nothing of a slope, deg.
LEAST_APART_DEG = 0.5
#: An interval of 95 % in standard deviations.
NORMAL_95 = 1.96
ANGLES = {
    "head_lean_deg": systematic.HEAD_SD_DEG,
    "knee_flexion_contact_deg": systematic.KNEE_SD_DEG,
    "foot_strike_angle_deg": systematic.FOOT_STRIKE_SD_DEG,
}


def held_out(values: FloatArray, bodies: npt.NDArray[np.str_]) -> tuple[FloatArray, FloatArray]:
    """Mean and root mean square of the values of all other bodies, for each value.

    Parameters
    ----------
    values : float64 (runner,)
    bodies : str (runner,)
        Who each value belongs to.
    """
    mean, rms = np.empty(len(values)), np.empty(len(values))
    for i, body in enumerate(bodies):
        others = values[bodies != body]
        mean[i] = others.mean() if len(others) else np.nan
        rms[i] = np.sqrt(np.mean(others**2)) if len(others) else np.nan
    return mean, rms


def line(name: str, shipped: str, errors: FloatArray, bodies: npt.NDArray[np.str_], sd: float, centred: bool) -> str:
    """One row of the table: ``errors`` are found - true with the shipped constant in; ``sd`` is the shipped one."""
    mean, rms = held_out(errors, bodies)
    left_out = errors - mean if centred else errors
    within_shipped = 100 * np.mean(np.abs(errors) <= NORMAL_95 * sd)
    spread = np.array([np.std((errors - mean[i])[bodies != b]) for i, b in enumerate(bodies)]) if centred else rms
    within_own = 100 * np.mean(np.abs(left_out) <= NORMAL_95 * spread)
    cells = (
        name, shipped, f"{len(errors)} of {len(set(bodies))}", f"{errors.mean():+.2f}", f"{errors.std():.2f}",
        f"{np.nanmax(np.abs(mean - errors.mean())):.2f}" if centred else "",
        f"{np.sqrt(np.mean(left_out**2)):.2f}", f"{within_shipped:.0f}", f"{within_own:.0f}",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def slope_between(lean: FloatArray, errors: FloatArray, bodies: npt.NDArray[np.str_]) -> tuple[float, float]:
    """Theil and Sen's slope of errors over the true lean between runners, and its standard error by leaving out bodies.

    Parameters
    ----------
    lean, errors : float64 (runner,)
    bodies : str (runner,)
    """

    def slope(kept: npt.NDArray[np.bool_]) -> float:
        x, y = lean[kept], errors[kept]
        i, j = np.triu_indices(len(x), 1)
        apart = np.abs(x[j] - x[i]) > LEAST_APART_DEG
        return float(np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]))

    without = np.array([slope(bodies != body) for body in sorted(set(bodies))])
    n = len(without)
    return slope(np.ones(len(lean), dtype=bool)), float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, required=True, help="folder that holds clips/*.gt.json")
    parser.add_argument("--results", type=Path, required=True, help="folder with one analysis per clip")
    arguments = parser.parse_args()
    errors: dict[str, list[tuple[str, float]]] = defaultdict(list)
    tilted: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
    networks = set()
    for path in rendered_clips(arguments.truth / "clips"):
        clip = read_clip(path)
        folder = arguments.results / clip.name
        if not (folder / "summary.json").exists():
            continue
        saved = read_saved(folder)
        networks.add(saved.summary["models"][0]["name"])
        by_index = {r.index: r for r in clip.runners}
        for row in score_clip(clip, saved):
            if not row["found"]:
                continue
            index = int(row["clip"].rsplit("#", 1)[1]) if "#" in row["clip"] else clip.runners[0].index
            body = str(by_index[index].record.get("character", row["clip"]))
            for name in ("trunk_lean_deg", *ANGLES):
                if name in row["means"]:
                    errors[name].append((body, row["means"][name]["error"]))
            if "course" not in by_index[index].record and LEAN in row["means"]:
                lean = row["means"][LEAN]["true"]
                for name, entry in row["means"].items():
                    if name.endswith(("_deg", "_frac")):
                        tilted[name].append((body, lean, entry["error"]))
            if row["n_contacts"] >= MIN_CONTACTS and row["leg_swap_pct"] <= MOST_SWAPPED_PCT:
                for name, value in row["asymmetry"].items():
                    errors[f"asymmetry of {name}"].append((body, value))
    if len(networks) != 1:
        came = ", ".join(sorted(networks)) or "none"
        print(f"expected analyses of rendered clips with one network, came: {came}; give --results", file=sys.stderr)
        return 1
    convention = CONVENTIONS.get(networks.pop())
    heads = (
        "constant", "shipped", "runners of bodies", "mean error", "sd", "mean moves by, at most", "left-out rms",
        "within 1.96 shipped sd, %", "within 1.96 sd of the others, %",
    )  # fmt: skip
    print("| " + " | ".join(heads) + " |")
    print("|" + " --- |" * len(heads))
    for name, pairs in errors.items():
        bodies = np.array([b for b, _ in pairs])
        values = np.array([v for _, v in pairs], dtype=float)
        if name == "trunk_lean_deg" and convention is not None:
            shipped, sd = (
                f"+{convention.trunk_offset_deg:.1f} +- {convention.trunk_sd_deg:.1f}",
                convention.trunk_sd_deg,
            )
            print(line("trunk offset, deg", shipped, values, bodies, sd, centred=True))
        elif name in ANGLES:
            print(line(name, f"0 +- {ANGLES[name]:.1f}", values, bodies, ANGLES[name], centred=True))
        elif name.startswith("asymmetry"):
            sd = CAMERA_ASYMMETRY_PCT[name.removeprefix("asymmetry of ")]
            print(line(f"{name}, %", f"0 +- {sd:.1f}", values, bodies, sd, centred=False))
    print("\n| error per degree of lean | shipped | runners of bodies | between runners | its standard error |")
    print("|" + " --- |" * 5)
    for name, rows in tilted.items():
        bodies = np.array([b for b, _, _ in rows])
        slope, error = slope_between(np.array([x for _, x, _ in rows]), np.array([e for _, _, e in rows]), bodies)
        sd = GAIN_SD if name == LEAN else TILT_SD["deg" if name.endswith("_deg") else "frac"]
        print(f"| {name} | 0 +- {sd:g} | {len(rows)} of {len(set(bodies))} | {slope:+.4f} | {error:.4f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
