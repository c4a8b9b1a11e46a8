"""What other parts of the program tell in English is told in the language of the windows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import FloatArray
from live_emotion.dashboard.speaking import speak
from live_emotion.dashboard.told import retold
from live_emotion.pipeline.baseline import HOLD_TICKS, Baselines
from live_emotion.pipeline.crew import Crew
from live_emotion.runtime.kits import kit_named
from live_emotion.runtime.nvidia import nvidia_driver
from live_emotion.runtime.weights import find_branch
from tests.dashboard.texts import LOCALE


def test_what_other_parts_tell_is_retold() -> None:
    speak("de")
    assert retold(
        "camera “Desk cam” is live: 640x480"
    ) == "Kamera „Desk cam“ ist live: 640x480" or (
        retold("camera “Desk cam” is live: 640x480") == "Kamera “Desk cam” ist live: 640x480"
    )
    assert retold("default microphone has sent nothing for 1.2 s") == (
        "Standardmikrofon: seit 1,2 s kommt nichts"
    )
    assert "Hauptgesicht" in retold(
        "person 2 has been out of sight for 2 s: the main face is followed again"
    )
    assert retold("voice: untrained weights") == "Stimme: untrainierte Gewichte"
    assert retold("Something nobody knows.") == "Something nobody knows."


def raised(*rooms: str) -> Iterator[tuple[str, str]]:
    """Yield where a `UserError` is made, and its sentence with places for what it fills in."""
    for room in rooms:
        for path in sorted((LOCALE.parents[1] / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UserError"):
                    continue
                text = node.args[0]
                if isinstance(text, ast.Constant):
                    yield path.name, str(text.value)
                elif isinstance(text, ast.JoinedStr):
                    parts = (p.value if isinstance(p, ast.Constant) else "{}" for p in text.values)
                    yield path.name, "".join(map(str, parts))


# What only someone at a terminal, or who works on the program, can come to see.
NOT_IN_A_WINDOW = ("media_file.py", "screenshots.py", "metadata.py")


def test_errors_of_files_devices_sessions_and_speech_are_told_in_german() -> None:
    speak("de")
    found = [
        (file, text.replace("{}", "7"))
        for file, text in raised("capture", "session", "perception", "dashboard")
        if file not in NOT_IN_A_WINDOW
    ]
    assert len(found) > 25
    assert [(file, text) for file, text in found if retold(text) == text] == []


def test_what_is_damaged_or_missing_is_told_in_german(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak("de")
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(tmp_path))
    (tmp_path / "live-vision.safetensors").write_bytes(b"damaged")
    (tmp_path / "SHA256SUMS").write_text(
        f"{'0' * 64}  live-vision.safetensors\n{'0' * 64}  live-audio.safetensors\n"
    )
    for branch, german in (("vision", "Beschädigte Gewichte"), ("audio", "Die Gewichtsdatei")):
        with pytest.raises(UserError) as told:
            find_branch("live", branch)  # type: ignore[arg-type]
        sentence = retold(str(told.value))
        assert sentence.startswith(german)
        assert sentence.endswith("live-emotion neu installieren oder die Datei wiederherstellen.")
    with pytest.raises(UserError) as told:
        kit_named("cuda" if not nvidia_driver() else "torch")
    if not nvidia_driver():
        assert retold(str(told.value)).startswith("Die Engine cuda kann nicht laufen (keine NVIDIA")


def test_all_that_is_told_of_baselines_and_people_is_told_in_german() -> None:
    speak("de")
    happy, still = np.full(6, 0.1, np.float32), np.full(6, 0.1, np.float32)
    happy[0] = 0.9
    wild = [still + np.float32(0.4 * (k % 2)) for k in range(HOLD_TICKS)]

    def held(rows: Iterable[FloatArray | None], person: int = 1) -> Iterator[DeviceEvent | None]:
        keeper = Baselines(lambda: np.full(6, 0.6, np.float32))
        yield keeper.begin(None, 0.0)
        yield keeper.begin(1, 0.0)
        for row in rows:
            yield keeper.add(1, row, 1.0)
        yield keeper.add(2, still, 2.0)
        yield keeper.begin(2, 3.0)
        yield keeper.add(1, still, 4.0)
        yield keeper.begin(1, 5.0)
        yield keeper.clear(1, 6.0)
        yield keeper.clear(1, 7.0)

    events = [
        each
        for rows in ([still] * HOLD_TICKS, [happy] * HOLD_TICKS, wild, [None] * HOLD_TICKS)
        for each in held(rows)
        if each is not None
    ]
    crew = Crew()
    events += [each for each in (crew.follow(3, 0.0), crew.see(20, 8.0, (), None)) if each]
    events += [each for each in (crew.follow(3, 9.0), crew.follow(None, 9.0)) if each]
    assert {e.state for e in events} == {
        *("begun", "kept", "doubtful", "failed", "cleared", "none", "followed", "lost", "main")
    }
    english = {"person", "face", "baseline", "it", "looked", "went", "happy", "is", "the", "no"}
    for event in events:
        words = set(re.findall(r"[A-Za-zäöüß]+", retold(event.message).lower()))
        assert not (words - {"person"}) & english, retold(event.message)
