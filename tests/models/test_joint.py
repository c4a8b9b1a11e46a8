"""Networks that judge a whole window: masks, gradients, joint decoding."""

from __future__ import annotations

import pytest
import torch

from live_emotion.models.afg import GUIDES, AttentionGuidedFusion, GuidedGathering
from live_emotion.models.architectures import FeatureSizes
from live_emotion.models.joint import FeatureNetwork, last_present, sinusoids
from live_emotion.models.joint_networks import build_joint
from live_emotion.models.lf_lstm import LfLstm, MaskedLstm
from live_emotion.models.lf_trans import LfTrans
from live_emotion.models.mult import Mult
from live_emotion.models.presets import preset_named

SIZES = FeatureSizes(face=7, voice=5, words=9, length=6)
FEATURE_NETWORKS = (LfLstm, LfTrans, Mult)


def window(n: int = 3) -> list[torch.Tensor]:
    torch.manual_seed(2)
    there = torch.rand(n, 12) < 0.6
    there[:, 4] = True
    words = torch.arange(6) < torch.randint(1, 7, (n, 1))
    return [
        torch.randn(n, 12, 7),
        there,
        torch.randn(n, 12, 5),
        there.flip(1),
        torch.randn(n, 6, 9),
        words,
    ]


@pytest.mark.parametrize("make", FEATURE_NETWORKS)
def test_absent_steps_do_not_matter(make: type[FeatureNetwork]) -> None:
    torch.manual_seed(0)
    network = make(SIZES).eval()
    given = window()
    logits = network(*given)
    assert logits.shape == (3, 6)
    for k in (0, 2, 4):
        given[k] = given[k].clone()
        given[k][~given[k + 1]] = float("nan")
    torch.testing.assert_close(network(*given), logits)


@pytest.mark.parametrize("make", FEATURE_NETWORKS)
def test_any_subset_of_streams_is_judged(make: type[FeatureNetwork]) -> None:
    torch.manual_seed(0)
    network = make(SIZES).eval()
    whole = network(*window())
    for k in (1, 3, 5):
        given = window()
        given[k] = torch.zeros_like(given[k])
        without = network(*given)
        assert torch.isfinite(without).all()
        assert (without - whole).abs().amax() > 1e-4
        given[k - 1] = given[k - 1] + 5.0
        torch.testing.assert_close(network(*given), without)


@pytest.mark.parametrize("make", FEATURE_NETWORKS)
def test_feature_networks_learn_everywhere(make: type[FeatureNetwork]) -> None:
    torch.manual_seed(0)
    network = make(SIZES)
    network(*window()).square().sum().backward()
    idle = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    # A shift of every key changes no softmax.
    assert not [n for n in idle if "key" not in n]


def test_the_lstm_passes_over_absent_steps() -> None:
    torch.manual_seed(0)
    lstm = MaskedLstm(5, 4)
    x = torch.randn(2, 7, 5)
    present = torch.ones(2, 7, dtype=torch.bool)
    torch.testing.assert_close(lstm(x, present), lstm.cells(x)[1][0][0])
    present[0, 3] = False
    kept = torch.cat((x[:1, :3], x[:1, 4:]), dim=1)
    torch.testing.assert_close(lstm(x, present)[:1], lstm.cells(kept)[1][0][0])
    torch.testing.assert_close(lstm(x, present)[1:], lstm.cells(x)[1][0][0][1:])
    assert not lstm(x, torch.zeros_like(present)).any()


def test_the_last_present_step() -> None:
    x = torch.arange(8.0).reshape(2, 4, 1)
    present = torch.tensor([[True, False, True, False], [False, False, False, False]])
    assert last_present(x, present).flatten().tolist() == [2.0, 0.0]


def test_positions_differ() -> None:
    table = sinusoids(12, 10)
    assert table.shape == (12, 10)
    assert (torch.cdist(table, table) + torch.eye(12)).amin() > 0.1


def test_mult_looks_from_every_stream_into_every_other() -> None:
    network = Mult(SIZES)
    assert len(network.cross) == 6
    # Six crossmodal transformers and three alone; the last steps of three are joined.
    assert network.head.in_features == 3 * 80


def test_joint_networks_are_built_by_name() -> None:
    text = preset_named("live").text
    for name in ("lf-lstm", "lf-trans", "mult"):
        network = build_joint(name, text)
        assert isinstance(network, FeatureNetwork)
    assert isinstance(build_joint("afg", text), AttentionGuidedFusion)


def test_gathering_follows_its_guide() -> None:
    torch.manual_seed(0)
    gather = GuidedGathering(4, 3)
    x, present = torch.randn(2, 5, 4), torch.ones(2, 5, dtype=torch.bool)
    present[:, 2] = False
    guide = torch.randn(2, 3)
    gathered = gather(x, present, guide)
    assert (gather(x, present, guide + 2.0) - gathered).abs().amax() > 1e-3
    x[:, 2] += 9.0
    torch.testing.assert_close(gather(x, present, guide), gathered)
    # A weighted mean: between the least and the largest step that is there.
    low = x[present].reshape(2, 4, 4).amin(1)
    high = x[present].reshape(2, 4, 4).amax(1)
    assert ((gathered >= low - 1e-6) & (gathered <= high + 1e-6)).all()


def afg_window() -> list[torch.Tensor]:
    torch.manual_seed(3)
    there = torch.rand(8, 12) < 0.7
    there[:, 0] = True
    return [torch.randn(8, 12, 64), there, torch.randn(8, 12, 64), there.flip(1)]


def test_afg_averages_the_posteriors_of_three_structures() -> None:
    torch.manual_seed(0)
    network = AttentionGuidedFusion().eval()
    each, valence = network.decode(*afg_window())
    logits, joint = network(*afg_window())
    assert each.shape == (len(GUIDES), 8, 6) and valence.shape == (3, 8)
    torch.testing.assert_close(logits.sigmoid(), each.sigmoid().mean(0))
    torch.testing.assert_close(joint[:, 0], valence.mean(0))
    assert (valence.abs() < 1.0).all()
    assert (each[0] - each[1]).abs().amax() > 1e-3


def test_afg_goes_on_with_one_stream() -> None:
    torch.manual_seed(0)
    network = AttentionGuidedFusion().eval()
    face, there, voice, heard = afg_window()
    silent = network(face, there, voice, torch.zeros_like(heard))[0]
    assert torch.isfinite(silent).all()
    other = network(face, there, voice + 3.0, torch.zeros_like(heard))[0]
    torch.testing.assert_close(silent, other)


def test_afg_learns_valence_from_the_emotions_it_decodes() -> None:
    torch.manual_seed(0)
    network = AttentionGuidedFusion(dropout=0.0)
    logits, valence = network.decode(*afg_window())
    nothing = torch.full((8, 6), float("nan"))
    network.loss(logits, valence, nothing, torch.full((8,), 0.4)).backward()
    # Through the posteriors the regression reaches the emotion layer too.
    assert all(s.emotions.weight.grad is not None for s in network.structures)
    assert all(s.emotions.weight.grad.any() for s in network.structures)


def test_the_loss_weighs_by_learned_uncertainty_and_leaves_out_what_is_unknown() -> None:
    torch.manual_seed(0)
    network = AttentionGuidedFusion(dropout=0.0)
    logits, valence = network.decode(*afg_window())
    targets = torch.randint(0, 2, (8, 6)).float()
    rated = torch.linspace(-1, 1, 8)
    unknown = torch.full_like(targets, float("nan")), torch.full_like(rated, float("nan"))
    with torch.no_grad():
        network.uncertainty.copy_(torch.tensor([0.5, -1.0]))
    emotions = network.loss(logits, valence, targets, unknown[1])
    values = network.loss(logits, valence, unknown[0], rated)
    both = network.loss(logits, valence, targets, rated)
    torch.testing.assert_close(both, emotions + values)
    plain = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets.expand(3, 8, 6))
    torch.testing.assert_close(emotions, torch.tensor(-0.5).exp() * plain + 0.5)
    square = (valence - rated).square().mean()
    torch.testing.assert_close(values, torch.tensor(1.0).exp() * square - 1.0)
    assert network.loss(logits, valence, *unknown).detach() == 0.0
    partly = targets.clone()
    partly[:, 2:] = float("nan")
    assert network.loss(logits, valence, partly, rated).detach() != both.detach()
