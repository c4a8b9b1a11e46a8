"""The sizes of every network, by preset name.

``paper`` has the sizes of Table 5 in Jia et al. (PMLR 260, 2025): 0.73 M parameters for
vision, 49.89 M for audio (its unused 1000-way head counted) and 11.68 M for text. ``live``
has sizes that suit a desktop without a graphics card, and is the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from live_emotion.core.emotions import BRANCHES, Branch
from live_emotion.core.errors import UserError
from live_emotion.models.sizes import (
    AlbertSizes,
    AudioSizes,
    FocalNetSizes,
    NestSizes,
    RepVggSizes,
    RfamSizes,
    SequenceSizes,
    TextSizes,
    VggSizes,
    VisionSizes,
)


@dataclass(frozen=True, slots=True)
class Preset:
    """The sizes of all three branches under one name.

    Attributes
    ----------
    name
        Of the preset.
    vision, audio, text, sequence
        Sizes; their type says which network it is.
    owners
        Branches whose weights are another preset's, which this one has in common with it.
    joint
        Name of the architecture that judges whole windows in place of sequence encoders and
        fusion, see `live_emotion.models.architectures`; ``""`` where branches are judged.
    """

    name: str
    vision: VisionSizes
    audio: AudioSizes
    text: TextSizes
    sequence: SequenceSizes
    owners: Mapping[Branch, str] = field(default_factory=dict)
    joint: str = ""

    def owner(self, branch: Branch) -> str:
        """Return the name under which a branch's weights are kept."""
        return self.owners.get(branch, self.name)

    @property
    def sees_mirrored(self) -> bool:
        """Whether a face is read with its mirror image; the published networks do not."""
        return isinstance(self.vision, RfamSizes)

    @property
    def face_views(self) -> int:
        """How many images are read of each face: 1, or 2 with its mirror image."""
        return 2 if self.sees_mirrored else 1


PRESETS: Final[dict[str, Preset]] = {
    "paper": Preset(
        name="paper",
        vision=RfamSizes(widths=(24, 48, 96, 192), depths=(1, 2, 1, 1)),
        audio=FocalNetSizes(widths=(96, 192, 384, 768), depths=(2, 2, 18, 2)),
        text=AlbertSizes(embedding=128, hidden=768, feed_forward=3072, layers=12, heads=12),
        sequence=SequenceSizes(),
    ),
    "live": Preset(
        name="live",
        vision=RfamSizes(widths=(24, 48, 96, 192), depths=(1, 2, 1, 1)),
        audio=FocalNetSizes(
            widths=(64, 128), depths=(1, 2), patch=8, mlp_ratio=2.0, stem=32, layer_scale=0.1
        ),
        text=AlbertSizes(embedding=128, hidden=384, feed_forward=1536, layers=6, heads=12),
        sequence=SequenceSizes(),
    ),
}
DEFAULT_PRESET: Final = "live"

# Architectures that others published in the same frame, see `live_emotion.models.architectures`.
# The words are everywhere those of the paper (ALBERT-base).
_ALBERT_BASE: Final = PRESETS["paper"].text
_CONV_STAGES: Final = ((64, 64, 128), (256,), (512,))
PUBLISHED: Final[dict[str, Preset]] = {
    "v2em": Preset(
        name="v2em",
        vision=RepVggSizes(stem=64, stages=_CONV_STAGES),
        audio=NestSizes(widths=(128, 256, 512), depths=(2, 2, 20), heads=(4, 8, 16)),
        text=_ALBERT_BASE,
        sequence=SequenceSizes(),
        owners={"text": "paper"},
    ),
    "fe2e": Preset(
        name="fe2e",
        vision=VggSizes(stem=64, stages=_CONV_STAGES),
        audio=VggSizes(stem=64, stages=_CONV_STAGES),
        text=_ALBERT_BASE,
        sequence=SequenceSizes(),
        owners={"text": "paper"},
    ),
}
# Encoders that may take the place of a preset's own: whose they are, by branch.
VISION_ENCODERS: Final = {"rfam": "live", "repvgg": "v2em", "vgg": "fe2e"}
AUDIO_ENCODERS: Final = {"focal": "live", "nest": "v2em", "vgg": "fe2e"}


def preset_named(name: str) -> Preset:
    """Return a preset, with encoders exchanged or judged jointly if its name says so.

    As in ``live+vision=vgg+audio=nest`` and ``live+joint=mult``.

    Raises
    ------
    UserError
        If there is none of that name.
    """
    first, *parts = name.split("+")
    found = PRESETS.get(first) or PUBLISHED.get(first)
    if found is None:
        known = ", ".join(sorted(PRESETS))
        raise UserError(f"There is no preset “{name}”: choose one of {known}.")
    for part in parts:
        what, _, which = part.partition("=")
        found = replace(found, joint=which) if what == "joint" else _exchanged(found, what, which)
    return found


def weights_owner(name: str, branch: Branch) -> str:
    """Return the preset under whose name a branch's weights are kept; mostly `name` itself."""
    shares = "+" in name or name in PUBLISHED
    return preset_named(name).owner(branch) if shares else name


def _exchanged(preset: Preset, branch: str, encoder: str) -> Preset:
    """Return a preset with the encoder of another, under a name that says so."""
    known = {"vision": VISION_ENCODERS, "audio": AUDIO_ENCODERS}.get(branch, {})
    if encoder not in known:
        raise UserError(
            f"There is no {branch} encoder “{encoder}”: choose one of {', '.join(known) or '-'}."
        )
    other = known[encoder]
    of_paper = preset.name == "paper" or preset.name.startswith("paper+")
    giver = preset_named("paper" if other == "live" and of_paper else other)
    name = f"{preset.name}+{branch}={encoder}"
    if branch == "vision":
        owners = {**_owned(preset), "vision": giver.owner("vision")}
        return replace(preset, name=name, vision=giver.vision, owners=owners)
    owners = {**_owned(preset), "audio": giver.owner("audio")}
    return replace(preset, name=name, audio=giver.audio, owners=owners)


def _owned(preset: Preset) -> dict[Branch, str]:
    return {branch: preset.owner(branch) for branch in BRANCHES}
