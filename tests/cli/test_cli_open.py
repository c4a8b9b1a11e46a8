"""`open`, and `replay` given a folder: a recorded session in a window, or its summary."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from live_emotion.cli import display
from live_emotion.pipeline.options import Counts
from live_emotion.session.writer import SessionWriter
from tests.cli.conftest import Invoke
from tests.session import samples


@pytest.fixture
def session(tmp_path: Path) -> Path:
    folder = tmp_path / "talk"
    with SessionWriter(folder, {"source": {"kind": "file", "path": "gone.mp4"}}) as writer:
        for tick in range(5):
            writer.estimate(samples.estimate(tick))
        writer.end(Counts(50, 5, 5, {}, 2.0, 0.1), clean=True)
    return folder


@pytest.mark.parametrize("command", ["open", "replay"])
def test_a_session_is_shown_in_a_window(
    invoke: Invoke, session: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    shown: list[tuple[str, float | None, bool, tuple[str, ...]]] = []

    def run(opener: Callable[[], Any], observers: list[Any], title: str, *, paused: bool) -> None:
        opened = opener()
        shown.append((title, opened.info.duration, paused, opened.notes))

    monkeypatch.setattr(display, "display_available", lambda: True)
    monkeypatch.setitem(sys.modules, "live_emotion.dashboard.app", SimpleNamespace(run=run))
    before = sorted(session.iterdir())
    done = invoke(command, session)
    assert (done.exit_code, done.output) == (0, "")
    assert shown == [("talk", 2.0, True, ("gone.mp4 is not there any more: curves only",))]
    assert sorted(session.iterdir()) == before


@pytest.mark.parametrize("command", ["open", "replay"])
def test_without_a_display_its_summary_is_printed(
    invoke: Invoke, session: Path, command: str
) -> None:
    done = invoke(command, session, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["clean"] is True
    assert f"Session: {session}" in invoke(command, session).stdout


def test_what_is_no_session_is_told(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("open", tmp_path)
    assert done.exit_code == 2
    assert "is not a session" in done.stderr
