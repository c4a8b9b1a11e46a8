"""A small BERT, fine-tuned on the six emotions: a words branch itself, and ALBERT's teacher.

Any folder in the usual layout serves (``config.json``, ``model.safetensors``,
``tokenizer.json``): all-MiniLM-L6-v2 is the one used here (Wang et al., MiniLM, 2020).
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from live_emotion.models.bert import Bert
from live_emotion.models.branches import TextBranch
from live_emotion.models.presets import preset_named
from live_emotion.models.sizes import BertSizes
from live_emotion.runtime.tokenizer import WORDPIECE_SUFFIX, WordPieces
from live_emotion.training.common import Precision, seed_everything
from live_emotion.training.options import TrainOptions
from live_emotion.training.text_data import TextRows, text_key
from live_emotion.training.text_fit import fit
from live_emotion.training.text_loop import LoopOptions, text_logits
from live_emotion.training.text_published import PUBLISHED_PIECES, bert_sizes, load_bert

SETTINGS: Final = LoopOptions(epochs=2, learning_rate=1e-4, head_factor=5.0)


@dataclass(frozen=True, slots=True, eq=False)
class FineTuned:
    """A branch with its vocabulary, and the stem of its files."""

    branch: TextBranch
    tokenizer: WordPieces
    sizes: BertSizes
    stem: Path


def start_bert(folder: Path, options: TrainOptions) -> FineTuned:
    """Return a branch around the BERT in `folder`, its head fresh.

    Raises
    ------
    UserError
        If the folder holds no BERT.
    """
    sizes = bert_sizes(folder)
    seed_everything(options.seed)
    branch = TextBranch(dataclasses.replace(preset_named(options.preset), text=sizes))
    assert isinstance(branch.encoder, Bert)
    load_bert(branch.encoder, folder)
    stem = options.output / f"{options.run_name('text')}-bert"
    vocabulary = stem.with_name(stem.name + WORDPIECE_SUFFIX)
    stem.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / PUBLISHED_PIECES, vocabulary)
    return FineTuned(branch, WordPieces(vocabulary), sizes, stem)


def fine_tune(
    folder: Path,
    rows: TextRows,
    fold: TextRows,
    options: TrainOptions,
    precision: Precision,
    epochs: int | None = None,
) -> FineTuned:
    """Fine-tune the BERT in `folder` on `rows`.

    With ``options.resume`` a finished one is not trained again.

    Parameters
    ----------
    epochs
        Passes over the rows; None takes the usual number.
    """
    made = start_bert(folder, options)
    weights = _beside(made.stem, ".safetensors")
    if options.resume and weights.is_file():
        made.branch.load_state_dict({k: v.float() for k, v in load_file(weights).items()})
        made.branch.to(precision.device)
        return made
    made.branch.to(precision.device)
    settings = dataclasses.replace(SETTINGS, epochs=SETTINGS.epochs if epochs is None else epochs)
    fit(
        made.branch,
        made.tokenizer.encode_all,
        made.tokenizer.pad_id,
        rows,
        fold,
        settings,
        precision,
        stem=made.stem,
        resume=options.resume,
    )
    state = made.branch.state_dict()
    save_file({k: v.detach().cpu().half().contiguous() for k, v in state.items()}, weights)
    return made


def teach(
    folder: Path, rows: TextRows, fold: TextRows, options: TrainOptions, precision: Precision
) -> NDArray[np.float32]:
    """Fine-tune the BERT in `folder` and return its logits ``(n, 6)`` on `rows`.

    With ``options.resume`` its logits on the same texts are read back.
    """
    kept = _beside(options.output / f"{options.run_name('text')}-bert", ".npz")
    mark = hashlib.sha256("\n".join(map(text_key, rows.texts)).encode()).hexdigest()
    if options.resume and kept.is_file():
        with np.load(kept) as file:
            if str(file["mark"]) == mark:
                return np.asarray(file["logits"], np.float32)
    made = fine_tune(folder, rows, fold, options, precision)
    ids = made.tokenizer.encode_all(rows.texts)
    logits = text_logits(made.branch, ids, made.tokenizer.pad_id, precision)
    np.savez(kept, logits=logits, mark=mark)
    return logits


def _beside(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)
