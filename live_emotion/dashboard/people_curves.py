"""A small panel with thin curves for each of up to four people; a click follows them."""

from __future__ import annotations

from typing import Final

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.estimate import Estimate, PersonEstimate
from live_emotion.dashboard.history import FloatTable, open_gaps
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.people_history import PeopleHistory
from live_emotion.dashboard.people_model import people_of, person_words
from live_emotion.dashboard.theme import LIGHT, SMALL_POINTS, Theme, emotion_pen

MOST: Final = 4
SPAN_S: Final = 30.0
_HEAD: Final = 20.0


class PersonPanel(QWidget):
    """One person: number, leading expression, and thin curves of the last half minute."""

    clicked = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(QSize(120, 74))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("Click to follow this person"))
        self.person: PersonEstimate | None = None
        self._t: FloatTable = np.empty(0)
        self._scores: FloatTable = np.empty((0, len(EMOTIONS)))
        self._end = 0.0
        self._speaks = False
        self._theme = LIGHT

    @property
    def text(self) -> str:
        """What stands in the head."""
        if self.person is None:
            return ""
        words = person_words(self.person)
        return tr("{} · speaks").format(words) if self._speaks else words

    def show_person(
        self, person: PersonEstimate, t: FloatTable, scores: FloatTable, end: float, *, speaks: bool
    ) -> None:
        """Show a person and the scores ``(n, 6)`` at the times ``(n,)`` up to `end` seconds."""
        self.person, self._end, self._speaks = person, end, speaks
        self._t, self._scores = open_gaps(t, scores)
        self.setAccessibleName(self.text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._theme = theme
        self.setMinimumHeight(round(54 + 1.7 * theme.points(SMALL_POINTS)))
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Follow this person."""
        if self.person is not None:
            self.clicked.emit(self.person.face.id)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Follow this person on Enter."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.mousePressEvent(None)
        elif event is not None:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the head and the curves."""
        if self.person is None:
            return
        theme, followed = self._theme, self.person.followed
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        outlined = followed or self.hasFocus()
        painter.setPen(QPen(QColor(theme.accent if outlined else theme.edge), 2 if followed else 1))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(frame, 6, 6)
        font = self.font()
        font.setPointSize(theme.points(SMALL_POINTS))
        font.setBold(followed)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        head = QRectF(frame.left() + 6, frame.top() + 2, frame.width() - 12, _HEAD + 2)
        head.setHeight(painter.fontMetrics().height() + 2)
        text = painter.fontMetrics().elidedText(
            self.text, Qt.TextElideMode.ElideRight, round(head.width())
        )
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, text)
        area = QRectF(frame.left() + 6, head.bottom() + 2, frame.width() - 12, 0)
        area.setBottom(frame.bottom() - 5)
        painter.setPen(QPen(QColor(theme.grid), 1))
        for y in (area.top(), area.center().y(), area.bottom()):
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        for i in range(len(EMOTIONS)):
            self._paint_curve(painter, area, i)

    def _paint_curve(self, painter: QPainter, area: QRectF, index: int) -> None:
        painter.setPen(emotion_pen(self._theme, index, 1.4))
        run: list[QPointF] = []
        for t, value in zip(self._t, self._scores[:, index], strict=True):
            if np.isfinite(value) and t >= self._end - SPAN_S:
                x = area.right() - (self._end - t) / SPAN_S * area.width()
                run.append(QPointF(x, area.bottom() - value * area.height()))
            else:
                painter.drawPolyline(QPolygonF(run))
                run = []
        painter.drawPolyline(QPolygonF(run))


class PeopleCurves(QWidget):
    """Up to four panels side by side; nothing while there are fewer than two people."""

    follow_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Curves of everyone in sight"))
        self.panels = [PersonPanel() for _ in range(MOST)]
        self._wanted = True
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 4, 0, 0)
        line.setSpacing(6)
        for panel in self.panels:
            panel.clicked.connect(self.follow_wanted)
            line.addWidget(panel)
        self.hide()

    def set_wanted(self, wanted: bool) -> None:
        """Show the panels when there are several people, or never."""
        self._wanted = wanted
        if not wanted:
            self.hide()

    def refresh(self, estimate: Estimate | None, history: PeopleHistory) -> None:
        """Show everyone that the newest estimate sees."""
        people = people_of(estimate)[:MOST]
        self.setVisible(self._wanted and len(people) > 1)
        if estimate is None or not self.isVisibleTo(self.parentWidget()):
            return
        for panel, person in zip(self.panels, people, strict=False):
            kept = history.of(person.face.id)
            if kept is None:
                continue
            scores = kept.since(estimate.t - SPAN_S)
            shown = scores.t <= estimate.t + 1e-6
            speaks = bool(estimate.speaker_sure) and estimate.speaker == person.face.id
            panel.show_person(
                person, scores.t[shown], scores.scores[shown], estimate.t, speaks=speaks
            )
        for k, panel in enumerate(self.panels):
            panel.setVisible(k < len(people))

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        for panel in self.panels:
            panel.set_theme(theme)
