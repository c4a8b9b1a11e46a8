"""What the window says, as plain text and numbers: no Qt in here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from live_emotion.core.emotions import BRANCHES, EMOTIONS, Branch
from live_emotion.core.estimate import DeviceEvent, Estimate
from live_emotion.dashboard.language import numeral, tr, tr_later
from live_emotion.dashboard.names import branch_name, emotion_name, reason_name
from live_emotion.dashboard.told import retold

Status = Literal["loading", "starting", "playing", "paused", "finished", "stopped", "failed"]

MISSING: Final = "–"
_NAMED: Final = ("camera", "microphone", "people", "baseline", "transcript")
PURPOSE: Final = tr_later(
    "These are expressions, not feelings. The EU forbids inferring emotions at work and in "
    "schools (AI Act, Article 5)."
)


@dataclass(frozen=True)
class ScoreRow:
    """One emotion now.

    Attributes
    ----------
    emotion
        Its name.
    value
        0..1, or the change from a baseline -1..1; NaN if missing.
    text
        The value in figures.
    leads
        Whether it is the highest.
    low, high
        The range around the value; NaN if missing.
    """

    emotion: str
    value: float
    text: str
    leads: bool
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class ContributionRow:
    """One branch now.

    Attributes
    ----------
    branch
        Which.
    share
        Of the fused logits, 0..1; 0 when missing.
    leading
        Index of its highest score in `EMOTIONS`, None when missing.
    text
        The highest score in words, or why the branch is missing.
    """

    branch: Branch
    share: float
    leading: int | None
    text: str

    @property
    def share_text(self) -> str:
        """The share in per cent, or a dash."""
        return MISSING if self.leading is None else f"{round(100 * self.share)} %"


def score_rows(estimate: Estimate | None, *, change: bool = False) -> list[ScoreRow]:
    """Return one row for each emotion; all missing without an estimate.

    With `change` the values are changes from the neutral baseline, which its range moves with.
    """
    leading = None if estimate is None else estimate.leading
    if change and estimate is not None and not math.isnan(float(estimate.change.sum())):
        leading = int(estimate.change.argmax())
    rows = []
    for i in range(len(EMOTIONS)):
        value, low, high = math.nan, math.nan, math.nan
        if estimate is not None:
            shift = float(estimate.change[i] - estimate.scores[i]) if change else 0.0
            value = float(estimate.scores[i]) + shift
            low, high = (float(end) + shift for end in estimate.interval[:, i])
        text = figures(value, signed=change)
        rows.append(ScoreRow(emotion_name(i), value, text, i == leading, low, high))
    return rows


def contribution_rows(estimate: Estimate | None) -> list[ContributionRow]:
    """Return one row for each branch; "waiting" without an estimate."""
    if estimate is None:
        return [ContributionRow(branch, 0.0, None, tr("waiting")) for branch in BRANCHES]
    rows = []
    for branch in BRANCHES:
        part = estimate.branches[branch]
        if part.reason is not None:
            rows.append(ContributionRow(branch, 0.0, None, reason_name(part.reason)))
            continue
        leading = int(part.scores.argmax())
        text = f"{emotion_name(leading)} {numeral(part.scores[leading], '.2f')}"
        rows.append(ContributionRow(branch, part.weight, leading, text))
    return rows


def describe_scores(estimate: Estimate | None, *, change: bool = False) -> str:
    """Return the present values as one sentence for a screen reader."""
    rows = score_rows(estimate, change=change)
    if all(math.isnan(row.value) for row in rows):
        return tr("no scores now")
    values = ", ".join(f"{row.emotion} {row.text}" for row in rows)
    return tr("change from neutral: {}").format(values) if change else values


def figures(value: float, *, signed: bool = False) -> str:
    """Return a value with two decimals, a dash for NaN; what rounds to zero has no sign."""
    if math.isnan(value):
        return MISSING
    text = numeral(value, "+.2f" if signed else ".2f")
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", "\u2212")


def missing_sentence(estimate: Estimate | None) -> str:
    """Return why there are no scores at all, or an empty string if there are some."""
    if estimate is None or estimate.leading is not None:
        return ""
    parts = [f"{branch_name(b)}: {reason_name(estimate.branches[b].reason)}" for b in BRANCHES]
    return tr("No scores now ({})").format(", ".join(parts))


def clock(seconds: float | None) -> str:
    """Return seconds as ``m:ss.d``, or ``h:mm:ss`` from an hour on; a dash for None or NaN."""
    if seconds is None or math.isnan(seconds):
        return MISSING
    tenths = max(0, math.floor(seconds * 10 + 1e-6))
    minutes, tenths = divmod(tenths, 600)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02d}:{tenths // 10:02d}"
    return f"{minutes}:{tenths // 10:02d}.{tenths % 10}"


def position_text(position: float | None, duration: float | None) -> str:
    """Return ``0:03.2 / 0:24.0``; only the position if the duration is not known."""
    if duration is None:
        return clock(position)
    return f"{clock(position)} / {clock(duration)}"


def speed_text(speed: float | None) -> str:
    """Return ``1.0×``, with fewer digits for high speeds; a dash if not known."""
    if speed is None or math.isnan(speed):
        return MISSING
    return numeral(speed, ".0f" if speed >= 9.95 else ".1f") + "×"


def notes_line(notes: Sequence[str], devices: Sequence[DeviceEvent]) -> str:
    """Return the notes and the newest device event as one line."""
    parts = [retold(note) for note in notes]
    if devices:
        newest = devices[-1]
        # What is told of a file does not name it; all else says what it is about.
        of = "" if newest.device in _NAMED else f"{newest.device}: "
        parts.append(f"{clock(newest.t)} {of}{retold(newest.message) or newest.state}")
    return "  ·  ".join(parts)


def visible_span(
    first: float, newest: float, duration: float | None, window_s: float
) -> tuple[float, float]:
    """Return the seconds that the curves show while they follow the newest value.

    A short file has its whole length on the axis from the start, so that the curves grow into
    it; otherwise the last `window_s` seconds slide.
    """
    last = max(newest, first + window_s)
    if duration is not None and duration - first <= window_s:
        last = max(newest, duration)
    return max(first, last - window_s), last
