"""Open all engines of a preset; words and their valence come from one network where they can."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from live_emotion.runtime.engine import EncoderName, Engine
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.valence import ValenceModel
from live_emotion.runtime.valence_opening import ValenceOpening


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """Engines by name, and the valence model; `shared` if the words' engine is its own."""

    engines: dict[EncoderName, Engine]
    valence: ValenceModel | None = None
    shared: bool = False


def open_engines(
    opener: Opener, names: Sequence[EncoderName], valence: ValenceOpening | None
) -> Opened:
    """Open the engines of `names`, and the valence model if the words are among them.

    The valence model computes most of what the words' network does. Where both would run on the
    same engine in the same precision, it stands for that network, which is then not opened.

    Raises
    ------
    UserError
        If an engine that was asked for cannot be had, or weights do not fit.
    """
    if valence is None or "text" not in names:
        return Opened(opener.open_all(names))
    spared = opener.expected("text") == valence.runs_on
    asked = [name for name in names if not (spared and name == "text")]
    ready: list[ValenceModel | None] = []
    with contextlib.ExitStack() as opened:
        opened.callback(_close, ready)
        engines = opener.open_all(asked, also=lambda: ready.append(valence.ready()))
        for engine in engines.values():
            opened.callback(engine.close)
        model = (ready[0] if ready else None) or valence.open()
        opened.callback(model.close)
        if "text" not in engines and _runs_on(model.engine) != valence.runs_on:
            engines["text"] = opener.open("text")
            opened.callback(engines["text"].close)
        shared = "text" not in engines or _runs_on(engines["text"]) == _runs_on(model.engine)
        if shared:
            if "text" in engines:
                engines["text"].close()
            engines["text"] = model.words_engine()
        opened.pop_all()
    return Opened({name: engines[name] for name in names}, model, shared)


def _close(models: Sequence[ValenceModel | None]) -> None:
    for model in models:
        if model is not None:
            model.close()


def _runs_on(engine: Engine) -> tuple[str, str]:
    return engine.info.name, engine.info.precision
