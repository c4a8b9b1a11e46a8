"""The kinds of engines that can be had on this machine."""

from __future__ import annotations

from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import EngineName
from live_emotion.runtime.kit import Kit
from live_emotion.runtime.openvino_kit import OpenVinoKit


def kit_named(name: EngineName) -> Kit:
    """Return the kit of an engine.

    Raises
    ------
    UserError
        If the engine has none, its library is not installed, or there is no card for it.
    """
    if name == "openvino":
        return OpenVinoKit()
    raise UserError(f"There is no {name} engine to build: PyTorch runs as it is.")


def kits_here() -> dict[EngineName, Kit]:
    """Return the kits that `auto` chooses among."""
    return {"openvino": OpenVinoKit()}
