"""All that the live window holds: status and devices, what was measured, health, notes."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.body import Body, plain_label
from live_emotion.dashboard.health_strip import HealthStrip
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.live_bar import LiveBar
from live_emotion.dashboard.live_model import (
    LiveStatus,
    device_words,
    health_texts,
    mood,
    newest_event,
    why_no_picture,
)
from live_emotion.dashboard.live_session import LiveSession
from live_emotion.dashboard.load_watch import LoadWatch
from live_emotion.dashboard.message_bar import MessageBar
from live_emotion.dashboard.theme import LIGHT, Theme
from live_emotion.dashboard.told import retold
from live_emotion.dashboard.video_view import VideoView
from live_emotion.dashboard.view_model import PURPOSE, clock


class LiveView(QWidget):
    """Shows one live session after another.

    Parameters
    ----------
    deeds
        The actions that some buttons stand for.
    """

    def __init__(self, deeds: Actions) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._shown: LiveSession | None = None
        self._theme = LIGHT
        self._load = LoadWatch()
        self.bar = LiveBar(deeds["record"], deeds["pause"], deeds["follow"])
        self.message = MessageBar()
        self.body = Body()
        self.health = HealthStrip()
        self.notes = plain_label("notes", tr("Notes"))
        purpose = plain_label("purpose", tr("What is shown"))
        purpose.setText(tr(PURPOSE))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 6, 14, 8)
        layout.setSpacing(7)
        layout.addWidget(self.bar)
        layout.addWidget(self.message)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.health)
        layout.addWidget(self.notes)
        layout.addWidget(purpose)

    def show_session(self, session: LiveSession, *, visible: bool) -> None:
        """Show how a session stands, and its newest state if anyone can see it."""
        if session is not self._shown:
            if self._shown is not None:
                self.body.reset(self._theme)
            self._shown = session
            self._load = LoadWatch()
        newest = session.newest
        if visible:
            self.body.refresh(newest)
        self.bar.clock_label.setText(clock(newest.position).split(".")[0])
        events = newest.devices
        for device, choice in (
            ("camera", session.options.camera),
            ("microphone", session.options.microphone),
        ):
            event = newest_event(events, device) if choice is not None else None
            self.bar.show_device(
                device, device_words(device, event, chosen=choice is not None), mood(event)
            )
        load = self._load.words(newest.health)
        self.health.show_texts(health_texts(newest.health, session.engine, load))
        self.notes.setText("  ·  ".join(map(retold, session.notes)))
        self.notes.setVisible(bool(session.notes))

    def show_why_no_picture(
        self, status: LiveStatus, session: LiveSession | None, *videos: VideoView
    ) -> None:
        """Say in place of the picture why there is none; the last one is not left standing.

        `videos` show the same picture elsewhere.
        """
        chosen = session is None or session.options.camera is not None
        event = newest_event(session.newest.devices, "camera") if session is not None else None
        why = why_no_picture(status, event, chosen=chosen)
        for video in (self.body.video, *videos):
            video.set_empty_text(why or tr("No picture yet"))
            if why:
                video.clear()

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._theme = theme
        self.body.set_theme(theme)
        self.bar.set_theme(theme)
