"""The valence of a tick: of the words by their own network, of face and voice by their emotions."""

from __future__ import annotations

from live_emotion.core.valence import Valence, joined
from live_emotion.pipeline.scores import Scores
from live_emotion.runtime.encoders import EncoderSet


class ValenceWatch:
    """Reads valence tick by tick, where the encoders have it; words only when they changed.

    Parameters
    ----------
    encoders
        The compiled networks.
    """

    def __init__(self, encoders: EncoderSet) -> None:
        self._model = getattr(encoders, "valence", None)
        self._read: tuple[str, Valence | None] = ("", None)

    def read(self, text: str, scores: Scores) -> Valence | None:
        """Return the valence of a scored tick; None where nothing tells of it.

        Parameters
        ----------
        text
            The words that the tick was scored with.
        scores
            What came of it. Branches that are missing there say nothing here either; a network
            that decodes valence itself stands for face and voice.
        """
        readings = []
        if scores.valence is not None:
            readings.append(scores.valence)
        elif self._model is not None:
            parts = (scores.branches["vision"], scores.branches["audio"])
            readings += [self._model.of_scores(part.scores) for part in parts if part.present]
        if self._model is not None and text and scores.branches["text"].present:
            if text != self._read[0]:
                self._read = (text, self._model.of_words(text))
            assert self._read[1] is not None
            readings.append(self._read[1])
        return joined(readings)
