"""Makes the pictures of every view: ``python -m live_emotion.dashboard.screenshots --output DIR``.

A clip goes through the real windows: it is served as a network camera and seen by the live one,
and replayed by the other. Nothing is recorded; settings are those of a first run.
"""

from __future__ import annotations

# First: it brings OpenCV in, and takes care of what that does to Qt.
from live_emotion.dashboard.app import application

# isort: split
import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from PyQt6.QtCore import QCoreApplication, QEventLoop, QSize, Qt
from PyQt6.QtWidgets import QWidget

from live_emotion.core.errors import UserError
from live_emotion.core.resources import assets_dir
from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.clip_camera import ClipCamera
from live_emotion.dashboard.consent import ConsentDialog
from live_emotion.dashboard.device_list import DeviceLister, Devices, Offer
from live_emotion.dashboard.live_control import LiveControl
from live_emotion.dashboard.live_window import LiveWindow
from live_emotion.dashboard.pair_clip import write_pair
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import CONSENT_VERSION, Loaded, Settings, ThemeName
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.shortcut_sheet import ShortcutSheet
from live_emotion.dashboard.small_png import save_small
from live_emotion.dashboard.small_view import SmallView
from live_emotion.dashboard.theme import style_sheet, theme_named
from live_emotion.dashboard.worker import ReplayWorker
from live_emotion.pipeline.options import ReplayOptions
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.replay import Replay

# Width, height, and the size of the text that suits a screen of so many dots.
SIZES: Final = ((1280, 720, 100), (2560, 1440, 130))
THEMES: Final[tuple[ThemeName, ...]] = ("light", "dark")
_PATIENCE_S: Final = 600.0
# The demo clip is long enough for so many seconds of it beside its own later ones.
_PAIR_S: Final = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--clip", type=Path, default=assets_dir() / "demo.mp4")
    parser.add_argument("--seconds", type=float, default=21.0, help="how long each view runs")
    parser.add_argument("--microphone", default="none", help="what the live view hears")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    chosen.output.mkdir(parents=True, exist_ok=True)
    application()
    try:
        _live_views(chosen.clip, chosen.output, chosen.seconds, chosen.microphone)
        _replay_views(chosen.clip, chosen.output, chosen.seconds)
        _people_views(chosen.clip, chosen.output, chosen.seconds)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _live_views(clip: Path, folder: Path, seconds: float, microphone: str) -> None:
    with ClipCamera(clip) as camera, tempfile.TemporaryDirectory() as place:
        settings = Settings(
            consent=CONSENT_VERSION, camera=camera.url, microphone=microphone, theme="light"
        )
        here = DeviceLister(lambda: Devices((Offer(camera.url, camera.url),)), every_s=3600.0)
        path = Path(place) / "settings.json"
        window = LiveWindow(LiveControl(Loaded(settings), path, lister=here))
        _place(window, SIZES[0])
        window.begin()

        _wait(lambda: _scored(window) >= 0.7 * seconds)
        window.mark(1)
        _wait(lambda: _scored(window) >= seconds)
        for theme in THEMES:
            for size in SIZES:
                window.change(theme=theme, text_percent=size[2])
                _place(window, size)
                # Until there is something to be seen in the picture.
                _wait(lambda: _shows_scores(window))
                _picture(window, folder, "live", theme, size)
        window.change(text_percent=100)
        _small_views(window, folder)
        _dialogs(window, folder)
        window.close()


def _scored(window: LiveWindow) -> float:
    """Return how many seconds have scores."""
    session = window.control.session
    if session is None:
        return 0.0
    if session.error is not None:
        raise session.error
    return TICK_S * float(np.isfinite(session.newest.history.since().scores[:, 0]).sum())


def _shows_scores(window: LiveWindow) -> bool:
    """Whether there are scores now, and a picture with the face that they are of."""
    session = window.control.session
    newest = session.newest if session is not None else None
    if newest is None or newest.estimate is None or newest.picture is None:
        return False
    face = newest.estimate.face
    return face is not None and face.id in [seen.id for seen in newest.picture.faces]


def _small_views(window: LiveWindow, folder: Path) -> None:
    assert window.control.session is not None
    for theme in THEMES:
        small = SmallView()
        small.set_theme(theme_named(theme))
        small.video.set_mirror(window.control.settings.mirror)
        small.show()
        small.refresh(window.control.session.newest, window.control.status, "Live")
        _picture(small, folder, "small", theme, None)
        small.hide()


def _dialogs(window: LiveWindow, folder: Path) -> None:
    for theme in THEMES:
        window.change(theme=theme)
        settings = window.open_settings()
        for k in range(settings.tabs.count()):
            settings.tabs.setCurrentIndex(k)
            _picture(settings, folder, f"settings-{k + 1}", theme, None)
        settings.reject()
        for name, dialog in (
            ("shortcuts", ShortcutSheet(window.deeds, window)),
            ("consent", ConsentDialog(window)),
        ):
            dialog.setStyleSheet(style_sheet(theme_named(theme)))
            dialog.show()
            _picture(dialog, folder, name, theme, None)
            dialog.close()


def _people_views(clip: Path, folder: Path, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as place:
        two = Path(place) / f"two-{clip.stem}.mp4"
        length = min(seconds, _PAIR_S)
        write_pair(clip, two, length)
        _replay_views(two, folder, length, "people")


def _replay_views(clip: Path, folder: Path, seconds: float, view: str = "replay") -> None:
    newest, playhead = ReplayState(), Playhead(None)
    worker = ReplayWorker(
        lambda: Replay.open(ReplayOptions(path=clip, end=seconds)), (), newest, playhead
    )
    with tempfile.TemporaryDirectory() as place:
        keeper = SettingsKeeper(Loaded(Settings(theme="light")), Path(place) / "settings.json")
        window = ReplayWindow(worker, newest, playhead, keeper, clip.name)
        # The picture is kept as large as it is shown at first.
        _place(window, SIZES[-1])
        worker.start()
        try:
            _wait(lambda: worker.done or worker.ended is not None)
            for theme in THEMES:
                for size in SIZES:
                    window.change(theme=theme, text_percent=size[2])
                    _place(window, size)
                    _picture(window, folder, view, theme, size)
        finally:
            window.close()
    if worker.error is not None:
        raise worker.error


def _place(window: QWidget, size: tuple[int, int, int]) -> None:
    window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    window.resize(QSize(size[0], size[1]))
    window.show()


def _picture(
    window: QWidget, folder: Path, view: str, theme: str, size: tuple[int, int, int] | None
) -> None:
    _let_qt(0.4)
    image = window.grab().toImage()
    name = f"{view}-{theme}" + (f"-{size[0]}x{size[1]}" if size else "") + ".png"
    if not save_small(image, folder / name):
        raise UserError(f"{folder / name} could not be written: give another folder.")
    print(folder / name, f"{image.width()}x{image.height()}")


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise UserError("The view did not come up in time: try again on a quieter machine.")
        _let_qt(0.1)


def _let_qt(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 30)
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
