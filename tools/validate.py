"""Score runlean against known truth; write docs/validation.md, its record and the errors in docs/quantities.md.

    python tools/validate.py                                    the clips that ship with the package
    python tools/validate.py --truth FOLDER                     and FOLDER/clips (rendered), FOLDER/rbds (force plates)
    python tools/validate.py --truth FOLDER --clips FOLDER      and real clips with what is known of them by eye
    python tools/validate.py --only NAME                        only names that hold NAME; prints, writes nothing
    python tools/validate.py --results DIR                      keeps the analyses in DIR and uses those that are there

TRUTH and CLIPS in the environment stand for --truth and --clips (`make validate TRUTH=FOLDER CLIPS=FOLDER`).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from validation import coverage, figures, machine, measured, real
from validation.clips import score_clip
from validation.page import write_page
from validation.saved import read_saved
from validation.tracking import score_tracking
from validation.trials import SETTINGS
from validation.truth import ClipTruth, read_clip, rendered_clips
from validation.work import Job, run_all

from runlean.doctor import machine_here

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "runlean" / "clips"
PAGE = ROOT / "docs" / "validation.md"
QUANTITIES = ROOT / "docs" / "quantities.md"
RECORD = ROOT / "benchmarks" / "results" / "validation.json"
COCO = ROOT / "benchmarks" / "results" / "coco_mini.json"
BY_EYE = Path(__file__).resolve().parent / "validation" / "by_eye.json"
SHIPPED_RUNNER = "treadmill_male_30"


def main(words: list[str] | None = None) -> int:
    """Run the scoring."""
    asked = _arguments(words)
    code = machine.code_state(ROOT)  # at the start: the code may be worked on while the clips are analysed
    truth, clips = _folder(asked.truth, "--truth"), _folder(asked.clips, "--clips")
    rendered = [read_clip(p) for p in rendered_clips(SHIPPED, *([truth / "clips"] if truth else []))]
    rendered = [c for c in rendered if asked.only in c.name]
    videos = [(c, p) for c, p in (real.real_clips(clips) if clips else []) if asked.only in c.name]
    jobs = [_job(c) for c in rendered] + [Job(c.name, p, c.options) for c, p in videos]
    shipped_runner = asked.only in SHIPPED_RUNNER
    if shipped_runner:
        jobs.append(Job(SHIPPED_RUNNER, SHIPPED / f"{SHIPPED_RUNNER}.mp4", {}))
    jobs.sort(key=lambda j: -j.video.stat().st_size)  # the longest first: no worker is left alone with it
    trials = truth / "rbds" if truth and (truth / "rbds").is_dir() and _trial_asked(truth, asked.only) else None
    with tempfile.TemporaryDirectory(prefix="runlean-validation-") as own:
        results = asked.results or Path(own)
        rows, failures, reused = run_all(
            jobs,
            trials,
            SETTINGS,
            asked.only or None,
            results,
            asked.workers,
            lambda line: print(line, file=sys.stderr),
        )
        record = _score(rendered, videos, shipped_runner, rows, failures, results)
        if clips and asked.only in "treadmill_side_male30":
            pose = clips / "treadmill_side_male30" / "male_side.pose.json"
            record["real"] += real.score_pose_file(pose) if pose.is_file() else []
    record |= {
        "date": machine.today(),
        "code": code,
        "machine": machine_here().record(),
        "versions": machine.versions(),
        "command": _command(truth, clips),
        "scope": _scope(rendered, rows, record["real"]),
        "reused": reused,
        "failures": failures,
        "coco": json.loads(COCO.read_text(encoding="utf-8")) if COCO.is_file() else None,
        "by_eye": json.loads(BY_EYE.read_text(encoding="utf-8")) if BY_EYE.is_file() and clips else [],
    }
    record = plain(record)
    page = write_page(record)
    if asked.only:
        print(page)
    else:
        asked.page.parent.mkdir(parents=True, exist_ok=True)
        asked.record.parent.mkdir(parents=True, exist_ok=True)
        asked.page.write_text(page, encoding="utf-8")
        asked.record.write_text(lines_of(record), encoding="utf-8")
        if asked.page == PAGE:
            renew_quantities(asked.record)
    for f in record["figures"]:
        if f["holds"] is False:
            print(
                f"does not hold: {f['what']}: asked {f['asked']}, came {f['came']}, worst {f['worst']}", file=sys.stderr
            )
    held = sum(f["holds"] is True for f in record["figures"])
    print(f"{held} of {len(record['figures'])} figures hold; {len(failures)} analyses failed", file=sys.stderr)
    return 1 if failures else 0


def renew_quantities(record: Path, page: Path = QUANTITIES) -> None:
    """Write the measured errors of a record into docs/quantities.md."""
    from runlean.tables import QUANTITIES as COLUMNS

    columns = [
        (q.table, q.name) for q in COLUMNS if q.role in ("measured", "class", "moment") or q.name[:2] in ("<k", "co")
    ]
    columns = [c for c in columns if c[1] not in ("time_s", "<keypoint>_score", "filled", "phase")]
    known = json.loads(record.read_text(encoding="utf-8"))
    page.write_text(measured.renew(page.read_text(encoding="utf-8"), known, columns), encoding="utf-8")


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", default=os.environ.get("TRUTH", ""), help="folder with clips/ and rbds/")
    parser.add_argument("--clips", default=os.environ.get("CLIPS", ""), help="folder of real clips")
    parser.add_argument("--only", default="", help="part of a clip's or trial's name; prints and writes nothing")
    parser.add_argument("--results", type=Path, help="folder that keeps the analyses from run to run")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--record", type=Path, default=RECORD)
    return parser.parse_args(words)


def _folder(given: str, option: str) -> Path | None:
    if not given:
        return None
    path = Path(given)
    if not path.is_dir():
        sys.exit(f"{option}: expected a folder, came {given}; leave it out to score only what ships")
    return path


def _job(clip: ClipTruth) -> Job:
    # one height can be given per video: with several runners it would be wrong for most
    height = {"runner_height_m": float(clip.runners[0].truth["height_m"])} if len(clip.runners) == 1 else {}
    return Job(clip.name, clip.video, height)


def _trial_asked(truth: Path, only: str) -> bool:
    return any(only in p.stem for p in (truth / "rbds").glob("*.npz"))


def _score(
    rendered: list[ClipTruth],
    videos: list[tuple[real.RealClip, Path]],
    shipped_runner: bool,
    trials: list[dict[str, Any]],
    failures: dict[str, str],
    results: Path,
) -> dict[str, Any]:
    clips, races, seen = [], [], []
    for clip in rendered:
        if clip.name in failures:
            continue
        saved = read_saved(results / clip.name)
        clips += score_clip(clip, saved)
        if len(clip.runners) > 1 or clip.spectator_xy.shape[1]:
            races.append(score_tracking(clip, saved))
    if shipped_runner and SHIPPED_RUNNER not in failures:
        known = json.loads((SHIPPED / f"{SHIPPED_RUNNER}.json").read_text(encoding="utf-8"))
        seen += real.score_shipped_runner(read_saved(results / SHIPPED_RUNNER), known)
    for own, video in videos:
        if own.name not in failures:
            seen += real.score_real(own, video.parent, read_saved(results / own.name))
    found = [r for r in clips if r["found"]]
    clip_means = coverage.mean_coverage((r["clip"], r["means"]) for r in found)
    trial_means = coverage.mean_coverage((f"{r['trial']} {r['setting']}", r["means"]) for r in trials)
    listed = [
        *figures.clip_figures(clips),
        *figures.race_figures(races, clips),
        *figures.trial_figures(trials),
        *figures.coverage_figures(clip_means, "rendered clips", "runners"),
        *figures.coverage_figures(trial_means, "force-plate trials", "trials"),
        *real_figures(seen),
    ]
    return {
        "figures": listed,
        "clips": clips,
        "races": races,
        "trials": trials,
        "real": seen,
        "coverage": {"clips": clip_means, "trials": trial_means},
        "stride_coverage": {
            "clips": coverage.stride_coverage(r["strides"] for r in found),
            "trials": coverage.stride_coverage(r["strides"] for r in trials),
        },
    }


def real_figures(seen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is asked of the real clips, as figures."""
    return [
        figures.figure(f"{r['clip']}: {r['what']}", r["asked"], r["came"], "", r["holds"])
        for r in seen
        if r["holds"] is not None
    ]


def _command(truth: Path | None, clips: Path | None) -> str:
    # folders by their last name: where they lie is this machine's business
    given = [f"TRUTH={truth.name}" if truth else "", f"CLIPS={clips.name}" if clips else ""]
    return " ".join(["make validate", *filter(None, given)])


def _scope(rendered: list[ClipTruth], trials: list[dict[str, Any]], seen: list[dict[str, Any]]) -> str:
    runners = sum(len(c.runners) for c in rendered)
    parts = [f"{len(rendered)} rendered clips with {runners} runners"]
    if trials:
        parts.append(
            f"{len({r['trial'] for r in trials})} force-plate trials in {len({r['setting'] for r in trials})} settings"
        )
    if seen:
        parts.append(f"{len({r['clip'] for r in seen})} real clips")
    return ", ".join(parts)


def plain(value: Any) -> Any:
    """The same as plain Python for JSON: no NumPy, no NaN."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def lines_of(record: dict[str, Any]) -> str:
    """JSON with a line per figure, runner and trial, so that a change of one shows as one line."""
    parts = []
    for name, value in record.items():
        if isinstance(value, list) and value:
            items = ",\n ".join(json.dumps(rounded(item), allow_nan=False) for item in value)
            parts.append(f"{json.dumps(name)}: [\n {items}\n]")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(rounded(value), allow_nan=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def rounded(value: Any) -> Any:
    """Numbers to six significant digits."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
