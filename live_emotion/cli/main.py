"""The `live-emotion` program: its commands, and the one place where errors become exit codes.

Exit codes: 0 done (a replay that was interrupted and ended cleanly is done, too), 1 an error
that nobody expected, 2 an error that the user can mend, 130 interrupted.
"""

from __future__ import annotations

import importlib
import logging
import os
from typing import Any, Final

import click

from live_emotion import __version__
from live_emotion.cli.engine_news import engine_news
from live_emotion.cli.program_log import program_log
from live_emotion.cli.steady_memory import steady_memory
from live_emotion.core.errors import UserError

# Each command is the `command` of the module with its name, imported when it is asked for.
_COMMANDS: Final = (
    "live",
    "replay",
    "open",
    "devices",
    "engines",
    "bench",
    "train",
    "evaluate",
    "data",
    "doctor",
)

_log = logging.getLogger(__name__)


class Mendable(click.ClickException):
    """An error that the user can mend: one sentence on stderr and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the sentence as one line, whatever a library put into it."""
        click.echo(" ".join(self.format_message().split()), file=file, err=file is None)


class Unexpected(Mendable):
    """An error that nobody expected; its traceback is in the program's log."""

    exit_code = 1


class Interrupted(Mendable):
    """Ctrl-C where there was nothing to end cleanly."""

    exit_code = 130


class Program(click.Group):
    """The group of all commands. ``LIVE_EMOTION_RAISE=1`` lets errors through, for tests."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"live_emotion.cli.{cmd_name}").command
        return command

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the program's own options; one sentence on what is wrong with them."""
        try:
            return super().make_context(*args, **extra)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise _misused(error) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn what it raises into a sentence and an exit code."""
        with program_log() as log_file, engine_news():
            try:
                return super().invoke(ctx)
            except click.exceptions.NoArgsIsHelpError:
                raise
            except click.UsageError as error:
                raise _misused(error) from error
            except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
                raise
            except (Exception, KeyboardInterrupt) as error:
                if os.environ.get("LIVE_EMOTION_RAISE") == "1":
                    raise
                raise _failure(error, log_file) from error


def _misused(error: click.UsageError) -> click.ClickException:
    """Return what is wrong with the arguments as one sentence, without the usage above it."""
    said = error.format_message().rstrip(".")
    command = error.ctx.command_path if error.ctx is not None else "live-emotion"
    return Mendable(f"{said}; `{command} --help` says what it takes.")


def _failure(error: BaseException, log_file: str | None) -> click.ClickException:
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("Interrupted.")
    if isinstance(error, UserError):
        _log.info("ended with an error of the user's", exc_info=error)
        return Mendable(str(error))
    _log.error("ended with an unexpected error", exc_info=error)
    said = " ".join(str(error).split())[:200].rstrip(".")
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    where = f"details are in {log_file}" if log_file else "no log could be written"
    return Unexpected(f"live-emotion met an error that it did not expect ({what}); {where}.")


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="live-emotion")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Expressed emotions from face, voice and words, live and on this machine.

    Without a command the desktop app opens, on camera and microphone.

    Six scores a few times a second: happy, sad, angry, fearful, disgusted, surprised. They
    tell what is expressed, not what is felt.
    """
    if ctx.invoked_subcommand is None:
        from live_emotion.cli.app import open_app

        open_app()


def main() -> None:
    """Run the program with the arguments of the process."""
    # Small products of matrices gain nothing from a second thread of NumPy's library, which waits
    # for the next one at full speed: a fifth of a replay's processor time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Nor do operations on pictures as small as a face, and OpenCV's second thread waits likewise.
    os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
    steady_memory()
    cli(prog_name="live-emotion")
