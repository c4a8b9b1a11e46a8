"""Devices that tests can unplug: a PulseAudio server with null sinks, and an HTTP camera."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE

HERE = Path(__file__).resolve().parent
PROGRAMS = ("pulseaudio", "pactl", "pacat", "parec")


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name) is None]


def extract(clip: Path, folder: Path, *, seconds: float, repeat: int) -> tuple[Path, Path]:
    """Write a clip's pictures (640x480 JPEG) and its sound (16 kHz s16, repeated) to files."""
    pictures, sound = folder / "pictures.bin", folder / "sound.raw"
    samples: list[np.ndarray] = []
    with MediaFile(clip) as media, pictures.open("wb") as out:
        for event in media.events():
            if isinstance(event, AudioBlock):
                samples.append(event.samples)
            elif isinstance(event, VideoFrame) and event.t < seconds:
                small = cv2.resize(event.image, (640, 480), interpolation=cv2.INTER_AREA)
                jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))[1].tobytes()
                out.write(len(jpeg).to_bytes(4, "big") + jpeg)
    whole = np.tile(np.concatenate(samples), repeat)
    sound.write_bytes((whole * 32767.0).astype("<i2").tobytes())
    return pictures, sound


class _Process:
    """A process that can be frozen and killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class HttpCamera(_Process):
    """An HTTP camera at an address of its own."""

    def __init__(self, pictures: Path) -> None:
        super().__init__()
        self._pictures = pictures
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"

    def plug_in(self, fps: float = 30.0) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", HERE / "http_camera.py"),
                *(str(self.port), self._pictures, str(fps)),
            ]
        )
        wait_until(self._answers, "the camera's server did not start")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class SoundServer(_Process):
    """A PulseAudio server of the test's own; `env` leads programs to it.

    Each source is a null sink into which the clip's sound is played; its microphone is called
    NAME.monitor.
    """

    def __init__(self, sound: Path) -> None:
        super().__init__()
        self._sound = sound
        # Short, for the path of a socket is.
        self._folder = Path(tempfile.mkdtemp(prefix="le-"))
        self._folder.chmod(0o700)
        client = self._folder / "client.conf"
        client.write_text("autospawn = no\n")
        self.env = {
            "XDG_RUNTIME_DIR": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder),
            "PULSE_CLIENTCONFIG": str(client),
        }
        self._players: list[subprocess.Popen[bytes]] = []

    def plug_in(self, *sources: str, rate: int = 48000) -> None:
        """Start the server with these sources."""
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--log-target=null"]
        for module in ("module-native-protocol-unix", *(_null_sink(s, rate) for s in sources)):
            command += ["-L", module]
        self._process = subprocess.Popen(
            command, env=self._env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: self._pactl("info", check=False), "pulseaudio did not start")
        for source in sources:
            self.play(source)

    def add(self, source: str, rate: int = 48000) -> str:
        """Plug a source into the running server; return what unplugs it."""
        done = self._pactl("load-module", *_null_sink(source, rate).split())
        self.play(source)
        return done.strip()

    def remove(self, module: str) -> None:
        """Unplug a source."""
        self._pactl("unload-module", module)

    def module_of(self, source: str) -> str:
        """Return what unplugs a source that the server was started with."""
        listed = self._pactl("list", "short", "modules").splitlines()
        return next(line.split()[0] for line in listed if f"sink_name={source}" in line)

    def listeners(self) -> int:
        """Return how many programs listen to its microphones."""
        return len(self._pactl("list", "short", "source-outputs").splitlines())

    def mute(self, source: str, muted: bool) -> None:
        self._pactl("set-source-mute", f"{source}.monitor", "1" if muted else "0")

    def kill(self) -> None:
        super().kill()
        self.fall_silent()

    def fall_silent(self) -> None:
        """Play no more: the microphones give exact zeros."""
        for player in self._players:
            player.kill()
            player.wait()
        self._players.clear()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def play(self, source: str) -> None:
        """Play the sound into a source."""
        self._players.append(
            subprocess.Popen(
                [
                    *("pacat", "--playback", f"--device={source}", "--latency-msec=60", "--raw"),
                    *("--format=s16le", f"--rate={SAMPLE_RATE}", "--channels=1", self._sound),
                ],
                env=self._env(),
                stderr=subprocess.DEVNULL,
            )
        )

    def _pactl(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["pactl", *words], env=self._env(), capture_output=True, text=True, check=check
        )
        return done.stdout if done.returncode == 0 else ""

    def _env(self) -> dict[str, str]:
        return os.environ | self.env


def _null_sink(name: str, rate: int) -> str:
    return f"module-null-sink sink_name={name} rate={rate}"


def wait_until(holds: object, otherwise: str, seconds: float = 20.0) -> None:
    """Wait until a condition holds; fail with a word if it does not."""
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)
