"""Altered clips as files: the video, and its truth beside it as a rendered clip has it."""

from __future__ import annotations

import hashlib
import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from altering.kinds import Alteration, Picture, Plan

#: Between a clip's name and its alteration's.
TILDE = "~"


def write_altered(truth: Path, alteration: Alteration, folder: Path) -> Path | None:
    """Write FOLDER/CLIP~ALTERATION.mp4, .gt.json and .gt.npz.

    Parameters
    ----------
    truth : Path
        The clip's .gt.json.
    alteration : Alteration
    folder : Path

    Returns
    -------
    Path or None
        The new .gt.json; None where the clip cannot be altered so. One that is there stays, unless it was made of
        another clip or by other alterations.
    """
    record = json.loads(truth.read_text(encoding="utf-8"))
    with np.load(str(truth).replace(".gt.json", ".gt.npz")) as z:
        arrays = {name: z[name] for name in z.files}
    plan = alteration.plan(record, arrays)
    if plan is None:
        return None
    name = f"{record['name']}{TILDE}{alteration.name}"
    out = folder / f"{name}.gt.json"
    source = truth.with_name(record["file"])
    made = _provenance(truth, source)
    if out.is_file() and json.loads(out.read_text(encoding="utf-8")).get("altered_by") == made:
        return out
    out.unlink(missing_ok=True)
    record, arrays = plan.truth(record, arrays)
    record |= {"name": name, "file": f"{name}.mp4", "altered_by": made}
    for key in ("camera", "look"):  # of the clip as it was; the matrices are in the arrays
        record.pop(key, None)
    if alteration.options:  # the pictures stay as they are
        shutil.copyfile(source, folder / f"{name}.mp4")
    else:
        encode(source, folder / f"{name}.mp4", plan, float(record["fps"]), alteration.crf)
    np.savez_compressed(folder / f"{name}.gt.npz", **arrays)  # type: ignore[arg-type]
    out.write_text(json.dumps(record), encoding="utf-8")
    return out


def _provenance(*given: Path) -> str:
    """Digest of the clip and of the code that alters it."""
    code = [Path(__file__).with_name(f"{name}.py") for name in ("clip", "kinds", "truth")]
    digest = hashlib.sha256()
    for path in (*given, *code):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def encode(source: Path, target: Path, plan: Plan, fps: float, crf: int) -> None:
    """The altered pictures as H.264."""
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(str(source)) as given, av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": str(crf), "preset": "veryfast"})
        stream.width, stream.height = plan.size
        stream.pix_fmt, stream.time_base = "yuv420p", 1 / rate
        stream.thread_count = 1
        given.streams.video[0].thread_count = 1
        number = 0
        pending: list[Picture] = []
        for i, shown in enumerate(given.decode(video=0)):
            if number == plan.count:
                break
            since = i - plan.first
            if since < 0 or since - number * plan.step < 0:
                continue
            pending.append(shown.to_ndarray(format="rgb24"))
            if len(pending) < plan.blend:
                continue
            picture = pending[0] if plan.blend == 1 else np.mean(pending, axis=0).round().astype(np.uint8)
            pending = []
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(plan.picture(picture, number)), format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
            number += 1
        container.mux(stream.encode(None))
    if number != plan.count:
        raise RuntimeError(f"{source}: expected {plan.count} pictures, {number} came")


def alteration_of(name: str) -> tuple[str, str]:
    """The clip and the alteration in an altered clip's name."""
    clip, _, kind = name.partition(TILDE)
    return clip, kind


def kept(folder: Path) -> list[dict[str, Any]]:
    """Records of the altered clips in a folder, by name."""
    return [json.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob(f"*{TILDE}*.gt.json"))]
