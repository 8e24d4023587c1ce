"""Who is who, on people made of numbers."""

from __future__ import annotations

import numpy as np
import pytest

TIMES = np.arange(0.0, 4.0, 0.15)


def one_id(ids):
    """The only id that a person ever had."""
    (only,) = {i for i in ids if i is not None}
    return only


def test_two_who_run_abreast_keep_their_ids(person, follow):
    ids, tracker = follow([person(100, 150), person(100, 150, y=380)], TIMES)
    assert one_id(ids[0]) != one_id(ids[1])
    assert len(tracker.tracks) == 2


@pytest.mark.parametrize("colours", [(0, 0), (0, 1)])
def test_two_who_cross_keep_their_ids(person, follow, colours):
    # they meet at x = 500, t = 2; the one behind is not seen for half a second
    people = [
        person(100, 200, colour=colours[0]),
        person(900, -200, y=245, height=90, colour=colours[1], hidden=(1.75, 2.25)),
    ]
    ids, tracker = follow(people, TIMES)
    assert one_id(ids[0]) != one_id(ids[1])
    assert tracker.tracks[-1].track_id <= 2


def test_an_overtaken_runner_is_the_same_after_a_second_and_a_half_behind_the_other(person, follow):
    # 60 px/s faster, he is past after (2 * 48 px) / 60
    people = [person(100, 180), person(160, 120, height=92, colour=1, hidden=(0.5, 1.9))]
    ids, tracker = follow(people, np.arange(0.0, 3.5, 0.1))
    assert one_id(ids[0]) != one_id(ids[1])
    assert [track.track_id for track in tracker.tracks] == [1, 2]


def test_a_lone_runner_missed_for_a_moment_is_the_same(person, follow):
    ids, _ = follow([person(100, 150, hidden=(1.0, 1.7))], TIMES)
    assert one_id(ids[0]) == 1


def test_a_runner_missed_for_long_with_nothing_in_the_way_is_another(person, follow):
    ids, _ = follow([person(100, 150, hidden=(1.0, 2.4))], TIMES)
    assert len({i for i in ids[0] if i}) == 2


def test_who_leaves_and_comes_back_is_another_track(person, follow):
    people = [person(700, 250, last_s=1.2), person(1350, -250, first_s=1.5)]
    ids, _ = follow(people, TIMES)
    assert one_id(ids[0]) != one_id(ids[1])


def test_a_cut_ends_all(person, follow):
    people = [person(300, 100)]
    ids, tracker = follow(people, TIMES[:10])
    tracker.end_all()
    later, _ = follow(people, TIMES[10:], tracker=tracker)
    assert one_id(ids[0]) != one_id(later[0])


def test_a_panning_camera_changes_nothing(person, follow):
    people = [person(100, 150), person(800, -150, height=80)]
    still, _ = follow(people, TIMES)
    panned, _ = follow(people, TIMES, shift=lambda t: (-60.0 * np.sin(t), 3.0 * t))
    assert panned == still


def test_a_start_with_a_jerk_is_followed(person, follow):
    # two seconds in the blocks, then off at 5 body heights a second
    times = np.arange(0.0, 3.0, 0.1)
    blocks, race = times[:20], times[20:]
    standing = [person(100 + 95 * k, 0, y=200 + 20 * k) for k in range(5)]
    ids, tracker = follow(standing, blocks)
    gone = [person(100 + 95 * k - 500 * (2.0 - 0.06), 500, y=200 + 20 * k) for k in range(5)]
    later, _ = follow(gone, race, tracker=tracker)
    for k in range(5):
        assert one_id(later[k]) == one_id(ids[k])


def test_doubtful_detections_continue_a_track_and_never_begin_one(person, follow):
    ids, tracker = follow([person(100, 150, score=0.3)], TIMES)
    assert not tracker.tracks
    assert set(ids[0]) == {None}
    _, tracker = follow([person(100, 150)], TIMES[:5])
    ids, _ = follow([person(100, 150, score=0.3)], TIMES[5:], tracker=tracker)
    assert one_id(ids[0]) == 1


def test_once_is_never(person, follow):
    _, tracker = follow([person(100, 150, last_s=0.0)], TIMES[:2])
    assert not tracker.tracks


def test_matching_changes_nothing(person, follow, see):
    people = [person(100, 150), person(500, -150)]
    _, tracker = follow(people, TIMES[:8])
    before = [track.motion.copy() for track in tracker.tracks]
    seen, _ = see(people, 1.4)
    first, second = (tracker.match(seen, 1.4, (0.0, 0.0)) for _ in range(2))
    assert first.sighting.tolist() == second.sighting.tolist() == [0, 1]
    assert all(np.array_equal(a, t.motion) for a, t in zip(before, tracker.tracks, strict=True))


def test_two_boxes_on_one_person_begin_one_track(person, follow, see):
    seen, _ = see([person(300, 0)], 0.0)
    seen = seen.take(np.array([0, 0]))
    seen.box[1] += 3.0
    _, tracker = follow([person(300, 0)], [0.0, 0.1])
    matching = tracker.match(seen, 0.2, (0.0, 0.0))
    assert (matching.sighting >= 0).sum() == 1
    assert len(matching.fresh) == 0


def test_the_box_holds_the_body_and_does_not_breathe(person, follow):
    _, tracker = follow([person(100, 150)], TIMES, noise=0.0)
    (track,) = tracker.tracks
    left, up, right, down = track.reach() / track.height
    assert up + down == pytest.approx(1.0, abs=0.02)
    assert 0.3 <= left <= 0.4
    assert 0.3 <= right <= 0.4
    assert track.knots[-1].reach == pytest.approx(track.knots[-2].reach, rel=0.02)
