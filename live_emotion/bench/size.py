"""How large an architecture is, and how much it computes for a window of 12 ticks."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.architectures import Choice, feature_sizes
from live_emotion.models.frame import EndToEnd
from live_emotion.models.joint_networks import build_joint
from live_emotion.models.presets import Preset
from live_emotion.models.sizes import VECTOR_WIDTH, TextSizes

WORDS = 32  # tokens of the line that is in the window


def measure_size(choice: Choice, preset: Preset) -> tuple[int, float]:
    """Return parameters, and 10**9 multiply-adds of a whole window with a line of words.

    Nothing is computed and no memory taken: the networks stand on the meta device. Attention and
    products are counted, as are convolutions; additions and normalisations are not.

    Parameters
    ----------
    choice
        The architecture.
    preset
        Its sizes; of the text network those that are really used.
    """
    with torch.device("meta"):
        whole = EndToEnd(preset).eval()
        if choice.architecture.joint is None:
            return _parameters(whole), _branch_work(whole)
        joint = build_joint(choice.architecture.name, preset.text).eval()
        if choice.architecture.joint == "features":
            return _parameters(joint), _work(joint, *_features(preset.text))
        encoders = nn.ModuleList([whole.vision.encoder, whole.audio.encoder, whole.text, joint])
        ticks = torch.ones(1, WINDOW_TICKS, dtype=torch.bool)
        vectors = torch.zeros(1, WINDOW_TICKS, VECTOR_WIDTH)
        deep = _encoder_work(whole) + _work(joint, vectors, ticks, vectors, ticks)
        return _parameters(encoders), deep


def _branch_work(whole: EndToEnd) -> float:
    vectors = torch.zeros(1, WINDOW_TICKS, VECTOR_WIDTH)
    ticks = torch.ones(1, WINDOW_TICKS, dtype=torch.bool)
    sequences = _work(whole.vision.sequence, vectors, ticks)
    return _encoder_work(whole) + sequences + _work(whole.audio.sequence, vectors, ticks)


def _encoder_work(whole: EndToEnd) -> float:
    faces = torch.zeros(whole.vision.views * WINDOW_TICKS, 3, 48, 48)
    mel = torch.zeros(WINDOW_TICKS, 1, 128, 32)
    ids = torch.zeros(1, WORDS, dtype=torch.int64)
    words = _work(whole.text, ids, torch.ones(1, WORDS, dtype=torch.bool))
    return _work(whole.vision.encoder, faces) + _work(whole.audio.encoder, mel) + words


def _features(text: TextSizes) -> list[torch.Tensor]:
    sizes = feature_sizes(text)
    ticks = torch.ones(1, WINDOW_TICKS, dtype=torch.bool)
    return [
        torch.zeros(1, WINDOW_TICKS, sizes.face),
        ticks,
        torch.zeros(1, WINDOW_TICKS, sizes.voice),
        ticks,
        torch.zeros(1, sizes.length, sizes.words),
        torch.ones(1, sizes.length, dtype=torch.bool),
    ]


def _parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _work(module: nn.Module, *given: torch.Tensor) -> float:
    """Return 10**9 multiply-adds of one call."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*given)
    return float(counter.get_total_flops()) / 2e9
