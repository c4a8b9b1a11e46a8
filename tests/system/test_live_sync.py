"""Sound and picture of live devices lie side by side on the session clock.

When a flash was shown is known. When a beep sounded is not, for a player buffers it for a third of
a second; a second listener of the shortest latency tells.
"""

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.capture.live_source import LiveSource
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S
from tests.system.live_devices import SoundServer, missing_programs, wait_until

pytestmark = [
    pytest.mark.system,
    pytest.mark.alone,
    pytest.mark.skipif(
        bool(missing_programs()),
        reason=f"needs a sound server: no {', '.join(missing_programs())}",
    ),
]
EVERY_S, FLASH_S, FLASHES = 1.5, 0.3, 4
PIECE_S = 0.02


class Beats:
    """When a flash and a beep are on: every 1.5 s for 0.3 s."""

    def __init__(self) -> None:
        self.origin = time.monotonic()
        self.stop = threading.Event()

    def on(self) -> bool:
        return (time.monotonic() - self.origin) % EVERY_S < FLASH_S


@pytest.fixture
def beats() -> Iterator[Beats]:
    made = Beats()
    yield made
    made.stop.set()


@pytest.fixture
def flashing(beats: Beats) -> Iterator[str]:
    """An HTTP camera whose picture is white while a beat is on."""
    rng = np.random.default_rng(0)

    def jpeg(level: int) -> bytes:
        image = np.clip(rng.integers(-9, 9, (120, 160, 3)) + level, 0, 255).astype(np.uint8)
        return bytes(cv2.imencode(".jpg", image)[1].tobytes())

    dark, bright = jpeg(20), jpeg(235)

    class Camera(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            try:
                while not beats.stop.wait(1 / 30):
                    picture = bright if beats.on() else dark
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}"
                    self.wfile.write(head.encode() + b"\r\n\r\n" + picture + b"\r\n")
            except OSError:
                pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    beats.stop.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def beeping(beats: Beats, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SoundServer]:
    """A sound server whose microphone hears a beep while a beat is on, else a faint noise."""
    server = SoundServer(tmp_path / "silence.raw")
    (tmp_path / "silence.raw").write_bytes(b"")
    server.plug_in("fakemic")
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    player = subprocess.Popen(
        [
            *("pacat", "--playback", "--device=fakemic", "--latency-msec=40", "--raw"),
            *("--format=s16le", f"--rate={SAMPLE_RATE}", "--channels=1"),
        ],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    rng = np.random.default_rng(0)
    noise = rng.integers(-30, 30, round(PIECE_S * SAMPLE_RATE)).astype("<i2")
    beep = (12_000 * np.sin(np.arange(len(noise)) * 0.3)).astype("<i2")

    def play() -> None:
        assert player.stdin is not None
        due = time.monotonic()
        try:
            while not beats.stop.is_set():
                player.stdin.write((beep if beats.on() else noise).tobytes())
                player.stdin.flush()
                due = max(due + PIECE_S, time.monotonic() - PIECE_S)
                time.sleep(max(0.0, due - time.monotonic()))
        except OSError:
            pass

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    yield server
    beats.stop.set()
    thread.join(5.0)
    player.kill()
    player.communicate()
    server.close()


@pytest.fixture
def sounded(beeping: SoundServer) -> Iterator[list[tuple[float, float]]]:
    """What the second listener hears: monotonic seconds and loudness, as it goes on."""
    listener = subprocess.Popen(
        [
            *("parec", "--latency-msec=5", "--device=fakemic.monitor", "--raw"),
            *("--format=s16le", f"--rate={SAMPLE_RATE}", "--channels=1"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    told: list[tuple[float, float]] = []

    def listen() -> None:
        assert listener.stdout is not None
        while piece := listener.stdout.read(2 * SAMPLE_RATE // 100):
            level = np.abs(np.frombuffer(piece, "<i2").astype(np.float32)).max() / 32768.0
            told.append((time.monotonic(), float(level)))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield told
    listener.kill()
    thread.join(5.0)
    listener.communicate()


def onsets(times: list[float], levels: list[float], threshold: float) -> list[float]:
    """Return when the level rose above a threshold after half a second below it."""
    found, below = [], times[0] - 1.0 if times else 0.0
    for t, level in zip(times, levels, strict=True):
        if level > threshold:
            if t - below < 0.2 and (not found or t - found[-1] > EVERY_S / 2):
                found.append(t)
        else:
            below = t
    return found


def errors(stamped: list[tuple[float, float]], threshold: float, true: list[float]) -> list[float]:
    """Return how late each onset was stamped against the true one next to it, in seconds."""
    found = onsets([t for t, _ in stamped], [level for _, level in stamped], threshold)
    return [min((t - at for at in true), key=abs) for t in found]


def test_a_flash_and_a_beep_of_one_moment_lie_within_a_tick(
    flashing: str, sounded: list[tuple[float, float]], beats: Beats
) -> None:
    seen: list[tuple[float, float]] = []
    heard: list[tuple[float, float]] = []
    with LiveSource(CameraChoice(flashing), MicrophoneChoice()) as source:
        source.start()
        began = time.monotonic() - source.clock.now()

        def enough() -> bool:
            for event in source.take():
                if isinstance(event, VideoFrame):
                    seen.append((event.t, float(event.image[::8, ::8].mean())))
                elif isinstance(event, AudioBlock):
                    heard.append((event.t, float(np.abs(event.samples).max())))
            both = heard[0][0] if heard else float("inf")
            return bool(seen) and seen[-1][0] - both > EVERY_S * FLASHES + 1.5

        wait_until(enough, "picture and sound did not come", seconds=40.0)
    shown = [beats.origin - began + EVERY_S * k for k in range(60)]
    there = list(sounded)
    beeped = [t - began for t in onsets([t for t, _ in there], [x for _, x in there], 0.2)]
    late_picture = errors(seen, 128.0, shown)
    # The first second of a microphone is still finding its place.
    late_sound = errors([(t, x) for t, x in heard if t > heard[0][0] + 1.5], 0.2, beeped)
    assert len(late_picture) >= 2
    assert len(late_sound) >= 2
    picture, sound = float(np.median(late_picture)), float(np.median(late_sound))
    print(f"stamped late: picture {picture * 1e3:+.0f} ms, sound {sound * 1e3:+.0f} ms")
    assert abs(sound - picture) < TICK_S
    assert heard[0][0] > 0.0, "sound is stamped when it was captured, not at zero"
