"""Opens what a person wants to look at, as the settings say: live, a file, a recorded session."""

from __future__ import annotations

from pathlib import Path

from live_emotion.capture.choices import camera_choice, microphone_choice
from live_emotion.dashboard.settings import Settings
from live_emotion.dashboard.worker import Playable
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.session.reader import is_session


def open_path(path: Path, settings: Settings) -> Playable:
    """Open a file with the networks of the settings, or a session; takes seconds.

    Raises
    ------
    UserError
        If it cannot be opened.
    """
    if is_session(path):
        from live_emotion.pipeline.recorded import RecordedSession

        return RecordedSession.open(path)
    from live_emotion.pipeline.options import ReplayOptions
    from live_emotion.pipeline.replay import Replay

    return Replay.open(
        ReplayOptions(
            path=path,
            speed=1.0,
            preset=settings.preset,
            engine=settings.engine,
            whisper_model=settings.whisper_model or None,
            language=settings.speech_language or None,
            window_ticks=settings.window_ticks,
            transcript=settings.transcript,
        )
    )


def live_options(settings: Settings) -> LiveOptions:
    """Return settings as options of a live session.

    Raises
    ------
    UserError
        If a device that was chosen makes no sense.
    """
    return LiveOptions(
        camera=camera_choice(settings.camera),
        microphone=microphone_choice(settings.microphone),
        preset=settings.preset,
        engine=settings.engine,
        whisper_model=settings.whisper_model or None,
        language=settings.speech_language or None,
        window_ticks=settings.window_ticks,
        transcript=settings.transcript,
    )
