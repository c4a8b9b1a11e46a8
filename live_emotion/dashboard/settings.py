"""What the user chose, kept between runs in one JSON file: no Qt in here."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import platformdirs

from live_emotion.core.resources import APP_NAME
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.dashboard.settings_values import CHECKS
from live_emotion.dashboard.settings_values import CONSENT_VERSION as CONSENT_VERSION
from live_emotion.dashboard.settings_values import MARKER_COUNT as MARKER_COUNT
from live_emotion.dashboard.settings_values import SMOOTHINGS_S as SMOOTHINGS_S
from live_emotion.dashboard.settings_values import TEXT_SIZES as TEXT_SIZES
from live_emotion.dashboard.settings_values import WINDOW_CHOICES as WINDOW_CHOICES
from live_emotion.dashboard.settings_values import LanguageName as LanguageName
from live_emotion.dashboard.settings_values import ThemeName as ThemeName
from live_emotion.models.presets import DEFAULT_PRESET
from live_emotion.runtime.engine import EngineChoice
from live_emotion.session.media_files import Storage

_LOG = logging.getLogger(__name__)

FILE_NAME: Final = "settings.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices; the defaults are those of a first run.

    Attributes
    ----------
    consent
        Version of the consent text that was accepted, 0 before.
    camera, microphone
        As `capture.choices` reads them: a name, ``default`` or ``none``; a camera may be a
        number or an address, too.
    preset, engine, whisper_model, transcript
        As `LiveOptions` has them; an empty `whisper_model` is the one that came along.
    theme
        "system", "light" or "dark".
    text_percent
        Size of the text, one of `TEXT_SIZES`.
    speech_language
        Code of the language that is spoken; empty for what the speech model knows or tells.
    window_ticks
        Ticks that the sequence encoders look at, one of `WINDOW_CHOICES`.
    smoothing_s
        Time constant in seconds of the smoothing of the curves as shown, one of `SMOOTHINGS_S`.
    language
        Of the windows: "system", "en" or "de".
    mirror, mirror_replay, landmarks
        Whether the picture is mirrored, live and in a replay, and the five points of a face shown.
    markers
        Nine labels, for the keys 1 to 9.
    shortcuts
        Name of an action to its key sequence in portable text, where it was changed.
    record_always
        Whether every session is recorded from its start.
    record_folder
        Where recorded sessions go; empty is the program's own folder.
    store_video, store_sound
        Whether the camera's video and the microphone's sound are kept with recordings.
    """

    consent: int = 0
    camera: str = "default"
    microphone: str = "default"
    preset: str = DEFAULT_PRESET
    engine: EngineChoice = "auto"
    whisper_model: str = ""
    transcript: bool = True
    theme: ThemeName = "system"
    text_percent: int = 100
    speech_language: str = ""
    window_ticks: int = WINDOW_TICKS
    smoothing_s: float = 0.0
    language: LanguageName = "system"
    mirror: bool = True
    mirror_replay: bool = False
    landmarks: bool = False
    markers: tuple[str, ...] = tuple(f"marker {k}" for k in range(1, MARKER_COUNT + 1))
    shortcuts: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    record_always: bool = False
    record_folder: str = ""
    store_video: bool = False
    store_sound: bool = False

    @property
    def consented(self) -> bool:
        """Whether the consent text of today was accepted."""
        return self.consent >= CONSENT_VERSION

    @property
    def storage(self) -> Storage:
        """What of video and sound is kept with recordings."""
        return Storage(self.store_video, self.store_sound)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings as read, and what was wrong with the file, in words, or None."""

    settings: Settings
    problem: str | None = None


def next_text_size(percent: int, step: int) -> int:
    """Return the next larger (1) or smaller (-1) size of the text, or the last there is."""
    at = TEXT_SIZES.index(percent) + step
    return TEXT_SIZES[min(max(at, 0), len(TEXT_SIZES) - 1)]


def settings_path() -> Path:
    """Return the settings file; the folder ``LIVE_EMOTION_CONFIG`` names overrides its place."""
    override = os.environ.get("LIVE_EMOTION_CONFIG")
    folder = Path(override) if override else Path(platformdirs.user_config_dir(APP_NAME, False))
    return folder / FILE_NAME


def load(path: Path) -> Loaded:
    """Read the settings; never fails.

    A file that is no settings file, or holds a value that cannot be, is set aside under the
    name with ``.damaged`` behind it; values that are in order are kept.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Loaded(Settings())
    except OSError as error:
        _LOG.warning("the settings cannot be read", exc_info=True)
        return Loaded(Settings(), f"The settings cannot be read ({error.strerror or error}).")
    except UnicodeDecodeError:
        return Loaded(Settings(), _set_aside(path))
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return Loaded(Settings(), _set_aside(path))
    if not isinstance(raw, dict):
        return Loaded(Settings(), _set_aside(path))
    settings, sound = parse(raw)
    return Loaded(settings, None if sound else _set_aside(path))


def parse(raw: dict[str, Any]) -> tuple[Settings, bool]:
    """Return the settings in a JSON object, and whether all of its known values are in order.

    Unknown names are left out: a newer version may have written them.
    """
    good: dict[str, Any] = {}
    sound = True
    for name, check in CHECKS.items():
        if name not in raw:
            continue
        value = check(raw[name])
        if value is None:
            sound = False
        else:
            good[name] = value
    return Settings(**good), sound


def save(settings: Settings, path: Path) -> None:
    """Write the settings; the file is either the old one or the new one, never half of it.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    raw = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
    raw["shortcuts"] = dict(settings.shortcuts)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(raw, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def _set_aside(path: Path) -> str:
    aside = path.with_name(path.name + ".damaged")
    try:
        path.replace(aside)
    except OSError:
        _LOG.warning("the damaged settings stay where they are", exc_info=True)
        return f"The settings in {path} are damaged: what could not be read is as on a first run."
    _LOG.warning("damaged settings were set aside as %s", aside)
    return (
        "The settings were damaged: what could not be read is as on a first run. "
        f"The old file is kept as {aside}."
    )
