"""Two calls of encoders at the same time.

A small network cannot use two cores well: its layers are short, and threads wait for each other
between them. Two networks side by side, as for face and voice, or for words and the other two, each
on one thread, take less time than one after the other, and less processor time.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
from collections.abc import Callable
from typing import Final, TypeVar

from live_emotion.models.presets import Preset
from live_emotion.models.sizes import FocalNetSizes
from live_emotion.runtime.cpu import cpu_cores
from live_emotion.runtime.engine import EncoderName
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.recipe_file import load_recipe

First = TypeVar("First")
Second = TypeVar("Second")

# A wider sound encoder's weights do not stay in the processor's cache. It waits for memory, and
# whatever runs beside it takes memory's time.
_WIDEST: Final = 256
_SIDES: Final[tuple[EncoderName, ...]] = (
    "vision_face",
    "vision_sequence",
    "audio_piece",
    "audio_sequence",
    "text",
    "words_valence",
)


def side_by_side(preset: Preset) -> bool:
    """Whether a preset's networks are light enough to run at the same time."""
    return isinstance(preset.audio, FocalNetSizes) and max(preset.audio.widths) <= _WIDEST


def recipe_beside(encoder: EncoderName, preset: Preset) -> Recipe:
    """Return an encoder's recipe, fitted to the sizes of a preset.

    What usually runs beside another gets one thread. Weights of a light sound encoder are not kept
    in 8 bits: they stay in the processor's cache as they are.

    Raises
    ------
    UserError
        As `load_recipe`.
    """
    recipe = load_recipe(encoder)
    if encoder not in _SIDES or not side_by_side(preset):
        return recipe
    allowed = dict(recipe.allowed_error)
    if recipe.int8 == "weights":
        allowed.pop("int8", None)
    return dataclasses.replace(recipe, usual_threads=1, allowed_error=allowed)


class Beside:
    """Runs two functions at the same time, the second on a thread of its own.

    Parameters
    ----------
    allowed
        False to run them one after the other; so it is on a single core, too.
    """

    def __init__(self, allowed: bool = True) -> None:
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None
        if allowed and cpu_cores() > 1:
            self._pool = concurrent.futures.ThreadPoolExecutor(1, "beside")

    def both(
        self, first: Callable[[], First], second: Callable[[], Second]
    ) -> tuple[First, Second]:
        """Return what both return. If one raises, that is raised once both are over."""
        if self._pool is None:
            return first(), second()
        waiting = self._pool.submit(second)
        try:
            done = first()
        finally:
            concurrent.futures.wait((waiting,))
        return done, waiting.result()

    def close(self) -> None:
        """End the thread."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
