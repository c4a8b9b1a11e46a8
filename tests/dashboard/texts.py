"""Finds the texts of the windows in the source: what `tr` and `tr_later` are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import live_emotion.dashboard

FOLDER = Path(live_emotion.dashboard.__file__).parent
LOCALE = FOLDER / "locale"


def texts() -> dict[str, list[str]]:
    """Return every text with the places where it stands, in order of the files."""
    found: dict[str, list[str]] = {}
    for path in sorted(FOLDER.glob("*.py")):
        for text, line in _in(path):
            found.setdefault(text, []).append(f"{path.name}:{line}")
    return found


def _in(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if node.func.id in ("tr", "tr_later") and literal:
                yield first.value, node.lineno
