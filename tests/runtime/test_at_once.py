"""Opening what lies ready at the same time: the same engines, and nothing is built there."""

from __future__ import annotations

import locale
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from live_emotion.core.errors import UserError
from live_emotion.models.presets import Preset
from live_emotion.runtime import at_once, cache, opening
from live_emotion.runtime.choosing import Chooser
from live_emotion.runtime.engine import EncoderName
from live_emotion.runtime.news import news_to
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.remembered import forget
from live_emotion.runtime.weights import find_branches

TWO: list[EncoderName] = ["vision_sequence", "audio_sequence"]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this module's, to be filled once."""
    return tmp_path_factory.mktemp("ready")


@pytest.fixture
def fresh(small: Preset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """What finds nothing in its cache."""
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path))
    return Opener(small, find_branches("small"), EngineOptions("auto", 1))


@pytest.fixture
def opener(fresh: Opener, ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """What finds both sequence encoders ready, in a cache of its own."""
    if not (ready / "engines").is_dir():
        monkeypatch.setenv("LIVE_EMOTION_CACHE", str(ready))
        close(fresh.open_all(TWO))
        fresh.choices.clear()
    # With the times of its files: what was used last stays longest.
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path))
    return fresh


def close(engines: dict[EncoderName, Any]) -> dict[EncoderName, Any]:
    for engine in engines.values():
        engine.close()
    return {name: engine.info for name, engine in engines.items()}


def test_nothing_is_ready_in_an_empty_cache(fresh: Opener) -> None:
    assert at_once.at_once(fresh._chooser, TWO, fresh.choices) == {}


def test_what_is_ready_is_opened_beside_one_another(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = close(opener.open_all(TWO))
    ran_on = set()
    recalled = Chooser.recalled

    def noted(chooser: Chooser) -> Any:
        ran_on.add(threading.current_thread())
        return recalled(chooser)

    monkeypatch.setattr(Chooser, "recalled", noted)
    lines: list[str] = []
    with news_to(lines.append):
        opener.choices.clear()
        assert close(opener.open_all(TWO)) == first
    assert lines == []
    assert threading.main_thread() not in ran_on
    assert {name: c.chosen.precision for name, c in opener.choices.items() if c.chosen} == {
        name: info.precision for name, info in first.items()
    }


def test_the_locale_of_the_process_stays(small: Preset) -> None:
    # OpenVINO changes it while it compiles, without a thought for other threads.
    opener = Opener(small, find_branches("small"), EngineOptions("auto", 1, "float32"))
    every: list[EncoderName] = ["vision_face", *TWO, "audio_piece"]
    close(opener.open_all(every))
    before = locale.setlocale(locale.LC_ALL)
    for _ in range(5):
        close(opener.open_all(every))
        assert locale.setlocale(locale.LC_ALL) == before


def test_what_is_not_ready_is_built_as_ever(opener: Opener) -> None:
    first = close(opener.open_all(TWO))
    gone = next(e.folder for e in cache.entries() if e.key["encoder"] == "audio_sequence")
    shutil.rmtree(gone)
    forget()
    assert list(at_once.at_once(opener._chooser, TWO, {})) == []
    assert list(close(opener.open_all(TWO))) == TWO
    assert list(first) == TWO


def test_an_engine_that_was_asked_for_by_name_is_opened_by_itself(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = Opener(opener.preset, opener.branches, EngineOptions("openvino", 1))
    monkeypatch.setattr(opening, "at_once", None)  # would be called
    infos = close(named.open_all(TWO))
    assert {info.precision for info in infos.values()} == {"float32"}


def test_one_that_fails_closes_the_others(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    close(opener.open_all(TWO))
    closed: list[str] = []
    recalled = Chooser.recalled

    def failing(chooser: Chooser) -> Any:
        if chooser.recipe.encoder == "vision_sequence":
            raise UserError("The weights file x is damaged: restore it.")
        found = recalled(chooser)
        assert found is not None
        end = found[0].close
        monkeypatch.setattr(found[0], "close", lambda: (closed.append("audio"), end()))
        return found

    monkeypatch.setattr(Chooser, "recalled", failing)
    with pytest.raises(UserError, match="is damaged"):
        opener.open_all(TWO)
    assert closed == ["audio"]
