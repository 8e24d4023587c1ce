"""TRC and MOT: read by a reader as strict as OpenSim's documented format, and by OpenSim itself where it is there."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from runlean.errors import DatasetError
from runlean.exchange import export, read_recording
from runlean.exchange.markers import marker_name
from runlean.tables import column


def write(folder, to, path, **options):
    return export(read_recording(folder, **options), to, path)


def read_trc(path):
    """Header and data of a TRC file; every count, tab and blank line is checked."""
    lines = path.read_bytes().decode("ascii").split("\n")
    assert lines.pop() == ""
    assert lines[0].split("\t") == ["PathFileType", "4", "(X/Y/Z)", path.name]
    assert lines[1] == (
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"
    )
    rate, camera, frames, markers, unit, original, _, original_frames = lines[2].split("\t")
    assert rate == camera == original
    assert frames == original_frames
    labels = lines[3].split("\t")
    n = int(markers)
    assert labels[:2] == ["Frame#", "Time"]
    assert len(labels) == 3 * n + 3
    assert all(not label for i, label in enumerate(labels[2:]) if i % 3)
    assert lines[4].split("\t") == ["", "", *[f"{axis}{i + 1}" for i in range(n) for axis in "XYZ"], ""]
    assert lines[5] == ""
    rows = [line.split("\t") for line in lines[6:]]
    assert len(rows) == int(frames)
    assert all(len(row) == 3 * n + 3 and row[-1] == "" and "" not in row[:-1] for row in rows)
    assert [row[0] for row in rows] == [str(i + 1) for i in range(len(rows))]
    values = np.array([row[1:-1] for row in rows], dtype=float)
    return float(rate), unit, labels[2:-1:3], values[:, 0], values[:, 1:].reshape(len(rows), n, 3)


def read_mot(path):
    """Column -> values of a motion file in the form that OpenSim's tools print."""
    head, _, body = path.read_text().partition("endheader\n")
    lines = head.split("\n")
    assert lines[:2] == ["Coordinates", "version=1"]
    counts = dict(line.split("=") for line in lines[2:5])
    assert counts.pop("inDegrees") == "yes"
    names, *rows = [line.split("\t") for line in body.splitlines()]
    assert counts == {"nRows": str(len(rows)), "nColumns": str(len(names))}
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


def on_paper(folder, keypoint, sign=1.0):
    """What a marker must be, by hand from the tables: frame, and forward and up in metres."""
    recording = read_recording(folder)
    rows, roll = recording.frames, np.radians(recording.runners[0].roll_deg)
    x, y = column(rows, f"{keypoint}_x_px") - 640, column(rows, f"{keypoint}_y_px") - 360
    forward = np.cos(roll) * x - np.sin(roll) * y
    down = np.sin(roll) * x + np.cos(roll) * y
    scale = recording.runners[0].metres_per_px
    return column(rows, "frame").astype(int), sign * scale * forward, -scale * down


def test_trc_holds_the_tables_in_metres(one, tmp_path):
    [path] = write(one, "trc", tmp_path / "run.trc").paths
    rate, unit, labels, time_s, xyz = read_trc(path)
    recording = read_recording(one)
    assert rate == pytest.approx(60.0, abs=1e-9)
    assert unit == "m"
    assert labels == [*map(marker_name, recording.keypoint_names), "CoM"]
    assert {"LHip", "RBigToe", "Nose"} <= set(labels)
    for keypoint in ("right_ankle", "left_wrist", "nose"):
        frame, forward, up = on_paper(one, keypoint)
        marker = xyz[frame, labels.index(marker_name(keypoint))]
        np.testing.assert_allclose(marker[:, 0], forward, atol=1e-9)
        # heights differ from the picture's by where the ground is, and by nothing else
        ground = marker[:, 1] - up
        np.testing.assert_allclose(ground[np.isfinite(ground)], np.nanmedian(ground), atol=1e-9)
        assert np.isnan(marker).any(axis=1).tolist() == np.isnan(forward).tolist()
    np.testing.assert_allclose(time_s, np.arange(len(time_s)) / 60, atol=1e-9)
    assert np.isnan(xyz[80:100, labels.index("LWrist")]).all()
    assert np.isnan(xyz[155:175]).all()
    assert set(xyz[..., 2][np.isfinite(xyz[..., 2])]) == {0.0}


def test_heights_are_above_the_ground(one, paper_runner, tmp_path):
    [path] = write(one, "trc", tmp_path / "run.trc").paths
    _, _, labels, _, xyz = read_trc(path)
    toe, hip = (xyz[:, labels.index(name), 1] for name in ("LBigToe", "LHip"))
    assert -0.06 < np.nanmin(toe) < 0.03
    assert 0.2 < np.nanmax(toe) < 0.6
    runner = paper_runner()
    # hips at 0.80 m, heels down at 0.02 m; runner and recording have scales of their own: hip over leg is free of both
    leg = np.linalg.norm(xyz[:, labels.index("LHip")] - xyz[:, labels.index("LKnee")], axis=1)
    assert np.nanmedian(hip) / np.nanmedian(leg) == pytest.approx(0.78 / runner.thigh, rel=0.02)


def test_a_runner_to_the_left_runs_forward_too(two, tmp_path):
    exported = write(two, "trc", tmp_path / "run.trc")
    assert [path.name for path in exported.paths] == ["run_runner0.trc", "run_runner1.trc"]
    for path in exported.paths:
        _, _, labels, _, xyz = read_trc(path)
        toe, heel = (xyz[:, labels.index(name), 0] for name in ("RBigToe", "RHeel"))
        assert np.nanmedian(toe - heel) > 0.1
    _, _, _, time_s, _ = read_trc(exported.paths[1])
    assert time_s[0] == pytest.approx(2.0, abs=1e-9)


def test_one_of_several_runners(two, tmp_path):
    exported = write(two, "trc", tmp_path / "run.trc", runner_ids=(1,))
    assert [path.name for path in exported.paths] == ["run.trc"]
    with pytest.raises(DatasetError, match=r"among \[0, 1\]; came 7"):
        read_recording(two, (7,))


def test_without_a_scale_metres_are_refused_and_nothing_is_left(unscaled, tmp_path):
    for to in ("trc", "c3d"):
        with pytest.raises(DatasetError, match="--runner-height"):
            write(unscaled, to, tmp_path / "run.trc")
    assert list(tmp_path.iterdir()) == []


def test_a_varying_rate_is_made_even_and_said(varying, paper_runner, tmp_path):
    exported = write(varying, "trc", tmp_path / "run.trc")
    assert "varies" in exported.notes[0]
    rate, _, labels, time_s, xyz = read_trc(exported.paths[0])
    assert rate == pytest.approx(60.0, rel=1e-6)
    np.testing.assert_allclose(np.diff(time_s), 1 / 60, rtol=1e-6)
    # the hip sways up and down on the runner's own path, in the part that was filmed at 40 fps too
    runner, scale = paper_runner(duration_s=4.0), read_recording(varying).runners[0].metres_per_px
    true = 300.0 * scale * runner._points(time_s)["left_hip"][:, 1]
    off = xyz[:, labels.index("LHip"), 1] - true
    off -= np.median(off)
    assert np.abs(off[(time_s > 2.2) & (time_s < 3.7)]).max() < 0.15 * np.ptp(true)


def test_slow_motion_is_written_in_real_time(slowed, tmp_path):
    [path] = write(slowed, "trc", tmp_path / "run.trc").paths
    rate, _, _, time_s, _ = read_trc(path)
    assert rate == pytest.approx(240.0, rel=1e-9)
    assert time_s[-1] == pytest.approx(3.0 - 1 / 240, abs=1e-6)


def test_mot_keeps_the_angles_and_the_frames_own_times(varying, tmp_path):
    exported = write(varying, "mot", tmp_path / "run.mot")
    assert exported.notes == ()
    motion, rows = read_mot(exported.paths[0]), read_recording(varying).frames
    np.testing.assert_allclose(motion["time"], column(rows, "time_s"), rtol=1e-15)
    np.testing.assert_allclose(motion["pelvis_tilt"], -column(rows, "trunk_lean_deg"), rtol=1e-15)
    np.testing.assert_allclose(motion["knee_angle_r"], column(rows, "knee_flexion_right_deg"), rtol=1e-15)
    np.testing.assert_allclose(motion["elbow_flex_l"], column(rows, "elbow_flexion_left_deg"))


def test_mot_angles_rebuild_the_leg(one, tmp_path):
    """Rotations about z, parent to child as in OpenSim's models, put knee, ankle and foot where the markers are."""
    [trc] = write(one, "trc", tmp_path / "run.trc").paths
    [mot] = write(one, "mot", tmp_path / "run.mot").paths
    _, _, labels, _, xyz = read_trc(trc)
    motion = read_mot(mot)
    frame = read_recording(one).runners[0].frame
    for side, letter in (("R", "r"), ("L", "l")):
        femur = motion["pelvis_tilt"] + motion[f"hip_flexion_{letter}"]
        tibia = femur - motion[f"knee_angle_{letter}"]
        foot = tibia + motion[f"ankle_angle_{letter}"]
        for angle, upper, lower, rest in (
            (femur, "Hip", "Knee", -90.0),
            (tibia, "Knee", "Ankle", -90.0),
            (foot, "Heel", "BigToe", 0.0),
        ):
            d = (xyz[:, labels.index(side + lower)] - xyz[:, labels.index(side + upper)])[frame]
            drawn = np.degrees(np.arctan2(d[:, 1], d[:, 0]))
            off = np.mod(drawn - (rest + angle) + 180.0, 360.0) - 180.0
            # the trunk's two sides are weighed by score, so hip flexion is not to the last digit that of one side
            assert np.nanmax(np.abs(off)) < 0.5, (side, lower)
    hips = 0.5 * (xyz[:, labels.index("LHip")] + xyz[:, labels.index("RHip")])[frame]
    np.testing.assert_allclose(motion["pelvis_tx"], hips[:, 0], atol=1e-9)
    np.testing.assert_allclose(motion["pelvis_ty"], hips[:, 1], atol=1e-9)


def test_mot_without_a_scale_has_no_translations(unscaled, tmp_path):
    [path] = write(unscaled, "mot", tmp_path / "run.mot").paths
    assert {"pelvis_tilt", "knee_angle_l"} < set(read_mot(path))
    assert not {"pelvis_tx", "pelvis_ty"} & set(read_mot(path))


# in a process of its own: its views of temporaries can take the process down
_OPENSIM = """
import sys, numpy as np, opensim
opensim.Logger.setLevelString("Error")
trc, mot, again, out = sys.argv[1:]
table = opensim.TimeSeriesTableVec3(trc)
flat = table.flatten()
motion, storage = opensim.TimeSeriesTable(mot), opensim.Storage(mot)
opensim.TRCFileAdapter.write(table, again)
labels = storage.getColumnLabels()
np.savez(
    out,
    rate=float(table.getTableMetaDataString("DataRate")),
    unit=table.getTableMetaDataString("Units"),
    markers=list(table.getColumnLabels()),
    trc_s=list(table.getIndependentColumn()),
    xyz=[[flat.getRowAtIndex(i)[k] for k in range(flat.getNumColumns())] for i in range(flat.getNumRows())],
    degrees=storage.isInDegrees(),
    coordinates=[labels.get(i) for i in range(labels.getSize())],
    mot_s=list(motion.getIndependentColumn()),
    angles=[[motion.getRowAtIndex(i)[k] for k in range(motion.getNumColumns())] for i in range(motion.getNumRows())],
)
"""


@pytest.mark.skipif(importlib.util.find_spec("opensim") is None, reason="opensim has no wheel for this machine")
def test_opensim_itself_reads_both(one, tmp_path):
    [trc] = write(one, "trc", tmp_path / "run.trc").paths
    [mot] = write(one, "mot", tmp_path / "run.mot").paths
    again, out = tmp_path / "again.trc", tmp_path / "read.npz"
    subprocess.run([sys.executable, "-c", _OPENSIM, trc, mot, again, out], check=True, cwd=tmp_path)
    read = np.load(out)
    rate, unit, labels, time_s, xyz = read_trc(trc)
    assert (float(read["rate"]), str(read["unit"])) == (rate, unit)
    assert read["markers"].tolist() == labels
    np.testing.assert_array_equal(read["trc_s"], time_s)
    np.testing.assert_array_equal(read["xyz"], xyz.reshape(len(xyz), -1))
    # to the letter: what OpenSim writes of what it read is the file again, but for its own name
    assert again.read_text().replace("again.trc", "run.trc") == trc.read_text()
    motion = read_mot(mot)
    assert read["degrees"]
    assert read["coordinates"].tolist() == list(motion)
    np.testing.assert_array_equal(read["mot_s"], motion.pop("time"))
    np.testing.assert_array_equal(read["angles"], np.column_stack(list(motion.values())))
