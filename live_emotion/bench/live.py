"""The desktop program under real conditions: how late, how smooth, how dear."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from live_emotion.bench import stamping_camera, talker
from live_emotion.bench.app import App
from live_emotion.bench.clip import demo_clip
from live_emotion.bench.live_figures import Sample, figures
from live_emotion.bench.opened import refuse_fallback
from live_emotion.bench.program import read_log, read_meta, run_program
from live_emotion.bench.screen import VirtualScreen, Watcher
from live_emotion.capture.media_file import MediaFile
from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, FloatArray, VideoFrame
from live_emotion.runtime.engine import EngineChoice

_PROGRAMS: Final = ("Xvfb", *talker.PROGRAMS)
_PICTURES_S: Final = 6.0
_START_S: Final = 300.0
_SAMPLE_S: Final = 1.0


def require_live() -> None:
    """Make sure that a live session can be measured here.

    Raises
    ------
    UserError
        If it cannot, with what is missing.
    """
    if not sys.platform.startswith("linux"):
        raise UserError(
            "The live program is measured on Linux only: latency is read off the pixels of a "
            "virtual screen (Xvfb), and the microphone is a PulseAudio server."
        )
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        raise UserError(
            f"The live program cannot be measured without {', '.join(missing)}: install them, on "
            "Debian: apt-get install xvfb pulseaudio pulseaudio-utils libasound2-plugins."
        )


def bench_live(preset: str, engine: EngineChoice = "auto", minutes: float = 10.0) -> dict[str, Any]:
    """Run the desktop program on a virtual screen, and measure it from outside.

    A camera on the network gives a talking face, 640x480 at 30 frames a second, with the time
    painted into each picture; a microphone hears speech half of the time; whisper and the
    recording are on.

    Parameters
    ----------
    preset, engine
        As the program takes them.
    minutes
        Length of the measurement from the first score on.

    Raises
    ------
    UserError
        If it cannot be measured here, or the program fails.
    """
    require_live()
    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="live-emotion-bench-"))
        )
        pictures, sound = _extract(demo_clip())
        np.save(folder / "pictures.npy", pictures)
        # Engines are built before the start that counts.
        run_program(
            *("replay", demo_clip(), "--no-window", "--json", "--end", "2", "--preset", preset),
            *("--engine", engine, "--output", folder / "first"),
        )
        refuse_fallback(read_meta(folder / "first"), engine)
        screen = stack.enter_context(VirtualScreen())
        speaker = stack.enter_context(talker.Talker(talker.phrases_of(sound)))
        url = stack.enter_context(_camera(folder / "pictures.npy"))
        watcher = Watcher(screen.mark)
        app = stack.enter_context(
            App(
                folder,
                speaker.env | {"DISPLAY": screen.display},
                {"camera": url, "microphone": talker.SOURCE, "preset": preset, "engine": engine},
            )
        )
        watcher.start()
        try:
            samples = _run(app, watcher, minutes * 60.0)
        finally:
            watcher.end()
        app.close()
        session = app.session()
        meta, log = read_meta(session), read_log(session)
        refuse_fallback(meta, engine)
        health = [line for line in log if line["type"] == "health"]
        return {
            "bench": "live",
            "preset": preset,
            "minutes": minutes,
            **figures(watcher.seen, speaker.ends, samples, app.began),
            "engines": meta["engines"],
            "recognizer": meta["recognizer"],
            "dropped": health[-1]["dropped"] if health else {},
        }


def _run(app: App, watcher: Watcher, seconds: float) -> list[Sample]:
    """Sample CPU and memory each second, from the first score on."""
    deadline = time.monotonic() + _START_S
    while not any(seen.values["stamp"] for seen in watcher.seen[-1:]):
        app.check()
        if time.monotonic() > deadline:
            raise UserError("The program showed no score of a face within five minutes.")
        time.sleep(0.1)
    samples, began = [app.sample()], time.monotonic()
    while time.monotonic() - began < seconds:
        app.check()
        time.sleep(_SAMPLE_S)
        samples.append(app.sample())
    return samples


def _extract(clip: Path) -> tuple[np.ndarray, FloatArray]:
    """Return a clip's first pictures ``(n, 480, 640, 3)`` BGR, and its sound at 16 kHz."""
    pictures, samples = [], []
    with MediaFile(clip) as media:
        for event in media.events():
            if isinstance(event, AudioBlock):
                samples.append(event.samples)
            elif isinstance(event, VideoFrame) and event.t < _PICTURES_S:
                whole = event.image
                # Cut to 4:3 around the middle, as a camera would see it.
                width = whole.shape[0] * 4 // 3
                left = (whole.shape[1] - width) // 2
                part = np.ascontiguousarray(whole[:, left : left + width, ::-1])
                pictures.append(cv2.resize(part, (640, 480), interpolation=cv2.INTER_AREA))
    return np.stack(pictures), np.concatenate(samples)


@contextlib.contextmanager
def _camera(pictures: Path) -> Iterator[str]:
    """Run the camera; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", stamping_camera.__name__, str(port), str(pictures)]
    )
    try:
        deadline = time.monotonic() + 60.0
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if time.monotonic() > deadline:
                raise UserError("The camera that is to be filmed with does not start.")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()
