"""How a replay's window looks: where its parts lie, and what the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_emotion.dashboard.body import plain_label
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.theme import theme_named, wear
from live_emotion.dashboard.view_model import PURPOSE

if TYPE_CHECKING:
    from live_emotion.dashboard.replay_window import ReplayWindow


def lay_out(window: ReplayWindow) -> QWidget:
    """Return the parts of a replay's window on one widget, from top to bottom."""
    purpose = plain_label("purpose", tr("What is shown"))
    purpose.setText(tr(PURPOSE))
    whole = QWidget()
    whole.setObjectName("window")
    whole.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(14, 6, 14, 8)
    layout.setSpacing(7)
    layout.addWidget(window.transport)
    layout.addWidget(window.message)
    layout.addWidget(window.body, 1)
    layout.addWidget(window.notes)
    layout.addWidget(purpose)
    return whole


def show_settings(window: ReplayWindow) -> None:
    """Let a replay's window look and behave as its settings say."""
    chosen = window.keeper.settings
    for name, value in (
        ("mirror", chosen.mirror_replay),
        ("landmarks", chosen.landmarks),
        (f"theme_{chosen.theme}", True),
    ):
        window.deeds[name].setChecked(value)
    window.deeds.set_shortcuts(chosen.shortcuts)
    window.body.curves.set_smoothing(chosen.smoothing_s)
    window.body.video.set_mirror(chosen.mirror_replay)
    window.body.video.set_landmarks(chosen.landmarks)
    theme = theme_named(chosen.theme, chosen.text_percent)
    wear(window, theme)
    window.body.set_theme(theme)
