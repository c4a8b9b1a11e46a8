"""Training the text branch: vocabulary, first weights, teacher, fine-tuning, calibration."""

from __future__ import annotations

import dataclasses
import logging
import shutil
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.models.albert import Albert
from live_emotion.models.branches import TextBranch
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import preset_named
from live_emotion.models.sizes import TextSizes, describe_text
from live_emotion.runtime.text_input import vocabulary_suffix
from live_emotion.runtime.tokenizer import (
    WORDPIECE_SUFFIX,
    TextTokenizer,
    Tokenizer,
    open_tokenizer,
)
from live_emotion.runtime.weights import weights_name
from live_emotion.training.calibration import fit_platt
from live_emotion.training.common import Precision, choose_device, seed_everything, set_threads
from live_emotion.training.export import export_weights
from live_emotion.training.options import TrainOptions
from live_emotion.training.text_bert import fine_tune, teach
from live_emotion.training.text_data import TextRows, held_out, read_text_rows, read_unlabelled
from live_emotion.training.text_fit import fit
from live_emotion.training.text_init import start_from
from live_emotion.training.text_loop import LoopOptions, text_logits
from live_emotion.training.text_measure import text_figures
from live_emotion.training.text_negation import negation_rows
from live_emotion.training.text_published import PUBLISHED_VOCABULARY, init_folder
from live_emotion.training.text_vocabulary import train_vocabulary
from live_emotion.training.thresholds import thresholds_by_name, thresholds_under_alarm

SETTINGS: Final = LoopOptions(epochs=2, learning_rate=5e-4, head_factor=2.0)
SHALLOW: Final = 0.7
NEGATIONS: Final = 3000
NEUTRAL_ALARMS: Final = 0.123  # on the held-out fold; on unseen rows it is 0.02 to 0.03 more
_log = logging.getLogger(__name__)


def train_text(options: TrainOptions) -> Path:
    """Train the text branch on ``text.tsv`` and export weights and vocabulary.

    One fold of twelve of the training rows, chosen by their text, is held out for calibration
    and thresholds; made denials stand among the others. Rows marked dev only measure.

    ALBERT's vocabulary is learned from the training rows and ``text_unlabelled.txt.xz``; with
    ``options.teacher`` a BERT is fine-tuned first and its scores are learned beside the labels.
    A BERT (``options.network``) brings its own vocabulary; as a teacher and as a network it is
    the same one, and trained once.

    Parameters
    ----------
    options
        See `TrainOptions`.

    Returns
    -------
    Path
        Of the weights.

    Raises
    ------
    UserError
        If data, preset, device, first weights or teacher are not there, or do not go together.
    """
    preset = preset_named(options.preset)
    precision = Precision(choose_device(options.device))
    set_threads(options.threads)
    init = None if options.init is None else init_folder(options.init)
    if options.network == "bert" and (init is None or options.teacher is not None):
        raise UserError("A BERT needs first weights, --init FOLDER, and takes no --teacher.")
    rows = read_text_rows(options.data)
    train, dev = (rows.take(rows.splits == name) for name in ("train", "dev"))
    if not len(train):
        raise UserError(f"No row of the texts in {options.data} is marked train: check its split.")
    apart = held_out(train.texts)
    fold = train.take(apart)
    fitted = train.take(~apart).join(negation_rows(NEGATIONS, options.seed))
    if options.network == "bert" and init is not None:
        made = fine_tune(init, fitted, fold, options, precision, options.epochs)
        vocabulary = made.stem.with_name(made.stem.name + WORDPIECE_SUFFIX)
        return finish(made.branch, made.sizes, vocabulary, fold, dev, options)
    seed_everything(options.seed)
    stem = options.output / options.run_name("text")
    vocabulary = _vocabulary(options, preset.text.vocabulary, train, dev, stem, init)
    tokenizer = TextTokenizer(vocabulary)
    soft = None
    if options.teacher is not None:
        soft = teach(init_folder(options.teacher), fitted, fold, options, precision)
    # Drawn anew, so that the branch starts the same with and without a teacher before it.
    seed_everything(options.seed)
    branch = TextBranch(preset)
    if init is not None:
        assert isinstance(branch.encoder, Albert)
        start_from(branch.encoder, init, tokenizer.pieces())
    branch.to(precision.device)
    epochs = SETTINGS.epochs if options.epochs is None else options.epochs
    settings = dataclasses.replace(SETTINGS, epochs=epochs, seed=options.seed)
    fit(
        branch,
        tokenizer.encode_all,
        tokenizer.pad_id,
        fitted,
        fold,
        settings,
        precision,
        stem=stem,
        resume=options.resume,
        soft=soft,
        before_step=lambda done: _grow(branch, preset.text.layers, done),
    )
    _grow(branch, preset.text.layers, 1.0)
    return finish(branch, preset.text, vocabulary, fold, dev, options)


def finish(
    branch: TextBranch,
    sizes: TextSizes,
    vocabulary: Path,
    fold: TextRows,
    dev: TextRows,
    options: TrainOptions,
) -> Path:
    """Calibrate the branch as it will be stored on `fold`, measure it on `dev`, and write it."""
    branch.cpu().eval()
    branch.load_state_dict({k: v.half().to(v.dtype) for k, v in branch.state_dict().items()})
    tokenizer = open_tokenizer(vocabulary)
    logits, targets = branch_logits(branch, tokenizer, fold), fold.targets.astype(np.float64)
    platt = fit_platt(logits, targets)
    probabilities = platt.apply(logits).astype(np.float64)
    thresholds = thresholds_under_alarm(probabilities, targets, NEUTRAL_ALARMS)
    figures = {}
    if len(dev):
        figures["dev"] = text_figures(branch_logits(branch, tokenizer, dev), dev, platt, thresholds)
    metadata = WeightsMetadata(
        preset=options.preset,
        branch="text",
        architecture={"text": describe_text(sizes)},
        trained=True,
        thresholds=thresholds_by_name(thresholds),
        calibration={"": platt},
        data="text.tsv: " + ", ".join(sorted({str(s) for s in fold.sources})),
        figures=figures,
    )
    folder = options.weights_dir
    folder.mkdir(parents=True, exist_ok=True)
    name = weights_name(options.preset, "text", options.variant)
    kept = folder / (Path(name).stem + vocabulary_suffix(sizes))
    if vocabulary.resolve() != kept.resolve():
        shutil.copyfile(vocabulary, kept)
    path = export_weights(branch.state_dict(), metadata, folder, options.variant)
    _log.info("text: %s written, %s", path, figures)
    return path


def branch_logits(branch: TextBranch, tokenizer: Tokenizer, rows: TextRows) -> NDArray[np.float64]:
    """Return the branch's logits ``(n, 6)`` of each row's text, in float32 on the CPU."""
    precision = Precision(choose_device("cpu"), mixed=False)
    ids = tokenizer.encode_all(rows.texts)
    return text_logits(branch, ids, tokenizer.pad_id, precision).astype(np.float64)


def _grow(branch: TextBranch, layers: int, done: float) -> None:
    """Run half of the shared layer's passes for the first part of training, then all.

    Progressive stacking (Gong et al., ICML 2019); with shared weights it costs no copying.
    """
    if isinstance(branch.encoder, Albert):
        branch.encoder.passes = layers if done >= SHALLOW else max(1, layers // 2)


def _vocabulary(
    options: TrainOptions,
    size: int,
    train: TextRows,
    dev: TextRows,
    stem: Path,
    init: Path | None,
) -> Path:
    """Return the run's vocabulary: kept from before, the published one, or a new one."""
    path = stem.with_name(stem.name + ".model")
    if options.resume and path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    if init is not None and (init / PUBLISHED_VOCABULARY).is_file():
        shutil.copyfile(init / PUBLISHED_VOCABULARY, path)
        return path
    _log.info("text: learning a vocabulary of %d pieces", size)
    sentences = [*train.texts, *read_unlabelled(options.data, dev.texts)]
    train_vocabulary(sentences, path, size=size)
    return path
