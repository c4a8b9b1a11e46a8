from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from live_emotion.cli.main import cli

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The program's folders apart from the user's, and no display."""
    for name in ("CACHE", "LOG", "SESSIONS"):
        monkeypatch.setenv(f"LIVE_EMOTION_{name}", str(tmp_path / name.lower()))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "LIVE_EMOTION_RAISE"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path


@pytest.fixture
def invoke() -> Invoke:
    """Run a command in this process."""

    def run(*args: Any) -> Result:
        return CliRunner().invoke(cli, [str(arg) for arg in args], prog_name="live-emotion")

    return run
