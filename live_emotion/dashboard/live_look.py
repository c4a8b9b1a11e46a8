"""Makes the live window look as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live_emotion.dashboard.theme import theme_named, wear

if TYPE_CHECKING:
    from live_emotion.dashboard.live_window import LiveWindow


def show_settings(window: LiveWindow) -> None:
    """Take on all that the settings say but for the colours."""
    chosen, deeds = window.control.settings, window.deeds
    for name, value in (
        ("mirror", chosen.mirror),
        ("landmarks", chosen.landmarks),
        (f"theme_{chosen.theme}", True),
    ):
        deeds[name].setChecked(value)
    deeds.name_markers(chosen.markers)
    deeds.set_shortcuts(chosen.shortcuts)
    window.body.curves.set_smoothing(chosen.smoothing_s)
    window.bar.camera.set_choice(chosen.camera)
    window.bar.microphone.set_choice(chosen.microphone)
    for video in (window.body.video, window.small.video):
        video.set_mirror(chosen.mirror)
        video.set_landmarks(chosen.landmarks)


def take_on_theme(window: LiveWindow) -> None:
    """Wear the colours and the text size of the settings."""
    chosen = window.control.settings
    theme = theme_named(chosen.theme, chosen.text_percent)
    wear(window, theme)
    window.view.set_theme(theme)
    window.small.set_theme(theme)
