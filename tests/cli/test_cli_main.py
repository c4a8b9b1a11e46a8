"""Errors become one sentence and an exit code; help is fast."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from live_emotion import __version__
from live_emotion.cli import doctor
from live_emotion.cli.main import cli
from live_emotion.core.errors import UserError
from tests.cli.conftest import Invoke


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    @click.command("doctor")
    def command() -> None:
        raise error

    monkeypatch.setattr(doctor, "command", command)


def test_version(invoke: Invoke) -> None:
    assert invoke("--version").output == f"live-emotion, version {__version__}\n"


def test_every_command_has_help(invoke: Invoke) -> None:
    whole = invoke("--help").output
    for name in cli.list_commands(click.Context(cli)):
        assert name in whole
        one = invoke(name, "--help")
        assert one.exit_code == 0
        assert one.output.startswith(f"Usage: live-emotion {name}")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_numpy_gets_no_threads_that_wait_at_full_speed() -> None:
    code = """
import contextlib, os, sys
from live_emotion.cli.main import main
sys.argv = ["live-emotion", "--version"]
with contextlib.suppress(SystemExit):
    main()
import numpy as np
a = np.ones((400, 400))
a @ a
print(len(os.listdir("/proc/self/task")))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "1"


def test_help_imports_nothing_heavy() -> None:
    code = """
import sys
from live_emotion.cli.main import cli
try:
    cli(["--help"])
except SystemExit:
    pass
heavy = {"torch", "openvino", "av", "cv2", "PyQt6", "numpy", "rich"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["nope"], "No such command 'nope'; `live-emotion --help` says what it takes."),
        (["--nope"], "No such option '--nope'; `live-emotion --help` says what it takes."),
        (["replay"], "Missing argument 'FILE'; `live-emotion replay --help` says what it takes."),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(
    invoke: Invoke, args: list[str], sentence: str
) -> None:
    done = invoke(*args)
    assert (done.exit_code, done.stderr) == (2, sentence + "\n")


@pytest.mark.parametrize(
    "args", [["nope"], ["replay"], ["replay", "x", "--nope"], ["train", "vision"], ["train", "x"]]
)
def test_wrong_usage_is_exit_code_2(invoke: Invoke, args: list[str]) -> None:
    done = invoke(*args)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_user_error_is_one_line_and_exit_code_2(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(monkeypatch, UserError("The file is empty:\n  give another."))
    done = invoke("doctor")
    assert done.exit_code == 2
    assert done.stderr == "The file is empty: give another.\n"
    assert done.stdout == ""


def test_an_unexpected_error_is_one_line_and_its_traceback_in_the_log(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    raising(monkeypatch, ZeroDivisionError("by\nnought"))
    done = invoke("doctor")
    assert done.exit_code == 1
    log = own_folders / "log" / "live-emotion.log"
    assert done.stderr == (
        "live-emotion met an error that it did not expect (ZeroDivisionError: by nought); "
        f"details are in {log}.\n"
    )
    assert "Traceback" not in done.output
    assert "Traceback" in log.read_text()


def test_a_log_that_cannot_be_made_does_no_harm(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    (own_folders / "file").touch()
    monkeypatch.setenv("LIVE_EMOTION_LOG", str(own_folders / "file" / "log"))
    raising(monkeypatch, ValueError())
    done = invoke("doctor")
    assert done.exit_code == 1
    assert done.stderr.endswith("(ValueError); no log could be written.\n")


def test_ctrl_c_is_130(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    done = invoke("doctor")
    assert done.exit_code == 130
    assert done.stderr == "Interrupted.\n"


def test_errors_pass_when_asked_for(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_EMOTION_RAISE", "1")
    raising(monkeypatch, ValueError("x"))
    assert isinstance(invoke("doctor").exception, ValueError)
