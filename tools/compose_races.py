"""Races composed of the rendered runners that ship, and how an analysis of them stands to the truth.

    python tools/compose_races.py write FOLDER [--seeds 0 1 2 ...] [--size 960 540] [--share 0.32 0.5]
    python tools/compose_races.py score FOLDER RESULTS [-o FILE.json]

``write`` draws a race by chance for every seed (see `composing.draw`) and writes NAME.mp4 with its truth beside it.
RESULTS/NAME holds what ``runlean analyze FOLDER/NAME.mp4 -o RESULTS/NAME`` left.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def write(folder: Path, seeds: list[int], size: tuple[int, int], share: tuple[float, float]) -> None:
    """One race for each seed."""
    import numpy as np
    from composing.draw import drawn
    from composing.truth import write_race

    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        entrants, seconds, camera, kind = drawn(seed, size, share)
        name = f"made_{seed:03d}_{kind.replace(' ', '_')}"
        race = write_race(folder / name, entrants, seconds, camera)
        least = [np.nanmin(np.where(w >= 1, v, np.nan)) for v, w in zip(race.visible.T, race.inside.T, strict=True)]
        parts = ", ".join(f"{part:.2f}" for part in least)
        print(f"{name}: {len(entrants)} persons, {seconds:.1f} s, least part to be seen {parts}", flush=True)


def score(folder: Path, results: Path, out: Path | None) -> None:
    """Identities and what is measured of each runner, clip by clip."""
    from validation.clips import score_clip
    from validation.saved import read_saved
    from validation.tracking import score_tracking
    from validation.truth import read_clip

    table = []
    for path in sorted(folder.glob("*.gt.json")):
        clip = read_clip(path)
        if not (results / clip.name / "summary.json").is_file():
            print(f"{clip.name}: no result")
            continue
        saved = read_saved(results / clip.name)
        tracking, rows = score_tracking(clip, saved), score_clip(clip, saved)
        asked = [r for r in rows if r["whole_s"] >= 1.5 and r["height_px"] >= 120]
        print(
            f"{clip.name:24s} found {tracking['found']}/{tracking['asked']} standing {tracking['spectators_found']} "
            f"tracks {tracking['tracks']} IDF1 {tracking['idf1']:.3f} switches {tracking['switches']}"
        )
        for row in asked:
            if row["found"]:
                print(f"    {row['clip']:24s} lean {row['lean_err']:+.2f} cadence {row['cadence_err_pct']:+.2f} % "
                      f"legs {row['leg_swap_pct']:.1f} % points {row['kp_err_pct']:.1f} %")  # fmt: skip
            else:
                print(f"    {row['clip']:24s} not found")
        table.append({**tracking, "runners": [_brief(row) for row in rows]})
    if out is not None:
        out.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _brief(row: dict[str, object]) -> dict[str, object]:
    kept = ("clip", "found", "whole_s", "height_px", "lean_err", "cadence_err_pct", "leg_swap_pct", "kp_err_pct")
    return {name: row[name] for name in kept if name in row}


def main() -> None:
    """Compose or score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("write")
    one.add_argument("folder", type=Path)
    one.add_argument("--seeds", type=int, nargs="+", default=list(range(6)))
    one.add_argument("--size", type=int, nargs=2, default=(960, 540))
    one.add_argument("--share", type=float, nargs=2, default=(0.32, 0.5))
    two = commands.add_parser("score")
    two.add_argument("folder", type=Path)
    two.add_argument("results", type=Path)
    two.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    if asked.command == "write":
        write(asked.folder, asked.seeds, (asked.size[0], asked.size[1]), (asked.share[0], asked.share[1]))
    else:
        score(asked.folder, asked.results, asked.output)


if __name__ == "__main__":
    main()
