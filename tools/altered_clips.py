"""The rendered clips altered in known ways, and how analyses of them stand to the truth.

    python tools/altered_clips.py write FOLDER --truth FOLDER [--clips NAME ...] [--kinds NAME ...]
    python tools/altered_clips.py pose FOLDER [--only PART] [--seconds 400]
    python tools/altered_clips.py score FOLDER [--only PART] [-o PAGE.md]

``write`` alters clips (see `altering.kinds`) and their truth; ``pose`` runs the networks on them and keeps keypoints
in FOLDER/poses, which takes nearly all of the time and is done once for the same pictures and networks; ``score``
measures from there on and puts every figure that is asked of a clip beside the truth, the worst first.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def write(folder: Path, truths: list[Path], clips: list[str], kinds: list[str]) -> None:
    """Alter clips."""
    from altering.clip import write_altered
    from altering.kinds import ALTERATIONS

    unknown = set(kinds) - {a.name for a in ALTERATIONS}
    if unknown:
        sys.exit(f"--kinds: expected some of {', '.join(a.name for a in ALTERATIONS)}; came {', '.join(unknown)}")
    folder.mkdir(parents=True, exist_ok=True)
    from validation.truth import rendered_clips

    for truth in rendered_clips(*truths):
        name = truth.name.removesuffix(".gt.json")
        if clips and name not in clips:
            continue
        for alteration in ALTERATIONS:
            if not kinds or alteration.name in kinds:
                made = write_altered(truth, alteration, folder)
                print(f"{name} {alteration.name}: {'cannot be' if made is None else made.name}", flush=True)


def pose(folder: Path, only: str, seconds: float) -> None:
    """Keypoints of the altered clips, kept; stops when ``seconds`` are over, and goes on from there the next time."""
    from altering.clip import alteration_of, kept
    from altering.kinds import ALTERATIONS
    from altering.poses import are_of, keep, provenance

    from runlean.config import AnalyzeConfig
    from runlean.pose.networks import Networks, open_networks
    from runlean.pose.video_pass import estimate_video, open_video

    begun, opened = time.monotonic(), dict[str, Networks]()
    options = {a.name: a.options for a in ALTERATIONS}
    (folder / "poses").mkdir(exist_ok=True)
    for record in kept(folder):
        out = folder / "poses" / f"{record['name']}.pickle"
        if only not in record["name"]:
            continue
        settings = AnalyzeConfig.from_options(threads=1, device="cpu", **options[alteration_of(record["name"])[1]])
        if settings.model not in opened:
            opened[settings.model] = open_networks(settings)
        networks = opened[settings.model]
        made = provenance(folder / record["file"], networks)
        if are_of(out, made):
            continue
        if time.monotonic() - begun > seconds:
            print("time is over; the rest the next time")
            return
        start = time.monotonic()
        with open_video(folder / record["file"], settings) as reader:
            posed = estimate_video(reader, settings, networks)
        keep(out, made, posed)
        print(f"{record['name']}: {record['frames']} frames, {time.monotonic() - start:.0f} s", flush=True)


def score(folder: Path, only: str, page: Path | None) -> None:
    """Every figure against the truth."""
    from altering.report import rows_of, write_page

    rows = rows_of(folder, only)
    text = write_page(rows)
    if page is None:
        print(text)
    else:
        page.write_text(text, encoding="utf-8")


def main() -> None:
    """Alter, pose or score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("write")
    one.add_argument("folder", type=Path)
    one.add_argument("--truth", type=Path, nargs="+", required=True)
    one.add_argument("--clips", nargs="+", default=[])
    one.add_argument("--kinds", nargs="+", default=[])
    two = commands.add_parser("pose")
    three = commands.add_parser("score")
    for command in (two, three):
        command.add_argument("folder", type=Path)
        command.add_argument("--only", default="")
    two.add_argument("--seconds", type=float, default=400.0)
    three.add_argument("-o", "--page", type=Path)
    asked = parser.parse_args()
    if asked.command == "write":
        write(asked.folder, asked.truth, asked.clips, asked.kinds)
    elif asked.command == "pose":
        pose(asked.folder, asked.only, asked.seconds)
    else:
        score(asked.folder, asked.only, asked.page)


if __name__ == "__main__":
    main()
