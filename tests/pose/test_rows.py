"""Rows as they are planned, and answers as they come in."""

from __future__ import annotations

import numpy as np

from runlean.people import PlannedFrame
from runlean.pose.crops import CropAnswer
from runlean.pose.rows import RowBook
from runlean.video import Frame


def planned(index, ids, unseen=(), repeated=False):
    n = len(ids)
    return PlannedFrame(
        Frame(index, index / 10, (), None, None),
        np.array(ids, np.int64),
        np.tile([0.0, 0.0, 10.0, 20.0], (n, 1)) + index,
        np.array([i not in unseen for i in ids], np.bool_),
        np.zeros((0, 4)),
        repeated,
    )


def answer(*values):
    n = len(values)
    xy = np.tile(np.array(values, float)[:, None, None], (1, 3, 2))
    return CropAnswer(xy, np.full((n, 3), 0.5), np.zeros((n, 0, 2)), np.zeros((n, 0)))


def test_rows_come_out_by_track_and_frame():
    book = RowBook(3)
    assert book.plan(planned(0, [2, 1])).tolist() == [0, 1]
    assert book.plan(planned(1, [1, 2])).tolist() == [0, 1]
    book.answer(answer(20, 10, 11))
    book.answer(answer(21))
    rows = book.rows()
    assert rows.track_id.tolist() == [1, 1, 2, 2]
    assert rows.frame.tolist() == [0, 1, 0, 1]
    assert rows.time_s.tolist() == [0.0, 0.1, 0.0, 0.1]
    assert rows.xy[:, 0, 0].tolist() == [10, 11, 20, 21]
    assert rows.box[:, 0].tolist() == [0, 1, 0, 1]


def test_who_was_not_detected_is_looked_for_where_he_should_be():
    book = RowBook(3)
    assert book.plan(planned(0, [1, 2], unseen=[1])).tolist() == [0, 1]
    book.answer(answer(10, 20))
    rows = book.rows()
    assert rows.seen.tolist() == [False, True]
    assert rows.xy[:, 0, 0].tolist() == [10, 20]


def test_a_repeated_picture_takes_the_answer_of_the_one_before():
    book = RowBook(3)
    book.plan(planned(0, [1]))
    assert book.plan(planned(1, [1, 2], repeated=True)).tolist() == [1]
    assert book.plan(planned(2, [1, 2], repeated=True)).tolist() == []
    assert book.plan(planned(3, [1])).tolist() == [0]
    book.answer(answer(10, 21, 13))
    rows = book.rows()
    assert rows.xy[:, 0, 0].tolist() == [10, 10, 10, 13, 21, 21]


def test_answers_can_be_read_stretch_by_stretch():
    book = RowBook(3)
    for i in range(3):
        book.plan(planned(i, [1]))
    book.answer(answer(10, 11))
    got = list(book.answered(0, 2))
    assert [(track, time_s, xy[0, 0]) for track, time_s, _, xy, _ in got] == [(1, 0.0, 10), (1, 0.1, 11)]
    assert got[0][2] == 20.0


def test_many_rows_and_none():
    assert len(RowBook(3).rows()) == 0
    book = RowBook(3)
    for i in range(700):
        book.plan(planned(i, [1]))
        book.answer(answer(i))
    assert book.rows().xy[:, 0, 0].tolist() == list(range(700))
