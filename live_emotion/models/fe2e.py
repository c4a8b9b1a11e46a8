"""FE2E: VGG for faces and for mel pieces, ALBERT for words.

Dai, Cahyawijaya, Liu and Fung, "Multimodal End-to-End Sparse Model for Emotion Recognition"
(NAACL 2021): the fully end-to-end model, without the sparse convolutions of its sibling MESM.
"""

from __future__ import annotations

from live_emotion.models.frame import EndToEnd
from live_emotion.models.presets import PUBLISHED, Preset


class Fe2e(EndToEnd):
    """FE2E whole, of its published sizes unless told others."""

    def __init__(self, preset: Preset = PUBLISHED["fe2e"]) -> None:
        super().__init__(preset)
