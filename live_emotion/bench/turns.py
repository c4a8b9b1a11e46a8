"""A window and a tick of any architecture, from pixels, samples and words on."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import TICK_SAMPLES, WINDOW_TICKS
from live_emotion.perception.faces.crop import CROP_SIDE
from live_emotion.perception.features import face_features, voice_features
from live_emotion.perception.spectrogram import MEL_BANDS, PIECE_FRAMES
from live_emotion.runtime.encoders import EncoderSet

# A line of some thirty subwords.
LINE: Final = (
    "I really did not expect to see you here today, and I am so glad that you came all the way "
    "from the coast with the children to be with us"
)


class Turns:
    """The same made-up moment for every architecture, drawn from a fixed seed.

    Parameters
    ----------
    encoders
        What takes it.
    """

    def __init__(self, encoders: EncoderSet) -> None:
        rng = np.random.default_rng(0)
        self._encoders = encoders
        shape = (WINDOW_TICKS, CROP_SIDE, CROP_SIDE, 3)
        self._faces = rng.integers(0, 256, shape).astype(np.uint8)
        self._mel = rng.uniform(-13.8, 11.0, (WINDOW_TICKS, MEL_BANDS, PIECE_FRAMES)).astype(
            np.float32
        )
        self._samples = rng.normal(0.0, 0.1, (WINDOW_TICKS, TICK_SAMPLES)).astype(np.float32)
        self._present = np.ones(WINDOW_TICKS, np.bool_)
        self._seen = self._look(slice(None))
        self._heard = self._listen(slice(None))
        self._words = self._read()

    def window(self) -> None:
        """Compute all twelve ticks and read the words."""
        self._seen, self._heard = self._look(slice(None)), self._listen(slice(None))
        self._words = self._read()
        self._judge()

    def tick(self) -> None:
        """Compute what is new, with the other eleven ticks and the words kept."""
        last = slice(WINDOW_TICKS - 1, None)
        self._seen[last], self._heard[last] = self._look(last), self._listen(last)
        self._judge()

    @property
    def _by_hand(self) -> bool:
        joint = self._encoders.joint
        return joint is not None and joint.choice.architecture.joint == "features"

    def _look(self, part: slice) -> FloatArray:
        if self._by_hand:
            return np.stack([face_features(crop) for crop in self._faces[part]])
        return self._encoders.vision_face(self._faces[part])

    def _listen(self, part: slice) -> FloatArray:
        if self._by_hand:
            pairs = zip(self._mel[part], self._samples[part], strict=True)
            return np.stack([voice_features(mel, samples) for mel, samples in pairs])
        return self._encoders.audio_piece(self._mel[part])

    def _read(self) -> tuple[FloatArray, NDArray[np.bool_]] | None:
        joint = self._encoders.joint
        if self._by_hand:
            return joint.words.features(LINE) if joint is not None and joint.words else None
        if self._encoders.text(LINE) is None:
            # No vocabulary: the network takes as many made-up tokens.
            ids = np.arange(5, 37, dtype=np.int64)[np.newaxis]
            mask = np.ones(ids.shape, np.bool_)
            self._encoders.engines["text"].run({"ids": ids, "mask": mask})
        return None

    def _judge(self) -> None:
        joint = self._encoders.joint
        if joint is None:
            self._encoders.vision_sequence(self._seen, self._present)
            self._encoders.audio_sequence(self._heard, self._present)
            return
        streams = {"face": (self._seen, self._present), "voice": (self._heard, self._present)}
        if self._words is not None:
            streams["words"] = self._words
        joint.run(streams)
