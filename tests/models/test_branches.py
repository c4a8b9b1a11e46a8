from __future__ import annotations

import pytest
import torch
from torch import nn

from live_emotion.models.branches import AudioBranch, TextBranch, VisionBranch, build_branch
from live_emotion.models.presets import PRESETS, preset_named


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_paper_parameters_of_all_branches() -> None:
    """Table 5 of Jia et al.: 0.73 M, 49.89 M (unused head counted), 11.68 M (likewise)."""
    paper = preset_named("paper")
    vision, audio, text = VisionBranch(paper), AudioBranch(paper), TextBranch(paper)
    assert count(vision.encoder) - count(vision.encoder.head) == 732_840
    trunk = count(audio.encoder) - count(audio.encoder.head)
    unused_head = 768 * 1000 + 1000
    assert trunk == 49_119_144
    assert trunk + unused_head == 49_888_144
    unused_pooler = 768 * 768 + 768
    assert count(text.encoder) + unused_pooler == 11_683_584


@pytest.mark.parametrize("preset", sorted(PRESETS))
@torch.no_grad()
def test_every_branch_gives_six_logits(preset: str) -> None:
    sizes = preset_named(preset)
    vision = build_branch("vision", sizes).eval()
    present = torch.tensor([[True, False, True], [False, False, True]])
    faces = torch.rand(2, 3, 3, 48, 48)
    assert vision(faces, present).shape == (2, 6)
    # A tick that is absent must not show.
    other = faces.clone()
    other[~present] = 0.0
    torch.testing.assert_close(vision(faces, present), vision(other, present), atol=1e-5, rtol=1e-5)
    text = build_branch("text", sizes).eval()
    ids = torch.randint(5, 100, (2, 9))
    assert text(ids, torch.ones(2, 9, dtype=torch.bool)).shape == (2, 6)


@torch.no_grad()
def test_a_mirrored_face_gives_the_same() -> None:
    vision = build_branch("vision", preset_named("live")).eval()
    faces = torch.rand(2, 3, 3, 48, 48)
    present = torch.ones(2, 3, dtype=torch.bool)
    mirrored = vision(faces.flip(-1), present)
    torch.testing.assert_close(vision(faces, present), mirrored, atol=1e-5, rtol=1e-5)
    one_sided = vision.sequence(vision.encoder(faces.flatten(0, 1)).reshape(2, 3, -1), present)
    assert not torch.allclose(mirrored, one_sided, atol=1e-5)


@torch.no_grad()
def test_live_audio_windows() -> None:
    audio = build_branch("audio", preset_named("live")).eval()
    mel = torch.randn(2, 3, 1, 128, 32)
    assert audio(mel, torch.ones(2, 3, dtype=torch.bool)).shape == (2, 6)
