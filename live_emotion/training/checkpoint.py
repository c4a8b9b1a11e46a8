"""Checkpoints from which a run goes on exactly as if it had not stopped."""

from __future__ import annotations

import json
import pickle
import random
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from live_emotion.core.errors import UserError


class Stateful(Protocol):
    """Anything with a state that can be saved: module, optimiser, schedule, average."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state."""

    def load_state_dict(self, state: dict[str, Any], /) -> object:
        """Take the state up again."""


class Checkpoint:
    """One file that holds the parts of a run and every generator's state.

    The file is written beside its place and moved there, so a run that is killed while it
    saves leaves the previous checkpoint whole. It is read with ``weights_only=True``.

    Parameters
    ----------
    path
        Of the file.
    parts
        The things to save, by name.
    """

    def __init__(self, path: Path, **parts: Stateful) -> None:
        self.path = path
        self.parts = parts

    def save(self, epoch: int, notes: dict[str, Any] | None = None) -> None:
        """Save everything after `epoch` epochs are done; `notes` must fit into JSON."""
        state = {
            "epoch": epoch,
            "notes": json.dumps(notes or {}),
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "random": _random_state(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(self.path.name + ".part")
        torch.save(state, beside)
        beside.replace(self.path)

    def load(self) -> tuple[int, dict[str, Any]] | None:
        """Restore every part; return epochs done and the notes, or None without a file.

        Raises
        ------
        UserError
            If the file is damaged or belongs to another network.
        """
        if not self.path.exists():
            return None
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            for name, part in self.parts.items():
                part.load_state_dict(state["parts"][name])
            _restore_random(state["random"])
            return int(state["epoch"]), json.loads(state["notes"])
        except (RuntimeError, KeyError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise UserError(
                f"The checkpoint {self.path} does not fit this run ({type(error).__name__}): "
                "delete it or start without --resume."
            ) from error


def _random_state() -> dict[str, Any]:
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 - the global one is what is saved
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "python": json.dumps(random.getstate()),
        "numpy": json.dumps([kind, np.asarray(keys).tolist(), *rest]),
    }


def _restore_random(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])
    version, internal, gauss = json.loads(state["python"])
    random.setstate((version, tuple(internal), gauss))
    kind, keys, *rest = json.loads(state["numpy"])
    np.random.set_state((kind, np.asarray(keys, dtype=np.uint32), *rest))  # noqa: NPY002
