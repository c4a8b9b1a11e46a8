"""Sound of a clip cut, gated and scored as the running program does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from live_emotion.capture.opening import choose_streams, open_container
from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE, TICK_SAMPLES, WINDOW_TICKS, tick_start
from live_emotion.perception.spectrogram import MelStream
from live_emotion.perception.speech.activity import VoiceActivity
from live_emotion.pipeline.scores import SPEECH_SHARE_MIN
from live_emotion.pipeline.voice import SpeechMeter
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.training.metrics import Array

Gate = Literal["voice", "open"]
# A stream's rest shorter than half a tick is no tick of its own, as in the running program.
_LAST_TICK_MIN: Final = TICK_SAMPLES // 2


@dataclass(frozen=True, slots=True, eq=False)
class ClipPieces:
    """A clip as the voice branch takes it.

    Attributes
    ----------
    mel
        ``(T, 128, 32)`` float32 log-mel pieces, one a tick.
    speech
        ``(T,)`` share of each tick that voice activity calls speech.
    """

    mel: FloatArray
    speech: FloatArray


def read_sound(path: Path) -> FloatArray:
    """Return the sound of a file, ``(n,)`` float32 mono at 16 kHz.

    Decoder and resampler are those of the running program; the file is taken in one piece, which
    for a short clip is several times as fast.

    Raises
    ------
    UserError
        If the file cannot be read or holds no sound.
    """
    container = open_container(path)
    try:
        stream = choose_streams(container)[1]
        frames = [] if stream is None else list(container.decode(stream))
    except (av.error.FFmpegError, ValueError) as error:
        raise UserError(f"The clip {path} is damaged: mend or remove its row.") from error
    finally:
        container.close()
    samples = [_mono(frame) for frame in frames]
    if not sum(map(len, samples)):
        raise UserError(f"The clip {path} holds no sound: mend or remove its row.")
    whole, rate = np.concatenate(samples), frames[0].sample_rate
    if rate != SAMPLE_RATE:
        whole = _resampled(whole, rate)
    return np.clip(np.nan_to_num(whole), -1.0, 1.0)


def _mono(frame: Any) -> FloatArray:
    """Return a decoded frame's samples, ``(n,)`` float32, the mean of its channels."""
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    if values.dtype == np.uint8:
        values = (values.astype(np.float32) - 128) / 128
    elif values.dtype.kind == "i":
        values = values / np.float32(np.iinfo(values.dtype).max + 1.0)
    return np.asarray(values.mean(axis=0), dtype=np.float32)


def _resampled(samples: FloatArray, rate: int) -> FloatArray:
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    parts = [*resampler.resample(frame), *resampler.resample(None)]
    whole = np.concatenate([part.to_ndarray()[0] for part in parts])
    return np.asarray(whole[: -(-len(samples) * SAMPLE_RATE // rate)], dtype=np.float32)


def cut(samples: FloatArray, activity: VoiceActivity) -> ClipPieces:
    """Cut a clip into ticks, as the program's flow does.

    Parameters
    ----------
    samples
        ``(n,)`` float32 at 16 kHz, the clip from its start.
    activity
        Voice activity; forgets what it heard before.
    """
    activity.reset()
    meter, stream = SpeechMeter(activity), MelStream()
    ticks = max(1, (len(samples) + _LAST_TICK_MIN) // TICK_SAMPLES)
    mel, speech = [], []
    for tick in range(ticks):
        part = samples[tick * TICK_SAMPLES : (tick + 1) * TICK_SAMPLES]
        whole = np.zeros(TICK_SAMPLES, dtype=np.float32)
        whole[: len(part)] = part
        share = meter.push(AudioBlock(tick_start(tick), whole)).share
        pieces = stream.push(part)
        if tick == ticks - 1:
            pieces += stream.flush()
        if pieces:
            mel.append(pieces[0][1])
            speech.append(share)
    if not mel:
        return ClipPieces(np.zeros((0, 128, 32), np.float32), np.zeros(0, np.float32))
    return ClipPieces(np.stack(mel), np.array(speech, dtype=np.float32))


def score_pieces(encoders: EncoderSet, clip: ClipPieces, gate: Gate = "voice") -> Array:
    """Return the voice branch's logits ``(6,)`` of a clip, NaN when it hears no voice.

    A clip of up to 12 ticks is one window; of a longer one the logits of every full window
    that holds voice are averaged.

    Parameters
    ----------
    encoders
        With the voice branch.
    clip
        See `cut`.
    gate
        ``"voice"`` leaves out the ticks that voice activity does, ``"open"`` none.
    """
    present = heard(clip, gate)
    vectors = np.zeros((len(clip.mel), 64), dtype=np.float32)
    if not present.any():
        return np.full(6, np.nan)
    vectors[present] = encoders.audio_piece(clip.mel[present])
    ticks = len(vectors)
    logits = []
    for end in range(min(WINDOW_TICKS, ticks), ticks + 1):
        window = slice(max(0, end - WINDOW_TICKS), end)
        if present[window].any():
            logits.append(encoders.audio_sequence(vectors[window], present[window]))
    return np.asarray(np.mean(logits, axis=0), dtype=np.float64)


def heard(clip: ClipPieces, gate: Gate = "voice") -> NDArray[np.bool_]:
    """Return ``(T,)`` which ticks pass the gate."""
    if gate == "open":
        return np.ones(len(clip.speech), dtype=np.bool_)
    return np.asarray(clip.speech >= SPEECH_SHARE_MIN)
