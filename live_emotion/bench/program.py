"""Runs the real program in a process of its own, as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from live_emotion.core.errors import UserError


def run_program(*arguments: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run ``live-emotion`` with arguments and return what it printed.

    Raises
    ------
    UserError
        If it fails, with its own sentence.
    """
    done = subprocess.run(
        [sys.executable, "-m", "live_emotion", *map(str, arguments)],
        env=os.environ | dict(env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise UserError(said[-1] if said else "The program that was to be measured failed.")
    return done.stdout


def read_log(folder: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a session's log by now, none if there is no log yet."""
    path = folder / "session.jsonl"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def read_meta(folder: Path) -> dict[str, Any]:
    """Return what a session says of its source, engines and weights."""
    meta: dict[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return meta
