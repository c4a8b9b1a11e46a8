from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from live_emotion.models.branches import TextBranch
from live_emotion.models.presets import Preset, preset_named
from live_emotion.models.sizes import AlbertSizes
from live_emotion.training.common import Precision, seed_everything
from live_emotion.training.text_data import TextRows
from live_emotion.training.text_loop import LoopOptions, Step, TextLoop, text_logits
from live_emotion.training.text_loss import distilling_loss, masked_bce

CPU = Precision(torch.device("cpu"), mixed=False)
WORDS = ("glad", "sad", "angry", "afraid", "gross", "wow", "the", "a", "so", "then", "it", "was")
OPTIONS = LoopOptions(epochs=3, learning_rate=3e-3, head_factor=2.0, budget=160, save_every=1)


def _encode(texts: object) -> list[list[int]]:
    known = {word: 5 + i for i, word in enumerate(WORDS)}
    return [[2, *(known.get(w, 1) for w in str(t).split()), 3] for t in texts]  # type: ignore[attr-defined]


def _rows(n: int, seed: int = 0) -> TextRows:
    rng = np.random.default_rng(seed)
    texts, targets = [], np.zeros((n, 6), np.float32)
    for i in range(n):
        words = [WORDS[k] for k in rng.integers(6, len(WORDS), rng.integers(2, 7))]
        kind = int(rng.integers(0, 7))
        if kind < 6:
            words.insert(int(rng.integers(0, len(words))), WORDS[kind])
            targets[i, kind] = 1
        texts.append(" ".join(words))
    targets[::5, 4] = np.nan
    return TextRows(tuple(texts), targets, np.full(n, "made"), np.full(n, "train"))


def _branch() -> TextBranch:
    live = preset_named("live")
    sizes = AlbertSizes(
        embedding=16, hidden=32, feed_forward=64, layers=2, heads=4, vocabulary=20, positions=32
    )
    seed_everything(0)
    return TextBranch(Preset("small", live.vision, live.audio, sizes, live.sequence))


def _loop(branch: nn.Module, path: Path | None = None, options: LoopOptions = OPTIONS) -> TextLoop:
    return TextLoop(branch, _encode, 0, _rows(200), options, CPU, checkpoint=path)


def test_gaps_carry_no_loss_and_no_gradient() -> None:
    logits = torch.tensor([[0.3, -2.0, 1.0, 0.0, 0.5, 0.1]], requires_grad=True)
    targets = torch.tensor([[1.0, 0.0, torch.nan, torch.nan, 0.0, 1.0]])
    loss = masked_bce(logits, targets)
    p = torch.sigmoid(logits.detach()[0])
    expected = -(p[0].log() + (1 - p[1]).log() + (1 - p[4]).log() + p[5].log()) / 4
    torch.testing.assert_close(loss.detach(), expected)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[0, 2] == gradient[0, 3] == 0
    nothing = masked_bce(logits.detach(), torch.full((1, 6), torch.nan))
    assert float(nothing) == 0.0


def test_distilling_fills_gaps_with_the_teacher() -> None:
    logits = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    soft = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    targets = (soft > 0).float()
    mixed = distilling_loss(logits, targets, soft, 0.25)
    apart = 0.75 * masked_bce(logits, targets) + 0.25 * masked_bce(logits, torch.sigmoid(soft))
    torch.testing.assert_close(mixed, apart)
    unlabelled = torch.full((4, 6), torch.nan)
    torch.testing.assert_close(
        distilling_loss(logits, unlabelled, soft, 0.25), masked_bce(logits, torch.sigmoid(soft))
    )
    torch.testing.assert_close(
        distilling_loss(logits, targets, unlabelled, 0.25), masked_bce(logits, targets)
    )


def test_learns_words_it_can_tell_apart() -> None:
    branch = _branch()
    losses: list[Step] = []
    _loop(branch, options=LoopOptions(epochs=12, learning_rate=3e-3, budget=160)).run(losses.append)
    assert losses[-1].step == losses[-1].steps == len(losses)
    fresh = _rows(150, seed=9)
    logits = text_logits(branch, _encode(fresh.texts), 0, CPU)
    kind = fresh.targets[:, :4].argmax(1)[fresh.targets[:, :4].sum(1) == 1]
    guess = logits[fresh.targets[:, :4].sum(1) == 1].argmax(1)
    assert (guess == kind).mean() > 0.9


def test_a_stopped_run_goes_on_exactly(tmp_path: Path) -> None:
    whole = _branch()
    _loop(whole).run()
    path = tmp_path / "run.pt"

    class Stop(Exception):  # noqa: N818
        pass

    def stop_within_an_epoch(step: Step) -> None:
        if step.step == step.steps // 2 + 1:
            raise Stop

    stopped = _branch()
    with pytest.raises(Stop):
        _loop(stopped, path).run(stop_within_an_epoch)
    seed_everything(77)
    resumed = _branch()
    loop = _loop(resumed, path)
    assert loop.resume()
    assert 0 < loop.step < loop.steps
    loop.run()
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_logits_keep_the_order_of_rows() -> None:
    branch = _branch()
    ids = _encode(_rows(30).texts)
    together = text_logits(branch, ids, 0, CPU, budget=64)
    alone = np.concatenate([text_logits(branch, [row], 0, CPU) for row in ids])
    np.testing.assert_allclose(together, alone, atol=1e-5)
