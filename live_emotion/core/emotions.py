"""The six expressed emotions, the three branches, and how each is drawn.

Order matters: every array of scores in the program has the emotions of `EMOTIONS`
along its last axis, and every stack of branches those of `BRANCHES` along its first
(CMU-MOSEI labels; Jia et al., PMLR 260, 2025, section 4.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Emotion = Literal["happy", "sad", "angry", "fearful", "disgusted", "surprised"]
Branch = Literal["vision", "audio", "text"]
LineStyle = Literal["solid", "dash", "dot", "dash_dot", "dash_dot_dot", "long_dash"]

EMOTIONS: Final[tuple[Emotion, ...]] = (
    "happy",
    "sad",
    "angry",
    "fearful",
    "disgusted",
    "surprised",
)
BRANCHES: Final[tuple[Branch, ...]] = ("vision", "audio", "text")

# What a person reads for each branch.
BRANCH_LABELS: Final[dict[Branch, str]] = {"vision": "face", "audio": "voice", "text": "words"}


@dataclass(frozen=True, slots=True)
class EmotionStyle:
    """How one emotion's curve looks: a colour for each theme, and a line style.

    Attributes
    ----------
    light, dark
        Hex colours ``#rrggbb`` for a light and for a dark background. They are
        Okabe and Ito's palette (2008), with black exchanged for grey on dark and
        yellow darkened on light so that both keep enough contrast.
    line
        Line style, so that curves can be told apart without colour.
    """

    light: str
    dark: str
    line: LineStyle


EMOTION_STYLES: Final[dict[Emotion, EmotionStyle]] = {
    "happy": EmotionStyle("#b8860b", "#f0e442", "solid"),
    "sad": EmotionStyle("#0072b2", "#56b4e9", "dash"),
    "angry": EmotionStyle("#d55e00", "#d55e00", "long_dash"),
    "fearful": EmotionStyle("#a0447f", "#cc79a7", "dash_dot"),
    "disgusted": EmotionStyle("#00795a", "#009e73", "dash_dot_dot"),
    "surprised": EmotionStyle("#000000", "#e69f00", "dot"),
}

BRANCH_COLOURS: Final[dict[Branch, str]] = {
    "vision": "#0072b2",
    "audio": "#e69f00",
    "text": "#009e73",
}
