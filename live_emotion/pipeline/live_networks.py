"""The networks and the recogniser of a live session, loaded once, maybe while others look on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import numpy as np

from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.perception.faces.crop import CROP_SIDE
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.spectrogram import MEL_BANDS, PIECE_FRAMES
from live_emotion.perception.speech.whisper import WhisperRecognizer
from live_emotion.pipeline.hearing import open_recognizer
from live_emotion.pipeline.late_words import LateRecognizer
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.runtime.encoders import EncoderSet


class LiveNetworks:
    """What a live session computes with. Making it loads nothing.

    Parameters
    ----------
    options
        Of the session.

    Attributes
    ----------
    encoders
        The compiled networks; None until they are loaded.
    recognizer
        The recogniser, loaded late if the session begins without a microphone; None where no
        words are transcribed.
    """

    def __init__(self, options: LiveOptions) -> None:
        self._options = options
        self._loading = threading.Lock()
        self.encoders: EncoderSet | None = None
        self.recognizer: LateRecognizer | None = None
        if options.transcript:
            self.recognizer = LateRecognizer(self._load_recognizer)

    def load(self, *, hears: bool) -> EncoderSet:
        """Load what is not there yet and return the networks.

        Parameters
        ----------
        hears
            Whether there is a microphone, so that the recogniser is wanted now.

        Raises
        ------
        UserError
            If weights, engine or recogniser cannot be had.
        """
        with self._loading:
            if self.encoders is None:
                options = self._options
                encoders = EncoderSet.open(
                    options.preset, options.engine, threads=_threads(), text=options.text
                )
                _warm_up(encoders)
                self.encoders = encoders
        if self.recognizer is not None and hears:
            self.recognizer.load()
        return self.encoders

    def load_while(
        self, look_on: Callable[[], None], stop: threading.Event, *, hears: bool
    ) -> EncoderSet | None:
        """Load on another thread and call `look_on` over and over meanwhile.

        Parameters
        ----------
        look_on
            Called until the networks are there.
        stop
            Ends the waiting.
        hears
            Whether there is a microphone: the recogniser is loaded then, too, but nobody waits for
            it, since faces and voices are scored without it. See `LateRecognizer.take_problem`.

        Returns
        -------
        EncoderSet | None
            The networks; None if `stop` was set.

        Raises
        ------
        UserError
            If weights or engine cannot be had.
        """
        if self.encoders is not None:
            return self.encoders
        failure: list[BaseException] = []

        def load() -> None:
            try:
                self.load(hears=False)
            except BaseException as error:  # raised again on the caller's thread
                failure.append(error)

        thread = threading.Thread(target=load, name="networks", daemon=True)
        thread.start()
        while thread.is_alive() and not stop.is_set():
            look_on()
        thread.join()
        if failure:
            raise failure[0]
        if stop.is_set():
            return None
        if self.recognizer is not None and hears:
            self.recognizer.load_soon()
        return self.encoders

    def close(self) -> None:
        """Let go of the networks."""
        if self.encoders is not None:
            self.encoders.close()

    def _load_recognizer(self) -> WhisperRecognizer:
        options = self._options
        return open_recognizer(options.whisper_model, options.language, max(1, _threads() // 2))


def _warm_up(encoders: EncoderSet) -> None:
    """Run every network once on nothing: the first run of each takes much longer than the next."""
    FaceFinder(encoders.face_finder).find(np.zeros((480, 640, 3), np.uint8))
    if encoders.joint is not None:
        encoders.joint.run({})
        return
    present = np.ones(WINDOW_TICKS, np.bool_)
    face = encoders.vision_face(np.zeros((1, CROP_SIDE, CROP_SIDE, 3), np.uint8))
    encoders.vision_sequence(np.repeat(face, WINDOW_TICKS, axis=0), present)
    piece = encoders.audio_piece(np.zeros((1, MEL_BANDS, PIECE_FRAMES), np.float32))
    encoders.audio_sequence(np.repeat(piece, WINDOW_TICKS, axis=0), present)
    encoders.text("a few words")


def _threads() -> int:
    return max(1, min(4, os.cpu_count() or 1))
