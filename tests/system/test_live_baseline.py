"""The neutral baseline in the real program: ten seconds before a camera, then the change."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.resources import assets_dir
from tests.system.desktop import App, Screen, screen, start
from tests.system.keyboard import Keyboard, missing_libraries
from tests.system.live_devices import HttpCamera, extract, wait_until
from tests.system.live_session import skip_if_starved

__all__ = ["screen", "start"]

pytestmark = [
    pytest.mark.system,
    pytest.mark.alone,
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs a virtual screen: no Xvfb"),
    pytest.mark.skipif(
        bool(missing_libraries()), reason=f"needs X libraries: no {', '.join(missing_libraries())}"
    ),
]

WAIT_S = 90.0


def to_and_fro(pictures: Path, target: Path) -> Path:
    """Write pictures as they are and backwards: a loop without a jump."""
    data, at, each = pictures.read_bytes(), 0, []
    while at < len(data):
        size = 4 + int.from_bytes(data[at : at + 4], "big")
        each.append(data[at : at + size])
        at += size
    target.write_bytes(b"".join([*each, *each[-2:0:-1]]))
    return target


def scores(line: dict[str, Any], name: str = "scores") -> np.ndarray:
    values = [line[name][emotion] for emotion in EMOTIONS]
    return np.array([np.nan if value is None else value for value in values])


def told(app: App, *states: str) -> list[dict[str, Any]]:
    lines = [line for line in app.lines() if line.get("device") == "baseline"]
    return [line for line in lines if line["state"] in states]


def until(app: App, holds: Callable[[], object], otherwise: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert app.process.poll() is None, app.log
        if time.monotonic() > deadline:
            skip_if_starved(app.lines())
            raise AssertionError(otherwise)
        time.sleep(0.1)


def estimates(app: App, after: float = -1.0) -> list[dict[str, Any]]:
    return [line for line in app.lines() if line["type"] == "estimate" and line["t"] > after]


def test_scores_show_the_change_from_a_baseline_and_the_log_keeps_the_raw_ones(
    start: Callable[..., App], screen: Screen, tmp_path: Path
) -> None:
    pictures, _ = extract(assets_dir() / "demo.mp4", tmp_path, seconds=5.0, repeat=1)
    camera = HttpCamera(to_and_fro(pictures, tmp_path / "loop.bin"))
    camera.plug_in()
    try:
        app = start(
            consent=1, camera=camera.url, microphone="none", theme="dark", record_always=True
        )
        app.until_logged("the window is there", "camera live", "the first scores")
        until(app, lambda: [e for e in estimates(app) if e["face"]], "no face was scored")
        assert all(np.isnan(scores(e, "change")).all() for e in estimates(app))
        with Keyboard(screen.display) as keyboard:
            wait_until(lambda: keyboard.use("live-emotion"), "the window has no title", 20.0)
            keyboard.press("b")
            until(app, lambda: told(app, "begun"), "the baseline was not begun")
            begun = told(app, "begun")[0]["t"]
            # The camera freezes for longer than a track lives, but is not taken for unplugged.
            until(app, lambda: estimates(app, begun + 3.0), "no scores while it is taken")
            camera.freeze()
            time.sleep(1.2)
            camera.thaw()
            until(app, lambda: told(app, "kept", "doubtful", "failed"), "no end of the baseline")
            assert not told(app, "failed"), [e for e in app.lines() if e["type"] == "device"]
            ended = told(app, "kept", "doubtful")[0]["t"]
            until(app, lambda: len(estimates(app, ended + 0.5)) > 8, "no scores after it")
            # The portrait in the picture is the same person to the end.
            after = [e for e in estimates(app, ended + 0.2) if e["face"]]
            assert {e["face"]["id"] for e in estimates(app) if e["face"]} == {1}
            during = [e for e in estimates(app, begun + 0.2) if e["t"] <= ended + 0.2 and e["face"]]
            neutral = np.mean([scores(e) for e in during], axis=0)
            assert len(after) > 5
            for each in after:
                raw, change = scores(each), scores(each, "change")
                assert ((raw >= 0.0) & (raw <= 1.0)).all()
                np.testing.assert_allclose(raw - change, neutral, atol=1e-3)
            # It is what the window shows, too: the heading over the bars says so.
            heading = (slice(449, 469), slice(650, 880))
            assert len(colours(screen.pixels()[heading])) > 2
            keyboard.press("b", shift=True)
            until(app, lambda: told(app, "cleared"), "the baseline was not cleared")
            cleared = told(app, "cleared")[0]["t"]
            until(app, lambda: len(estimates(app, cleared + 0.5)) > 3, "no scores at the end")
            assert all(np.isnan(scores(e, "change")).all() for e in estimates(app, cleared + 0.5))
            wait_until(lambda: len(colours(screen.pixels()[heading])) == 1, "still a change", 20.0)
        app.close()
    finally:
        camera.kill()


def test_who_leaves_during_the_ten_seconds_is_told_so_and_may_start_again(
    start: Callable[..., App], screen: Screen, tmp_path: Path
) -> None:
    pictures, _ = extract(assets_dir() / "demo.mp4", tmp_path, seconds=5.0, repeat=1)
    loop = to_and_fro(pictures, tmp_path / "loop.bin").read_bytes()
    empty_room = extract_empty(tmp_path)
    seat = tmp_path / "seat.bin"
    seat.write_bytes(loop)
    camera = HttpCamera(seat)
    camera.plug_in()
    try:
        app = start(
            consent=1,
            camera=camera.url,
            microphone="none",
            theme="dark",
            language="de",
            record_always=True,
        )
        app.until_logged("the window is there", "camera live", "the first scores")
        until(app, lambda: [e for e in estimates(app) if e["face"]], "no face was scored")
        with Keyboard(screen.display) as keyboard:
            wait_until(lambda: keyboard.use("live-emotion"), "the window has no title", 20.0)
            keyboard.press("b")
            until(app, lambda: told(app, "begun"), "the baseline was not begun")
            before = screen.pixels().copy()
            camera.kill()
            seat.write_bytes(empty_room)
            camera.plug_in()
            until(app, lambda: told(app, "failed"), "nobody was told that the face is away")
            begun, failed = told(app, "begun")[0], told(app, "failed")[0]
            # Sooner than the ten seconds, for it cannot succeed any more.
            assert failed["t"] - begun["t"] < 9.0
            # The bar with the message lies over the picture and the curves; it is not grey.
            bar = (slice(98, 145), slice(200, 500))
            wait_until(
                lambda: (screen.pixels()[bar] != before[bar]).mean() > 0.5, "no message", 20.0
            )
            assert all(np.isnan(scores(e, "change")).all() for e in estimates(app))
            camera.kill()
            seat.write_bytes(loop)
            camera.plug_in()
            until(
                app,
                lambda: [e for e in estimates(app, failed["t"] + 1.0) if e["face"]],
                "the face was not found again",
            )
            keyboard.press("b")
            until(app, lambda: told(app, "kept", "doubtful"), "the second baseline was not taken")
        app.close()
    finally:
        camera.kill()


def colours(pixels: np.ndarray) -> np.ndarray:
    return np.unique(pixels.reshape(-1, 3), axis=0)


def extract_empty(folder: Path) -> bytes:
    """Return pictures of a room in which nobody is, with a little noise as cameras have it."""
    import cv2

    rng = np.random.default_rng(7)
    room = np.linspace(60, 140, 640)[None, :, None] * np.ones((480, 1, 3))
    parts = []
    for _ in range(15):
        noisy = np.clip(room + rng.normal(0.0, 4.0, room.shape), 0, 255).astype(np.uint8)
        jpeg = cv2.imencode(".jpg", noisy)[1].tobytes()
        parts.append(len(jpeg).to_bytes(4, "big") + jpeg)
    return b"".join(parts)
