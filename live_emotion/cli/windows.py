"""Whether a window can be shown."""

from __future__ import annotations

import logging

import click

_log = logging.getLogger(__name__)


def window_available() -> bool:
    """Whether there is a display and Qt loads; its system libraries may be missing."""
    from live_emotion.cli.display import display_available

    if not display_available():
        return False
    try:
        import live_emotion.dashboard.app  # noqa: F401
    except ImportError as error:
        _log.warning("no window", exc_info=True)
        click.echo(
            f"No window can be shown ({error}): `live-emotion doctor` says what to install.",
            err=True,
        )
        return False
    return True
