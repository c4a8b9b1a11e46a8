from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QTextCursor
from pytestqt.qtbot import QtBot

from live_emotion.dashboard.theme import DARK, LIGHT
from live_emotion.dashboard.transcript_log import TranscriptLog
from live_emotion.dashboard.transcript_view import TranscriptView
from tests.dashboard.scripted_replay import words


def test_tentative_is_replaced_and_final_is_kept() -> None:
    log = TranscriptLog()
    log.add(words(0, 1, "kids", final=False))
    log.add(words(0, 2, "kids are talking", final=False))
    assert log.since(0)[0] == ()
    assert log.since(0)[1].text == "kids are talking"  # type: ignore[union-attr]
    log.add(words(0, 2, "Kids are", final=True))
    finals, tentative = log.since(0)
    assert [segment.text for segment in finals] == ["Kids are"]
    assert tentative is None
    log.add(words(2, 3, "talking", final=False))
    log.add(words(3, 3, "", final=False))
    assert log.since(1) == ((), None)


@pytest.fixture
def view(qtbot: QtBot) -> TranscriptView:
    widget = TranscriptView()
    qtbot.addWidget(widget)
    widget.set_theme(LIGHT)
    return widget


def test_the_view_shows_the_same(view: TranscriptView) -> None:
    log = TranscriptLog()
    steps = [
        (words(0.2, 1, "kids", final=False), "0:00  kids"),
        (words(0.2, 2, "kids are", final=False), "0:00  kids are"),
        (words(0.2, 2, "Kids are", final=True), "0:00  Kids are"),
        (words(2, 3, "talking", final=False), "0:00  Kids are talking"),
        (words(2, 3, "walking.", final=True, closes=True), "0:00  Kids are walking."),
        (words(61, 62, "dogs", final=False), "0:00  Kids are walking.\n1:01  dogs"),
        (words(61, 62, "", final=False), "0:00  Kids are walking."),
    ]
    for segment, expected in steps:
        log.add(segment)
        view.refresh(log)
        assert view.toPlainText() == expected
        assert view.tentative_text() == ("" if segment.final else segment.text)
    view.set_theme(DARK)
    view.refresh(log)
    assert view.toPlainText() == "0:00  Kids are walking."


def test_tentative_words_look_different(view: TranscriptView) -> None:
    log = TranscriptLog()
    log.add(words(0, 1, "Kids", final=True))
    log.add(words(1, 2, "are", final=False))
    view.refresh(log)
    looks = {}
    for word in ("Kids", "are"):
        cursor: QTextCursor = view.document().find(word)  # type: ignore[union-attr]
        style = cursor.charFormat()
        looks[word] = (style.fontItalic(), style.foreground().color().name())
    assert looks == {"Kids": (False, LIGHT.text), "are": (True, LIGHT.muted)}


def test_a_long_transcript_stays_bounded(view: TranscriptView) -> None:
    log = TranscriptLog(100)
    for k in range(2000):
        log.add(words(k, k + 1, f"word {k}", final=True, closes=k % 2 == 1))
        log.add(words(k + 1, k + 1, "maybe", final=False))
        if k % 3 == 0:
            view.refresh(log)
    view.refresh(log)
    assert view.blockCount() <= 300
    assert view.toPlainText().endswith("word 1999\n33:20  maybe")
    assert view.toPlainText().count("maybe") == 1


def test_final_words_stand_on_the_tint_of_what_led(view: TranscriptView) -> None:
    log = TranscriptLog()
    log.add(words(0, 1, "Kids", final=True))
    log.add(words(1, 2, "talk", final=True))
    log.add(words(2, 3, "maybe", final=False))
    view.refresh(log, lambda t0, t1: 4 if t0 < 0.5 else None)

    def tint(text: str) -> QColor | None:
        cursor = QTextCursor(view.document())
        cursor.setPosition(view.toPlainText().index(text) + 1)
        brush = cursor.charFormat().background()
        return brush.color() if brush.style() != Qt.BrushStyle.NoBrush else None

    found = tint("Kids")
    assert found is not None
    assert (found.name(), found.alpha()) == (LIGHT.emotion(4).name(), 55)
    assert tint("talk") is None
    assert tint("maybe") is None


def test_words_that_come_late_take_their_place(view: TranscriptView) -> None:
    log = TranscriptLog()
    log.add(words(0.2, 2, "Kids are", final=True, closes=True))
    log.add(words(61, 62, "dogs", final=True, closes=True))
    view.refresh(log)
    log.add(words(30, 31, "cats", final=True, closes=True))
    view.refresh(log)
    assert view.toPlainText() == "0:00  Kids are\n0:30  cats\n1:01  dogs"
    log.add(words(70, 71, "and", final=False))
    view.refresh(log)
    assert view.tentative_text() == "and"
