"""Pose files of other tools, written by those tools' libraries or by hand in their documented format."""

import json
import warnings
from fractions import Fraction

import numpy as np
import pytest

import runlean
from runlean.config import AnalyzeConfig
from runlean.errors import ConfigError, KeypointError, MissingPackageError
from runlean.exchange import export, read_recording
from runlean.exchange.poses import analyze_pose_file, is_pose_file, read_pose_file
from runlean.exchange.poses.names import recognised
from runlean.exchange.poses.point_sets import BODY_25
from runlean.skeleton import COCO_17, HALPE_26
from runlean.tables import column

CONFIG = AnalyzeConfig(report=False)


@pytest.fixture(scope="module")
def load_poses():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import netCDF4  # noqa: F401 - xarray loads it, and it warns
        import tables  # noqa: F401
        from movement.io import load_poses, save_poses
    return load_poses, save_poses


@pytest.fixture(scope="module")
def pair(paper):
    """Two runners, 4 s at 60 fps: (frame, person, keypoint, 3), and the names; the second is away for a while."""
    one, two = paper.PaperRunner(duration_s=4.0), paper.PaperRunner(duration_s=4.0, cadence_spm=182.0)
    first, second = one.tracks(), two.tracks()
    xy = np.stack([first.xy, second.xy + np.array([500.0, 40.0])], axis=1)
    xy[:30, 1] = np.nan
    xy[90:93, 1] = np.nan
    points = np.concatenate([xy, np.full((*xy.shape[:3], 1), 0.9)], axis=-1)
    points[np.isnan(points[..., 0])] = np.nan
    return points, first.keypoint_names


@pytest.fixture(scope="module")
def expected(pair):
    points, names = pair
    time_s = np.arange(len(points)) / 60
    return runlean.analyze_keypoints(points[..., :2], time_s, names, np.nan_to_num(points[..., 2]))


def arranged(points, names, wanted):
    """Points in another set's order; what it has besides is missing."""
    out = np.full((*points.shape[:2], len(wanted), 3), np.nan)
    for i, name in enumerate(wanted):
        if name in names:
            out[:, :, i] = points[:, :, names.index(name)]
    return out


def flat(pose):
    return [0.0 if np.isnan(v) else float(v) for v in pose.ravel()]


def people_of(frame):
    """Poses in a frame, last one first: a file's order says nothing of who is who."""
    return [(i, pose) for i, pose in reversed(list(enumerate(frame))) if np.isfinite(pose).any()]


def write_openpose(folder, points, names):
    folder.mkdir()
    for i, frame in enumerate(arranged(points, names, BODY_25)):
        people = [{"person_id": [-1], "pose_keypoints_2d": flat(pose)} for _, pose in people_of(frame)]
        document = {"version": 1.3, "people": people}
        (folder / f"run_{i:012d}_keypoints.json").write_text(json.dumps(document))
    return folder


def write_alphapose(path, points, names, tracked):
    entries = []
    for i, frame in enumerate(arranged(points, names, HALPE_26)):
        for person, pose in people_of(frame):
            entry = {"image_id": f"{i}.jpg", "category_id": 1, "keypoints": flat(pose), "score": 2.9}
            entries.append(entry | ({"idx": person + 3} if tracked else {}))
    path.write_text(json.dumps(entries))
    return path


def write_mmpose(path, points, names, with_meta):
    frames = []
    for i, frame in enumerate(arranged(points, names, HALPE_26)):
        people = []
        for _, pose in people_of(frame):
            known = np.nan_to_num(pose)
            people.append({"keypoints": known[:, :2].tolist(), "keypoint_scores": known[:, 2].tolist()})
        # the demos count from 1, the inferencer from 0
        frames.append({"frame_id": i + with_meta, "instances": people})
    meta = {"keypoint_id2name": {str(i): name for i, name in enumerate(HALPE_26)}}
    path.write_text(json.dumps({"meta_info": meta, "instance_info": frames} if with_meta else frames))
    return path


def write_named(path, points, names):
    frames = [[[None if np.isnan(v) else v for v in p] for p in pose] for pose in points[:, 0].tolist()]
    document = {"fps": 60.0, "width": 1280, "height": 720, "keypoint_names": list(names), "frames": frames}
    path.write_text(json.dumps(document))
    return path


def dataset_of(load, points, names):
    return load.from_numpy(
        points[..., :2].transpose(0, 3, 2, 1),
        points[..., 2].transpose(0, 2, 1),
        ["anna", "ben"],
        list(names),
        fps=60.0,
        source_software="DeepLabCut",
    )


def check(analysis, expected, runners=(0, 1), tolerance=1e-3):
    """The same runners, contacts and points as from the arrays themselves, whoever stands first in the file."""
    found = {}
    for r in analysis.summary.runners:
        found[round(r.metrics["cadence_spm"].mean, 1)] = r.runner_id
    for runner in runners:
        cadence = round(expected.summary.runners[runner].metrics["cadence_spm"].mean, 1)
        assert cadence in found, (cadence, found)
        mine, theirs = rows(analysis, found[cadence]), rows(expected, expected.summary.runners[runner].runner_id)
        assert column(mine[0], "frame").tolist() == column(theirs[0], "frame").tolist()
        for name in ("left_ankle_x_px", "right_hip_y_px", "nose_x_px", "left_heel_y_px"):
            np.testing.assert_allclose(column(mine[0], name), column(theirs[0], name), atol=tolerance, err_msg=name)
        np.testing.assert_allclose(column(mine[1], "contact_s"), column(theirs[1], "contact_s"), atol=1e-4)
    assert len(analysis.summary.runners) == len(runners)


def rows(analysis, runner):
    import pyarrow.compute as pc

    return [t.filter(pc.equal(t["runner_id"], runner)) for t in (analysis.frames, analysis.strides)]


def test_openpose_folder(pair, expected, tmp_path):
    folder = write_openpose(tmp_path / "json", *pair)
    check(analyze_pose_file(folder, CONFIG, fps=60.0), expected)
    with pytest.raises(ConfigError, match="--fps"):
        analyze_pose_file(folder, CONFIG)


@pytest.mark.parametrize("tracked", [True, False])
def test_alphapose(pair, expected, tmp_path, tracked):
    path = write_alphapose(tmp_path / "alphapose-results.json", *pair, tracked)
    check(analyze_pose_file(path, CONFIG, fps=60.0), expected)


@pytest.mark.parametrize("with_meta", [True, False])
def test_mmpose(pair, expected, tmp_path, with_meta):
    path = write_mmpose(tmp_path / "results_run.json", *pair, with_meta)
    analysis = analyze_pose_file(path, CONFIG, fps=60.0)
    check(analysis, expected)
    assert analysis.summary.source.n_frames == 240


def test_named_keypoints(pair, expected, tmp_path):
    points, names = pair
    short = [n.replace("left_", "l_").replace("right_", "r_") for n in names]
    path = write_named(tmp_path / "run.pose.json", points, short)
    analysis = analyze_pose_file(path, CONFIG)
    check(analysis, expected, runners=(0,))
    source = analysis.summary.source
    assert (source.file_name, source.width, source.n_frames) == ("run.pose.json", 1280, 240)
    assert source.sha256


@pytest.mark.parametrize("suffix", [".h5", ".csv"])
def test_deeplabcut(pair, expected, load_poses, tmp_path, suffix):
    points, names = pair
    load, save = load_poses
    path = tmp_path / f"runDLC_resnet50{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save.to_dlc_file(dataset_of(load, points, names), path, split_individuals=False)
    check(analyze_pose_file(path, CONFIG, fps=60.0), expected)
    # what it is stands in it, not in its name
    other = path.rename(tmp_path / "pose.dat")
    assert is_pose_file(other)
    assert read_pose_file(other).kind == "DeepLabCut"


def test_sleap_analysis_file(pair, expected, load_poses, tmp_path):
    points, names = pair
    load, save = load_poses
    path = tmp_path / "run.analysis.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save.to_sleap_analysis_file(dataset_of(load, points, names), path)
    check(analyze_pose_file(path, CONFIG, fps=60.0), expected)


def test_sleap_project_by_sleap_io(pair, expected, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sleap_io
    points, names = pair
    skeleton = sleap_io.Skeleton([sleap_io.Node(name) for name in names])
    video = sleap_io.Video(filename="run.mp4", open_backend=False)
    tracks = [sleap_io.Track("anna"), sleap_io.Track("ben")]
    frames = []
    for i, frame in enumerate(points):
        people = [
            sleap_io.PredictedInstance.from_numpy(
                pose[:, :2], skeleton=skeleton, point_scores=pose[:, 2], score=0.9, track=tracks[person]
            )
            for person, pose in people_of(frame)
        ]
        frames.append(sleap_io.LabeledFrame(video=video, frame_idx=i, instances=people))
    labels = sleap_io.Labels(frames, videos=[video], skeletons=[skeleton], tracks=tracks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sleap_io.save_slp(labels, str(tmp_path / "run.slp"), embed=False)
        check(analyze_pose_file(tmp_path / "run.slp", CONFIG, fps=60.0), expected)


def test_movement_file_by_movement(pair, expected, load_poses, tmp_path):
    points, names = pair
    path = tmp_path / "run.nc"
    dataset_of(load_poses[0], points, names).to_netcdf(path)
    check(analyze_pose_file(path, CONFIG), expected)


@pytest.mark.parametrize("to", ["coco", "movement"])
def test_what_was_exported_comes_in_again(pair, load_poses, tmp_path, to):
    points, names = pair
    time_s = np.arange(len(points)) / 60
    first = runlean.analyze_keypoints(points[..., :2], time_s, names, width=1280, height=720, name="run.mp4")
    first.config = CONFIG
    recording = read_recording(first.save(tmp_path / "out"))
    [path] = export(recording, to, tmp_path / "run").paths
    poses = read_pose_file(path)
    assert (poses.width, poses.height) == (1280, 720)
    np.testing.assert_allclose(poses.time_s[: len(time_s)], time_s, atol=1e-9)
    for runner in recording.runners:
        away = np.abs(poses.xy[runner.frame][:, :, poses.names.index("left_heel")] - runner.xy[:, None, 17])
        assert np.nanmin(np.nanmax(away, axis=(0, 2))) < 6e-4


def test_sports2d_comes_in_again(one, tmp_path):
    [path] = export(read_recording(one), "sports2d", tmp_path / "run.trc").paths
    analysis = analyze_pose_file(path, CONFIG)
    [runner] = analysis.summary.runners
    [before] = runlean.meaning.read_summary(one / "summary.json").runners
    assert runner.metrics["cadence_spm"].mean == pytest.approx(before.metrics["cadence_spm"].mean, abs=0.2)
    [metres] = export(read_recording(one), "trc", tmp_path / "m.trc").paths
    with pytest.raises(KeypointError, match="came metres"):
        read_pose_file(metres)


def test_names_of_a_laboratory_of_its_own(pair, expected, tmp_path):
    points, names = pair
    own = [f"pt{i}" for i in range(len(names))]
    path = write_named(tmp_path / "run.json", points, own)
    with pytest.raises(KeypointError, match=r"missing: left_hip.*not recognised: pt0, pt1"):
        analyze_pose_file(path, CONFIG)
    mapping = tmp_path / "names.csv"
    mapping.write_text("\n".join(f"{a},{b}" for a, b in zip(own, names, strict=True)))
    check(analyze_pose_file(path, CONFIG, keypoints=mapping), expected, runners=(0,))
    mapping.write_text("\n".join(names))
    check(analyze_pose_file(path, CONFIG, keypoints=mapping), expected, runners=(0,))
    mapping.write_text(json.dumps(dict(zip(own[:-1], names[:-1], strict=True))))
    analysis = analyze_pose_file(path, CONFIG, keypoints=mapping)
    assert "not recognised are left out: pt20" in " ".join(w.message for w in analysis.summary.warnings)


@pytest.mark.parametrize(
    ("text", "said"),
    [("pt0,left_hop", "left_hop"), ("tail,left_hip", "tail"), ("a\nb\nc", "expected 21 names"), ("{", "names.txt")],
)
def test_a_mapping_that_does_not_fit_is_one_line(pair, tmp_path, text, said):
    points, names = pair
    path = write_named(tmp_path / "run.json", points, [f"pt{i}" for i in range(len(names))])
    (tmp_path / "names.txt").write_text(text)
    with pytest.raises(ConfigError, match=said):
        analyze_pose_file(path, CONFIG, keypoints=tmp_path / "names.txt")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("RHip", "right_hip"), ("LBigToe", "left_big_toe"), ("MidHip", "hip"), ("l_ankle", "left_ankle"),
        ("Ankle_L", "left_ankle"), ("left knee", "left_knee"), ("rightWrist", "right_wrist"), ("R.Heel", "right_heel"),
        ("leftToe", "left_big_toe"), ("lshoulder", "left_shoulder"), ("right_foot_index", "right_big_toe"),
        ("tail_base", None), ("hip1", None), ("", None),
    ],
)  # fmt: skip
def test_names_that_are_recognised(theirs, ours):
    assert recognised(theirs) == ours


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "this file is empty"), ("time,hip\n0,1\n", "none of them"),
        ("{}", "none of them"), ("[1, 2", "whole"), ("[]", "none of them"),
        ('{"keypoint_names": ["a"], "frames": 3}', "not built like that"),
        ('{"images": [], "annotations": []}', "nobody"),
        ('[{"image_id": "a.jpg", "keypoints": [1, 2, 3]}]', "frame number"),
        ('[{"image_id": "1.jpg", "keypoints": [1, 2, 3, 4]}]', "x, y, score"),
        ('[{"image_id": "1.jpg", "keypoints": [1, 2, 3]}]', "points per person"),
        ("PathFileType\t4\n", "TRC"), ("scorer,a,b\nnonsense", "not built like that"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_is_not_what_it_looks_like_is_one_line(tmp_path, content, said):
    path = tmp_path / "pose.json"
    path.write_text(content)
    assert is_pose_file(path)
    with pytest.raises(KeypointError, match=said) as error:
        read_pose_file(path)
    assert "\n" not in str(error.value).strip()


def test_a_missing_package_is_one_line(monkeypatch, tmp_path):
    import sys

    path = tmp_path / "run.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'runlean\[exchange\]'"):
        read_pose_file(path)


def test_the_video_gives_times_size_and_overlay(pair, tmp_path):
    import av

    points, names = pair
    stamps = np.concatenate([np.arange(120), 120 + 1.5 * np.arange(120)]) / 60
    with av.open(str(tmp_path / "run.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=600)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for t in stamps:
            frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(600 * t), Fraction(1, 600)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    path = write_named(tmp_path / "run.json", points, names)
    analysis = analyze_pose_file(path, CONFIG, video=tmp_path / "run.mp4")
    np.testing.assert_allclose(column(analysis.frames, "time_s")[:240], stamps, atol=1e-3)
    assert analysis.summary.source.variable_frame_rate
    assert (analysis.summary.source.file_name, analysis.summary.source.width) == ("run.mp4", 320)
    folder = analysis.save(tmp_path / "out")
    assert (folder / "overlay.mp4").stat().st_size > 1000
    long = write_named(tmp_path / "long.json", np.concatenate([points, points]), names)
    with pytest.raises(ConfigError, match="240 frames and they have 480"):
        analyze_pose_file(long, CONFIG, video=tmp_path / "run.mp4")


def test_sets_without_names_are_told_by_their_size(tmp_path):
    entries = [{"image_id": f"{i}.jpg", "keypoints": [float(i + j) for j in range(51)]} for i in range(12)]
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(entries))
    assert read_pose_file(path).names == COCO_17
