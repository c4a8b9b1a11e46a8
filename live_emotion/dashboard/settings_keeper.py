"""What a replay's window needs of the program: settings, and a thread for files."""

from __future__ import annotations

import dataclasses
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from live_emotion.core.errors import UserError
from live_emotion.core.resources import sessions_dir
from live_emotion.dashboard import settings as stored
from live_emotion.dashboard.errands import Errands
from live_emotion.dashboard.recorder import new_folder
from live_emotion.dashboard.settings import Loaded, Settings

_LOG = logging.getLogger(__name__)
_PATIENCE_S: Final = 15.0


class HasSettings(Protocol):
    """Whoever keeps the settings of the program."""

    settings: Settings

    def change(self, **changes: Any) -> bool:
        """Take on other settings, by the names of `Settings`."""


class SettingsKeeper:
    """Keeps settings in a file, or hands changes on to another who does.

    Everything but `close` returns at once.

    Parameters
    ----------
    loaded
        The settings, and what was wrong with them.
    path
        Where they are kept.
    owner
        Who keeps them in place of this one.

    Attributes
    ----------
    saved
        Pictures that were finished, for the window to tell of.
    """

    def __init__(self, loaded: Loaded, path: Path, owner: HasSettings | None = None) -> None:
        self._settings = loaded.settings
        self._path, self._owner = path, owner
        self._files = Errands("replay files")
        self.saved: deque[Path] = deque(maxlen=20)
        if loaded.problem is not None:
            self._files.tell(loaded.problem)

    @property
    def settings(self) -> Settings:
        """As they are now."""
        return self._settings if self._owner is None else self._owner.settings

    def change(self, **changes: Any) -> None:
        """Take on other settings, by the names of `Settings`, and keep them.

        Raises
        ------
        UserError
            If something that was chosen makes no sense.
        """
        if self._owner is not None:
            self._owner.change(**changes)
            return
        after = dataclasses.replace(self._settings, **changes)
        if after != self._settings:
            self._settings = after
            self._files.do(lambda: keep(after, self._path))

    def take_messages(self) -> list[str]:
        """Return what went wrong since the last call, in words."""
        return self._files.take()

    @property
    def record_folder(self) -> Path:
        """Where recordings and pictures go."""
        return Path(self.settings.record_folder or sessions_dir())

    def save_picture(self, write: Callable[[str], bool]) -> None:
        """Let `write` put a picture into a new file beside the recordings."""
        parent = self.record_folder
        self._files.do(lambda: self.saved.append(save_picture(parent, write)))

    def close(self) -> None:
        """Finish what is on its way to the disk."""
        self._files.end(_PATIENCE_S)


def keep(settings: Settings, path: Path) -> None:
    """Write the settings.

    Raises
    ------
    UserError
        If they cannot be written.
    """
    try:
        stored.save(settings, path)
    except OSError as error:
        _LOG.warning("the settings could not be kept", exc_info=True)
        why = error.strerror or str(error)
        raise UserError(f"The settings could not be kept in {path}: {why}.") from error


def save_picture(parent: Path, write: Callable[[str], bool]) -> Path:
    """Let `write` put a picture into a new file in a folder; return the file.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    target = new_folder(parent, "curves", ".png")
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{parent} cannot be made: {error.strerror}.") from error
    if not write(str(target)):
        raise UserError(f"The picture could not be written to {target}.")
    return target
