"""The transcript as it grows: final words upright, tentative words grey and slanted.

Final words stand on a tint of the emotion that they express.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt6.QtGui import QColor, QTextCharFormat, QTextCursor
from PyQt6.QtWidgets import QPlainTextEdit

from live_emotion.core.percepts import TranscriptSegment
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.names import emotion_name
from live_emotion.dashboard.theme import LIGHT, Theme
from live_emotion.dashboard.transcript_log import TranscriptLog
from live_emotion.dashboard.view_model import clock

_MAX_PARAGRAPHS: Final = 300
_MAX_PARAGRAPH_CHARS: Final = 600
# Faint enough for the words to keep their contrast.
_TINT_ALPHA: Final = 55

Leading = Callable[[float, float], int | None]


def _no_emotion(t0: float, t1: float) -> int | None:
    return None


class TranscriptView(QPlainTextEdit):
    """Read-only text with one paragraph for each utterance, each with its time."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Transcript"))
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(_MAX_PARAGRAPHS)
        self.setPlaceholderText(tr("Words appear here as they are spoken."))
        self.setTabChangesFocus(True)
        self._seen_version = -1
        self._seen_finals = self._seen_rewritten = 0
        self._in_paragraph = False
        self._tinted: int | None = None
        self._theme = LIGHT
        self._leading: Leading = _no_emotion
        self._final_end = self._cursor_at_end()

    def refresh(self, transcript: TranscriptLog, leading: Leading = _no_emotion) -> None:
        """Show what is new, if anything is; stay at the bottom if the reader is there.

        Parameters
        ----------
        transcript
            The words.
        leading
            Returns which emotion led in the words between two times in seconds, None for none.
        """
        self._leading = leading
        version = transcript.version
        if version == self._seen_version:
            return
        if transcript.rewritten != self._seen_rewritten:
            self._seen_rewritten = transcript.rewritten
            self._begin_anew()
        self._seen_version = version
        bar = self.verticalScrollBar()
        at_bottom = bar is None or bar.value() >= bar.maximum() - 4
        total = transcript.finals
        finals, tentative = transcript.since(self._seen_finals)
        self._drop_tentative()
        for segment in finals:
            self._write(segment)
            self._in_paragraph = not segment.closes and self._paragraph_length() < (
                _MAX_PARAGRAPH_CHARS
            )
            self._final_end = self._cursor_at_end()
        self._seen_finals = max(total, self._seen_finals + len(finals))
        if tentative is not None:
            self._write(tentative)
        if at_bottom and bar is not None:
            bar.setValue(bar.maximum())

    def tentative_text(self) -> str:
        """Return the tentative words as shown, without time or leading space."""
        text = self._tentative_part().selectedText().replace("\u2029", "\n").strip()
        return text if self._in_paragraph else text.partition("  ")[2]

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme; the words are written anew in its colours."""
        self._theme = theme
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.clear()
        self._seen_version, self._seen_finals, self._in_paragraph = -1, 0, False
        self._final_end = self._cursor_at_end()

    def _write(self, segment: TranscriptSegment) -> None:
        cursor = self._cursor_at_end(stays=False)
        emotion = self._leading(segment.t0, segment.t1) if segment.final else None
        style = self._format(segment.final)
        if self._in_paragraph:
            # One phrase is one stretch of colour, in however many runs its words came.
            alike = emotion is not None and emotion == self._tinted
            cursor.insertText(" ", self._tint(style, emotion) if alike else style)
        else:
            if not self._is_empty():
                cursor.insertBlock()
            cursor.insertText(f"{clock(segment.t0).split('.')[0]}  ", self._format(None))
        self._tinted = emotion
        cursor.insertText(segment.text, self._tint(style, emotion))

    def _tint(self, style: QTextCharFormat, emotion: int | None) -> QTextCharFormat:
        """Return a format on the colour of an emotion, None for no colour."""
        tinted = QTextCharFormat(style)
        if emotion is not None:
            tint = QColor(self._theme.emotion(emotion))
            tint.setAlpha(_TINT_ALPHA)
            tinted.setBackground(tint)
            tinted.setToolTip(emotion_name(emotion))
        return tinted

    def _format(self, final: bool | None) -> QTextCharFormat:
        """Return the format of final (True) or tentative (False) words, or of a time (None)."""
        style = QTextCharFormat()
        style.setForeground(QColor(self._theme.text if final else self._theme.muted))
        style.setFontItalic(final is False)
        return style

    def _drop_tentative(self) -> None:
        self._tentative_part().removeSelectedText()

    def _tentative_part(self) -> QTextCursor:
        """Return a cursor that selects all behind the final words."""
        cursor = QTextCursor(self.document())
        # Only the position of `_final_end` stays put on an insertion, its anchor does not.
        cursor.setPosition(self._final_end.position())
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _cursor_at_end(self, *, stays: bool = True) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.setKeepPositionOnInsert(stays)
        return cursor

    def _paragraph_length(self) -> int:
        document = self.document()
        return 0 if document is None else document.lastBlock().length()

    def _is_empty(self) -> bool:
        document = self.document()
        return document is None or document.isEmpty()
