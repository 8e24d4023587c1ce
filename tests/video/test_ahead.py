"""Frames decoded ahead."""

from __future__ import annotations

import threading
import time

import pytest

from runlean.errors import VideoError
from runlean.video import Frame
from runlean.video.ahead import decoded_ahead


def frames(n, fail_at=None, log=None):
    for i in range(n):
        if i == fail_at:
            raise VideoError("x.mp4: expected a picture")
        if log is not None:
            log.append(i)
        yield Frame(i, i / 30, (), None, None)


def decoders():
    return [t for t in threading.enumerate() if t.name == "runlean-decode"]


def test_all_frames_come_in_order_and_the_thread_ends():
    assert [f.index for f in decoded_ahead(frames(50), 4)] == list(range(50))
    assert not decoders()


def test_no_frames():
    assert list(decoded_ahead(frames(0), 4)) == []


def test_no_more_than_a_few_are_decoded_ahead():
    log = []
    for frame in decoded_ahead(frames(40, log=log), 3):
        time.sleep(0.002)
        # three wait, one is in the decoder's hand, one in ours
        assert len(log) <= frame.index + 1 + 3 + 1


def test_an_error_comes_in_its_place():
    ahead = decoded_ahead(frames(10, fail_at=6), 3)
    assert [next(ahead).index for _ in range(6)] == list(range(6))
    with pytest.raises(VideoError):
        next(ahead)
    assert not decoders()


def test_leaving_early_ends_the_thread():
    ahead = decoded_ahead(frames(1000), 2)
    assert next(ahead).index == 0
    ahead.close()
    assert not decoders()
