"""What perception makes of media: faces, mel pieces, words."""

from __future__ import annotations

from dataclasses import dataclass

from live_emotion.core.media import ByteImage, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face seen and tracked.

    Attributes
    ----------
    t
        Seconds on the session clock of the frame it was seen in.
    id
        Stable number of the person within the session, from 1.
    box
        ``(x, y, w, h)`` in source pixels.
    confidence
        Of the detector, 0..1.
    landmarks
        ``(5, 2)`` float32 source pixels: right eye, left eye, nose, right and left corner of
        the mouth, right and left as the person's own.
    """

    t: float
    id: int
    box: tuple[float, float, float, float]
    confidence: float
    landmarks: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FaceCrop:
    """The face of one tick as the vision encoder takes it: ``(48, 48, 3)`` uint8 RGB."""

    tick: int
    face: Face
    image: ByteImage


@dataclass(frozen=True, slots=True, eq=False)
class MelPiece:
    """The sound of one tick as the audio encoder takes it.

    Attributes
    ----------
    tick
        Number of the tick on the grid.
    mel
        ``(128, 32)`` float32, log mel power, one column every 12.5 ms.
    speech
        Share of the tick that voice activity calls speech, 0..1.
    samples
        ``(6400,)`` float32, the sound itself at 16 kHz, for what a spectrum does not tell; None
        where nobody kept it.
    """

    tick: int
    mel: FloatArray
    speech: float
    samples: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One word: start and end in seconds on the session clock, and its probability 0..1."""

    t0: float
    t1: float
    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class TranscriptSegment:
    """A run of words. Tentative text is replaced by the next segment; final text stays.

    Attributes
    ----------
    t0, t1
        Start and end in seconds on the session clock.
    text
        The words as one string, stripped.
    final
        True once two passes agreed on it (Machacek et al., 2023, local agreement) or the
        utterance ended.
    words
        The words with their times.
    closes
        True on the last final segment of an utterance.
    """

    t0: float
    t1: float
    text: str
    final: bool
    words: tuple[Word, ...]
    closes: bool = False
