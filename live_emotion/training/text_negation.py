"""Short made sentences that teach what "not" does to a feeling's word.

Corpora hold few denied feelings, so a network goes by the word: "I am not happy at all" scores
happy. Here the same words stand denied and stated, in the same frames, so that only the denial
tells them apart. A denied feeling is a certain "no" for that emotion; what is felt instead is
left unlabelled where it can be guessed ("not happy" may be sad or angry), and "no" elsewhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from live_emotion.core.emotions import EMOTIONS, Emotion
from live_emotion.training.text_data import TextRows

SOURCE: Final = "made"

_WORDS: Final[dict[Emotion, tuple[str, ...]]] = {
    "happy": ("happy", "glad", "pleased", "excited", "thrilled", "delighted", "cheerful"),
    "sad": ("sad", "unhappy", "depressed", "heartbroken", "miserable", "lonely", "down"),
    "angry": ("angry", "mad", "furious", "annoyed", "pissed off", "irritated", "outraged"),
    "fearful": ("afraid", "scared", "frightened", "terrified", "worried", "nervous", "anxious"),
    "disgusted": ("disgusted", "grossed out", "revolted", "repulsed", "sickened"),
    "surprised": ("surprised", "shocked", "amazed", "astonished", "stunned"),
}
# What a denial leaves open.
_OPEN: Final[dict[Emotion, tuple[Emotion, ...]]] = {
    "happy": ("sad", "angry", "disgusted", "surprised"),
    "sad": ("happy", "angry"),
    "angry": ("happy", "sad"),
    "fearful": ("happy", "angry"),
    "disgusted": ("happy",),
    "surprised": ("sad", "angry", "disgusted"),
}
_DENIED: Final = (
    "{who} {is} not {word}{end}",
    "{who} {is} not {word} at all{end}",
    "{who} {is} not even {word}{end}",
    "{who} {is} not really {word}{end}",
    "{who} {is} no longer {word}{end}",
    "{who} {is} not the least bit {word}{end}",
    "{who} {is}n't {word}{end}",
    "{who} {was}n't {word}{end}",
    "{who} {was} never {word}{end}",
    "{who} never felt {word}{end}",
    "{who} didn't feel {word}{end}",
    "{who} didn't look {word}{end}",
    "nobody was {word}{end}",
    "no one is {word}{end}",
    "there is no reason to be {word}{end}",
    "don't be {word}{end}",
)
_STATED: Final = (
    "{who} {is} {word}{end}",
    "{who} {is} so {word}{end}",
    "{who} {is} really {word}{end}",
    "{who} {was} {word}{end}",
    "{who} felt {word}{end}",
    "{who} looked {word}{end}",
    "{who} {was} never so {word}{end}",
    "{who} {is} not just {word} but very {word}{end}",
    "everybody was {word}{end}",
    "no wonder {who} {is} {word}{end}",
)
_WHO: Final = (
    ("I", "am", "was"), ("we", "are", "were"), ("you", "are", "were"), ("they", "are", "were"),
    ("she", "is", "was"), ("he", "is", "was"), ("my mother", "is", "was"),
    ("my friend", "is", "was"), ("the people here", "are", "were"),
)  # fmt: skip
_END: Final = ("", "", ".", "!", " today", " about it", " about this.", " with you", " anymore")


def negation_rows(number: int, seed: int) -> TextRows:
    """Return `number` made sentences, every other one denied, each emotion equally often."""
    rng = np.random.default_rng([seed, 20])
    texts: list[str] = []
    targets = np.zeros((number, len(EMOTIONS)), np.float32)
    for i in range(number):
        emotion = EMOTIONS[(i // 2) % len(EMOTIONS)]
        denied = i % 2 == 0
        texts.append(_sentence(emotion, denied, rng))
        if not denied:
            targets[i, EMOTIONS.index(emotion)] = 1.0
        for open_one in _OPEN[emotion] if denied else ():
            targets[i, EMOTIONS.index(open_one)] = np.nan
    return TextRows(tuple(texts), targets, np.full(number, SOURCE), np.full(number, "train"))


def _sentence(emotion: Emotion, denied: bool, rng: np.random.Generator) -> str:
    frames = _DENIED if denied else _STATED
    who, present, past = _WHO[int(rng.integers(len(_WHO)))]
    text = frames[int(rng.integers(len(frames)))].format(
        who=who,
        word=_WORDS[emotion][int(rng.integers(len(_WORDS[emotion])))],
        end=_END[int(rng.integers(len(_END)))],
        **{"is": present, "was": past},
    )
    text = text.replace("amn't", "am not")
    return text[0].upper() + text[1:]
