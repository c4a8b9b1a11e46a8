"""Two languages: nothing is left out of the catalogues, and nothing goes past them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_emotion.core.estimate import DeviceEvent, Health
from live_emotion.dashboard import language
from live_emotion.dashboard.deeds import live_menus, replay_menus
from live_emotion.dashboard.language import Catalogue, catalogue, numeral, parse, set_language, tr
from live_emotion.dashboard.live_model import health_texts
from live_emotion.dashboard.names import marker_name
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import Loaded, Settings
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.shortcut_sheet import ShortcutSheet
from live_emotion.dashboard.speaking import speak
from live_emotion.dashboard.view_model import missing_sentence, notes_line
from live_emotion.dashboard.worker import ReplayWorker
from live_emotion.models.presets import PRESETS
from live_emotion.pipeline.playhead import Playhead
from live_emotion.runtime.engine import ENGINE_CHOICES
from tests.dashboard.scripted_replay import ScriptedReplay, estimate, words
from tests.dashboard.seen_texts import seen
from tests.dashboard.studio import Studio, live
from tests.dashboard.texts import LOCALE, texts

# What is the same in every language: names of things, units, file names.
_CHOICES = "|".join(map(re.escape, (*ENGINE_CHOICES, *PRESETS)))
PROPER = re.compile(
    r"live-emotion|clip\.mp4|Desk cam|Door cam|Headset|OK|Cancel|Close|English|Deutsch"
    r"|Press shortcut|Scroll (Left|Right)|float32|tiny(\.en)?|base(\.en)?|small(\.en)?|medium"
    r"|large-v3-turbo|https?://…|rtsp://…|\.\.\.|\b(ms|s|MB|dB|p50|p95)\b|/[\w/.-]+|&nbsp;|<.*?>"
    r"|\b(en|de|fr|es|it|pt|nl|pl|uk|tr|ja|zh)\b|happy/sad"
    r"|\b((Ctrl|Alt|Shift)\+)*([A-Z0-9]|F\d+|Space|End|Home|Left|Right|Up|Down)\)?$"
    r"|\b((Ctrl|Alt|Shift)\+)+\W"
    rf"|\b({_CHOICES})\b"
)


class Marked(Catalogue):
    """Puts every text that it is asked for between brackets."""

    def __init__(self) -> None:
        super().__init__({})

    def gettext(self, message: str) -> str:
        return f"«{message}»"


def outside(text: str) -> str:
    """Return what of a text stands outside brackets, without proper names."""
    kept, depth = [], 0
    for letter in text:
        depth += (letter == "«") - (letter == "»")
        if depth == 0 and letter != "»":
            kept.append(letter)
    return PROPER.sub("", "".join(kept))


@pytest.fixture
def windows(qtbot: QtBot, studio: Studio, tmp_path: Path) -> Iterator[list[QWidget]]:
    """Every window and dialog there is, opened in the language that was set before."""
    made: list[QWidget] = []

    def open_all() -> list[QWidget]:
        window = studio.open()
        live(qtbot, window)
        # This sentence is of the script, and of no device.
        qtbot.waitUntil(lambda: "been away" in window.bar.microphone_words.text())
        window.control.set_paused(True)
        window.bar.microphone_words.setText("")
        window.bar.microphone_words.setToolTip("")
        window.bar.microphone_words.setAccessibleDescription("")
        dialog = window.open_settings()
        sheet = ShortcutSheet(window.deeds, window)
        newest, playhead = ReplayState(), Playhead(None)
        segments = [words(0, 1, "", final=True)]
        worker = ReplayWorker(lambda: ScriptedReplay(6.0, segments=segments), (), newest, playhead)
        keeper = SettingsKeeper(Loaded(Settings(theme="light")), tmp_path / "s.json")
        replay = ReplayWindow(worker, newest, playhead, keeper, "clip.mp4")
        replay.show()
        worker.start()
        qtbot.waitUntil(lambda: replay.status == "finished", timeout=20_000)
        replay.refresh()
        replay.body.curves.hover.show_at(2.0)
        replay.message.say_problem(ValueError(""))
        made.extend((window, window.small, window.consent, dialog, sheet, replay))
        return made

    made.append(open_all)  # type: ignore[arg-type]
    yield made
    for each in made[1:]:
        each.close()
        each.deleteLater()


def opened(windows: list[QWidget]) -> list[QWidget]:
    windows[0]()  # type: ignore[operator]
    return windows[1:]


def test_no_text_goes_past_the_catalogue(
    windows: list[QWidget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_now", Marked())
    found = list(seen(*opened(windows)))
    assert len(found) > 500
    bare = {(k, t) for k, t in found if any(letter.isalpha() for letter in outside(t))}
    assert not bare, "\n".join(map(str, sorted(bare)))


def test_in_german_nothing_is_left_in_english(windows: list[QWidget]) -> None:
    speak("de")
    german = catalogue("de").texts
    same = {key for key, text in german.items() if key == text}
    english = {key.replace("&", "") for key in german} - {key.replace("&", "") for key in same}
    # Words that happen to be German ones for something else.
    english -= {text.replace("&", "") for text in german.values()}
    found = list(seen(*opened(windows)))
    left = {(kind, text) for kind, text in found if text.replace("&", "") in english}
    assert left == set()
    texts_seen = {text.replace("&", "") for _, text in found}
    for wanted in ("Einstellungen", "fröhlich", "Gesicht", "Wiedergabe", "Abbrechen", "Fertig"):
        assert wanted in texts_seen


def test_the_catalogue_holds_every_text_and_no_other() -> None:
    source = set(texts())
    assert len(source) > 250
    german = parse((LOCALE / "de.po").read_text("utf-8"))
    assert source - set(german) == set()
    assert set(german) - source == set()


def test_translations_have_the_same_places_to_fill() -> None:
    for key, text in catalogue("de").texts.items():
        places = [name for _, name, _, _ in string.Formatter().parse(key) if name is not None]
        kept = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
        assert kept == places, key
        # A menu's entry has its letter in either language.
        assert ("&" in key) == ("&" in text), key


@pytest.mark.parametrize("menus", [live_menus, replay_menus])
def test_no_two_entries_of_a_german_menu_share_a_letter(menus: object) -> None:
    set_language("de")
    titles = []
    for menu in menus():  # type: ignore[operator]
        titles.append(menu.title)
        entries = [deed.text for deed in menu.deeds if deed is not None and "&" in deed.text]
        letters = [text[text.index("&") + 1].lower() for text in entries]
        assert len(set(letters)) == len(letters), (menu.title, letters)
    letters = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(letters)) == len(letters), titles


@pytest.mark.parametrize(
    ("value", "code"), [("de_DE.UTF-8", "de"), ("de", "de"), ("en_GB", "en"), ("fi_FI", "en")]
)
def test_the_systems_language_is_taken(
    monkeypatch: pytest.MonkeyPatch, value: str, code: str
) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANGUAGE", value)
    assert set_language("system") == code
    assert tr("happy") == ("fröhlich" if code == "de" else "happy")


@pytest.mark.parametrize(
    ("code", "half", "many"), [("en", "+0.50", "12,345"), ("de", "+0,50", "12.345")]
)
def test_numbers_are_written_as_the_language_has_them(
    code: Literal["en", "de"], half: str, many: str
) -> None:
    set_language(code)
    assert numeral(0.5, "+.2f") == half
    assert numeral(12_345, ",") == many


def test_a_catalogue_is_read_as_gettext_writes_it() -> None:
    text = """
# a comment
msgid ""
msgstr "Language: de\\n"

#: here
msgid "one “{}”\\n"
"and more"
msgstr ""
"eins „{}“\\n"
"und mehr"

msgid "left"
msgstr ""
"""
    assert parse(text) == {"one “{}”\nand more": "eins „{}“\nund mehr"}
    assert catalogue("xx").gettext("happy") == "happy"


def test_models_speak_the_language_too() -> None:
    speak("de")
    assert missing_sentence(estimate(0, None)) == (
        "Jetzt keine Werte (Gesicht: kein Gesicht, Stimme: keine Sprache, Worte: keine Worte)"
    )
    event = DeviceEvent(
        12.0, "clip.mp4", "jumped", "jumped from 1.2 s to 4.0 s; the windows begin anew"
    )
    assert notes_line((), (event,)).endswith("Sprung von 1,2 s zu 4,0 s; die Fenster beginnen neu")
    health = Health(1.0, 1, 1, 30.0, 1.0, 5.0, 9.0, {"ticks": 2}, 100.0, 0.5)
    assert health_texts(health, "")["dropped"] == "2 Werte"
    assert health_texts(health, "")["cpu"] == "0,50 Kerne"
    assert marker_name("marker 3", 3) == "Marke 3"
    assert marker_name("question", 3) == "question"
