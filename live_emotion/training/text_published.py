"""Published BERTs and ALBERTs: where they are, how large, and their tensors under our names."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from live_emotion.core.errors import UserError
from live_emotion.models.albert import Albert
from live_emotion.models.bert import Bert
from live_emotion.models.sizes import BertSizes

PUBLISHED_VOCABULARY = "spiece.model"
PUBLISHED_PIECES = "tokenizer.json"
_WANTED = ("config.json", "model.safetensors", PUBLISHED_PIECES, PUBLISHED_VOCABULARY)
_log = logging.getLogger(__name__)

LAYER_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "expand": "intermediate.dense",
    "contract": "output.dense",
    "norm": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "embeddings.word": "embeddings.word_embeddings",
    "embeddings.position": "embeddings.position_embeddings",
    "embeddings.segment": "embeddings.token_type_embeddings",
    "embeddings.norm": "embeddings.LayerNorm",
}
_ALBERT_LAYER = "encoder.albert_layer_groups.0.albert_layers.0."
_ALBERT_NAMES = {
    **_EMBEDDING_NAMES,
    "mapping": "encoder.embedding_hidden_mapping_in",
    "layer.query": _ALBERT_LAYER + "attention.query",
    "layer.key": _ALBERT_LAYER + "attention.key",
    "layer.value": _ALBERT_LAYER + "attention.value",
    "layer.output": _ALBERT_LAYER + "attention.dense",
    "layer.attention_norm": _ALBERT_LAYER + "attention.LayerNorm",
    "layer.expand": _ALBERT_LAYER + "ffn",
    "layer.contract": _ALBERT_LAYER + "ffn_output",
    "layer.norm": _ALBERT_LAYER + "full_layer_layer_norm",
}


def init_folder(name: str) -> Path:
    """Return the folder called `name`; else fetch the model of that name from its public home.

    Raises
    ------
    UserError
        If it is no folder and cannot be fetched.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, allow_patterns=list(_WANTED)))
    except Exception as error:  # the library raises many kinds, for network, name and disk
        _log.debug("could not fetch %s", name, exc_info=True)
        raise UserError(
            f"“{name}” is no folder and could not be fetched: name a folder with "
            "config.json and model.safetensors."
        ) from error


def bert_sizes(folder: Path) -> BertSizes:
    """Return the sizes of the BERT in `folder`.

    Raises
    ------
    UserError
        If the folder lacks one of a BERT's files, or holds another network.
    """
    for name in ("config.json", "model.safetensors", PUBLISHED_PIECES):
        if not (folder / name).is_file():
            raise UserError(f"{folder} holds no {name}: name a folder with a BERT encoder.")
    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if (settings["model_type"], settings["hidden_act"]) != ("bert", "gelu"):
            raise ValueError("another network")
        return BertSizes(
            hidden=int(settings["hidden_size"]),
            feed_forward=int(settings["intermediate_size"]),
            layers=int(settings["num_hidden_layers"]),
            heads=int(settings["num_attention_heads"]),
            vocabulary=int(settings["vocab_size"]),
            positions=int(settings["max_position_embeddings"]),
        )
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UserError(f"{folder} holds no BERT that is known: name another.") from error


def load_bert(model: Bert, folder: Path) -> None:
    """Load the published BERT in `folder`, whose sizes are `bert_sizes`.

    Raises
    ------
    UserError
        If the file's tensors are not those of a BERT of these sizes.
    """
    try:
        model.load_state_dict(
            bert_state(load_file(folder / "model.safetensors"), len(model.layers))
        )
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise UserError(f"{folder} holds no whole BERT: fetch it again or name another.") from error


def bert_state(published: Mapping[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return the tensors of a published BERT by the names of `Bert`; a pooler is left out."""
    theirs = {name.removeprefix("bert."): tensor for name, tensor in published.items()}
    names = dict(_EMBEDDING_NAMES)
    for i in range(layers):
        names |= {f"layers.{i}.{m}": f"encoder.layer.{i}.{t}" for m, t in LAYER_NAMES.items()}
    whole = {f"{m}.{k}": f"{t}.{k}" for m, t in names.items() for k in ("weight", "bias")}
    tables = ("embeddings.word.", "embeddings.position.", "embeddings.segment.")
    return {
        mine: theirs[name]
        for mine, name in whole.items()
        if not (mine.startswith(tables) and mine.endswith("bias"))
    }


@torch.no_grad()
def load_albert(model: Albert, folder: Path) -> None:
    """Load a published ALBERT of the same sizes (``model.safetensors`` in the usual layout).

    Raises
    ------
    KeyError, RuntimeError
        If the file's tensors are not those of an ALBERT of these sizes.
    """
    file = load_file(folder / "model.safetensors")
    theirs = {name.removeprefix("albert."): tensor for name, tensor in file.items()}
    own = model.state_dict()
    for mine, name in _ALBERT_NAMES.items():
        for kind in ("weight", "bias"):
            if f"{mine}.{kind}" in own:
                own[f"{mine}.{kind}"] = theirs[f"{name}.{kind}"]
    model.load_state_dict(own)
