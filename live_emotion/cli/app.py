"""`live-emotion` alone: the desktop app."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from live_emotion.cli.display import display_available
from live_emotion.cli.interrupts import ended_by_hangup
from live_emotion.core.errors import UserError

_log = logging.getLogger(__name__)


def open_app(chosen: Mapping[str, Any] | None = None) -> None:
    """Open the desktop app and stay until it is closed.

    Parameters
    ----------
    chosen
        Settings for this run only, by the names of `dashboard.settings.Settings`.

    Raises
    ------
    UserError
        If no window can be shown.
    """
    if not display_available():
        raise UserError(
            "There is no display for a window: `live-emotion live` scores camera and microphone "
            "in the terminal, `live-emotion --help` lists all commands."
        )
    try:
        from live_emotion.dashboard import desktop
    except ImportError as error:
        _log.warning("no window", exc_info=True)
        raise UserError(
            f"No window can be shown ({error}): `live-emotion doctor` says what to install."
        ) from error
    from live_emotion.cli.quiet_libraries import quiet_libraries

    with ended_by_hangup(), quiet_libraries():
        desktop.run(chosen=chosen or {})
