"""A microphone that somebody talks into half of the time: a PulseAudio server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.speech.activity import VoiceActivity

SOURCE: Final = "fakemic"
PROGRAMS: Final = ("pulseaudio", "pactl", "pacat")
_CHUNK_S: Final = 0.02
_START_S: Final = 20.0
# Silence between phrases is at least this long, so that each is closed before the next.
_LEAST_PAUSE_S: Final = 2.0
_PHRASE_GAP_S: Final = 0.6
_EDGE_S: Final = 0.1
# What waits in the pipe is heard later than it was said: an eighth of a second at most.
_PIPE_BYTES: Final = 4096


def phrases_of(samples: FloatArray) -> list[FloatArray]:
    """Return the phrases of a recording: what lies between silences of 0.6 s or more.

    Parameters
    ----------
    samples
        ``(n,)`` float32 at 16 kHz.
    """
    spans = VoiceActivity().push(AudioBlock(0.0, samples))
    phrases: list[tuple[float, float]] = []
    for t0, t1, probability in spans:
        if probability < 0.5:
            continue
        if phrases and t0 - phrases[-1][1] < _PHRASE_GAP_S:
            phrases[-1] = (phrases[-1][0], t1)
        else:
            phrases.append((t0, t1))
    return [
        samples[max(0, round((t0 - _EDGE_S) * SAMPLE_RATE)) : round(t1 * SAMPLE_RATE)]
        for t0, t1 in phrases
        if t1 - t0 >= 0.5
    ]


class Talker:
    """Says phrases in real time, as much silence after each as it was long; a context manager.

    Attributes
    ----------
    env
        Leads programs to the server.
    ends
        When each phrase was over, on `time.monotonic`; it is heard a moment later.
    """

    def __init__(self, phrases: Sequence[FloatArray]) -> None:
        self._phrases = phrases
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._talk, name="talker", daemon=True)
        self.ends: list[float] = []

    def __enter__(self) -> Self:
        import fcntl  # is nowhere but on Unix

        self._folder = Path(tempfile.mkdtemp(prefix="le-"))
        self._folder.chmod(0o700)
        (self._folder / "client.conf").write_text("autospawn = no\n")
        self.env = {
            "XDG_RUNTIME_DIR": str(self._folder),
            "XDG_CONFIG_HOME": str(self._folder),
            "PULSE_CLIENTCONFIG": str(self._folder / "client.conf"),
        }
        self._server = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1"),
                *("--log-target=null", "-L", "module-native-protocol-unix"),
                *("-L", f"module-null-sink sink_name={SOURCE} rate=48000"),
            ],
            env=os.environ | self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if time.monotonic() > deadline or self._server.poll() is not None:
                self._close()
                raise UserError("PulseAudio does not start: a live measurement needs it.")
            time.sleep(0.05)
        self._player = subprocess.Popen(
            [
                *("pacat", "--playback", f"--device={SOURCE}", "--latency-msec=40", "--raw"),
                *("--format=s16le", f"--rate={SAMPLE_RATE}", "--channels=1"),
            ],
            env=os.environ | self.env,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._player.stdin is not None
        fcntl.fcntl(self._player.stdin, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._player.kill()
        self._player.wait()
        self._close()

    def _talk(self) -> None:
        """Write sound into the player at the pace of the clock."""
        pipe = self._player.stdin
        assert pipe is not None
        due, number = time.monotonic(), 0
        size = round(_CHUNK_S * SAMPLE_RATE)
        while not self._ended.is_set():
            phrase = self._phrases[number % len(self._phrases)]
            pause = np.zeros(max(len(phrase), round(_LEAST_PAUSE_S * SAMPLE_RATE)), np.float32)
            number += 1
            for part in (phrase, pause):
                for at in range(0, len(part), size):
                    coded = (part[at : at + size] * 32767.0).astype("<i2").tobytes()
                    try:
                        pipe.write(coded)
                        pipe.flush()
                    except OSError:
                        return
                    # A player that was slow to take it does not get the next sound any sooner.
                    due = max(due + len(coded) / 2 / SAMPLE_RATE, time.monotonic() - _CHUNK_S)
                    if self._ended.wait(max(0.0, due - time.monotonic())):
                        return
                if part is phrase:
                    self.ends.append(time.monotonic())

    def _answers(self) -> bool:
        done = subprocess.run(
            ["pactl", "info"], env=os.environ | self.env, capture_output=True, check=False
        )
        return done.returncode == 0

    def _close(self) -> None:
        self._server.kill()
        self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
