"""One video of a dataset exported as if it had been analysed alone."""

import importlib.util
from pathlib import Path

import pytest

from runlean.errors import ConfigError, DatasetError
from runlean.exchange import export, read_dataset_recording, read_recording

_SPEC = importlib.util.spec_from_file_location(
    "datasets_of_keypoints", Path(__file__).parents[1] / "archive" / "conftest.py"
)
made = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(made)


@pytest.fixture(scope="module")
def analysis():
    return made.running()


@pytest.fixture(scope="module")
def archive(analysis, tmp_path_factory):
    from runlean.archive.dataset import create_dataset

    dataset = create_dataset(tmp_path_factory.mktemp("dataset") / "archive")
    for name in ("P00.mp4", "P01.mp4", "P02.mp4"):
        made.put_video(dataset, name, analysis)
    made.put_video(dataset, "broken.mp4", None)
    return dataset


def test_the_same_file_comes_of_a_folder_and_of_a_dataset(archive, analysis, tmp_path):
    analysis.config = analysis.config.model_copy(update={"report": False})
    folder = analysis.save(tmp_path / "out")
    alone = export(read_recording(folder), "trc", tmp_path / "run.trc").paths[0].read_text()
    video_id = made.id_of("P02.mp4")
    for i, video in enumerate((video_id, video_id[:10], "P02.mp4")):
        recording = read_dataset_recording(archive.folder, video)
        (tmp_path / str(i)).mkdir()
        assert export(recording, "trc", tmp_path / str(i) / "run.trc").paths[0].read_text() == alone


@pytest.mark.parametrize("video", ["P03.mp4", "ab"])
def test_a_video_that_is_not_there_is_one_line(archive, video):
    with pytest.raises(DatasetError, match="none of 3 fits"):
        read_dataset_recording(archive.folder, video)


def test_a_name_that_stands_for_two_is_said(analysis, tmp_path):
    from runlean.archive.commit import commit_video
    from runlean.archive.dataset import create_dataset
    from runlean.archive.layout import Commit
    from runlean.archive.rows import VideoSource, analysis_tables

    dataset = create_dataset(tmp_path / "archive")
    for day in ("mon", "tue"):
        source = VideoSource(made.id_of(day), f"/films/{day}/P01.mp4", "P01.mp4", 1000)
        tables = analysis_tables(source, made.CONFIG, analysis, 1.0)
        commit_video(dataset.folder, Commit(source.video_id, made.CONFIG, "done"), tables, analysis.summary.to_json())
    with pytest.raises(DatasetError, match=f"2 fit: {min(map(made.id_of, ('mon', 'tue')))[:12]}"):
        read_dataset_recording(dataset.folder, "P01.mp4")
    assert read_dataset_recording(dataset.folder, made.id_of("tue")).runners


def test_the_command_wants_to_know_which(archive, capfd):
    from runlean.cli.export import export as command

    with pytest.raises(ConfigError, match="--video"):
        command(archive.folder, "csv")
