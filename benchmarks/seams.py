"""What the seams of a long video cost: the same films in one pass and in segments, beside each other and beside truth.

``python benchmarks/seams.py FILM.mp4 ...``: each with FILM.gt.npz beside it (`lean_image_gravity_deg` per frame and
runner, as the rendered clips of docs/validation.md have it). Every film is written anew with a keyframe every
second, cut every few seconds, and read with each of the overlaps; figures go to ``results/seams.json``.
Without films: what is saved.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runlean.tables.page import with_table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "seams.json"
PAGE = ROOT / "docs" / "archives.md"
#: Of the marks around its table.
MARK = "seams"
FloatArray = npt.NDArray[np.float64]
#: Seconds from the seam.
BINS = {"the second before": (-1.0, 0.0), "the first second behind": (0.0, 1.0), "later": (1.0, 1e9)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--model", default="movenet-lightning")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two seams")
    parser.add_argument("--before", type=float, nargs="+", default=[1.0, 2.0, 4.0])
    parser.add_argument("--behind", type=float, default=1.0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--docs", action="store_true", help="put the table of all saved figures into docs/archives.md")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for film in arguments.films:
            written = with_keyframes(film, Path(folder) / f"{film.stem}.mp4")
            rows += measured(written, film.with_suffix(".gt.npz"), arguments)
    saved = json.loads(arguments.results.read_text(encoding="utf-8")) if arguments.results.exists() else {}
    kept = [row for row in saved.get(arguments.model, []) if not any(same(row, new) for new in rows)]
    saved[arguments.model] = kept + rows
    arguments.results.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
    shown = table(saved[arguments.model])
    print(shown)
    if arguments.docs:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), MARK, shown), encoding="utf-8")


def same(row: dict[str, Any], other: dict[str, Any]) -> bool:
    """Two rows say the same of the same film."""
    return all(row[key] == other[key] for key in ("film", "every_s", "before_s", "behind_s"))


def with_keyframes(film: Path, target: Path) -> Path:
    """Write a film anew with a keyframe every second."""
    import av

    with av.open(str(film)) as source, av.open(str(target), "w") as copy:
        stream = source.streams.video[0]
        rate = Fraction(stream.average_rate or 30)
        out = copy.add_stream("libx264", rate=rate)
        out.width, out.height, out.pix_fmt = stream.width, stream.height, "yuv420p"
        out.options = {"crf": "16", "preset": "veryfast", "g": str(round(rate)), "sc_threshold": "0"}
        for frame in source.decode(stream):
            copy.mux(out.encode(frame.reformat(format="yuv420p")))
        copy.mux(out.encode(None))
    return target


def measured(film: Path, truth: Path, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """A row per overlap."""
    from runlean.config import AnalyzeConfig
    from runlean.pipeline import analyze
    from runlean.pose.networks import open_networks
    from runlean.video import grid

    config = AnalyzeConfig(model=arguments.model, feet="off", device="cpu", threads=1, overlay=False, report=False)
    networks = open_networks(config)
    grid.LONG_S = 1e9  # type: ignore[misc]
    uncut = analyze(film, config=config, networks=networks)
    grid.LONG_S, grid.SEGMENT_S = 0.5, arguments.every - 0.01  # type: ignore[misc]
    with np.load(truth) as known:
        true = known["lean_image_gravity_deg"][:, 0]
    rows = []
    for before in arguments.before:
        grid.BEFORE_S, grid.BEHIND_S = before, arguments.behind  # type: ignore[misc]
        laid = grid.grid_of(film)
        assert laid.is_cut, film
        cut = analyze(film, config=config, networks=networks)
        row: dict[str, Any] = {"film": film.stem, "every_s": arguments.every, "before_s": before}
        row |= {"behind_s": arguments.behind, "seams": len(laid.segments) - 1}
        row |= {"tracks": [len(a.summary.runners) for a in (uncut, cut)]}
        row |= {"contacts": [a.strides.num_rows for a in (uncut, cut)], **contacts_apart(uncut.strides, cut.strides)}
        seams = laid.time_s[[s.first for s in laid.segments[1:]]]
        row["at"] = compared(uncut.frames, cut.frames, true, seams)
        print(json.dumps(row), flush=True)
        rows.append(row)
    return rows


def lean_of(frames: Any, n: int) -> tuple[FloatArray, FloatArray]:
    """Lean and time by frame, of the first runner."""
    lean, time_s = np.full(n, np.nan), np.full(n, np.nan)
    mine = frames["runner_id"].to_numpy() == 1
    at = frames["frame"].to_numpy()[mine]
    lean[at] = frames["trunk_lean_deg"].to_numpy()[mine]
    time_s[at] = frames["time_s"].to_numpy()[mine]
    return lean, time_s


def compared(uncut: Any, cut: Any, true: FloatArray, seams: FloatArray) -> dict[str, dict[str, float]]:
    """Of the lean, degrees: how far both passes are from each other and from truth, by the distance from the seams."""
    (a, time_s), (b, _) = lean_of(uncut, len(true)), lean_of(cut, len(true))
    found = {}
    for name, (low, high) in BINS.items():
        near = np.zeros(len(true), np.bool_)
        for i, seam in enumerate(seams):
            stop = seams[i + 1] - 1.0 if i + 1 < len(seams) else np.inf
            near |= (time_s >= seam + low) & (time_s < min(seam + high, max(stop, seam + 1.0)))
        known = near & np.isfinite(a) & np.isfinite(b) & np.isfinite(true)
        errors = [x[known] - true[known] for x in (a, b)]
        found[name] = {
            "frames": int(known.sum()),
            "only_in_one": int((near & (np.isfinite(a) != np.isfinite(b))).sum()),
            "apart_rms": float(np.sqrt(np.mean((a[known] - b[known]) ** 2))),
            "apart_mean": float(np.mean(b[known] - a[known])),
            "uncut_error_mean": float(errors[0].mean()),
            "cut_error_mean": float(errors[1].mean()),
            "uncut_error_sd": float(errors[0].std()),
            "cut_error_sd": float(errors[1].std()),
        }
    return found


def contacts_apart(uncut: Any, cut: Any) -> dict[str, float]:
    """Milliseconds between the contacts of both passes, nearest to nearest."""
    a, b = uncut["contact_s"].to_numpy(), cut["contact_s"].to_numpy()
    apart = 1e3 * np.array([b[np.argmin(np.abs(b - t))] - t for t in a])
    return {
        "contacts_apart_rms_ms": float(np.sqrt(np.mean(apart**2))),
        "contacts_apart_max_ms": float(abs(apart).max()),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """All films together, a row per overlap and distance from the seam."""
    lines = [
        "| read before, behind | where | frames | lean, cut against uncut: rms, mean | "
        "error against truth, uncut: mean, sd | cut: mean, sd | contacts, cut against uncut: rms, largest |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for key in sorted({(row["before_s"], row["behind_s"]) for row in rows}):
        of_key = [row for row in rows if (row["before_s"], row["behind_s"]) == key]
        for name in BINS:
            weight = np.array([row["at"][name]["frames"] for row in of_key], np.float64)

            def mean(what: str, of_key: Any = of_key, name: str = name, weight: FloatArray = weight) -> float:
                return float(np.average([row["at"][name][what] for row in of_key], weights=weight))

            def rms(what: str, of_key: Any = of_key, name: str = name, weight: FloatArray = weight) -> float:
                return float(np.sqrt(np.average([row["at"][name][what] ** 2 for row in of_key], weights=weight)))

            contacts = (
                f"{np.sqrt(np.mean([row['contacts_apart_rms_ms'] ** 2 for row in of_key])):.1f} ms, "
                f"{max(row['contacts_apart_max_ms'] for row in of_key):.0f} ms"
            )
            lines.append(
                f"| {key[0]:g} s, {key[1]:g} s | {name} | {int(weight.sum())} | {rms('apart_rms'):.2f}°, "
                f"{mean('apart_mean'):+.2f}° | {mean('uncut_error_mean'):+.2f}°, {rms('uncut_error_sd'):.2f}° | "
                f"{mean('cut_error_mean'):+.2f}°, {rms('cut_error_sd'):.2f}° | {contacts} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
