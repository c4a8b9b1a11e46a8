"""The frame that FE2E, V2EM and this program's model share: three branches, late fusion.

Dai et al. (NAACL 2021) joined the logits of three branches by a weighted sum; V2EM (2023) and
Jia et al. (2025) kept that and exchanged the encoders.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.core.emotions import BRANCHES
from live_emotion.models.branches import AudioBranch, TextBranch, VisionBranch
from live_emotion.models.fusion import LateFusion
from live_emotion.models.presets import Preset


class EndToEnd(nn.Module):
    """A whole model, from faces, mel pieces and token ids to six logits.

    Parameters
    ----------
    preset
        Networks and sizes of the branches.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.vision = VisionBranch(preset)
        self.audio = AudioBranch(preset)
        self.text = TextBranch(preset)
        self.fusion = LateFusion()

    def forward(
        self,
        faces: Tensor,
        faces_present: Tensor,
        mel: Tensor,
        mel_present: Tensor,
        ids: Tensor,
        mask: Tensor,
    ) -> Tensor:
        """Return fused logits ``(N, 6)``.

        Parameters
        ----------
        faces, faces_present
            ``(N, T, 3, 48, 48)`` RGB 0..1 and ``(N, T)`` bool.
        mel, mel_present
            ``(N, T, 1, 128, 32)`` raw log-mel and ``(N, T)`` bool.
        ids, mask
            ``(N, L)`` int64 and bool; a row without any token has no words. The branches that
            a row has decide over which weights its sum is taken; each row needs one.
        """
        # Attention needs a token to look at, and what it says of none is not counted.
        readable = mask.clone()
        readable[:, 0] = True
        logits = torch.stack(
            (
                self.vision(faces, faces_present),
                self.audio(mel, mel_present),
                self.text(ids, readable),
            ),
            dim=1,
        )
        there = torch.stack((faces_present.any(1), mel_present.any(1), mask.any(1)), dim=1)
        out: Tensor = self.fusion(logits, there)
        return out

    def parameters_by_branch(self) -> dict[str, int]:
        """Return the number of parameters of each branch, in the order of `BRANCHES`."""
        parts = {branch: self.get_submodule(branch) for branch in BRANCHES}
        return {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
