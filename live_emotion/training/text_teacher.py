"""The teacher: a small BERT, fine-tuned on the six emotions, whose scores ALBERT learns from.

Any folder in the usual layout serves (``config.json``, ``model.safetensors``,
``tokenizer.json``): all-MiniLM-L6-v2 is the one used here (Wang et al., MiniLM, 2020).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError


class Teacher(nn.Module):
    """BERT, mean of the tokens' hidden states, linear to six logits.

    Parameters
    ----------
    folder
        Holds the pretrained encoder.

    Attributes
    ----------
    fill
        The id that pads.

    Raises
    ------
    UserError
        If the folder lacks one of its files.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            if not (folder / name).is_file():
                raise UserError(f"{folder} holds no {name}: name a folder with a BERT encoder.")
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        # One short fine-tuning needs no dropout, and is faster without.
        settings |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        self.encoder = BertModel(BertConfig(**settings), add_pooling_layer=False)
        weights = load_file(folder / "model.safetensors")
        self.encoder.load_state_dict(weights, strict=False)
        self.head = nn.Linear(int(settings["hidden_size"]), len(EMOTIONS))
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.head.weight, std=0.02)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self.fill = int(settings.get("pad_token_id") or 0)

    def encode(self, texts: Sequence[str], max_length: int = 128) -> list[list[int]]:
        """Return the WordPiece ids of each sentence, with both special tokens."""
        self._tokenizer.enable_truncation(max_length)
        return [list(e.ids) for e in self._tokenizer.encode_batch(list(texts))]

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits ``(n, 6)`` for ids ``(n, l)`` int64 and mask ``(n, l)`` bool."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        logits: Tensor = self.head(mean)
        return logits

    def save(self, path: Path) -> None:
        """Write the fine-tuned weights, half precision."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({k: v.half().contiguous() for k, v in self.state_dict().items()}, path)

    def restore(self, path: Path) -> None:
        """Load what `save` wrote."""
        self.load_state_dict({k: v.float() for k, v in load_file(path).items()})
