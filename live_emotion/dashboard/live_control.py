"""What the live window does, without the window: settings, session, recording."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from live_emotion.capture.choices import camera_choice, microphone_choice
from live_emotion.core.resources import sessions_dir
from live_emotion.dashboard.device_list import DeviceLister
from live_emotion.dashboard.errands import Errands
from live_emotion.dashboard.livable import Livable, open_live
from live_emotion.dashboard.live_model import LiveStatus
from live_emotion.dashboard.live_session import LiveSession
from live_emotion.dashboard.names import marker_name
from live_emotion.dashboard.opening import live_options
from live_emotion.dashboard.recorder import Recorder, new_folder
from live_emotion.dashboard.settings import CONSENT_VERSION, Loaded, Settings
from live_emotion.dashboard.settings_keeper import keep, save_picture
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.pipeline.orders import Followable

# A disk or a device that hangs must not keep the program from ending.
_PATIENCE_S: Final = 15.0


class LiveControl:
    """Holds what outlives a session, and starts, changes and ends sessions.

    Everything but `close` returns at once. Nothing is captured before the consent text was
    accepted.

    Parameters
    ----------
    loaded
        The settings, and what was wrong with them.
    path
        Where settings are kept.
    make
        Makes a live session from its options, on a thread that may take its time.
    lister
        Looks for devices.
    chosen
        Settings for this run only; kept once they are chosen again in the window.

    Attributes
    ----------
    settings
        As they are now.
    session
        The one that runs or ended last; None before the first.
    recorder
        Watches every session.
    paused
        Whether the user wants the devices off.
    saved
        Recordings and pictures that were finished, for the window to tell of.
    """

    def __init__(
        self,
        loaded: Loaded,
        path: Path,
        *,
        make: Callable[[LiveOptions], Livable] = open_live,
        lister: DeviceLister | None = None,
        chosen: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._passing = {name: getattr(loaded.settings, name) for name in chosen}
        self.settings: Settings = dataclasses.replace(loaded.settings, **chosen)
        self._path, self._make = path, make
        self._devices = Errands("device errands")
        self._files = Errands("file errands")
        self.lister = lister if lister is not None else DeviceLister()
        self.recorder = Recorder()
        self.session: LiveSession | None = None
        # Waits for its networks, of which a log tells first.
        self._to_record: LiveSession | None = None
        self.paused = False
        self.saved: deque[Path] = deque(maxlen=20)
        if loaded.problem is not None:
            self._files.tell(loaded.problem)
        self.lister.start()

    @property
    def status(self) -> LiveStatus:
        """How the session stands."""
        session = self.session
        if session is None:
            return "asking"
        if session.done:
            return "ended"
        if session.paused:
            return "paused"
        if not session.loaded:
            return "starting" if session.newest.picture is None else "loading"
        return "live"

    @property
    def record_folder(self) -> Path:
        """Where recordings and pictures go."""
        return Path(self.settings.record_folder or sessions_dir())

    def take_messages(self) -> list[str]:
        """Return what went wrong since the last call, in words; to be called often."""
        session = self.session
        if session is not None and session.done and self.recorder.wanted:
            self.stop_recording()
        if session is not None and session.loaded and self._to_record is session:
            self._to_record = None
            self.record()
        problem = self.recorder.take_problem()
        return [*self._devices.take(), *self._files.take(), *([problem] if problem else [])]

    def start(self) -> bool:
        """Start a session with the present settings, after the one that runs has ended.

        Returns
        -------
        bool
            False if the user has not agreed, so that nothing was started.

        Raises
        ------
        UserError
            If a device that was chosen makes no sense.
        """
        if not self.settings.consented:
            return False
        options, before = live_options(self.settings), self.session
        if before is not None:
            before.ask_to_end()
            # Another session has another clock: it does not go on in the same log.
            if self.recorder.wanted:
                self.stop_recording()
        self.session = LiveSession(
            options,
            (self.recorder,),
            self._devices,
            paused=self.paused,
            make=self._make,
            after=before,
        )
        self.session.start()
        self._to_record = self.session if self.settings.record_always else None
        return True

    def agree(self) -> None:
        """Keep that the user accepted the consent text, and start the first session."""
        self.change(consent=CONSENT_VERSION)
        if self.session is None:
            self.start()

    def change(self, **changes: Any) -> bool:
        """Take on other settings, by the names of `Settings`, and keep them.

        Returns
        -------
        bool
            Whether another session was started for it.

        Raises
        ------
        UserError
            If a device that was chosen makes no sense; nothing is changed then.
        """
        before, after = self.settings, dataclasses.replace(self.settings, **changes)
        if after == before:
            return False
        camera, microphone = camera_choice(after.camera), microphone_choice(after.microphone)
        self.settings = after
        lasting = self._lasting(after, changes)
        self._files.do(lambda: keep(lasting, self._path))
        if self.session is None:
            return False
        other_devices = (before.camera, before.microphone) != (after.camera, after.microphone)
        other_networks = _networks(before) != _networks(after)
        if other_networks or (other_devices and self.session.done):
            return self.start()
        if other_devices:
            self.session.choose(camera, microphone)
        return False

    def _lasting(self, settings: Settings, changes: Mapping[str, Any]) -> Settings:
        """Return settings without those that are for this run only."""
        for name in changes:
            self._passing.pop(name, None)
        return dataclasses.replace(settings, **self._passing)

    def set_paused(self, paused: bool) -> None:
        """Turn camera and microphone off, or on again."""
        self.paused = paused
        if self.session is not None:
            self.session.set_paused(paused)

    def record(self) -> bool:
        """Begin to write into a new folder; False if there is no session to record."""
        session, parent, storage = self.session, self.record_folder, self.settings.storage
        if session is None or session.done:
            return False
        self.recorder.wanted = True
        self._files.do(lambda: self.recorder.start(new_folder(parent), session.meta, storage))
        return True

    def stop_recording(self) -> None:
        """End the recording, if there is one."""
        self.recorder.wanted = False
        self._files.do(self._stop_recording)

    @property
    def followable(self) -> Followable | None:
        """What follows people and keeps their baselines; None without a session."""
        return self.session.followable if self.session is not None else None

    def mark(self, number: int) -> bool:
        """Mark this moment with the label of the marker 1 to 9; False if there is no session."""
        session = self.session
        return session is not None and session.mark(
            marker_name(self.settings.markers[number - 1], number)
        )

    def save_picture(self, write: Callable[[str], bool]) -> None:
        """Let `write` put a picture into a new file beside the recordings."""
        parent = self.record_folder
        self._files.do(lambda: self.saved.append(save_picture(parent, write)))

    def close(self) -> None:
        """End session and recording and wait until both are whole."""
        self.lister.end()
        if self.session is not None:
            self.session.ask_to_end()
        self.stop_recording()
        self._files.end(_PATIENCE_S)
        self._devices.end(_PATIENCE_S)
        if self.session is not None:
            self.session.end()

    def _stop_recording(self) -> None:
        folder = self.recorder.stop()
        if folder is not None:
            self.saved.append(folder)


def _networks(settings: Settings) -> LiveOptions:
    """Return what cannot change within a session."""
    return dataclasses.replace(live_options(settings), camera=None, microphone=None)
