from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from live_emotion.pipeline.playhead import Playhead, Wish


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def waits(playhead: Playhead, t: float, stop: threading.Event) -> tuple[threading.Thread, list]:
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(playhead.wait(t, stop)))
    thread.start()
    return thread, answers


def test_media_time_passes_at_the_pace(stop: threading.Event) -> None:
    playhead = Playhead(2.0)
    began = time.monotonic()
    assert playhead.wait(10.0, stop)
    assert playhead.wait(10.4, stop)
    assert 0.19 < time.monotonic() - began < 5.0


def test_as_fast_as_possible_waits_for_nothing(stop: threading.Event) -> None:
    playhead = Playhead(None)
    assert all(playhead.wait(1000.0 * k, stop) for k in range(5))


def test_a_pause_holds_until_play(stop: threading.Event) -> None:
    playhead = Playhead(None, paused=True)
    thread, answers = waits(playhead, 1.0, stop)
    thread.join(0.25)
    assert thread.is_alive()
    playhead.play()
    thread.join(5.0)
    assert answers == [True]


def test_a_pause_is_not_made_up_for(stop: threading.Event) -> None:
    playhead = Playhead(1.0)
    assert playhead.wait(0.0, stop)
    playhead.pause()
    time.sleep(0.3)
    playhead.play()
    began = time.monotonic()
    assert playhead.wait(0.1, stop)
    assert playhead.wait(0.3, stop)
    assert time.monotonic() - began > 0.19


def test_a_wish_ends_every_wait_and_is_taken_once(stop: threading.Event) -> None:
    playhead = Playhead(1.0)
    playhead.wait(0.0, stop)
    thread, answers = waits(playhead, 1000.0, stop)
    playhead.seek(5.0)
    playhead.seek(7.0)
    thread.join(5.0)
    assert answers == [False]
    assert playhead.take_wish() == Wish("seek", 7.0)
    assert playhead.take_wish() is None


def test_steps_hold_and_add_up(stop: threading.Event) -> None:
    playhead = Playhead(1.0)
    playhead.step(-1)
    playhead.step(-1)
    assert playhead.paused
    assert playhead.take_wish() == Wish("step", -2)
    assert playhead.wait(5.0, stop, step=True)


def test_stop_ends_a_wait_without_being_told(stop: threading.Event) -> None:
    playhead = Playhead(1.0, paused=True)
    thread, answers = waits(playhead, 1.0, stop)
    stop.set()
    thread.join(5.0)
    assert answers == [False]


def test_a_change_of_pace_counts_at_once(stop: threading.Event) -> None:
    playhead = Playhead(0.001)
    playhead.wait(0.0, stop)
    thread, answers = waits(playhead, 10.0, stop)
    playhead.set_speed(None)
    thread.join(5.0)
    assert answers == [True]
