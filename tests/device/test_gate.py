"""Who may use a GPU just now: many at once, or one alone."""

from __future__ import annotations

import threading

from runlean.device.gate import Gate


def test_who_is_alone_is_alone_and_comes_to_its_turn():
    """Threads that pass all the time neither meet the one who is alone nor keep it out."""
    gate, stop, inside, met = Gate(), threading.Event(), [0], []

    def pass_on():
        while not stop.is_set():
            with gate.passed(), gate.passed():  # nested, as a crop's download is in a crop
                inside[0] += 1
                met.append(alone.is_set())
                inside[0] -= 1

    alone = threading.Event()
    threads = [threading.Thread(target=pass_on, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    entered = []

    def be_alone():
        for _ in range(20):
            with gate.alone(), gate.passed():
                alone.set()
                entered.append(inside[0])
                alone.clear()
        stop.set()

    other = threading.Thread(target=be_alone, daemon=True)
    other.start()
    other.join(30)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert len(entered) == 20
    assert not any(entered)
    assert met
    assert not any(met)


def test_nested_passing_does_not_wait_for_one_who_waits():
    gate, waits = Gate(), threading.Event()

    def be_alone():
        waits.set()
        with gate.alone():
            pass

    with gate.passed():
        other = threading.Thread(target=be_alone, daemon=True)
        other.start()
        waits.wait(5)
        while not gate._waiting:
            pass
        with gate.passed():
            assert other.is_alive()
    other.join(5)
    assert not other.is_alive()
