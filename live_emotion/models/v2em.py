"""V2EM: RepVGG for faces, NesT for mel pieces, ALBERT for words.

Wei, Huang and Zhang, "FV2ES: A Fully End2End Multimodal System for Fast Yet Effective Video
Emotion Recognition Inference" (IEEE Trans. Broadcasting 69, 2023). Table 5 of Jia et al.
(PMLR 260, 2025) counts 1.81 M parameters for vision (before fusing, without linear layers), 67.25 M
for audio (with a 1000-way head that nobody uses) and 11.68 M for text. The branches run tick by
tick as all of this program's do; published is one pass over a whole prepared clip, text padded
to 100 tokens.
"""

from __future__ import annotations

from typing import cast

from live_emotion.models.frame import EndToEnd
from live_emotion.models.presets import PUBLISHED, Preset
from live_emotion.models.repvgg import RepVgg, fuse_repvgg
from live_emotion.models.rfam import Rfam


class V2em(EndToEnd):
    """V2EM whole, of its published sizes unless told others."""

    def __init__(self, preset: Preset = PUBLISHED["v2em"]) -> None:
        super().__init__(preset)

    def fuse(self) -> V2em:
        """Make every RepVGG block one convolution, in place, for inference only."""
        encoder = self.vision.encoder
        assert isinstance(encoder, RepVgg)
        self.vision.encoder = cast(Rfam, fuse_repvgg(encoder))
        return self
