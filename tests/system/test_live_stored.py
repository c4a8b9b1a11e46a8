"""Video and sound of a live session: kept beside its log where that was turned on, else not."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.ticks import TICK_S
from live_emotion.pipeline.recorded import RecordedSession
from live_emotion.pipeline.stored_media import StoredMedia
from live_emotion.session import read
from tests.system.desktop import App, Screen, screen, start
from tests.system.live_devices import SoundServer, missing_programs, wait_until
from tests.system.live_session import LiveSession, skip_if_starved
from tests.system.test_live_sync import EVERY_S, Beats, beats, beeping, flashing, onsets, sounded

__all__ = ["Beats", "Screen", "beats", "beeping", "flashing", "screen", "sounded", "start"]

pytestmark = [
    pytest.mark.system,
    pytest.mark.alone,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        bool(missing_programs()) or shutil.which("Xvfb") is None,
        reason=f"needs a virtual screen and a sound server: no {', '.join(missing_programs())}",
    ),
]
RECORD_S = 12.0


def stored(folder: Path) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return brightness of the pictures and loudness of the sound, each with its time."""
    seen: list[tuple[float, float]] = []
    heard: list[tuple[float, float]] = []
    for event in StoredMedia.find(folder).open(0.0).events():
        if isinstance(event, VideoFrame):
            seen.append((event.t, float(event.image[::8, ::8].mean())))
        elif isinstance(event, AudioBlock):
            pieces = event.samples[: len(event.samples) // 160 * 160].reshape(-1, 160)
            heard += [
                (event.t + 0.01 * k, float(level)) for k, level in enumerate(np.abs(pieces).max(1))
            ]
    return seen, heard


def phase(times: list[float]) -> float:
    """Return where in the period of the beats these times lie, in seconds."""
    turns = np.exp(2j * np.pi * np.array(times) / EVERY_S)
    return float(np.angle(turns.mean()) / (2 * np.pi) * EVERY_S)


def check_together(folder: Path, beats: Beats, sounded: list[tuple[float, float]]) -> None:
    """Flash and beep of one moment lie together, and where the log has heard the beep.

    When the flash was shown is known, when the beep sounded is what a second listener heard.
    """
    seen, heard = stored(folder)
    flashes = onsets([t for t, _ in seen], [level for _, level in seen], 128.0)
    # The first second of a microphone is still finding its place.
    later = [(t, level) for t, level in heard if t > heard[0][0] + 1.5]
    beeps = onsets([t for t, _ in later], [level for _, level in later], 0.2)
    there = list(sounded)
    beeped = onsets([t for t, _ in there], [level for _, level in there], 0.2)
    assert len(flashes) >= 4
    assert len(beeps) >= 3
    assert np.abs(np.diff(flashes) - EVERY_S).max() < 0.2
    late_picture = phase([t - beats.origin for t in flashes])
    late_sound = phase([t - beeped[0] for t in beeps])
    apart = (late_sound - late_picture + EVERY_S / 2) % EVERY_S - EVERY_S / 2
    print(f"sound is {apart * 1e3:+.0f} ms after the picture")
    assert abs(apart) < TICK_S / 2
    session = read(folder)
    levels = dict(zip((int(k) for k in session.tick), session.voice_level_db, strict=True))
    scored = [t for t in beeps if all(int(t / TICK_S) + k in levels for k in (0, 1))]
    assert len(scored) >= 3
    for t in scored:
        # A beep lasts for less than a tick: it is loud in the one where it sets in, or the next.
        tick = int(t / TICK_S)
        assert max(levels[tick], levels[tick + 1]) > -25.0, (t, levels)


def test_the_window_keeps_video_and_sound_where_both_switches_are_on(
    start: Callable[..., App],
    flashing: str,
    beeping: SoundServer,
    beats: Beats,
    sounded: list[tuple[float, float]],
) -> None:
    app = start(
        beeping.env,
        consent=1,
        camera=flashing,
        microphone="default",
        transcript=False,
        record_always=True,
        store_video=True,
        store_sound=True,
    )
    app.until_logged("video and sound go into media.mkv")
    began = time.monotonic()
    wait_until(lambda: time.monotonic() - began > RECORD_S, "", seconds=2 * RECORD_S)
    app.close()
    (folder,) = app.sessions.iterdir()
    skip_if_starved(app.lines())
    assert read(folder).clean
    assert [path.name for path in sorted(folder.iterdir())] == [
        "media.mkv",
        "meta.json",
        "session.jsonl",
    ]
    session = RecordedSession.open(folder)
    assert (session.info.has_video, session.info.width, session.info.height) == (True, 160, 120)
    assert session.why_no_video == ""
    check_together(folder, beats, sounded)


def test_a_killed_program_leaves_a_log_and_media_that_play(
    flashing: str,
    beeping: SoundServer,
    beats: Beats,
    sounded: list[tuple[float, float]],
    program_env: dict[str, str],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "session"
    storing = ("--store-video", "--store-sound", "--no-transcript")
    with LiveSession(program_env | beeping.env, folder, "--camera", flashing, *storing) as live:
        live.wait_for_branches(0.0, seconds=240.0)
        from_ = live.now()
        live.wait_for(lambda e: e["type"] == "estimate", from_ + RECORD_S, "no estimates")
        live.process.send_signal(signal.SIGKILL)
        live.process.wait()
        through = live.now()
        skip_if_starved(live.lines())
    seen, heard = stored(folder)
    assert seen[-1][0] > through - 1.0
    assert heard[-1][0] > through - 1.0
    assert not read(folder).clean
    assert RecordedSession.open(folder).info.has_video
    check_together(folder, beats, sounded)


def test_nothing_of_it_is_kept_where_nobody_asked(
    flashing: str, beeping: SoundServer, program_env: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "session"
    with LiveSession(program_env | beeping.env, folder, "--camera", flashing) as live:
        live.wait_for_state("camera", "live", 0.0, 240.0)
        live.wait_for_state("microphone", "live", 0.0)
        live.wait_for(lambda e: e["type"] == "estimate", live.now() + 3.0, "no estimates")
        live.end()
    assert sorted(path.name for path in folder.iterdir()) == ["meta.json", "session.jsonl"]
    assert read(folder).meta["media"] is None
    why = RecordedSession.open(folder).why_no_video
    assert "unless you turn storing on in the settings" in why
