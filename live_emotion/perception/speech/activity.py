"""Voice activity: how probable speech is, every 32 ms.

Silero VAD version 6 (Silero Team, MIT), a small recurrent network that faster-whisper carries.
It reads 512 samples at a time with the 64 before them, and hands its state on, so a stream
gives the same probabilities as the whole recording would.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE

CHUNK: Final = 512
CHUNK_S: Final = CHUNK / SAMPLE_RATE
SPEECH_PROBABILITY: Final = 0.5
_CONTEXT: Final = 64
_STATE: Final = (1, 1, 128)
# A block farther than this from where the last one ended is no continuation of it.
_JUMP_S: Final = 0.05

Span = tuple[float, float, float]


def silero_path() -> Path:
    """Return the path of the network, carried by the `faster_whisper` package.

    Raises
    ------
    UserError
        If the package or the network is missing.
    """
    spec = importlib.util.find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = sorted((Path(folder) / "assets").glob("silero_vad_v6*.onnx"))
        if found:
            return found[0]
    raise UserError(
        "The voice activity network is missing: install it with "
        "`pip install 'faster-whisper>=1.2,<2'`."
    )


class VoiceActivity:
    """Streaming voice activity over blocks of any length.

    Raises
    ------
    UserError
        If the network is missing.
    """

    def __init__(self) -> None:
        self._session = _open_session(silero_path())
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._h = self._c = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._pending = np.zeros(0, np.float32)
        self._start: float | None = None
        self._chunks = 0

    def push(self, block: AudioBlock) -> list[Span]:
        """Take the next block and return what has been decided since the last one.

        Parameters
        ----------
        block
            Sound that continues the last block. After a jump in time the network starts afresh.

        Returns
        -------
        list of (t0, t1, probability)
            One for each whole chunk of 512 samples: start and end in seconds on the session
            clock and the probability of speech, 0..1.
        """
        held = len(self._pending)
        if self._start is not None:
            expected = self._time(self._chunks) + held / SAMPLE_RATE
            if abs(block.t - expected) > _JUMP_S:
                self.reset()
                held = 0
        if self._start is None:
            self._start = block.t
        samples = np.concatenate([self._pending, block.samples]).astype(np.float32)
        n = len(samples) // CHUNK
        self._pending = samples[n * CHUNK :].copy()
        if n == 0:
            return []
        probabilities = self._run(samples[: n * CHUNK])
        first = self._chunks
        self._chunks += n
        return [
            (self._time(first + i), self._time(first + i + 1), float(p))
            for i, p in enumerate(probabilities)
        ]

    def _time(self, chunk: int) -> float:
        return (self._start or 0.0) + chunk * CHUNK_S

    def _run(self, samples: FloatArray) -> FloatArray:
        chunks = samples.reshape(-1, CHUNK)
        before = np.vstack([self._context, chunks[:-1, -_CONTEXT:]])
        self._context = chunks[-1, -_CONTEXT:].copy()
        inputs = {"input": np.hstack([before, chunks]), "h": self._h, "c": self._c}
        probabilities, self._h, self._c = self._session.run(None, inputs)
        return np.asarray(probabilities, np.float32).reshape(-1)


def speech_share(
    spans: Iterable[Span], t0: float, t1: float, threshold: float = SPEECH_PROBABILITY
) -> float:
    """Return the share of a stretch of time that is speech, 0..1.

    Parameters
    ----------
    spans
        What `VoiceActivity.push` returned, of any stretch of time around it.
    t0, t1
        The stretch, in seconds on the session clock.
    threshold
        Least probability of speech.

    Returns
    -------
    float
        Share of the part of the stretch that the spans cover (the last 32 ms may not be decided
        yet); 0 when they cover none.
    """
    covered = speech = 0.0
    for start, end, probability in spans:
        overlap = min(end, t1) - max(start, t0)
        if overlap > 0.0:
            covered += overlap
            speech += overlap if probability >= threshold else 0.0
    return speech / covered if covered > 0.0 else 0.0


def _open_session(path: Path) -> Any:
    """Open the network on one thread that sleeps when idle, for others need the cores."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )
