"""What the microphone of a measurement hears."""

from __future__ import annotations

import itertools

import numpy as np

from live_emotion.bench.clip import demo_clip
from live_emotion.bench.stamping_camera import CELL, stamped, to_and_fro
from live_emotion.bench.talker import phrases_of
from live_emotion.capture.media_file import MediaFile
from live_emotion.core import codebar
from live_emotion.core.media import AudioBlock


def test_phrases_are_cut_where_nobody_speaks() -> None:
    with MediaFile(demo_clip()) as media:
        sound = [e.samples for e in media.events() if isinstance(e, AudioBlock)]
    whole = np.concatenate(sound)
    phrases = phrases_of(whole)
    lengths = [len(phrase) / 16_000 for phrase in phrases]
    assert 2 <= len(phrases) <= 12
    assert all(length > 0.5 for length in lengths)
    assert 0.4 < sum(lengths) / (len(whole) / 16_000) < 0.95
    # Their ends are cut close: the clock of the delay starts there.
    assert all(np.abs(phrase[-4800:]).max() > 0.02 for phrase in phrases)


def test_the_camera_paints_the_time_and_plays_to_and_fro() -> None:
    import cv2

    picture = np.full((480, 640, 3), 77, np.uint8)
    coded = np.frombuffer(stamped(picture, 1234.5678), np.uint8)
    assert codebar.read(cv2.imdecode(coded, cv2.IMREAD_COLOR), CELL) == 12_345_678
    assert list(itertools.islice(to_and_fro(4), 8)) == [0, 1, 2, 3, 2, 1, 0, 1]
