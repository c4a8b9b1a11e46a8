"""A preset small enough to build in a moment, and trained-looking weights for it."""

from __future__ import annotations

import string
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.models.branches import build_branch
from live_emotion.models.metadata import Platt, WeightsMetadata
from live_emotion.models.presets import Preset
from live_emotion.models.sizes import (
    AlbertSizes,
    BertSizes,
    FocalNetSizes,
    RfamSizes,
    SequenceSizes,
    describe_text,
)
from live_emotion.runtime.tokenizer import WORDPIECE_SUFFIX
from live_emotion.runtime.weights import weights_name
from live_emotion.training.export import export_weights

SMALL = Preset(
    name="small",
    vision=RfamSizes(widths=(8, 16, 24), depths=(1, 2, 1)),
    audio=FocalNetSizes(widths=(8, 16, 24, 32), depths=(1, 1, 2, 1)),
    text=AlbertSizes(
        embedding=16, hidden=32, feed_forward=64, layers=2, heads=4, vocabulary=500, positions=128
    ),
    sequence=SequenceSizes(feed_forward=128),
)


def write_weights(folder: Path, preset: Preset = SMALL) -> None:
    """Write weights that say they are trained, with lively normalisation statistics."""
    torch.manual_seed(3)
    for branch in BRANCHES:
        network = build_branch(branch, preset)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.normal_(module.running_mean, std=0.2)
                torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                torch.nn.init.normal_(module.bias, std=0.2)
        export_weights(network.state_dict(), metadata(branch, preset.name), folder)


def metadata(branch: str, preset: str = "small", **more: object) -> WeightsMetadata:
    values: dict[str, object] = {
        "preset": preset,
        "branch": branch,
        "architecture": {},
        "trained": True,
        "thresholds": {e: 0.3 + 0.05 * k for k, e in enumerate(EMOTIONS)},
        "calibration": {"": Platt((2.0,) * 6, (0.5,) * 6)},
    }
    return WeightsMetadata(**(values | more))  # type: ignore[arg-type]


SMALL_BERT = BertSizes(
    hidden=32, feed_forward=64, layers=2, heads=4, vocabulary=120, positions=128
)  # fmt: skip


def write_bert(folder: Path, variant: str | None = None) -> Path:
    """Write words weights of a small BERT and its vocabulary of single letters."""
    torch.manual_seed(4)
    network = build_branch("text", replace(SMALL, text=SMALL_BERT))
    for parameter in network.parameters():
        # Fresh weights are small; larger ones make differences plain.
        torch.nn.init.normal_(parameter, std=0.3)
    letters = string.ascii_lowercase
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    made = Tokenizer(models.WordPiece({n: i for i, n in enumerate(names)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    stem = weights_name("small", "text", variant).removesuffix(".safetensors")
    made.save(str(folder / f"{stem}{WORDPIECE_SUFFIX}"))
    about = metadata("text", architecture={"text": describe_text(SMALL_BERT)})
    return export_weights(network.state_dict(), about, folder, variant)
