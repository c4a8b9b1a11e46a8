"""What the live window says, as plain text: no Qt in here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from live_emotion.core.estimate import DeviceEvent, Health
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.dashboard.language import numeral, tr, tr_later
from live_emotion.dashboard.told import retold
from live_emotion.dashboard.view_model import MISSING

LiveStatus = Literal["asking", "starting", "loading", "live", "paused", "ended"]
Mood = Literal["good", "waiting", "bad"]

_DROP_WORDS: Final = {
    "video_frames": tr_later("pictures"),
    "face_searches": tr_later("face searches"),
    "people": tr_later("faces of other people"),
    "ticks": tr_later("scores"),
    "stored_frames": tr_later("pictures not stored"),
}
# These are counted in samples, of which nobody has an idea.
_DROPPED_SOUND: Final = {
    "audio_samples": tr_later("{} s of sound"),
    "transcript_audio": tr_later("{} s of speech without transcript"),
    "stored_sound": tr_later("{} s of sound not stored"),
}
_LEAST_TOLD_S: Final = 0.1


def newest_event(events: Iterable[DeviceEvent], device: str) -> DeviceEvent | None:
    """Return the last event of ``camera`` or ``microphone``, None if there was none."""
    found = None
    for event in events:
        if event.device == device:
            found = event
    return found


def mood(event: DeviceEvent | None) -> Mood:
    """Return how well a device is."""
    if event is None or event.state == "paused":
        return "waiting"
    return "good" if event.state == "live" else "bad"


def device_words(device: str, event: DeviceEvent | None, *, chosen: bool) -> str:
    """Return how ``camera`` or ``microphone`` is, in words."""
    if not chosen:
        return tr("no camera is chosen") if device == "camera" else tr("no microphone is chosen")
    if event is not None:
        return retold(event.message) or event.state
    camera, microphone = tr("camera is being opened"), tr("microphone is being opened")
    return camera if device == "camera" else microphone


def why_no_picture(status: LiveStatus, event: DeviceEvent | None, *, chosen: bool) -> str:
    """Return why the camera shows nothing now, "" if it does or is about to.

    Parameters
    ----------
    status
        Of the session.
    event
        The camera's last.
    chosen
        Whether there is a camera to be seen.
    """
    if status in ("paused", "asking"):
        return tr("Camera and microphone are off")
    if status == "ended":
        return tr("Ended")
    if not chosen:
        return tr("No camera is chosen")
    if event is not None and event.state in ("reconnecting", "lost"):
        return tr("The camera gives no picture now")
    return ""


def number(value: float, digits: int = 0) -> str:
    """Return a number as text, a dash for NaN."""
    return MISSING if math.isnan(value) else numeral(value, f".{digits}f")


def dropped_words(dropped: Mapping[str, int]) -> str:
    """Return what was dropped: "3 pictures, 0.5 s of sound", or "nothing"."""
    parts = [_dropped(name, count) for name, count in dropped.items() if count]
    return ", ".join(parts) or tr("nothing")


def _dropped(name: str, count: int) -> str:
    if name in _DROPPED_SOUND:
        return tr(_DROPPED_SOUND[name]).format(
            numeral(max(_LEAST_TOLD_S, count / SAMPLE_RATE), ".1f")
        )
    return f"{numeral(count, ',')} {tr(_DROP_WORDS.get(name, name))}"


def health_texts(health: Health | None, engine: str, load: str = "") -> dict[str, str]:
    """Return the texts of the health strip by the names of its parts.

    `load` is what `live_emotion.dashboard.load_watch` says of this moment.
    """
    if health is None:
        return dict.fromkeys(("rate", "latency", "dropped", "cpu", "memory"), MISSING) | {
            "engine": engine or MISSING
        }
    p50, p95 = number(health.latency_p50_ms), number(health.latency_p95_ms)
    cpu = health.cpu_share
    return {
        "rate": f"{number(health.fps, 1)} /s",
        "latency": f"p50 {p50} · p95 {p95} ms",
        "dropped": "; ".join(part for part in (load, dropped_words(health.dropped)) if part),
        "engine": engine or MISSING,
        "cpu": MISSING if math.isnan(cpu) else tr("{} cores").format(numeral(cpu, ".2f")),
        "memory": MISSING if math.isnan(health.rss_mb) else f"{health.rss_mb:.0f} MB",
    }
