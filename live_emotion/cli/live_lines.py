"""What a live session says in the terminal: devices, words, and who leads."""

from __future__ import annotations

import click
import numpy as np

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.estimate import DeviceEvent, Estimate, Marker
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.core.ticks import TICK_S
from live_emotion.pipeline.observer import BaseObserver

_EVERY_S = 2.0


class LinesObserver(BaseObserver):
    """Prints a line for each device event and phrase, and the scores every two seconds."""

    def __init__(self) -> None:
        self._every = round(_EVERY_S / TICK_S)
        self._said: list[str] = []

    def on_estimate(self, estimate: Estimate) -> None:
        """Print the scores now and then, or why there are none."""
        if estimate.tick % self._every:
            return
        if np.isnan(estimate.scores).any():
            reasons = dict.fromkeys(str(estimate.branches[b].reason) for b in BRANCHES)
            click.echo(f"{_time(estimate.t)}  no scores: {', '.join(reasons)}")
            return
        scores = (f"{e} {s:.2f}" for e, s in zip(EMOTIONS, estimate.scores, strict=True))
        click.echo(f"{_time(estimate.t)}  {'  '.join(scores)}")

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Print what was said when an utterance ends."""
        if not segment.final:
            return
        self._said += [segment.text] if segment.text else []
        if segment.closes and self._said:
            click.echo(f"{_time(segment.t1)}  “{' '.join(self._said)}”")
            self._said = []

    def on_device(self, event: DeviceEvent) -> None:
        """Print what happened to a device."""
        click.echo(f"{_time(event.t)}  {event.state}: {event.message}")

    def on_marker(self, marker: Marker) -> None:
        """Print a marker."""
        click.echo(f"{_time(marker.t)}  marked: {marker.label}")


def _time(t: float) -> str:
    return f"{int(t // 60):3d}:{t % 60:04.1f}"
