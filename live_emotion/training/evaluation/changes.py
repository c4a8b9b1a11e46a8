"""Faces under the conditions of a webcam, by name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import numpy as np

from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import EncoderName
from live_emotion.training.evaluation.encoders import weights_from
from live_emotion.training.evaluation.faces import Change
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.vision_changes import CHANGES, changed, found_again

FOUND: Final = "found"
FINDABLE: Final = "findable"
_FINDER: Final[tuple[EncoderName, ...]] = ("face_finder",)
NAMES: Final = (*CHANGES, FOUND, FINDABLE)


@contextlib.contextmanager
def face_change(name: str | None, options: EvaluateOptions) -> Iterator[Change | None]:
    """Give what changes faces before they are scored, see `faces.Change`.

    Parameters
    ----------
    name
        One of `CHANGES`; ``"found"`` sets each face into a larger picture and takes the crop
        that the program's own face finder makes of it, a face that it misses has no scores;
        ``"findable"`` leaves the same faces out and the others as they are, to compare with;
        None changes nothing.
    options
        Preset, engine, weights.
    """
    if name is None:
        yield None
    elif name not in (FOUND, FINDABLE):
        yield lambda faces: (changed(faces, name), np.ones(len(faces), dtype=np.bool_))
    else:
        with (
            weights_from(options.weights),
            EncoderSet.open(
                options.preset, options.engine, threads=options.threads, only=_FINDER
            ) as encoders,
        ):
            finder = FaceFinder(encoders.face_finder)
            if name == FOUND:
                yield lambda faces: found_again(faces, finder)
            else:
                yield lambda faces: (faces, found_again(faces, finder)[1])
