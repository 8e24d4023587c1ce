#!/usr/bin/env python3
"""How far is the event model off on runners that it was not fitted to? Force-plate trials, one runner left out in turn.

    python tools/event_calibration.py --truth FOLDER      # FOLDER/rbds/*.npz, as tools/validate.py takes it
    python tools/event_calibration.py --truth FOLDER --coverage      # and whether the means' intervals hold the truth

The constants of ``runlean_kernels.events.event_fusion`` are fitted again without each runner's trials, and that
runner's contacts and toe-offs are told by them. A trial's side is one row: the error is the mean over its contacts,
what no number of strides averages away. Beside it stand the constants that ship (fitted to these runners and to
rendered ones); below, left-out errors over what the fusion expects (``SD_INFLATION``), offsets and slopes left out,
sds as shipped. Prints tables, changes nothing.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean.gait import events as detector
from runlean.skeleton import CANONICAL
from runlean_kernels.events import event_features as features
from runlean_kernels.events import event_fusion as fusion

FloatArray = npt.NDArray[np.float64]
Constants = tuple[FloatArray, FloatArray, FloatArray]
EVENTS = (
    ("contact_s", features.FIRST_OF_CONTACT, features.FIRST_OF_TOE_OFF, False),
    ("toe_off_s", features.FIRST_OF_TOE_OFF, features.N_FEATURES, True),
)
#: Weight of "no change with speed" against the trials, in trial-sides.
SLOPE_PRIOR = 4.0


def trial_rows(path: Path) -> list[dict[str, Any]]:
    """One row per side: where features and true events lie in the mean stride, s."""
    z = np.load(path)
    names = [str(n) for n in z["keypoint_names"]]
    xy = np.full((len(z["time_s"]), len(CANONICAL), 2), np.nan)
    for i, name in enumerate(names):
        xy[:, CANONICAL.index(name)] = z["xy_px"][:, i]
    time_s = np.ascontiguousarray(z["time_s"], dtype=np.float64)
    seen: dict[str, FloatArray] = {}
    cycle_features, row_phase = detector.cycle_features, detector.row_phase

    def keep_features(*arguments: Any) -> None:
        cycle_features(*arguments)
        seen["features"], seen["cycle"] = arguments[-3], arguments[-2]

    def keep_phase(*arguments: Any) -> None:
        row_phase(*arguments)
        seen["phase"] = arguments[-1]

    detector.cycle_features, detector.row_phase = keep_features, keep_phase  # type: ignore[assignment]
    try:
        detector.detect_events(
            xy,
            np.ones(xy.shape[:2]),
            time_s,
            np.array([0, len(time_s)], dtype=np.int64),
            np.array([1.0]),
            np.array([float(np.median(np.diff(time_s)))]),
        )
    finally:
        detector.cycle_features, detector.row_phase = cycle_features, row_phase  # type: ignore[assignment]
    known = np.isfinite(seen["phase"])
    rate = float(np.nanmedian(seen["cycle"][:, 1]))
    rows = []
    for number, side in enumerate(("left", "right")):
        mine = z["side"] == side
        row: dict[str, Any] = {"runner": path.stem[:7], "trial": path.stem, "rate": rate}
        row["speed"] = float(np.nanmedian(seen["cycle"][:, 2]))
        for name in ("contact_s", "toe_off_s"):
            at = np.interp(z[name][mine], time_s[known], seen["phase"][known], left=np.nan, right=np.nan)
            row[name] = float(np.angle(np.nanmean(np.exp(1j * (at + np.pi * number))))) / rate
        for name, column in (("features", 0), ("noise", 1)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # a feature that no block has stays NaN
                row[name] = np.nanmedian(seen["features"][:, number, :, column], axis=0) / rate
        rows.append(row)
    return rows


def wrapped(seconds: FloatArray, stride_s: FloatArray) -> FloatArray:
    """Differences of times of the cycle, within half a stride of 0."""
    return (seconds + stride_s / 2) % stride_s - stride_s / 2


def fit(rows: list[dict[str, Any]]) -> Constants:
    """Offset, slope with speed and sd of every feature, least squares over trial-sides."""
    constants = tuple(np.full(features.N_FEATURES, np.nan) for _ in range(3))
    stride = np.array([2 * np.pi / r["rate"] for r in rows])
    speed = np.array([r["speed"] for r in rows]) - fusion.REFERENCE_SPEED
    for name, first, last, with_speed in EVENTS:
        for i in range(first, last):
            late = wrapped(np.array([r[name] - r["features"][i] for r in rows]), stride)
            if fusion.OFFSET_S[i] > 0.2:  # nearer to the next stride than to its own
                late = late % stride
            known = np.isfinite(late)
            design = np.stack([np.ones(known.sum()), speed[known]], axis=1)[:, : 2 if with_speed else 1]
            prior = np.diag([0.0, SLOPE_PRIOR][: design.shape[1]])
            answer = np.linalg.solve(design.T @ design + prior, design.T @ late[known])
            constants[0][i], constants[1][i] = answer[0], answer[1] if with_speed else 0.0
            constants[2][i] = np.sqrt(np.mean((late[known] - design @ answer) ** 2))
    return constants  # type: ignore[return-value]


@contextmanager
def shipped_as(constants: Constants) -> Iterator[None]:
    """Let other constants stand where those that ship do; only plain Python sees them."""
    shipped = fusion.OFFSET_S, fusion.SLOPE, fusion.FEATURE_SD_S
    fusion.OFFSET_S, fusion.SLOPE, fusion.FEATURE_SD_S = constants
    try:
        yield
    finally:
        fusion.OFFSET_S, fusion.SLOPE, fusion.FEATURE_SD_S = shipped


def plain(function: Any) -> Any:
    """A kernel as plain Python."""
    return getattr(function, "py_func", function)


def errors_ms(rows: list[dict[str, Any]], constants: Constants, feet: bool) -> FloatArray:
    """Contact and toe-off error of every trial-side and what the fusion expects of it, ms (2, row, 2)."""
    fuse = plain(fusion.fuse)
    out = np.empty((2, len(rows), 2))
    with shipped_as(constants):
        for k, row in enumerate(rows):
            at = np.stack([row["features"], row["noise"]], axis=1) * row["rate"]
            if not feet:
                at[fusion.OF_FOOT] = np.nan
            for c, (name, first, last, _) in enumerate(EVENTS):
                told, sd = fuse(at, first, last, row["rate"], row["speed"], np.empty((features.N_FEATURES, 2)))
                out[0, k, c] = 1e3 * wrapped(np.array(told - row[name]), np.array(2 * np.pi / row["rate"]))
                out[1, k, c] = 1e3 * sd / fusion.SD_INFLATION[int(feet), c]
    return out


def print_ratios(rows: list[dict[str, Any]], feet: bool) -> None:
    """Left-out errors over expected ones, and the ratio's standard error by drawing runners."""
    error, expected = [], []
    for q in sorted({r["runner"] for r in rows}):
        left = fit([r for r in rows if r["runner"] != q])
        pair = errors_ms([r for r in rows if r["runner"] == q], (*left[:2], fusion.FEATURE_SD_S), feet) ** 2
        error.append(pair[0].mean(axis=0))
        expected.append(pair[1].mean(axis=0))
    by_runner = np.array([error, expected])
    drawn = np.random.default_rng(0).integers(0, len(error), (2000, len(error)))
    ratio = np.sqrt(by_runner[0][drawn].mean(axis=1) / by_runner[1][drawn].mean(axis=1)).std(axis=0)
    rms = np.sqrt(by_runner.mean(axis=1))
    cells = [f"{rms[0, c]:.1f} / {rms[1, c]:.1f} | {rms[0, c] / rms[1, c]:.2f} +- {ratio[c]:.2f}" for c in range(2)]
    shipped = ", ".join(f"{v:.1f}" for v in fusion.SD_INFLATION[int(feet)])
    print(f"| {'feet' if feet else 'ankles'} | {cells[0]} | {cells[1]} | {shipped} |")


def print_coverage(trials: list[Path], left_out: dict[str, Constants]) -> None:
    """Per cent of the means whose 95 % interval holds the truth: offsets and slopes left out, and as shipped."""
    from validation.trials import NOISE_SEED, SETTINGS, score_trial

    shipped = (fusion.OFFSET_S, fusion.SLOPE, fusion.FEATURE_SD_S)
    compiled = fusion.fuse, detector.cycle_events
    fusion.fuse, detector.cycle_events = plain(fusion.fuse), plain(detector.cycle_events)
    try:
        for what in ("runner left out", "as shipped"):
            held: dict[str, list[bool]] = defaultdict(list)
            for setting in SETTINGS:
                rng = np.random.default_rng(NOISE_SEED)
                for path in trials:
                    left = left_out[path.stem[:7]] if what == "runner left out" else shipped
                    with np.load(path) as z, shipped_as((*left[:2], shipped[2])):
                        row = score_trial({name: z[name] for name in z.files}, setting, rng)
                    for name, entry in row["means"].items():
                        held[name].append(bool(entry["inside"]))
            every = [inside for values in held.values() for inside in values]
            cells = ", ".join(f"{name} {100 * np.mean(values):.1f}" for name, values in sorted(held.items()))
            print(f"{what}: {cells}; all {len(every)}: {100 * np.mean(every):.1f} %")
    finally:
        fusion.fuse, detector.cycle_events = compiled


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, required=True, help="folder that holds rbds/*.npz")
    parser.add_argument("--coverage", action="store_true", help="score the trials' intervals as well (two minutes)")
    asked = parser.parse_args()
    trials = sorted((asked.truth / "rbds").glob("*.npz"))
    if not trials:
        print("expected FOLDER/rbds/*.npz, there are none; give the truth folder with --truth", file=sys.stderr)
        return 1
    rows = [row for path in trials for row in trial_rows(path)]
    runners = sorted({r["runner"] for r in rows})
    shipped = (fusion.OFFSET_S, fusion.SLOPE, fusion.FEATURE_SD_S)
    print(f"{len(rows)} trial-sides of {len(runners)} runners; mean error per trial-side, ms")
    heads = ("contact rms", "median", "worst", "toe-off rms", "median", "worst", "contact time rms", "correlation")
    print("| points | constants | " + " | ".join(heads) + " |")
    print("|" + " --- |" * 10)
    for feet in (False, True):
        mine = {q: [r for r in rows if r["runner"] == q] for q in runners}
        left_out = [errors_ms(mine[q], fit([r for r in rows if r["runner"] != q]), feet)[0] for q in runners]
        for what, error in (
            ("as shipped", errors_ms(rows, shipped, feet)[0]),
            ("fitted to all of them", errors_ms(rows, fit(rows), feet)[0]),
            ("runner left out", np.concatenate(left_out)),
        ):
            size = np.abs(error)
            cells = [(np.sqrt(np.mean(e**2)), np.median(e), np.max(e)) for e in size.T]
            figures = " | ".join(f"{value:.1f}" for cell in cells for value in cell)
            stance = np.sqrt(np.mean((error[:, 1] - error[:, 0]) ** 2))
            figures += f" | {stance:.1f} | {np.corrcoef(error.T)[0, 1]:.2f}"
            print(f"| {'feet' if feet else 'ankles'} | {what} | {figures} |")
    print("\n| points | contact, error / expected, ms | ratio | toe-off, error / expected, ms | ratio | shipped |")
    print("|" + " --- |" * 6)
    for feet in (False, True):
        print_ratios(rows, feet)
    if asked.coverage:
        print("\nMeans whose 95 % interval holds the truth, %")
        print_coverage(trials, {q: fit([r for r in rows if r["runner"] != q]) for q in runners})
    return 0


if __name__ == "__main__":
    sys.exit(main())
