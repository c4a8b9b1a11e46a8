"""Live devices come and go: the app says so, recovers by itself, and invents nothing."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_emotion.core.resources import assets_dir
from live_emotion.core.ticks import TICK_S
from live_emotion.session import read
from tests.system.live_devices import HttpCamera, SoundServer, extract, missing_programs
from tests.system.live_session import Line, LiveSession, skip_if_starved

pytestmark = [
    pytest.mark.system,
    pytest.mark.alone,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        bool(missing_programs()),
        reason=f"needs a sound server to unplug: no {', '.join(missing_programs())}",
    ),
]
RECOVERS_WITHIN_S = 10.0
START_S = 240.0  # the first start of all builds the engines


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clip")
    return extract(assets_dir() / "demo.mp4", folder, seconds=4.0, repeat=8)


@pytest.fixture
def sound_server(clip: tuple[Path, Path]) -> Iterator[SoundServer]:
    server = SoundServer(clip[1])
    yield server
    server.close()


@pytest.fixture
def camera(clip: tuple[Path, Path]) -> Iterator[HttpCamera]:
    camera = HttpCamera(clip[0])
    yield camera
    camera.kill()


def test_both_devices_missing_plugged_in_frozen_unplugged_and_back(
    camera: HttpCamera, sound_server: SoundServer, program_env: dict[str, str], tmp_path: Path
) -> None:
    env = program_env | sound_server.env
    folder = tmp_path / "session"
    away: dict[str, list[tuple[float, float]]] = {"camera": [], "microphone": []}
    back: list[tuple[str, float, float]] = []

    with LiveSession(env, folder, "--camera", camera.url) as live:

        def recovered(device: str, branch: str, from_: float, since: float) -> None:
            """Wait for a device that is back since `since`, after it was away from `from_` on."""
            there = live.wait_for_state(device, "live", since)["t"]
            scored = live.wait_for_branches(there, branch)["t"]
            away[device].append((from_, there))
            back.append((device, since, scored))

        # Both are missing from the start: the program runs, and says so.
        for device in ("camera", "microphone"):
            live.wait_for_state(device, "reconnecting", 0.0, START_S)
        live.wait_for(lambda e: e["type"] == "estimate", 0.5, "no estimate without devices")

        # Plugged in, one after the other: either goes without the other one.
        since = live.now()
        sound_server.plug_in("fakemic")
        recovered("microphone", "audio", 0.0, since)
        since = live.now()
        camera.plug_in()
        recovered("camera", "vision", 0.0, since)

        # Frozen for three seconds, then on again.
        camera.freeze()
        sound_server.freeze()
        at = live.now()
        stalls = [live.wait_for_absence(d, at)["t"] for d in ("camera", "microphone")]
        time.sleep(3.0)
        since = live.now()
        camera.thaw()
        sound_server.thaw()
        recovered("camera", "vision", stalls[0], since)
        recovered("microphone", "audio", stalls[1], since)

        # Unplugged, and plugged in again with another rate.
        at = live.now()
        camera.kill()
        sound_server.kill()
        gone = [live.wait_for_state(d, "reconnecting", at)["t"] for d in ("camera", "microphone")]
        time.sleep(2.0)
        since = live.now()
        camera.plug_in(fps=12.0)
        sound_server.plug_in("fakemic", rate=16000)
        recovered("camera", "vision", gone[0], since)
        recovered("microphone", "audio", gone[1], since)

        # Muted, and not any more.
        at = live.now()
        sound_server.mute("fakemic", True)
        muted = live.wait_for_state("microphone", "muted", at)
        assert "mute" in muted["message"]
        since = live.now()
        sound_server.mute("fakemic", False)
        recovered("microphone", "audio", muted["t"], since)

        # Unplugged while another source is there: the server moves the stream.
        at = live.now()
        sound_server.add("other")
        sound_server.remove(sound_server.module_of("fakemic"))
        live.wait_for(
            lambda e: e["type"] == "device" and "moved from" in e["message"],
            at,
            "the move was not noticed",
        )
        since = live.now()
        live.wait_for_branches(since, "vision", "audio")
        printed, errors = live.end()

    assert errors == ""
    assert "Traceback" not in printed
    lines = live.lines()
    assert_ticks_whole(lines)
    assert_nothing_invented(lines, away)
    assert_told(lines, printed)
    session = read(folder)
    assert session.clean
    assert lines[-1]["stopped"] == "interrupted"
    # What came in one burst after the freeze was too old.
    assert lines[-1]["dropped"]["audio_samples"] > 0
    skip_if_starved(lines)
    print(*(f"{device}: scored {scored - since:.1f} s after" for device, since, scored in back))
    for device, since, scored in back:
        assert scored - since < RECOVERS_WITHIN_S, (device, since, scored)


def test_a_camera_alone_goes_with_a_microphone_that_is_missing(
    camera: HttpCamera, sound_server: SoundServer, program_env: dict[str, str], tmp_path: Path
) -> None:
    camera.plug_in()
    options = ("--camera", camera.url, "--no-transcript")
    with LiveSession(program_env | sound_server.env, tmp_path / "session", *options) as live:
        live.wait_for_state("microphone", "reconnecting", 0.0, START_S)
        scored = live.wait_for_branches(0.0, "vision")
        # Unplugged while there is nothing else at all.
        at = live.now()
        camera.kill()
        gone = live.wait_for_state("camera", "reconnecting", at)["t"]
        time.sleep(1.0)
        since = live.now()
        camera.plug_in()
        back = live.wait_for_state("camera", "live", since)["t"]
        again = live.wait_for_branches(back, "vision")["t"]
        printed, errors = live.end()
    assert errors == ""
    lines = live.lines()
    assert_told(lines, printed)
    assert_nothing_invented(
        lines, {"microphone": [(0.0, lines[-1].get("t", again))], "camera": [(gone, back)]}
    )
    assert scored["branches"]["audio"]["reason"] == "no audio"
    skip_if_starved(lines)
    assert again - since < RECOVERS_WITHIN_S


def test_a_chosen_microphone_is_waited_for_and_no_other_is_taken(
    sound_server: SoundServer, program_env: dict[str, str], tmp_path: Path
) -> None:
    sound_server.plug_in("other")
    env = program_env | sound_server.env
    away: dict[str, list[tuple[float, float]]] = {"microphone": []}
    options = ("--camera", "none", "--microphone", "fakemic", "--no-transcript")
    with LiveSession(env, tmp_path / "session", *options) as live:
        first = live.wait_for_state("microphone", "reconnecting", 0.0, START_S)
        assert "fakemic" in first["message"]
        assert "is not there" in first["message"]
        module = sound_server.add("fakemic")
        there = live.wait_for_state("microphone", "live", 0.0)
        away["microphone"].append((0.0, there["t"]))
        live.wait_for_branches(there["t"], "audio")
        # Silent to the last bit, as no room is: told, and no voice is scored.
        at = live.now()
        sound_server.fall_silent()
        silent = live.wait_for_state("microphone", "muted", at)
        assert "exact zeros" in silent["message"]
        at = live.now()
        sound_server.play("fakemic")
        there = live.wait_for_state("microphone", "live", at)
        away["microphone"].append((silent["t"], there["t"]))
        live.wait_for_branches(there["t"], "audio")
        sound_server.remove(module)
        gone = live.wait_for_absence("microphone", there["t"])
        time.sleep(3.0)
        since = live.now()
        sound_server.add("fakemic", rate=44100)
        again = live.wait_for_state("microphone", "live", since)
        scored = live.wait_for_branches(again["t"], "audio")
        away["microphone"].append((gone["t"], again["t"]))
        live.end()
    lines = live.lines()
    assert_ticks_whole(lines)
    assert_nothing_invented(lines, away)
    estimates = [line for line in lines if line["type"] == "estimate"]
    assert {e["branches"]["vision"]["reason"] for e in estimates} == {"no video"}
    assert {e["branches"]["text"]["reason"] for e in estimates} <= {"no audio", "turned off"}
    skip_if_starved(lines)
    assert scored["t"] - since < RECOVERS_WITHIN_S


def test_devices_are_listed_by_name(sound_server: SoundServer, program_env: dict[str, str]) -> None:
    sound_server.plug_in("fakemic")
    done = subprocess.run(
        [sys.executable, "-m", "live_emotion", "devices"],
        env=program_env | sound_server.env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "fakemic.monitor" in done.stdout
    assert "default" in done.stdout
    assert done.stderr == ""


def assert_ticks_whole(lines: list[Line]) -> None:
    """Every tick is there, or counted among the dropped ones."""
    ticks = [line["tick"] for line in lines if line["type"] == "estimate"]
    assert all(a < b for a, b in itertools.pairwise(ticks))
    skipped = ticks[-1] - ticks[0] + 1 - len(ticks)
    assert 0 <= skipped <= lines[-1]["dropped"]["ticks"]


def assert_told(lines: list[Line], printed: str) -> None:
    """What the log has of the devices the user was told, word by word, and in this order."""
    logged = [line["message"] for line in lines if line["type"] == "device"]
    assert logged
    at = 0
    for message in logged:
        found = printed.find(message, at)
        assert found >= 0, message
        at = found + len(message)


def assert_nothing_invented(lines: list[Line], away: dict[str, list[tuple[float, float]]]) -> None:
    """While a device is away its branches have no scores, and say why."""
    branches = {"camera": ("vision",), "microphone": ("audio", "text")}
    for device, spans in away.items():
        for t0, t1 in spans:
            told = [
                line
                for line in lines
                if line["type"] == "estimate" and t0 + TICK_S <= line["t"] <= t1 - TICK_S
            ]
            skipped = lines[-1]["dropped"]["ticks"]
            assert told or skipped or t1 - t0 < 4 * TICK_S, (device, t0, t1)
            for line in told:
                for name in branches[device]:
                    branch = line["branches"][name]
                    assert branch["reason"] in ("no video", "no audio"), (device, line)
                    assert set(branch["scores"].values()) == {None}
