"""What settings may be: choices, and checks of what a file holds."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from live_emotion.core.ticks import WINDOW_TICKS, WINDOW_TICKS_MIN
from live_emotion.models.presets import PRESETS
from live_emotion.runtime.engine import ENGINE_CHOICES

ThemeName = Literal["system", "light", "dark"]
LanguageName = Literal["system", "en", "de"]

CONSENT_VERSION: Final = 1
MARKER_COUNT: Final = 9
TEXT_SIZES: Final = (80, 90, 100, 115, 130, 150, 175, 200)
SMOOTHINGS_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
WINDOW_CHOICES: Final = tuple(range(WINDOW_TICKS_MIN, WINDOW_TICKS + 1))
_LONGEST_TEXT: Final = 1000


def _text(value: object) -> str | None:
    fits = isinstance(value, str) and len(value) <= _LONGEST_TEXT and value.isprintable()
    return str(value) if fits else None


def _filled(value: object) -> str | None:
    return _text(value) if isinstance(value, str) and value.strip() else None


def _switch(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _size(value: object) -> int | None:
    return _number(value) if value in TEXT_SIZES else None


def _window(value: object) -> int | None:
    return _number(value) if value in WINDOW_CHOICES else None


def _smoothing(value: object) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if fits and value in SMOOTHINGS_S else None


def _labels(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or len(value) != MARKER_COUNT:
        return None
    texts = [_filled(each) for each in value]
    return None if None in texts else tuple(str(text) for text in texts)


def _keys(value: object) -> MappingProxyType[str, str] | None:
    if not isinstance(value, dict):
        return None
    if any(_text(each) is None for pair in value.items() for each in pair):
        return None
    return MappingProxyType(dict(value))


def _one_of(choices: tuple[str, ...]) -> Any:
    return lambda value: value if isinstance(value, str) and value in choices else None


# Each returns the value as `Settings` keeps it, or None if it cannot be.
CHECKS: Final[dict[str, Any]] = {
    "consent": _number,
    "camera": _filled,
    "microphone": _filled,
    "preset": _one_of(tuple(PRESETS)),
    "engine": _one_of(ENGINE_CHOICES),
    "whisper_model": _text,
    "transcript": _switch,
    "theme": _one_of(get_args(ThemeName)),
    "text_percent": _size,
    "speech_language": _text,
    "window_ticks": _window,
    "smoothing_s": _smoothing,
    "language": _one_of(get_args(LanguageName)),
    "mirror": _switch,
    "mirror_replay": _switch,
    "landmarks": _switch,
    "markers": _labels,
    "shortcuts": _keys,
    "record_always": _switch,
    "record_folder": _text,
    "store_video": _switch,
    "store_sound": _switch,
}
