"""Make every choice of a preset, and tell what was found."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import cast

from live_emotion.models.presets import preset_named
from live_emotion.runtime.architecture import valence_beside
from live_emotion.runtime.cache_care import prune
from live_emotion.runtime.engine import BUILT, EncoderName, Precision
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.openvino_library import default_threads
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.remembered import Candidate, Choice, Measured
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.timing import time_engines, typical_inputs
from live_emotion.runtime.valence_opening import ValenceOpening
from live_emotion.runtime.weights import find_branches


def chosen_engines(
    preset: str,
    precisions: Sequence[str] = (),
    *,
    encoders: Sequence[EncoderName] = BUILT,
    threads: int | None = None,
    text: str | None = None,
) -> list[Choice]:
    """Find the fastest engine of every encoder that passes its check, or recall it.

    Raises
    ------
    UserError
        If weights are damaged, or nothing can run an encoder.
    """
    sizes = preset_named(preset)
    branches = find_branches(preset, text=text)
    tokenizer = open_vocabulary(sizes, branches["text"])
    wanted = cast("Precision | None", precisions[0] if precisions else None)
    options = EngineOptions("auto", threads or default_threads(), wanted)
    opener = Opener(sizes, branches, options, tokenizer)
    chosen = [encoder for encoder in encoders if encoder != "words_valence"]
    for encoder in chosen:
        opener.open(encoder).close()
    found = [opener.choices[encoder] for encoder in chosen]
    valence = valence_beside(preset, branches["text"], tokenizer, "auto", options.threads)
    if valence is not None and "words_valence" in encoders and wanted in (None, "float32"):
        found.append(_opened(valence))
    prune()
    return found


def _opened(valence: ValenceOpening) -> Choice:
    """Open what reads words for emotions and valence, which knows one engine, and time it."""
    with contextlib.closing(valence.open()) as model:
        recipe = valence.recipe()
        given = typical_inputs(recipe, valence.source().limits)
        (timing,) = time_engines([model.engine], given)
        ran = Candidate(*valence.runs_on, "")
        if model.engine.info.name != ran.engine:
            ran = Candidate("torch", "float32", "")
    return Choice(
        "words_valence", valence.preset.name, ran, (Measured(ran, round(timing.least, 4)),)
    )
