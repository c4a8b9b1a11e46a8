"""Where a replay plays and how fast: a person wishes, the player's thread obeys."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

SPEEDS: Final[tuple[float | None, ...]] = (0.25, 0.5, 1.0, 2.0, 4.0, None)
_POLL_S: Final = 0.1
# A player that fell behind by more is not hurried after (see `pacer.Pacer`).
_SLACK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """Go to a media time in seconds, or so many ticks on (back if negative)."""

    kind: Literal["seek", "step"]
    value: float


class Playhead:
    """Holds a replay to a pace that can be changed, held and moved at any time.

    All methods but `wait`, `rest` and `take_wish` are for any thread; these three are the
    player's. Of several wishes to go somewhere the newest counts; steps add up.

    Parameters
    ----------
    speed
        Media seconds a wall second; None for as fast as possible.
    paused
        Whether it is held at first.
    wall
        Returns seconds that never go back.

    Attributes
    ----------
    position
        Media seconds that are shown; written by the player, None before the first.
    at_end
        Whether there is nothing more to play; written by the player.
    """

    def __init__(
        self,
        speed: float | None = 1.0,
        *,
        paused: bool = False,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._changed = threading.Condition()
        self._speed = speed
        self._paused = paused
        self._wish: Wish | None = None
        self._origin: tuple[float, float] | None = None
        self.position: float | None = None
        self.at_end = False

    @property
    def paused(self) -> bool:
        """Whether it is held."""
        return self._paused

    @property
    def speed(self) -> float | None:
        """Media seconds a wall second, None for as fast as possible."""
        return self._speed

    def pause(self) -> None:
        """Hold at the next frame or tick."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def play(self) -> None:
        """Go on."""
        with self._changed:
            self._paused = False
            self._origin = None
            self._changed.notify_all()

    def set_speed(self, speed: float | None) -> None:
        """Change the pace."""
        with self._changed:
            self._speed = speed
            self._origin = None
            self._changed.notify_all()

    def seek(self, t: float) -> None:
        """Go to the media time `t` (seconds); playing goes on there, a pause stays one."""
        with self._changed:
            self._wish = Wish("seek", t)
            self._changed.notify_all()

    def step(self, ticks: int) -> None:
        """Hold, and go so many ticks on, or back."""
        with self._changed:
            self._paused = True
            before = self._wish
            waiting = before.value if before is not None and before.kind == "step" else 0.0
            self._wish = Wish("step", waiting + ticks)
            self._changed.notify_all()

    def take_wish(self) -> Wish | None:
        """Return where to go, once."""
        with self._changed:
            wish, self._wish = self._wish, None
            if wish is not None:
                self._origin = None
            return wish

    def wait(self, t: float, stop: threading.Event, *, step: bool = False) -> bool:
        """Wait until the media time `t` (seconds) is due.

        Parameters
        ----------
        stop
            Ends the wait once set, whoever sets it.
        step
            Whether a step is being made: then neither pause nor pace counts.

        Returns
        -------
        bool
            False if there is a wish to go elsewhere, or `stop` is set.
        """
        with self._changed:
            while True:
                if stop.is_set() or self._wish is not None:
                    return False
                if step:
                    return True
                left = _POLL_S if self._paused else self._ahead(t)
                if left <= 0.0:
                    return True
                self._changed.wait(min(left, _POLL_S))

    def rest(self, stop: threading.Event) -> None:
        """Wait a moment, or until there is a wish; for where there is nothing to play."""
        with self._changed:
            if not stop.is_set() and self._wish is None:
                self._changed.wait(_POLL_S)

    def _ahead(self, t: float) -> float:
        """Return the wall seconds until `t` is due."""
        if self._speed is None:
            return 0.0
        now = self._wall()
        if self._origin is None:
            self._origin = (now, t)
        wall, media = self._origin
        ahead = (t - media) / self._speed - (now - wall)
        if ahead < -_SLACK_S:
            self._origin = (now, t)
        return ahead
