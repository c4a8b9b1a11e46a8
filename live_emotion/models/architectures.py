"""Every architecture by name: what it is built of, and whose idea it is.

Four judge branch by branch (this program's own, V2EM, FE2E, and any mixture of their encoders):
these are presets of one frame. The others judge a whole window at once: LF-LSTM, LF-TRANS and MulT
over hand-made features, and the attention-guided fusion (AFG) over the vectors of the preset's own
encoders. Nothing here needs PyTorch; `live_emotion.models.joint_networks` builds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from live_emotion.core.errors import UserError
from live_emotion.models.presets import (
    AUDIO_ENCODERS,
    DEFAULT_PRESET,
    PUBLISHED,
    VISION_ENCODERS,
    preset_named,
)
from live_emotion.models.sizes import AlbertSizes, TextSizes

JointKind = Literal["features", "vectors"]
DEFAULT_ARCHITECTURE: Final = "rfam"


@dataclass(frozen=True, slots=True)
class FeatureSizes:
    """Widths of the hand-made features (see `live_emotion.perception.features`).

    Attributes
    ----------
    face, voice
        Numbers a tick.
    words
        Numbers a subword.
    length
        Subwords of a window, the last ones if there are more.
    """

    face: int = 101
    voice: int = 74
    words: int = 384
    length: int = 32

    @property
    def widths(self) -> tuple[int, int, int]:
        """Width of each stream, in the order of `BRANCHES`."""
        return self.face, self.voice, self.words


@dataclass(frozen=True, slots=True)
class Architecture:
    """What is known of an architecture.

    Attributes
    ----------
    name, source
        Its name here, and the paper.
    joint
        None where branches are judged one by one; else what the joint network takes:
        hand-made ``"features"``, or the ``"vectors"`` of the preset's encoders.
    """

    name: str
    source: str
    joint: JointKind | None = None


ARCHITECTURES: Final[dict[str, Architecture]] = {
    one.name: one
    for one in (
        Architecture("rfam", "Jia et al., PMLR 260, 2025"),
        Architecture("v2em", "Wei et al., IEEE Trans. Broadcasting 69, 2023"),
        Architecture("fe2e", "Dai et al., NAACL 2021"),
        Architecture("lf-lstm", "baseline of Tsai et al., ACL 2019", "features"),
        Architecture("lf-trans", "baseline of Dai et al., NAACL 2021", "features"),
        Architecture("mult", "Tsai et al., ACL 2019", "features"),
        Architecture("afg", "Wang et al., MER 2023, arXiv 2309.07925", "vectors"),
    )
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An architecture with the preset that its encoders come from.

    Attributes
    ----------
    architecture
        Which.
    preset
        Name that `preset_named` knows, of the encoders alone.
    """

    architecture: Architecture
    preset: str

    @property
    def name(self) -> str:
        """Name of the preset with the joint network, as `EncoderSet.open` takes it."""
        joint = f"+joint={self.architecture.name}" if self.architecture.joint else ""
        return self.preset + joint

    @property
    def joint_name(self) -> str | None:
        """Stem of the joint network's weights, or None without such a network."""
        return f"{self.preset}-{self.architecture.name}" if self.architecture.joint else None


def choose(
    architecture: str = DEFAULT_ARCHITECTURE,
    preset: str = DEFAULT_PRESET,
    vision: str | None = None,
    audio: str | None = None,
) -> Choice:
    """Return what is meant by an architecture's name, a preset and exchanged encoders.

    Parameters
    ----------
    architecture
        One of `ARCHITECTURES`.
    preset
        Sizes of this program's own encoders; the published architectures have sizes of theirs.
    vision, audio
        One of `VISION_ENCODERS` and `AUDIO_ENCODERS` in place of the architecture's own.

    Raises
    ------
    UserError
        If a name is unknown, or encoders are to be exchanged where there are none.
    """
    one = ARCHITECTURES.get(architecture)
    if one is None:
        raise UserError(
            f"There is no architecture “{architecture}”: choose one of {', '.join(ARCHITECTURES)}."
        )
    name = architecture if architecture in PUBLISHED else preset
    given = {"vision": vision, "audio": audio}
    for branch, encoder in given.items():
        if encoder is None:
            continue
        if one.joint == "features":
            raise UserError(
                f"{architecture} takes hand-made features and has no {branch} encoder to "
                f"exchange: leave out --{branch}."
            )
        known = VISION_ENCODERS if branch == "vision" else AUDIO_ENCODERS
        if encoder not in known:
            raise UserError(
                f"There is no {branch} encoder “{encoder}”: choose one of {', '.join(known)}."
            )
        if not _has(name, branch, encoder):
            name += f"+{branch}={encoder}"
    preset_named(name)
    return Choice(one, name)


def chosen(name: str) -> Choice:
    """Return the choice whose `Choice.name` this is.

    Raises
    ------
    UserError
        If there is no such preset or architecture.
    """
    joint = preset_named(name).joint
    first = name.split("+")[0]
    if "+joint" not in name:
        return Choice(ARCHITECTURES[first if first in PUBLISHED else DEFAULT_ARCHITECTURE], name)
    if joint not in ARCHITECTURES or ARCHITECTURES[joint].joint is None:
        known = ", ".join(one.name for one in ARCHITECTURES.values() if one.joint)
        raise UserError(f"There is no joint network “{joint}”: choose one of {known}.")
    return Choice(ARCHITECTURES[joint], name.replace(f"+joint={joint}", ""))


def feature_sizes(text: TextSizes) -> FeatureSizes:
    """Return the widths of the hand-made features beside a words network."""
    return FeatureSizes(words=text.embedding if isinstance(text, AlbertSizes) else text.hidden)


def _has(preset: str, branch: str, encoder: str) -> bool:
    """Whether a preset's own encoder is of this kind."""
    known = VISION_ENCODERS if branch == "vision" else AUDIO_ENCODERS
    theirs = preset_named(known[encoder])
    ours = preset_named(preset)
    if branch == "vision":
        return type(ours.vision) is type(theirs.vision)
    return type(ours.audio) is type(theirs.audio)
