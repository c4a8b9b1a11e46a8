"""What every view on a flow shows: video, curves, present values, contributions, transcript."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from live_emotion.core.estimate import Estimate
from live_emotion.dashboard.contributions import Contributions
from live_emotion.dashboard.curves import Curves
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.newest import NewestState, Picture
from live_emotion.dashboard.people_curves import PeopleCurves
from live_emotion.dashboard.people_line import PeopleLine
from live_emotion.dashboard.people_model import chosen_person, shows_change
from live_emotion.dashboard.score_bars import ScoreBars
from live_emotion.dashboard.theme import Theme
from live_emotion.dashboard.transcript_view import TranscriptView
from live_emotion.dashboard.valence_curve import ValenceCurve
from live_emotion.dashboard.video_view import VideoView
from live_emotion.dashboard.view_model import (
    contribution_rows,
    describe_scores,
    missing_sentence,
    score_rows,
)


class Body(QWidget):
    """The parts that a replay and a live session have in common.

    Parameters
    ----------
    duration
        Seconds of the file, None if unknown or live.
    """

    follow_wanted = pyqtSignal(object)

    def __init__(self, duration: float | None = None) -> None:
        super().__init__()
        self._shown: Picture | None = None
        self._scores_shown: tuple[int, Estimate | None] = (-1, None)
        self.video = VideoView()
        self.curves = Curves(duration)
        self.scores = ScoreBars()
        self.contributions = Contributions()
        self.transcript = TranscriptView()
        self.people_line = PeopleLine()
        self.everyone = PeopleCurves()
        self.valence = ValenceCurve()
        self._chosen: int | None = None
        self._headings: dict[str, QLabel] = {}
        self.missing = plain_label("muted", tr("Why there are no scores"))
        self._lay_out()
        self.video.clicked.connect(self._follow)
        self.everyone.follow_wanted.connect(self._follow)

    @property
    def shown(self) -> Estimate | None:
        """The estimate whose scores are shown, None before the first."""
        return self._scores_shown[1]

    def refresh(self, newest: NewestState, playhead: float | None = None) -> None:
        """Read the newest state and show what has changed; `playhead` is where a replay is."""
        newest.shown_size = self.video.device_size()
        picture, estimate = newest.picture, newest.estimate
        scores = (newest.history.version, estimate)
        if picture is not None and picture is not self._shown:
            self._shown = picture
            main = estimate.face.id if estimate is not None and estimate.face else None
            self.video.show_picture(picture, main)
        change = shows_change(estimate)
        if scores != self._scores_shown:
            self._scores_shown = scores
            self._show_change(change)
            self.scores.show_rows(
                score_rows(estimate, change=change), describe_scores(estimate, change=change)
            )
            self.contributions.show_rows(contribution_rows(estimate))
            self.missing.setText(missing_sentence(estimate))
        events = newest.devices
        self._chosen = chosen_person(estimate, events)
        self.people_line.refresh(estimate, events, newest.position)
        self.everyone.refresh(estimate, newest.people)
        history = newest.people.changes if self.curves.change else None
        if history is None and self._chosen is not None:
            history = newest.people.of(self._chosen)
        self.curves.refresh(history or newest.history, tuple(newest.markers), playhead)
        self.valence.refresh(newest.valence, self.curves.span())
        self.transcript.refresh(newest.transcript, newest.history.leading)

    def reset(self, theme: Theme) -> None:
        """Forget what was shown: another session begins."""
        self._shown, self._scores_shown = None, (-1, None)
        self.video.clear()
        self.curves.reset()
        self.valence.reset()
        self._show_change(False)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        for part in (
            self.curves,
            self.scores,
            self.contributions,
            self.transcript,
            self.people_line,
            self.everyone,
            self.valence,
        ):
            part.set_theme(theme)

    def _follow(self, face_id: int | None) -> None:
        """Follow whoever was clicked; whoever is followed already, or nobody: the main face."""
        if face_id is not None or self._chosen is not None:
            self.follow_wanted.emit(None if face_id == self._chosen else face_id)

    def _show_change(self, change: bool) -> None:
        self.curves.show_change(change)
        self.scores.show_change(change)
        for name, (raw, changed) in {
            "now": (tr("Now"), tr("Now: change from neutral, −1 to 1")),
            "curves": (
                tr("Expressions over time"),
                tr("Change from the neutral face over time, −1 to 1"),
            ),
        }.items():
            self._headings[name].setText(changed if change else raw)

    def _lay_out(self) -> None:
        present = QWidget()
        beside = QHBoxLayout(present)
        beside.setContentsMargins(0, 0, 0, 0)
        now = _panel(tr("Now"), self.scores)
        drawn = _stacked(self.curves, self.valence)
        over_time = _panel(tr("Expressions over time"), drawn, self.missing, self.everyone)
        for name, panel in (("now", now), ("curves", over_time)):
            heading = panel.findChild(QLabel, "heading")
            assert heading is not None
            self._headings[name] = heading
        beside.addWidget(now, 1)
        beside.addWidget(
            _panel(tr("Share of the score · leading expression"), self.contributions), 1
        )
        seen = QWidget()
        above = QVBoxLayout(seen)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(4)
        above.addWidget(self.video, 1)
        above.addWidget(self.people_line)
        left = _splitter(
            Qt.Orientation.Vertical,
            (seen, 3),
            (_panel(tr("Transcript"), self.transcript), 2),
        )
        right = _splitter(
            Qt.Orientation.Vertical,
            (over_time, 3),
            (present, 2),
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(_splitter(Qt.Orientation.Horizontal, (left, 2), (right, 3)))


def plain_label(role: str, accessible: str) -> QLabel:
    """Return a label for text of any length; `role` chooses its look in the style sheet."""
    label = QLabel()
    label.setObjectName(role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(accessible)
    return label


def _panel(
    heading: str, content: QWidget, beside: QWidget | None = None, below: QWidget | None = None
) -> QFrame:
    frame = QFrame()
    frame.setObjectName("panel")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(12, 8, 12, 10)
    line = QHBoxLayout()
    label = QLabel(heading)
    label.setObjectName("heading")
    line.addWidget(label)
    if beside is not None:
        line.addWidget(beside, 1)
    layout.addLayout(line)
    layout.addSpacing(4)
    layout.addWidget(content, 1)
    if below is not None:
        layout.addWidget(below)
    return frame


def _stacked(*widgets: QWidget) -> QWidget:
    """Return widgets one below the other; the first takes what room is left."""
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    for k, widget in enumerate(widgets):
        layout.addWidget(widget, 0 if k else 1)
    return whole


def _splitter(orientation: Qt.Orientation, *parts: tuple[QWidget, int]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(8)
    splitter.setChildrenCollapsible(False)
    for i, (widget, stretch) in enumerate(parts):
        splitter.addWidget(widget)
        splitter.setStretchFactor(i, stretch)
    splitter.setSizes([1000 * stretch for _, stretch in parts])
    return splitter
