"""Cohort, comparison and session on datasets whose answers are known on paper."""

import json
import math
import os

import numpy as np
import pytest
from scipy import stats

from runlean.cli import main
from runlean.errors import ConfigError, DatasetError
from runlean.meaning.drift import GAIN_SD
from runlean.meaning.metrics import NORMAL_95
from runlean.study import cohort, compare, participants, read_study, session
from runlean.study.intervals import people_mean
from runlean.study.session import _moment

LEAN = "trunk_lean_deg"
CADENCE = "cadence_spm"


def only(table, **wanted):
    [row] = [r for r in table.to_pylist() if all(r[k] == v for k, v in wanted.items())]
    return row


def meta_of(videos, columns):
    """CSV lines of file names that are PERSON_CONDITION.mp4."""
    return [f"file_name,{columns}", *(f"{name},{name[:-4].replace('_', ',')}" for name in videos)]


# people: what one and the other recording read


@pytest.fixture
def pre_post(archive, meta):
    before, after = [4.0, 6.0, 9.0, 5.0, 7.0], [5.0, 6.5, 10.5, 5.5, 7.5]
    videos = {}
    for i, (a, b) in enumerate(zip(before, after, strict=True)):
        videos[f"P{i}_pre.mp4"] = {LEAN: a, CADENCE: 170.0 + i}
        videos[f"P{i}_post.mp4"] = {LEAN: b, CADENCE: 172.0 + i}
    videos["P9_pre.mp4"] = {LEAN: 30.0, CADENCE: 150.0}
    return archive(videos), meta(*meta_of(videos, "person,phase")), np.array(before), np.array(after)


def test_a_group_counts_people_and_not_videos(archive, meta):
    videos = {"A_1.mp4": {LEAN: 4.0}, "A_2.mp4": {LEAN: 6.0}, "A_3.mp4": {LEAN: 5.0}, "B_1.mp4": {LEAN: 9.0},
              "C_1.mp4": {LEAN: 7.0}}  # fmt: skip
    study = read_study(archive(videos), meta(*meta_of(videos, "person,take")))
    row = only(cohort(study, participant="person", metrics=[LEAN]))
    assert (row["n_participants"], row["n_videos"]) == (3, 5)
    assert row["mean"] == pytest.approx(7.0)
    low, high = stats.t.interval(0.95, 2, 7.0, np.std([5.0, 9.0, 7.0], ddof=1) / math.sqrt(3))
    assert (row["low95_people"], row["high95_people"]) == pytest.approx((low, high))
    # what every reading shares is not averaged away
    assert row["high95"] == pytest.approx(7.0 + math.hypot(high - 7.0, NORMAL_95))
    assert (row["least"], row["most"]) == pytest.approx((5.0, 9.0))
    everyone = only(cohort(study, metrics=[LEAN]))
    assert everyone["n_participants"] == 5


def test_groups_are_the_columns_values(archive, meta):
    videos = {"A_f.mp4": {LEAN: 4.0}, "B_f.mp4": {LEAN: 6.0}, "C_m.mp4": {LEAN: 9.0}}
    study = read_study(archive(videos), meta(*meta_of(videos, "person,sex")))
    table = cohort(study, by=["sex"], participant="person")
    assert only(table, sex="f")["mean"] == pytest.approx(5.0)
    alone = only(table, sex="m")
    assert alone["mean"] == pytest.approx(9.0)
    # one person is no sample of people
    assert [alone[k] for k in ("sd", "low95", "high95", "low95_people")] == [None] * 4
    with pytest.raises(ConfigError, match=r"--by: expected columns of the metadata \(person, sex\)"):
        cohort(study, by=["age"])
    with pytest.raises(ConfigError, match="--metric"):
        cohort(study, metrics=["leaning"])


def test_a_person_has_the_interval_of_his_strides_or_of_his_videos(archive, meta):
    videos = {"A_1.mp4": {LEAN: 4.0}, "B_1.mp4": {LEAN: 2.0}, "B_2.mp4": {LEAN: 6.0}, "B_3.mp4": {LEAN: 10.0}}
    study = read_study(archive(videos), meta(*meta_of(videos, "person,take")))
    table = participants(study, "person")
    one, three = only(table, participant="A"), only(table, participant="B")
    assert (one["mean"], one["low95_strides"], one["n_videos"]) == pytest.approx((4.0, 3.5, 1))
    assert one["low95"] == pytest.approx(4.0 - math.hypot(0.5, NORMAL_95))
    assert three["high95_strides"] - 6.0 == pytest.approx(stats.t.ppf(0.975, 2) * 4.0 / math.sqrt(3))
    assert three["n_strides"] == 90


def test_a_difference_is_paired_and_offsets_cancel(pre_post):
    dataset, csv, before, after = pre_post
    table, notes = compare(read_study(dataset, csv), "phase", "pre", "post", "person")
    row = only(table, metric=LEAN)
    low, high = stats.t.interval(0.95, 4, (after - before).mean(), stats.sem(after - before))
    assert row["difference"] == pytest.approx(0.8)
    assert (row["mean_from"], row["mean_to"], row["n_pairs"]) == pytest.approx((6.2, 7.0, 5))
    # the offset of 1 degree of every reading is in neither end; the gain's error is
    kept = NORMAL_95 * GAIN_SD * 0.8
    assert row["systematic_half95"] == pytest.approx(kept)
    assert row["low95"] == pytest.approx(0.8 - math.hypot(0.8 - low, kept))
    assert row["high95"] == pytest.approx(0.8 + math.hypot(high - 0.8, kept))
    assert row["effect_size"] == pytest.approx(0.8 / np.std(after - before, ddof=1))
    # a change of one's own is told from 0 when it beats both recordings' strides: sqrt(2) x 0.5
    assert row["n_changed"] == 2
    assert row["basis"] == "participants"
    assert any("without a pair" in note and "P9" in note for note in notes)
    cadence = only(table, metric=CADENCE)
    assert (cadence["difference"], cadence["systematic_half95"]) == pytest.approx((2.0, 0.0))
    assert cadence["low95"] == pytest.approx(2.0)


def test_one_participant_speaks_for_himself_alone(archive, meta):
    videos = {"A_pre.mp4": {CADENCE: 170.0}, "A_post.mp4": {CADENCE: 174.0}}
    table, _ = compare(read_study(archive(videos), meta(*meta_of(videos, "p,c"))), "c", "pre", "post", "p")
    row = only(table)
    assert row["basis"] == "strides"
    assert (row["low95"], row["high95"]) == pytest.approx((4 - math.sqrt(0.5), 4 + math.sqrt(0.5)))
    assert (row["effect_size"], row["sd_of_differences"]) == (None, None)


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"mode": "overground"}, "treadmill"), ({"direction": "left"}, "side"), ({"view": 25.0}, "angle")],
)
def test_pairs_that_were_not_filmed_alike_keep_both_offsets(archive, meta, analysis, facts, said):
    like = {"mode": "treadmill", "direction": "right"}
    if "view" in facts:
        view = analysis.summary.runners[0].view
        facts = {"view": view.model_copy(update={"yaw_deg": (view.yaw_deg or 0.0) + facts["view"]})}
    videos = {}
    for person, change in (("A", 1.0), ("B", 1.2), ("C", 0.8), ("D", 1.0)):
        videos[f"{person}_pre.mp4"] = ({LEAN: 5.0}, like)
        videos[f"{person}_post.mp4"] = ({LEAN: 5.0 + change}, like | (facts if person in "AB" else {}))
    table, notes = compare(read_study(archive(videos), meta(*meta_of(videos, "p,c"))), "c", "pre", "post", "p")
    row = only(table)
    assert row["n_unlike"] == 2
    # half of the pairs keep the offset of both readings, 1 degree each
    kept = NORMAL_95 * math.hypot(GAIN_SD * row["difference"], math.sqrt(2.0) * 0.5)
    assert row["systematic_half95"] == pytest.approx(kept)
    assert any(said in note and "A, B" in note for note in notes)


def test_nobody_with_both_is_one_line_that_says_what_is_there(pre_post):
    dataset, csv, _, _ = pre_post
    with pytest.raises(ConfigError, match=r"phase is post, pre"):
        compare(read_study(dataset, csv), "phase", "pre", "later", "person")


@pytest.mark.parametrize("method", ["t", "bootstrap"])
@pytest.mark.parametrize("draw", ["normal", "skewed"])
def test_intervals_over_people_hold_the_truth(method, draw):
    """95 of 100, within what 400 simulated studies of 10 people can tell; skewed people cost some."""
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        values = rng.normal(3.0, 2.0, 10) if draw == "normal" else rng.gamma(2.0, 1.5, 10)
        told = people_mean(values, method)
        inside += told.low <= 3.0 <= told.high
    least, most = (0.925, 0.98) if draw == "normal" else (0.88, 0.97)
    assert least <= inside / 400 <= most


def test_a_session_in_the_order_of_a_column(archive, meta):
    minutes, lean = [0, 10, 20, 30, 40, 50], [8.0, 7.4, 7.1, 6.4, 6.0, 5.5]
    videos = {f"A_{m:02d}.mp4": {LEAN: v} for m, v in zip(minutes, lean, strict=True)}
    videos["B_00.mp4"] = {LEAN: 1.0}
    study = read_study(archive(videos), meta(*meta_of(videos, "person,minute")))
    table, notes = session(study, "minute", "person")
    row = only(table)
    assert row["slope"] == pytest.approx(stats.theilslopes(lean, minutes).slope)
    assert row["low95"] < row["slope"] < row["high95"] < 0.0
    assert row["change"] == pytest.approx(50 * row["slope"])
    assert (row["first"], row["last"], row["n_videos"], row["per"], row["basis"]) == (8.0, 5.5, 6, "minute", "videos")
    assert any("B" in note for note in notes)


def test_slopes_over_videos_hold_the_truth():
    """Five videos, each with an error of its own: the interval holds the true slope in 90 of 100 or more."""
    from runlean.study.recordings import Filmed, Mean, Recorded, Study

    rng = np.random.default_rng(11)
    like = Filmed("", "treadmill", "right", 0.0)
    inside = 0
    for _ in range(200):
        recorded = [
            Recorded(f"{i}", f"{i}", "", 0, {"km": i}, like, {CADENCE: Mean(170 - 0.5 * i + e, 0.1, 0.0, 50)})
            for i, e in enumerate(rng.normal(0, 0.6, 5))
        ]
        row = only(session(Study(tuple(recorded), ("km",), ()), "km")[0])
        inside += row["low95"] <= -0.5 <= row["high95"]
    assert inside / 200 >= 0.88


def test_a_session_of_two_says_what_its_interval_is_over(archive, meta):
    videos = {"A_09:00.mp4": {CADENCE: 170.0}, "A_09:30.mp4": {CADENCE: 167.0}}
    table, _ = session(read_study(archive(videos), meta(*meta_of(videos, "p,at"))), "at", "p")
    row = only(table)
    assert (row["basis"], row["per"], row["to_order"]) == ("strides", "minute", 30.0)
    assert row["slope"] == pytest.approx(-0.1)
    assert row["high95"] - row["slope"] == pytest.approx(math.sqrt(0.5) / 30)


def test_a_session_in_the_order_of_the_files(archive, tmp_path, meta):
    videos = {f"{name}.mp4": {CADENCE: value} for name, value in (("c", 170.0), ("a", 172.0), ("b", 171.0))}
    study = read_study(archive(videos))
    assert only(session(study, "file-name")[0])["slope"] == pytest.approx(-1.0)
    with pytest.raises(ConfigError, match="is not there"):
        session(study)
    moved = []
    for i, r in enumerate(study.recorded):
        path = tmp_path / r.file_name
        path.write_bytes(b"")
        os.utime(path, (1e9, 1e9 + 120.0 * i))
        moved.append(r.__class__(r.video_id, r.file_name, str(path), 0, r.meta, r.filmed, r.metrics))
    row = only(session(study.__class__(tuple(moved), (), ()))[0])
    assert (row["slope"], row["per"]) == (pytest.approx(-0.5), "minute")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, (3.0, False)),
        ("2.5", (2.5, False)),
        ("09:30", (34200.0, True)),
        ("1970-01-02T00:00:00+00:00", (86400.0, True)),
    ],
)
def test_moments(value, expected):
    assert _moment(value, "x") == expected


def test_a_moment_that_is_none_is_one_line():
    with pytest.raises(ConfigError, match=r"--order x: expected numbers, dates or times of day; came 'soon'"):
        _moment("soon", "x")


def test_an_archive_without_runners_is_one_line(archive):
    with pytest.raises(DatasetError, match="expected runners"):
        read_study(archive({}))


def test_the_commands(pre_post, capfd, tmp_path, monkeypatch):
    dataset, csv, _, _ = pre_post
    common = ["--meta", str(csv), "--metric", LEAN]

    def command(*args):
        with pytest.raises(SystemExit) as end:
            main.run([args[0], str(dataset.folder), *args[1:]])
        out = capfd.readouterr()
        return int(end.value.code or 0), out.out, out.err

    pairs = ["--by", "phase", "--from", "pre", "--to", "post", "--participant", "person"]
    status, out, err = command("compare", *pairs, *common, "--format", "json")
    assert (status, json.loads(out)[0]["n_pairs"]) == (0, 5)
    assert "without a pair, left out: P9" in err
    status, out, _ = command("compare", *pairs, *common)
    assert status == 0
    assert "95 % interval" in out
    status, out, _ = command("cohort", "--by", "phase", "--participant", "person", *common, "--format", "csv")
    assert [line.split(",")[0].strip('"') for line in out.splitlines()] == ["phase", "post", "pre"]
    status, out, _ = command("cohort", "--each", "--participant", "person", *common, "-o", str(tmp_path / "a.csv"))
    assert (status, out) == (0, "")
    assert (tmp_path / "a.csv").read_text().count("\n") == 7
    status, out, err = command("session", "--order", "shoe", *common)
    assert status == 2
    assert "person, phase" in err.splitlines()[-1]
