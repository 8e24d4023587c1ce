"""Which video of a dataset is meant, and what is said of one that failed."""

from __future__ import annotations

import pytest

from runlean.archive.layout import Commit
from runlean.archive.named import find_video
from runlean.archive.overview import write_video_report
from runlean.errors import DatasetError
from runlean.exchange import read_dataset_recording


def test_a_name_a_path_and_the_beginning_of_an_id_mean_a_video(dataset):
    [video_id, *_] = dataset.video_ids
    path = dataset.query(f"SELECT path FROM videos WHERE video_id = '{video_id}'")["path"][0].as_py()
    for said in (video_id, video_id[:6], path, path.rpartition("/")[2]):
        assert find_video(dataset, said) == video_id


@pytest.mark.parametrize("said", ["P03.mp4", "ab", "ffffff"])
def test_what_fits_none(dataset, said):
    with pytest.raises(DatasetError, match="none of 3 fits"):
        find_video(dataset, said)


def test_one_that_failed_is_told_with_its_reason(dataset, tmp_path):
    reason = "broken.mp4'; it failed: /films/broken.mp4: it is no video; see runlean batch --retry-failed"
    with pytest.raises(DatasetError, match=reason):
        write_video_report(dataset, "broken.mp4", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(DatasetError, match=reason):
        read_dataset_recording(dataset.folder, "broken.mp4")
    [failed] = [c.video_id for c in dataset.commits().values() if c.outcome == "failed"]
    with pytest.raises(DatasetError, match=r"it failed: /films/broken.mp4: it is no video"):
        find_video(dataset, failed[:10])


def test_one_that_could_not_be_read_is_known_by_its_name_too(dataset):
    from runlean.archive.commit import commit_video
    from runlean.archive.rows import VideoSource, failure_table
    from runlean.archive.work import unreadable_id

    source = VideoSource(unreadable_id("/films/gone.mp4"), "/films/gone.mp4", "gone.mp4", None)
    row = failure_table(source, "0" * 16, {}, "cannot be read (No such file)", transient=True)
    commit_video(dataset.folder, Commit(source.video_id, "0" * 16, "retry"), {"videos": row})
    with pytest.raises(DatasetError, match=r"/films/gone.mp4: cannot be read \(No such file\); run the batch again"):
        find_video(dataset, "gone.mp4")
