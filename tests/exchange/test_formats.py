"""C3D, CSV, COCO, movement and Sports2D files, read back by the libraries that their users use."""

import contextlib
import io
import json

import numpy as np
import pytest

from runlean.errors import ConfigError, DatasetError, OutputError
from runlean.exchange import FORMATS, export, read_recording
from runlean.exchange.markers import marker_name
from runlean.skeleton import COCO_17
from runlean.tables import column


def write(folder, to, path, **options):
    return export(read_recording(folder, **options), to, path)


@pytest.fixture(scope="module")
def movement():
    """The movement package, whose import warns and logs."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import movement.kinematics
        import movement.validators.datasets
        import netCDF4  # noqa: F401 - xarray's own choice for opening NetCDF
    return movement


def test_c3d_by_ezc3d(one, tmp_path):
    import ezc3d

    [path] = write(one, "c3d", tmp_path / "run.c3d").paths
    file, recording = ezc3d.c3d(str(path)), read_recording(one)
    [runner] = recording.runners
    assert file["parameters"]["POINT"]["UNITS"]["value"] == ["mm"]
    assert file["parameters"]["POINT"]["RATE"]["value"] == pytest.approx(60.0)
    labels = file["parameters"]["POINT"]["LABELS"]["value"]
    assert labels == [*map(marker_name, recording.keypoint_names), "CoM"]
    points = file["data"]["points"][:3, :, runner.frame]
    marker = points[:, labels.index("RKnee")]
    # distances are free of the origin: thigh length in the picture, times the scale
    thigh = np.linalg.norm(marker - points[:, labels.index("RHip")], axis=0)
    hip, knee = (runner.xy[:, recording.keypoint_names.index(f"right_{p}")] for p in ("hip", "knee"))
    np.testing.assert_allclose(thigh, 1000 * runner.metres_per_px * np.hypot(*(knee - hip).T), atol=1e-3)
    gone = np.isnan(runner.xy[:, recording.keypoint_names.index("left_wrist"), 0])
    assert gone.sum() >= 80
    residual = file["data"]["meta_points"]["residuals"][0, labels.index("LWrist"), runner.frame]
    assert ((residual < 0) == gone).all()
    events = file["parameters"]["EVENT"]
    seconds = 60 * events["TIMES"]["value"][0] + events["TIMES"]["value"][1]
    strike = [label == "Foot Strike" for label in events["LABELS"]["value"]]
    np.testing.assert_allclose(seconds[strike], column(recording.strides, "contact_s"), atol=1e-4)
    sides = np.array(events["CONTEXTS"]["value"])[strike].tolist()
    assert [side.lower() for side in sides] == recording.strides["side"].to_pylist()
    assert int(events["USED"]["value"][0]) == len(seconds)


@pytest.mark.filterwarnings("ignore")
def test_c3d_by_a_reader_that_did_not_write_it(two, tmp_path):
    import c3d

    paths = write(two, "c3d", tmp_path / "run.c3d").paths
    with paths[1].open("rb") as handle:
        reader = c3d.Reader(handle)
        labels = [label.strip() for label in reader.point_labels]
        frames = np.array([points for _, points, _ in reader.read_frames()])
        assert reader.point_rate == pytest.approx(60.0)
    runner = read_recording(two).runners[1]
    # the second runner comes after two seconds: the file begins with the video all the same
    assert len(frames) == runner.frame[-1] + 1
    assert (frames[:120, :, 3] < 0).all()
    toe, heel = frames[130:, labels.index("LBigToe")], frames[130:, labels.index("LHeel")]
    assert np.median(toe[:, 0] - heel[:, 0]) > 100


def test_c3d_events_beyond_what_the_format_counts_are_said(one, tmp_path, monkeypatch):
    monkeypatch.setattr("runlean.exchange.c3d.MOST_EVENTS", 5)
    [note] = write(one, "c3d", tmp_path / "run.c3d").notes
    assert "the last" in note
    assert "strides.parquet" in note


def test_csv_by_pandas(two, tmp_path):
    import pandas

    exported = write(two, "csv", tmp_path / "run.csv")
    assert [path.name for path in exported.paths] == ["run_frames.csv", "run_strides.csv"]
    recording = read_recording(two)
    for path, table in zip(exported.paths, (recording.frames, recording.strides), strict=True):
        read, expected = pandas.read_csv(path), table.to_pandas()
        assert list(read) == list(expected)
        for name in expected:
            if expected[name].dtype.kind == "f":
                np.testing.assert_array_equal(read[name].astype(expected[name].dtype), expected[name], err_msg=name)
            else:
                assert read[name].fillna("").tolist() == expected[name].fillna("").tolist(), name


def test_coco_by_pycocotools(two, tmp_path):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    [path] = write(two, "coco", tmp_path / "run.json").paths
    recording = read_recording(two)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))
        detections = coco.loadRes(
            [
                {key: a[key] for key in ("image_id", "category_id", "keypoints", "score")}
                for a in coco.dataset["annotations"]
            ]
        )
        scored = COCOeval(coco, detections, "keypoints")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    # a file scored against itself is perfect, if pycocotools took every point for what it is
    assert scored.stats[0] == pytest.approx(1.0)
    assert coco.cats[1]["keypoints"] == list(COCO_17)
    for runner in recording.runners:
        mine = {a["image_id"]: a for a in coco.dataset["annotations"] if a["track_id"] == runner.runner_id}
        assert sorted(mine) == runner.frame.tolist()
        for i, frame in enumerate(runner.frame.tolist()):
            points = np.reshape(mine[frame]["keypoints"], (17, 3))
            known = [recording.keypoint_names.index(name) for name in COCO_17]
            np.testing.assert_allclose(points[:, :2], runner.xy[i, known], atol=5e-4)
            feet = np.reshape(mine[frame]["foot_kpts"], (6, 3))
            np.testing.assert_allclose(
                feet[2, :2], runner.xy[i, recording.keypoint_names.index("left_heel")], atol=5e-4
            )
            assert feet[1].tolist() == [0, 0, 0]
    assert coco.imgs[150]["time_s"] == pytest.approx(2.5)


def test_coco_writes_missing_points_as_coco_does(one, tmp_path):
    [path] = write(one, "coco", tmp_path / "run.json").paths
    annotations = {a["image_id"]: a for a in json.loads(path.read_text())["annotations"]}
    assert np.reshape(annotations[90]["keypoints"], (17, 3))[9].tolist() == [0, 0, 0]
    assert annotations[90]["num_keypoints"] == 16
    assert 165 not in annotations


def test_movement_by_movement(two, movement, tmp_path):
    import xarray

    [path] = write(two, "movement", tmp_path / "run.nc").paths
    with xarray.open_dataset(path) as dataset:
        dataset.load()
    assert dataset["position"].dims == ("time", "space", "keypoint", "individual")
    # movement said keypoints and individuals before 0.17
    names = movement.validators.datasets.ValidPosesInputs.DIM_NAMES
    dataset = dataset.rename(dict(zip(("keypoint", "individual"), names[2:], strict=True)))
    movement.validators.datasets.ValidPosesInputs.validate(dataset)
    assert dataset.attrs["ds_type"] == "poses"
    assert dataset.attrs["time_unit"] == "seconds"
    assert dataset.attrs["fps"] == pytest.approx(60.0)
    recording = read_recording(two)
    for runner in recording.runners:
        mine = dataset.sel({names[3]: f"runner_{runner.runner_id}"}).isel(time=runner.frame)
        np.testing.assert_array_equal(mine["time"], runner.time_s)
        np.testing.assert_array_equal(mine["position"].transpose("time", names[2], "space"), runner.xy)
        np.testing.assert_array_equal(mine["confidence"], runner.score)
    assert np.isnan(dataset["position"].isel(time=slice(0, 120)).sel({names[3]: "runner_1"})).all()
    velocity = movement.kinematics.compute_velocity(dataset["position"])
    ankle = velocity.sel({names[2]: "right_ankle", names[3]: "runner_0"}).isel(space=0)
    true = np.gradient(recording.runners[0].xy[:, recording.keypoint_names.index("right_ankle"), 0], 1 / 60)
    np.testing.assert_allclose(ankle[1:-1], true[1:-1], rtol=1e-3, atol=1.0)


def test_movement_keeps_uneven_times(varying, movement, tmp_path):
    import xarray

    exported = write(varying, "movement", tmp_path / "run.nc")
    assert exported.notes == ()
    with xarray.open_dataset(exported.paths[0]) as dataset:
        np.testing.assert_array_equal(dataset["time"], read_recording(varying).runners[0].time_s)


def test_sports2d_as_sports2d_reads_it(two, unscaled, tmp_path):
    """The steps of Sports2D's and Pose2Sim's own reader (read_trc), with pandas."""
    import pandas

    paths = write(two, "sports2d", tmp_path / "run.trc").paths
    assert [path.name for path in paths] == ["run_px_person00.trc", "run_px_person01.trc"]
    recording = read_recording(two)
    for path, runner in zip(paths, recording.runners, strict=True):
        with path.open() as file:
            header = [next(file) for _ in range(5)]
        markers = [m.strip() for m in header[3].split("\t")[2::3] if m.strip()]
        data = pandas.read_csv(path, sep="\t", skiprows=4, encoding="utf-8")
        assert markers == list(map(marker_name, recording.keypoint_names))
        assert len(data.columns) == 2 + 3 * len(markers)
        np.testing.assert_allclose(data.iloc[:, 1], runner.time_s, atol=1e-9)
        points = data.iloc[:, 2:].to_numpy(dtype=float).reshape(len(data), len(markers), 3)
        np.testing.assert_allclose(points[..., :2], runner.xy, atol=1e-6)
    # pixels need no scale
    assert write(unscaled, "sports2d", tmp_path / "b.trc").paths[0].is_file()


def test_a_file_that_is_there_is_kept_unless_told(one, tmp_path):
    recording, path = read_recording(one), tmp_path / "run.mot"
    path.write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"):
        export(recording, "mot", path)
    assert path.read_text() == "mine"
    export(recording, "mot", path, overwrite=True)
    assert path.read_text().startswith("Coordinates")
    assert [p.name for p in tmp_path.iterdir()] == ["run.mot"]


def test_what_cannot_be_exported_is_one_line(one, tmp_path):
    with pytest.raises(ConfigError, match="trc, mot, c3d"):
        export(read_recording(one), "fbx", tmp_path / "run.fbx")
    with pytest.raises(DatasetError, match=r"frames\.parquet"):
        read_recording(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="-o FILE"):
        export(read_recording(one), "mot", tmp_path / "file" / "run.mot")


def test_every_format_stands_in_the_docs():
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "exchange.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in FORMATS)
