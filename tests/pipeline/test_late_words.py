from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.pipeline import hearing, live_networks
from live_emotion.pipeline.hearing import open_recognizer
from live_emotion.pipeline.late_words import LateRecognizer, LateWords
from live_emotion.pipeline.live import Live
from live_emotion.pipeline.live_options import LiveOptions


class Deaf:
    """A recogniser that reads nothing."""

    separator = " "

    def recognize(self, samples: FloatArray) -> Hypothesis:
        return Hypothesis(())


def block(t: float) -> AudioBlock:
    return AudioBlock(t, np.zeros(1600, np.float32))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_without_a_recogniser_there_are_no_words() -> None:
    words = LateWords(LateRecognizer(Deaf))
    words.hear(block(0.0))
    assert words.push(block(0.0), []) == words.ready(5.0) == words.finish(5.0) == []
    assert words.text((0.0, 4.8)) == ""
    assert words.dropped_samples == 0
    words.close()


def test_words_begin_when_the_recogniser_is_there() -> None:
    go_on, made = threading.Event(), []

    def load() -> Deaf:
        go_on.wait(10.0)
        return Deaf()

    class Made:
        heard = 0

        def __init__(self, recognizer: object) -> None:
            made.append(self)

        def hear(self, block: AudioBlock) -> None:
            self.heard += 1

        def close(self) -> None:
            self.heard = -1

    late = LateRecognizer(load)
    words = LateWords(late, Made)  # type: ignore[arg-type]
    late.load_soon()
    late.load_soon()
    words.hear(block(0.0))
    assert made == []
    go_on.set()
    until(lambda: late.loaded is not None)
    words.hear(block(0.1))
    words.hear(block(0.2))
    assert [each.heard for each in made] == [2]
    words.close()
    assert made[0].heard == -1


def test_it_is_loaded_once() -> None:
    loads: list[int] = []

    def load() -> Deaf:
        loads.append(1)
        return Deaf()

    late = LateRecognizer(load)
    late.load()
    late.load()
    late.load_soon()
    assert loads == [1]


@pytest.mark.parametrize(
    ("error", "said"),
    [(UserError("It is missing: install it."), "It is missing"), (OSError("no disk"), "no disk")],
)
def test_a_failure_is_told_once_and_can_be_tried_again(error: Exception, said: str) -> None:
    failing = [error]

    def load() -> Deaf:
        if failing:
            raise failing.pop()
        return Deaf()

    late = LateRecognizer(load)
    late.load_soon()
    problems: list[str] = []

    def told() -> bool:
        problem = late.take_problem()
        problems.extend([problem] if problem else [])
        return bool(problems)

    until(told)
    assert said in problems[0]
    assert late.take_problem() is None
    late.load()
    assert late.loaded is not None


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str | None, str | None]]:
    calls: list[tuple[str | None, str | None]] = []

    class Whisper:
        def __init__(self, model: str | None, language: str | None, threads: int) -> None:
            calls.append((model, language))
            self.multilingual = model != "/models/english"

    monkeypatch.setattr(hearing, "WhisperRecognizer", Whisper)
    return calls


@pytest.mark.parametrize(
    ("model", "language", "passed"),
    [
        (None, None, "en"),
        ("base.en", "en", "en"),
        ("base", None, None),
        ("base", "de", "de"),
        ("/models/english", None, None),
    ],
)
def test_the_language_suits_the_model(
    opened: list[tuple[str | None, str | None]],
    model: str | None,
    language: str | None,
    passed: str | None,
) -> None:
    open_recognizer(model, language, 1)
    assert opened == [(model, passed)]


@pytest.mark.parametrize("model", [None, "tiny.en", "base.en", "/models/english"])
def test_a_model_that_knows_english_only_says_so(
    opened: list[tuple[str | None, str | None]], model: str | None
) -> None:
    with pytest.raises(UserError, match="knows English only: choose one of several languages"):
        open_recognizer(model, "de", 1)


def test_a_microphone_chosen_later_brings_the_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, str | None]] = []

    def load(model: str | None, language: str | None, threads: int) -> Deaf:
        asked.append((model, language))
        return Deaf()

    monkeypatch.setattr(live_networks, "open_recognizer", load)
    options = LiveOptions(CameraChoice(0), None, whisper_model="base", language="de")
    live = Live(options)
    live._networks.encoders = SimpleNamespace(close=lambda: None)  # type: ignore[assignment]
    recognizer = live._networks.recognizer
    assert recognizer is not None and recognizer.loaded is None
    live.choose(None, MicrophoneChoice("none such"))
    until(lambda: recognizer.loaded is not None)
    live.choose(None, MicrophoneChoice("another"))
    assert asked == [("base", "de")]
    live.close()
    without = Live(LiveOptions(CameraChoice(0), None, transcript=False))
    assert without._networks.recognizer is None


def test_nobody_waits_for_the_recogniser_to_be_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faces and voices are scored while the speech model still loads."""
    go_on, opened = threading.Event(), SimpleNamespace(close=lambda: None)

    def load(*_: object) -> Deaf:
        assert go_on.wait(10.0)
        return Deaf()

    monkeypatch.setattr(live_networks, "open_recognizer", load)
    monkeypatch.setattr(live_networks.EncoderSet, "open", lambda *_, **__: opened)
    monkeypatch.setattr(live_networks, "_warm_up", lambda _: None)
    networks = live_networks.LiveNetworks(LiveOptions(None, MicrophoneChoice()))
    assert networks.recognizer is not None
    found = networks.load_while(lambda: None, threading.Event(), hears=True)
    assert found is opened
    assert networks.recognizer.loaded is None
    go_on.set()
    until(lambda: networks.recognizer.loaded is not None)
