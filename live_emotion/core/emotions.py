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
        Hex colours ``#rrggbb`` for a light and for a dark background. The hues are those of
        Okabe and Ito's palette (2008), moved in lightness until every pair stays apart under
        simulated protanopia, deuteranopia and tritanopia (Machado et al., 2009) and each keeps
        a contrast of 3 to 1 or more against its background.
    line
        Line style, so that curves can be told apart without colour.
    """

    light: str
    dark: str
    line: LineStyle


EMOTION_STYLES: Final[dict[Emotion, EmotionStyle]] = {
    "happy": EmotionStyle("#9a9200", "#f9cf00", "solid"),
    "sad": EmotionStyle("#0081f1", "#00bbfd", "dash"),
    "angry": EmotionStyle("#b40900", "#e95200", "long_dash"),
    "fearful": EmotionStyle("#da54a5", "#ff77bf", "dash_dot"),
    "disgusted": EmotionStyle("#006454", "#00986d", "dash_dot_dot"),
    "surprised": EmotionStyle("#000000", "#ffffff", "dot"),
}
