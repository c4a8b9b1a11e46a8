"""What is said of a live device: its state by the age of its data, and when to try it again.

No flag of a library is trusted: a frozen camera keeps its handle, a microphone whose sound server
hangs stays "active". Only data that is young enough makes a device live.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Literal

from live_emotion.core.estimate import DeviceEvent

_LOG = logging.getLogger(__name__)

DeviceState = Literal["live", "muted", "stalled", "reconnecting", "lost", "paused"]

STALLED_AFTER_S: Final = 1.0
LOST_AFTER_S: Final = 10.0
# A microphone's first data come a second or two after it was opened.
_START_S: Final = 3.0
_WAITS_S: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 5.0)
_MOST_NOTES: Final = 32


class Backoff:
    """Waits between attempts: short at first, 5 s at most."""

    def __init__(self) -> None:
        self._attempt = 0

    def next(self) -> float:
        """Return the seconds to wait before the next attempt."""
        wait = _WAITS_S[min(self._attempt, len(_WAITS_S) - 1)]
        self._attempt += 1
        return wait

    def reset(self) -> None:
        """Begin with the shortest wait again."""
        self._attempt = 0


class DeviceWatch:
    """Follows one device and tells every change of its state once, in words.

    The device's thread reports what happens; whoever reads the source polls. Safe across threads.

    Parameters
    ----------
    device
        ``camera`` or ``microphone``, the events' `device`.
    label
        A person's name for the one that was chosen.
    now
        Returns seconds on the session clock.
    stalled_after_s
        Age of the newest data at which the device no longer counts as live.
    """

    def __init__(
        self,
        device: str,
        label: str,
        now: Callable[[], float],
        *,
        stalled_after_s: float = STALLED_AFTER_S,
    ) -> None:
        self.device = device
        self._label = label
        self._now = now
        self._stalled_after_s = stalled_after_s
        self._lock = threading.Lock()
        self._opened: float | None = None  # None while there is no handle to read from
        self._newest: float | None = None  # time of the newest data since it was opened
        self._last = now()  # when it last was live, or was first wanted
        self._ever_live = False
        self._detail = ""
        self._why = "is being opened"
        self._muted: str | None = None
        self._paused = False
        self._failed = False
        self._notes: deque[str] = deque(maxlen=_MOST_NOTES)
        self._told: DeviceState | None = None

    @property
    def state(self) -> DeviceState | None:
        """The state last told; None before the first."""
        return self._told

    @property
    def newest(self) -> float | None:
        """Seconds on the session clock of the newest data since the device was opened."""
        return self._newest

    def opened(self, detail: str) -> None:
        """Say that the device was opened; `detail` describes it."""
        with self._lock:
            self._opened, self._newest = self._now(), None
            self._detail, self._muted = detail, None

    def data(self, t: float) -> None:
        """Say that data stamped `t` (seconds on the session clock) arrived."""
        with self._lock:
            self._newest = t if self._newest is None else max(t, self._newest)

    def failed(self, why: str) -> None:
        """Say that the device could not be opened or broke off: "cannot be opened", say."""
        with self._lock:
            if self._why != why or not self._failed:
                _LOG.info("%s %s %s", self.device, self._label, why)
            self._opened, self._failed, self._why = None, True, why

    def muted(self, why: str | None) -> None:
        """Say that the data that come are worth nothing, and why; None: they are again."""
        with self._lock:
            self._muted = why

    def note(self, message: str) -> None:
        """Tell something that changes no state."""
        with self._lock:
            self._notes.append(message)

    def pause(self) -> None:
        """Say that the user turned the device off."""
        with self._lock:
            self._paused = True
            self._opened = None

    def poll(self) -> list[DeviceEvent]:
        """Return what has changed since the last call."""
        with self._lock:
            now = self._now()
            state = self._judge(now)
            events: list[DeviceEvent] = []
            if state is not None and state != self._told:
                events.append(DeviceEvent(now, self.device, state, self._words(state, now)))
                self._told = state
            if state in ("live", "muted") and self._newest is not None:
                self._last, self._ever_live, self._failed = self._newest, True, False
            while self._notes and self._told is not None:
                message = f"{self._label} {self._notes.popleft()}"
                events.append(DeviceEvent(now, self.device, self._told, message))
        for event in events:
            _LOG.info("%s %s: %s", event.device, event.state, event.message)
        return events

    def _judge(self, now: float) -> DeviceState | None:
        if self._paused:
            return "paused"
        newest = self._newest if self._opened is not None else None
        if newest is not None and now - newest < self._stalled_after_s:
            return "live" if self._muted is None else "muted"
        away = now - self._last
        if self._opened is None:
            if away >= LOST_AFTER_S:
                return "lost"
            return "reconnecting" if self._failed else self._told
        if self._newest is None and now - self._opened < _START_S:
            # It was opened, but may need a moment for its first data.
            return "lost" if self._told == "lost" else self._told
        return "lost" if away >= LOST_AFTER_S else "stalled"

    def _words(self, state: DeviceState, now: float) -> str:
        away = f"{max(0.0, now - self._last):.1f} s"
        if state == "live":
            if self._told == "muted":
                return f"{self._label} is live again"
            how = f"is back after {away}" if self._ever_live else "is live"
            return f"{self._label} {how}{': ' if self._detail else ''}{self._detail}"
        if state == "muted":
            return f"{self._label} {self._muted}"
        if state == "stalled":
            return f"{self._label} has sent nothing for {away}"
        if state == "reconnecting":
            return f"{self._label} {self._why}; it is tried again"
        if state == "lost":
            why = f" ({self._label} {self._why})" if self._opened is None else ""
            return (
                f"{self._label} has been away for {away}{why}; "
                "it is taken again as soon as it is back"
            )
        return f"{self._label} is turned off"
