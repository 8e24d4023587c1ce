"""Altered clips: their truth is that of a camera which exists, and their pictures show it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from altering.clip import encode, write_altered
from altering.kinds import ALTERATIONS, Plan
from altering.poses import are_of, keep, provenance, taken
from altering.report import outside_lines, write_page
from altering.truth import moved, thinned
from validation import camera, posture
from validation.truth import read_clip

CLIPS = Path(__file__).resolve().parents[2] / "runlean" / "clips"
SHIPPED = CLIPS / "ship_tm_right_60.gt.json"
KINDS = {a.name: a for a in ALTERATIONS}
#: Pictures that are moved, thinned or cut; with the rest the truth stays as it is.
GEOMETRIC = ("mirrored", "half_size", "half_rate", "open_shutter", "rolled_plus4", "rolled_minus4", "middle")


def given():
    record = json.loads(SHIPPED.read_text(encoding="utf-8"))
    with np.load(str(SHIPPED).replace(".gt.json", ".gt.npz")) as z:
        return record, {name: z[name] for name in z.files}


def clip_of(folder: Path, name: str):
    """Truth of an altered clip as the scoring reads it; the pictures are left out."""
    record, arrays = given()
    record, arrays = KINDS[name].plan(record, arrays).truth(record, arrays)
    (folder / "x.gt.json").write_text(json.dumps(record | {"name": name}), encoding="utf-8")
    np.savez(folder / "x.gt.npz", **arrays)
    return read_clip(folder / "x.gt.json"), arrays


@pytest.mark.parametrize("name", GEOMETRIC)
def test_the_points_are_where_the_altered_camera_sees_them(name: str, tmp_path: Path) -> None:
    clip, arrays = clip_of(tmp_path, name)
    runner = clip.runners[0]
    for point in range(len(clip.names)):
        seen = camera.projected(arrays["K"], arrays["Rt"], runner.xyz[:, point])
        # the mean of two pictures is not quite the picture of the mean
        assert np.abs(seen - runner.xy[:, point]).max() < (0.3 if name == "open_shutter" else 0.01)
    joints = {n: runner.xy[:, i] for i, n in enumerate(clip.names)}
    lean = posture.lean_deg(posture.point(joints, "hip"), posture.point(joints, "shoulder"), runner.up, runner.sign)
    np.testing.assert_allclose(lean, runner.frames["trunk_lean_deg"], atol=0.02)


def test_what_is_known_on_paper(tmp_path: Path) -> None:
    plain = read_clip(SHIPPED)
    mirrored, _ = clip_of(tmp_path, "mirrored")
    a, b = plain.runners[0], mirrored.runners[0]
    assert (a.truth["direction"], b.truth["direction"]) == ("right", "left")
    assert list(b.contacts.side) == [{"left": "right", "right": "left"}[s] for s in a.contacts.side]
    left, right = (plain.names.index(f"{s}_ankle") for s in ("left", "right"))
    np.testing.assert_allclose(b.xy[:, left, 0], 960.0 - a.xy[:, right, 0], atol=1e-3)
    np.testing.assert_allclose(b.frames["knee_flexion_left_deg"], a.frames["knee_flexion_right_deg"], atol=0.01)
    for name, sign in (("rolled_plus4", 1.0), ("rolled_minus4", -1.0)):
        rolled, _ = clip_of(tmp_path, name)
        np.testing.assert_allclose(rolled.runners[0].roll_deg - a.roll_deg, 4.0 * sign, atol=1e-6)
    half, _ = clip_of(tmp_path, "half_rate")
    assert (half.fps, half.n_frames) == (30.0, 180)
    np.testing.assert_allclose(
        half.runners[0].contacts.contact_s, a.contacts.contact_s[: len(half.runners[0].contacts)]
    )
    middle, _ = clip_of(tmp_path, "middle")
    assert middle.n_frames == pytest.approx(216)
    np.testing.assert_array_equal(middle.runners[0].xy, a.xy[72:288])
    shown = middle.runners[0].contacts
    assert shown.contact_s[0] + 72 / 60 == pytest.approx(a.contacts.contact_s[a.contacts.toe_off_s > 1.2][0])


def test_mirrored_twice_is_what_it_was() -> None:
    record, arrays = given()
    where = np.array([[-1.0, 0.0, 960.0], [0.0, 1.0, 0.0]])
    again, back = moved(*moved(record, arrays, where, (960, 540)), where, (960, 540))
    for name in ("kp2d", "kp3d", "K", "Rt", "forward", "bbox_xyxy", "contact_left_right", "foot_pitch_left_right_deg"):
        np.testing.assert_allclose(back[name], arrays[name], atol=1e-3, err_msg=name)
    assert again["runners"][0]["truth"] == record["runners"][0]["truth"]
    assert again["runners"][0]["contacts"] == record["runners"][0]["contacts"]


def test_two_pictures_that_make_one_show_the_time_between_them() -> None:
    record, arrays = given()
    thin, out = thinned(record, arrays, 10, 20, 2, 2)
    np.testing.assert_allclose(out["kp2d"][3], arrays["kp2d"][16:18].mean(axis=0), rtol=1e-6)
    first = next(c for c in record["runners"][0]["contacts"] if c["to"] > 10.5 / 60)
    assert thin["runners"][0]["contacts"][0]["to"] == pytest.approx(first["to"] - 10.5 / 60)
    assert thin["runners"][0]["fully_in_frame"] == [0, 19]


def test_the_pictures_go_where_the_points_go(tmp_path: Path) -> None:
    """A white square on black, mirrored, cut and turned by the same numbers as the truth."""
    source = tmp_path / "square.mp4"
    with av.open(str(source), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(3):
            picture = np.zeros((120, 160, 3), np.uint8)
            picture[30:40, 100:110] = 255  # its middle at (105, 35)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    c, s = np.cos(0.2), np.sin(0.2)
    for where, size in (
        (np.array([[-1.0, 0.0, 160.0], [0.0, 1.0, 0.0]]), (160, 120)),
        (np.array([[1.0, 0.0, -60.0], [0.0, 1.0, -10.0]]), (80, 60)),
        (np.array([[c, s, 5.0], [-s, c, 25.0]]), (160, 120)),
        (np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]), (80, 60)),
    ):
        encode(source, tmp_path / "out.mp4", Plan(where, size, count=2), 30.0, 10)
        with av.open(str(tmp_path / "out.mp4")) as container:
            frames = [f.to_ndarray(format="gray").astype(float) for f in container.decode(video=0)]
        assert [f.shape for f in frames] == [(size[1], size[0])] * 2
        bright = np.where(frames[0] > 60, frames[0], 0.0)
        y, x = np.mgrid[: size[1], : size[0]] + 0.5
        middle = [(bright * x).sum() / bright.sum(), (bright * y).sum() / bright.sum()]
        np.testing.assert_allclose(middle, where @ [105.0, 35.0, 1.0], atol=0.3)


def test_who_is_never_seen_whole_is_not_cut_out() -> None:
    record, arrays = given()
    record["runners"][0]["fully_in_frame"] = None
    for name in ("middle", "rolled_plus4", "tight"):
        assert KINDS[name].plan(record, arrays) is None
    assert KINDS["mirrored"].plan(record, arrays) is not None


def test_an_altered_clip_stays_only_as_long_as_it_is_what_would_be_written(tmp_path: Path) -> None:
    out = write_altered(SHIPPED, KINDS["lightning"], tmp_path)
    video = out.with_name("ship_tm_right_60~lightning.mp4")
    video.write_bytes(b"kept")
    assert write_altered(SHIPPED, KINDS["lightning"], tmp_path) == out
    assert video.read_bytes() == b"kept"
    out.write_text(json.dumps(json.loads(out.read_text()) | {"altered_by": "another way"}))
    assert write_altered(SHIPPED, KINDS["lightning"], tmp_path) == out
    assert video.stat().st_size > 10000


def test_poses_of_other_pictures_or_networks_are_not_taken(tmp_path: Path) -> None:
    video, path = tmp_path / "a.mp4", tmp_path / "a.pickle"
    video.write_bytes(b"pictures")

    def by(digest: str):
        return SimpleNamespace(opened=[SimpleNamespace(info=SimpleNamespace(name="net", sha256=digest))])

    made = provenance(video, by("1"))
    assert not are_of(path, made)
    keep(path, made, [1, 2])
    assert taken(path, made) == [1, 2]
    with pytest.raises(SystemExit, match="other pictures or networks"):
        taken(path, provenance(video, by("2")))
    video.write_bytes(b"other pictures")
    assert not are_of(path, provenance(video, by("1")))


def test_an_alteration_in_which_nobody_is_found_has_its_line() -> None:
    page = write_page([{"kind": "dim", "clip": "a~dim", "found": False, "alone": True}])
    assert "| dark, a third of the contrast, noise | 1 | 1 | null | null | 0 of 1 |" in page
    assert "| a~dim | not found |" in page


def test_groups_stand_apart_from_runners_who_are_alone() -> None:
    good = {
        "kind": "dim", "alone": False, "found": True, "whole_s": 3.0, "height_px": 150.0, "lean_err": -1.0, "n": 9,
        "leg_swap_pct": 0.5, "missed": 0, "extra": 1, "swap": 0, "cadence_err_pct": 0.4, "direction": True,
        "mode": True, "warnings": [], "means": {},
    }  # fmt: skip
    rows = [
        good | {"clip": "a~dim#0"},
        good | {"clip": "a~dim#1", "lean_err": 3.2, "leg_swap_pct": 1.5},
        # too small for a lean, seen too briefly for anything
        good | {"clip": "a~dim#2", "lean_err": 9.0, "height_px": 90.0},
        good | {"clip": "a~dim#3", "found": False, "whole_s": 1.0},
    ]
    rows[-1]["tracking"] = {"idf1": 0.913, "switches": 2, "spectators_found": 1}
    page = write_page(rows)
    line = next(text for text in page.splitlines() if text.startswith("| dark") and "3 of 3" in text)
    cells = [cell.strip() for cell in line.split("|")][2:-1]
    assert cells == ["3", "2", "3 of 3", "3.20", "2.10", "1.50", "2 of 3", "3 of 27", "0", "0.913", "2", "1"]
    assert "| a~dim#1 | lean 3.20 deg; swapped legs 1.50 % |" in page
    assert "a~dim#2" not in page
    assert "a~dim#3" not in page


def test_intervals_that_hold_too_rarely_are_named() -> None:
    def row(inside: bool) -> dict:
        return {"found": True, "clip": "a", "means": {"x": {"inside": inside}}}

    assert len(outside_lines([row(True)] * 19 + [row(False)])) == 2
    assert outside_lines([row(True)] * 18 + [row(False)])[2] == "| x | 95 % of 19 | a |"


def test_a_clip_that_cannot_be_altered_so_is_left_out(tmp_path: Path) -> None:
    assert write_altered(CLIPS / "ship_og_waist_30.gt.json", KINDS["half_rate"], tmp_path) is None
    assert not list(tmp_path.iterdir())
