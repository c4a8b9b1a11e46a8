"""Without a command the desktop app opens; what it is made of is tested in tests/dashboard."""

from __future__ import annotations

import pytest

from live_emotion.cli import app
from tests.cli.conftest import Invoke


def test_without_a_display_one_sentence_says_what_to_do(invoke: Invoke) -> None:
    done = invoke()
    assert done.exit_code == 2
    assert "There is no display" in done.stderr
    assert "`live-emotion live`" in done.stderr


def test_the_app_opens_only_without_a_command(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(app, "open_app", lambda: opened.append(1))
    assert invoke("devices", "--help").exit_code == 0
    assert opened == []
    assert invoke().exit_code == 0
    assert opened == [1]
