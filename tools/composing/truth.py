"""A composed race's files: the video, and its truth as that of a rendered clip."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from composing.cutouts import cut_out
from composing.scene import FPS, SIDES, Camera, Entrant, Race, compose

FloatArray = npt.NDArray[np.float64]
OTHER = {"left": "right", "right": "left"}
#: What changes its value with the pace, and to which power.
PACED = {"cadence_spm": 1, "speed_mps": 1} | dict.fromkeys(
    ("stride_time_s", "step_time_s", "contact_time_s", "flight_time_s"), -1
)
#: Focal length of the level camera that is said to have filmed the race, picture widths.
FOCAL = 1.12


def write_race(path: Path, entrants: list[Entrant], seconds: float, camera: Camera) -> Race:
    """Compose a race; write PATH.mp4, PATH.gt.json and PATH.gt.npz."""
    with av.open(str(path.with_name(f"{path.name}.mp4")), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height = camera.size
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, FPS)
        shown = itertools.count()

        def show(picture: npt.NDArray[np.uint8]) -> None:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = next(shown), Fraction(1, FPS)
            container.mux(stream.encode(frame))

        race = compose(entrants, seconds, camera, show)
        container.mux(stream.encode(None))
    record, arrays = truth_of(race, path.name)
    path.with_name(f"{path.name}.gt.json").write_text(json.dumps(record), encoding="utf-8")
    np.savez_compressed(path.with_name(f"{path.name}.gt.npz"), **arrays)
    return race


def truth_of(race: Race, name: str) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What NAME.gt.json and NAME.gt.npz hold.

    Notes
    -----
    Every runner is a flat figure at that distance from a level camera at which it is as high as in the picture.
    """
    names = cut_out(race.entrants[0].clip).names
    n, people = race.visible.shape
    width, height = race.camera.size
    focal = FOCAL * width
    distance = np.array([focal * _metres(e) / e.height_px for e in race.entrants])
    in_space = np.empty((n, people, len(names), 3))
    in_space[..., 0] = (race.xy[..., 0] - 0.5 * width) * distance[:, None] / focal
    in_space[..., 1] = distance[:, None]
    in_space[..., 2] = (0.5 * height - race.xy[..., 1]) * distance[:, None] / focal
    k = np.array([[focal, 0.0, 0.5 * width], [0.0, focal, 0.5 * height], [0.0, 0.0, 1.0]])
    rt = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0]])
    sign = np.array([-1.0 if e.mirrored else 1.0 for e in race.entrants])
    middle = {
        part: race.xy[:, :, [names.index(f"{s}_{part}") for s in SIDES]].mean(axis=2) for part in ("shoulder", "hip")
    }
    trunk = middle["shoulder"] - middle["hip"]
    lean = np.degrees(np.arctan2(sign * trunk[..., 0], -trunk[..., 1]))
    edge = np.array([width, height, width, height], float)
    arrays = {
        "t": np.arange(n) / FPS,
        "names": np.array(names),
        "kp2d": race.xy.astype(np.float32),
        "kp3d": in_space.astype(np.float32),
        "in_frame": ((race.xy >= 0) & (race.xy < edge[:2])).all(axis=3),
        "bbox_xyxy": race.box.astype(np.float32),
        "bbox_clipped_xyxy": np.clip(race.box, 0.0, edge).astype(np.float32),
        "K": np.tile(k, (n, 1, 1)),
        "Rt": np.tile(rt, (n, 1, 1)),
        "lean_image_gravity_deg": lean,
        "forward": np.stack([sign, 0 * sign, 0 * sign], axis=1),
        "track_id": np.arange(people) + 1,
        "spectator": np.array([e.pace == 0 for e in race.entrants]),
        "present": race.inside > 0,
        "visible_fraction": race.visible,
        "in_frame_fraction": race.inside,
        "foot_pitch_left_right_deg": _per_side(race, "foot_pitch_left_right_deg"),
    }
    records = [_record(race, i, lean[:, i]) for i in range(people)]
    arrays["contact_left_right"] = np.stack([_standing(r["contacts"], n) for r in records], axis=1)
    return {
        "name": name,
        "file": f"{name}.mp4",
        "fps": FPS,
        "frames": n,
        "width": width,
        "height": height,
        "keypoint_names": list(names),
        "setting": "overground",
        "note": "composed of rendered runners that ship",
        "runners": records,
    }, arrays


def _metres(entrant: Entrant) -> float:
    return float(cut_out(entrant.clip).record["truth"]["height_with_shoes_m"])


def _per_side(race: Race, name: str) -> FloatArray:
    out = np.empty((*race.visible.shape, 2))
    for i, entrant in enumerate(race.entrants):
        values = cut_out(entrant.clip).arrays[name][race.source[:, i], 0]
        out[:, i] = values[:, ::-1] if entrant.mirrored else values
    return out


def _record(race: Race, i: int, lean: FloatArray) -> dict[str, Any]:
    """A person's entry in .gt.json."""
    entrant, seconds = race.entrants[i], len(race.xy) / FPS
    cut = cut_out(entrant.clip)
    whole = np.flatnonzero(race.inside[:, i] >= 1.0)
    first, last = (int(whole[0]), int(whole[-1])) if len(whole) else (0, -1)
    truth = {name: _changed(value, entrant, PACED.get(name, 0)) for name, value in cut.record["truth"].items()}
    truth["direction"] = "left" if entrant.mirrored else "right"
    shown = lean[first : last + 1]
    return {
        "index": i,
        "track_id": i + 1,
        "spectator": entrant.pace == 0,
        "truth": truth,
        "contacts": [] if entrant.pace == 0 else _contacts(entrant, seconds),
        "fully_in_frame": [first, last],
        "mean_lean_image_gravity_deg": float(shown.mean()) if len(shown) else None,
        "body_height_px": entrant.height_px,
        "min_visible_fraction": float(race.visible[whole, i].min()) if len(whole) else None,
        "source": cut.record["character"],
    }


def _changed(value: Any, entrant: Entrant, power: int) -> Any:
    """A value at the entrant's pace, and with the sides exchanged where he is mirrored."""
    if isinstance(value, dict):
        return {_mirrored(k) if entrant.mirrored else k: _changed(v, entrant, power) for k, v in value.items()}
    return value * entrant.pace**power if power and entrant.pace else value


def _mirrored(key: str) -> str:
    return "_".join(OTHER.get(word, word) for word in key.split("_"))


def _contacts(entrant: Entrant, seconds: float) -> list[dict[str, Any]]:
    cut = cut_out(entrant.clip)
    stride = float(cut.record["truth"]["stride_time_s"])
    out = []
    for contact in cut.record["contacts"][:2]:
        side = OTHER[contact["side"]] if entrant.mirrored else contact["side"]
        for k in range(-200, 400):
            start, end = ((contact[e] + k * stride - entrant.phase_s) / entrant.pace for e in ("ic", "to"))
            if end > 0.0 and start < seconds:
                out.append({"side": side, "ic": start, "to": end})
    return sorted(out, key=lambda c: c["ic"])


def _standing(contacts: list[dict[str, Any]], n: int) -> npt.NDArray[np.bool_]:
    t = np.arange(n) / FPS
    out = np.zeros((n, 2), bool)
    for c in contacts:
        out[(t >= c["ic"]) & (t < c["to"]), SIDES.index(c["side"])] = True
    return out
