"""The networks of others: exact sizes, fusing, shapes and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from live_emotion.core.errors import UserError
from live_emotion.models.architectures import ARCHITECTURES, choose
from live_emotion.models.branches import AudioBranch, TextBranch, VisionBranch, build_branch
from live_emotion.models.fe2e import Fe2e
from live_emotion.models.nest import NestTrunk, NestVoice
from live_emotion.models.presets import PUBLISHED, Preset, preset_named
from live_emotion.models.repvgg import RepVgg, RepVggBlock, fuse_block, fuse_repvgg
from live_emotion.models.sizes import AlbertSizes, NestSizes, RepVggSizes, SequenceSizes, VggSizes
from live_emotion.models.v2em import V2em
from live_emotion.models.vgg import VggFace, VggVoice

STAGES = ((4, 4, 8), (12,), (16,))
SMALL_V2EM = Preset(
    name="small-v2em",
    vision=RepVggSizes(4, STAGES, hidden=16),
    audio=NestSizes((8, 16, 24), (1, 1, 1), (2, 2, 2), hidden=16),
    text=AlbertSizes(embedding=8, hidden=16, feed_forward=32, layers=2, heads=2, vocabulary=50),
    sequence=SequenceSizes(feed_forward=64),
)
SMALL_FE2E = Preset(
    name="small-fe2e",
    vision=VggSizes(4, STAGES, hidden=16),
    audio=VggSizes(4, STAGES, hidden=16),
    text=SMALL_V2EM.text,
    sequence=SMALL_V2EM.sequence,
)


def count(module: nn.Module, *without: str) -> int:
    return sum(p.numel() for n, p in module.named_parameters() if not n.startswith(without))


def shake(module: nn.Module) -> nn.Module:
    """Give normalisations statistics and scales that matter."""
    torch.manual_seed(1)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean, std=0.2)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, std=0.2)
    return module.eval()


def test_v2em_has_the_published_number_of_parameters() -> None:
    preset = PUBLISHED["v2em"]
    with torch.device("meta"):
        # 1.81 M before fusing and without linear layers, 67.24 M with the unused head.
        assert count(RepVgg(preset.vision), "hidden", "head") == 1_811_584
        assert count(NestTrunk(preset.audio, with_head=True)) == 67_244_648
        assert count(NestTrunk(preset.audio)) == 67_244_648 - 513_000
        text = TextBranch(preset)
    # The published 11.68 M have a pooler, which nothing here needs.
    assert count(text.encoder) + 768 * 768 + 768 == 11_683_584


def test_fe2e_is_of_its_sizes() -> None:
    preset = PUBLISHED["fe2e"]
    with torch.device("meta"):
        face, voice = VggFace(preset.vision), VggVoice(preset.audio)
    # Stem, then two 3x3 convolutions a block without bias and their normalisations.
    pairs = ((64, 64), (64, 64), (64, 128), (128, 256), (256, 512))
    blocks = sum(9 * a * b + 9 * b * b + 4 * b for a, b in pairs)
    assert count(face.trunk, "hidden") == 25 * 3 * 64 + 64 + 128 + blocks
    assert count(face.trunk.hidden) == 4608 * 1024 + 1024
    assert count(voice.trunk, "hidden") == 25 * 64 + 64 + 128 + blocks
    assert count(voice.trunk.hidden) == 8192 * 1024 + 1024


@pytest.mark.parametrize(("inputs", "outputs"), [(6, 6), (6, 10)])
def test_a_repvgg_block_fuses_into_one_convolution(inputs: int, outputs: int) -> None:
    block = shake(RepVggBlock(inputs, outputs)).double()
    assert isinstance(block, RepVggBlock)
    plain = fuse_block(block)
    x = torch.randn(3, inputs, 9, 7, dtype=torch.float64)
    torch.testing.assert_close(plain(x), block(x), atol=1e-12, rtol=1e-12)
    assert [type(m) for m in plain.children()] == [nn.Conv2d]


def test_the_fused_face_encoder_equals_the_trained_one() -> None:
    encoder = shake(RepVgg(PUBLISHED["v2em"].vision))
    assert isinstance(encoder, RepVgg)
    plain = fuse_repvgg(encoder)
    faces = torch.rand(2, 3, 48, 48)
    torch.testing.assert_close(plain(faces), encoder(faces), atol=1e-5, rtol=1e-5)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in plain.modules())
    assert any(isinstance(m, nn.BatchNorm2d) for m in encoder.modules())


def test_nest_attends_inside_blocks_only() -> None:
    torch.manual_seed(0)
    trunk = NestTrunk(NestSizes((8, 16, 24), (2, 1, 1), (2, 2, 2))).eval()
    x = torch.randn(1, 8, 32, 32)
    changed = x.clone()
    changed[:, 2, 3, 5] += 3.0
    moved = (trunk.levels[0](changed) - trunk.levels[0](x)).abs().amax(1)[0] > 1e-6
    assert moved[:8, :8].all()
    assert not moved[8:].any() and not moved[:, 8:].any()


def test_nest_takes_the_bands_in_four_strips() -> None:
    torch.manual_seed(0)
    encoder = NestVoice(SMALL_V2EM.audio).eval()
    encoder.set_statistics(torch.full((128,), 2.0), torch.full((128,), 4.0))
    mel = torch.randn(2, 1, 128, 32)
    seen: list[torch.Tensor] = []
    encoder.trunk.register_forward_pre_hook(lambda _m, given: seen.append(given[0]))
    encoder(mel)
    torch.testing.assert_close(seen[0][:, 1], (mel[:, 0, 32:64] - 2.0) / 4.0)


@pytest.mark.parametrize("make", [lambda: V2em(SMALL_V2EM), lambda: Fe2e(SMALL_FE2E)])
def test_whole_models_learn_in_every_branch(make: object) -> None:
    torch.manual_seed(0)
    model = make()  # type: ignore[operator]
    there = torch.ones(2, 3, dtype=torch.bool)
    words = torch.tensor([[True, True, False], [False, False, False]])
    logits = model(
        torch.rand(2, 3, 3, 48, 48),
        there,
        torch.randn(2, 3, 1, 128, 32),
        there,
        torch.randint(1, 50, (2, 3)),
        words,
    )
    assert logits.shape == (2, 6)
    logits.square().sum().backward()
    # What only absent things reach stays without a gradient.
    idle = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    assert not {n for n in idle if "key" not in n and "bias" not in n and "embeddings" not in n}


def test_a_row_without_words_is_judged_by_the_others() -> None:
    torch.manual_seed(0)
    model = V2em(SMALL_V2EM).eval()
    there, gone = torch.ones(1, 2, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.bool)
    faces, mel = torch.rand(1, 2, 3, 48, 48), torch.randn(1, 2, 1, 128, 32)
    one = model(faces, there, mel, gone, torch.tensor([[3, 4]]), gone)
    other = model(faces, there, torch.zeros_like(mel), gone, torch.tensor([[9, 8]]), gone)
    torch.testing.assert_close(one, model.vision(faces, there))
    torch.testing.assert_close(one, other)
    fused = model.fuse()
    torch.testing.assert_close(
        fused(faces, there, mel, gone, torch.tensor([[3, 4]]), gone), one, atol=1e-5, rtol=1e-5
    )


def test_only_this_programs_own_encoder_sees_mirror_images() -> None:
    branch = VisionBranch(SMALL_FE2E).eval()
    calls: list[int] = []
    branch.encoder.register_forward_pre_hook(lambda _m, given: calls.append(len(given[0])))
    branch(torch.rand(1, 2, 3, 48, 48), torch.ones(1, 2, dtype=torch.bool))
    assert calls == [2]


def test_encoders_can_be_mixed() -> None:
    assert choose("rfam").preset == "live"
    assert choose("v2em", "paper").preset == "v2em"
    mixed = choose("rfam", "paper", vision="repvgg")
    preset = preset_named(mixed.preset)
    assert isinstance(preset.vision, RepVggSizes)
    assert preset.audio == preset_named("paper").audio
    # Whose weights they are: V2EM's for faces, the preset's own for the rest.
    assert [preset.owner(b) for b in ("vision", "audio", "text")] == ["v2em", "paper", "paper"]
    both = preset_named(choose("v2em", vision="rfam", audio="vgg").preset)
    assert [both.owner(b) for b in ("vision", "audio", "text")] == ["live", "fe2e", "paper"]
    assert choose("rfam", vision="rfam", audio="focal").preset == "live"
    assert choose("fe2e", vision="vgg").preset == "fe2e"
    with torch.device("meta"):
        assert isinstance(build_branch("vision", both), VisionBranch)
        assert isinstance(build_branch("audio", both), AudioBranch)


def test_names_that_mean_nothing_are_told() -> None:
    assert set(ARCHITECTURES) == {"rfam", "v2em", "fe2e", "lf-lstm", "lf-trans", "mult", "afg"}
    with pytest.raises(UserError, match="no architecture"):
        choose("resnet")
    with pytest.raises(UserError, match="hand-made"):
        choose("mult", vision="vgg")
    with pytest.raises(UserError, match="no vision encoder"):
        choose("rfam", vision="focal")
    with pytest.raises(UserError, match="no audio encoder"):
        preset_named("live+audio=rfam")
