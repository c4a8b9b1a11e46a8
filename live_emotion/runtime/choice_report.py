"""Make every choice of a preset, and tell what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from live_emotion.models.presets import preset_named
from live_emotion.runtime.cache_care import prune
from live_emotion.runtime.engine import ENCODERS, EncoderName, Precision
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.openvino_library import default_threads
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.remembered import Choice
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.weights import find_branches


def chosen_engines(
    preset: str,
    precisions: Sequence[str] = (),
    *,
    encoders: Sequence[EncoderName] = ENCODERS,
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
    for encoder in encoders:
        opener.open(encoder).close()
    prune()
    return [opener.choices[encoder] for encoder in encoders]
