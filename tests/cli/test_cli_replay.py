"""The replay command around a scripted replay: folders, exit codes, what is printed."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from live_emotion.cli import display
from live_emotion.cli.progress import ProgressObserver
from live_emotion.core.errors import UserError
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import Counts, ReplayOptions
from live_emotion.pipeline.replay import Replay
from live_emotion.session import read
from tests.cli.conftest import Invoke
from tests.cli.scripted import ScriptedReplay
from tests.session import samples


class Opened(list[ScriptedReplay]):
    """The replays that were opened; `at_tick` goes into the next."""

    at_tick: Callable[[int], None] = staticmethod(lambda _: None)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    made = Opened()

    def scripted(options: ReplayOptions) -> ScriptedReplay:
        made.append(ScriptedReplay(options, at_tick=made.at_tick))
        return made[-1]

    monkeypatch.setattr(Replay, "open", scripted)
    return made


def test_a_replay_writes_a_session_and_prints_a_table(
    invoke: Invoke, opened: Opened, tmp_path: Path
) -> None:
    done = invoke("replay", "dir/clip.mp4", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    for piece in ("clip.mp4", "surprised", "kids are talking", "voice: untrained weights"):
        assert piece in done.stdout
    assert done.stdout.endswith(f"Session: {tmp_path / 'out'}\n")
    session = read(tmp_path / "out")
    assert session.clean
    assert len(session) == 5
    assert session.end is not None
    assert session.end["stopped"] is None
    assert [record["type"] for record in session.health] == ["health"]
    assert opened[0].closed
    assert opened[0].options == ReplayOptions(Path("dir/clip.mp4"))


def test_json_is_one_object_and_nothing_else(
    invoke: Invoke, opened: Opened, tmp_path: Path
) -> None:
    done = invoke("replay", "clip.mp4", "--output", tmp_path / "out", "--json")
    summary = json.loads(done.stdout)
    assert done.stderr == ""
    assert summary["folder"] == str(tmp_path / "out")
    assert summary["clean"] is True
    assert summary["emotions"]["sad"]["leading"] == 1.0
    assert summary["notes"] == ["voice: untrained weights"]


def test_options_reach_the_replay(invoke: Invoke, opened: Opened, tmp_path: Path) -> None:
    done = invoke(
        *("replay", "c.mp4", "--output", tmp_path / "o", "--speed", "2", "--start", "1.5"),
        *("--end", "4", "--preset", "paper", "--engine", "torch", "--whisper-model", "base"),
        *("--no-transcript", "--no-window", "--text", "albert"),
        *("--language", "de", "--window-ticks", "5"),
    )
    assert done.exit_code == 0, done.output
    assert opened[0].options == ReplayOptions(
        Path("c.mp4"), 2.0, 1.5, 4.0, "paper", "torch", "base", False, "albert", "de", 5
    )


@pytest.mark.parametrize(("speed", "expected"), [("max", None), ("0.5", 0.5)])
def test_speed(
    invoke: Invoke, opened: Opened, tmp_path: Path, speed: str, expected: float | None
) -> None:
    assert invoke("replay", "c", "--output", tmp_path / "o", "--speed", speed).exit_code == 0
    assert opened[0].options.speed == expected


@pytest.mark.parametrize(
    "args", [["--speed", "0"], ["--speed", "fast"], ["--speed", "nan"], ["--start", "-1"]]
)
def test_wrong_options_open_nothing(invoke: Invoke, opened: Opened, args: list[str]) -> None:
    assert invoke("replay", "c.mp4", *args).exit_code == 2
    assert not opened


def test_sessions_go_to_folders_of_their_own(
    invoke: Invoke, opened: Opened, own_folders: Path
) -> None:
    for _ in range(3):
        assert invoke("replay", "dir/my clip.mp4").exit_code == 0
    folders = list((own_folders / "sessions").iterdir())
    assert len(folders) == 3
    assert all(folder.name.startswith("my clip-2") for folder in folders)


def test_bad_input_leaves_nothing_behind(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(options: ReplayOptions) -> Replay:
        raise UserError("The file is bad: give another.")

    monkeypatch.setattr(Replay, "open", refuse)
    done = invoke("replay", "clip.mp4", "--output", tmp_path / "out")
    assert (done.exit_code, done.stderr) == (2, "The file is bad: give another.\n")
    assert not (tmp_path / "out").exists()


def test_a_taken_folder_is_refused_before_anything_is_opened(
    invoke: Invoke, opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "meta.json").write_text("{}")
    done = invoke("replay", "clip.mp4", "--output", tmp_path)
    assert done.exit_code == 2
    assert "already holds a session" in done.stderr
    assert not opened
    assert (tmp_path / "meta.json").read_text() == "{}"


def test_ctrl_c_ends_cleanly(invoke: Invoke, opened: Opened, tmp_path: Path) -> None:
    opened.at_tick = lambda tick: signal.raise_signal(signal.SIGINT) if tick == 2 else None
    done = invoke("replay", "clip.mp4", "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "early: interrupted" in done.stdout
    session = read(tmp_path / "out")
    assert session.clean
    assert len(session) == 3
    assert session.end is not None
    assert session.end["stopped"] == "interrupted"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM handler there")
def test_sigterm_ends_cleanly_too(invoke: Invoke, opened: Opened, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    opened.at_tick = lambda tick: signal.raise_signal(signal.SIGTERM) if tick == 2 else None
    assert invoke("replay", "clip.mp4", "--output", tmp_path / "out").exit_code == 0
    assert read(tmp_path / "out").clean
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_ctrl_c_does_not_wait(invoke: Invoke, opened: Opened, tmp_path: Path) -> None:
    def twice(tick: int) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    opened.at_tick = twice
    assert invoke("replay", "clip.mp4", "--output", tmp_path / "out").exit_code == 130
    assert not read(tmp_path / "out").clean


def test_an_error_on_the_way_leaves_a_log_that_is_not_whole(
    invoke: Invoke, opened: Opened, tmp_path: Path
) -> None:
    def fail(tick: int) -> None:
        if tick == 3:
            raise UserError("The camera is gone: plug it in.")

    opened.at_tick = fail
    done = invoke("replay", "clip.mp4", "--output", tmp_path / "out")
    assert (done.exit_code, done.stderr) == (2, "The camera is gone: plug it in.\n")
    session = read(tmp_path / "out")
    assert not session.clean
    assert len(session) == 3
    assert opened[0].closed


def test_where_there_is_a_display_the_window_runs_it(
    invoke: Invoke, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []

    def run(
        opener: Callable[[], Any], observers: Sequence[Observer], title: str, *, speed: float | None
    ) -> Counts:
        titles.append(title)
        # The window comes first, then what takes long.
        assert not opened
        assert speed == 1.0
        replay = opener()

        def at_end(counts: Counts) -> None:
            assert read(tmp_path / "out").clean  # before the window closes

        counts: Counts = replay.play(observers, None, None, threading.Event(), at_end)
        replay.close()
        return counts

    monkeypatch.setattr(display, "display_available", lambda: True)
    monkeypatch.setitem(sys.modules, "live_emotion.dashboard.app", SimpleNamespace(run=run))
    assert invoke("replay", "a/clip.mp4", "--output", tmp_path / "out").exit_code == 0
    assert titles == ["clip.mp4"]
    assert opened[0].options.speed == 1.0
    assert len(read(tmp_path / "out")) == 5


def test_without_qt_it_stays_in_the_terminal_and_says_so(
    invoke: Invoke, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "display_available", lambda: True)
    monkeypatch.setitem(sys.modules, "live_emotion.dashboard.app", None)
    done = invoke("replay", "clip.mp4", "--output", tmp_path / "out")
    assert done.exit_code == 0
    assert "doctor" in done.stderr
    assert opened[0].options.speed is None
    assert read(tmp_path / "out").clean


def test_a_window_that_is_closed_early_leaves_a_whole_log(
    invoke: Invoke, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(opener: Callable[[], Any], *args: object, **options: object) -> None:
        stop = threading.Event()
        opened.at_tick = lambda tick: stop.set() if tick == 2 else None
        replay = opener()
        replay.play([], None, None, stop)
        replay.close()

    monkeypatch.setattr(display, "display_available", lambda: True)
    monkeypatch.setitem(sys.modules, "live_emotion.dashboard.app", SimpleNamespace(run=run))
    assert invoke("replay", "clip.mp4", "--output", tmp_path / "out").exit_code == 0
    session = read(tmp_path / "out")
    assert session.clean
    assert session.end is not None
    assert session.end["stopped"] == "interrupted"


@pytest.mark.parametrize("total", [2.0, None])
def test_the_bar_shows_percent_and_rate(total: float | None) -> None:
    console = Console(record=True, force_terminal=True, width=120)
    with ProgressObserver(console, "[clip].mp4", 0.4, total) as bar:
        bar.on_estimate(samples.estimate(3))
        bar._progress.refresh()
        shown = console.export_text()
    assert "[clip].mp4" in shown
    assert "x real time" in shown
    assert ("60%" in shown) == (total is not None)
