from __future__ import annotations

import math

import pytest

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.estimate import DeviceEvent
from live_emotion.dashboard import view_model as vm
from tests.dashboard.scripted_replay import estimate, ramp


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (0.0, "0:00.0"),
        (59.99, "0:59.9"),
        (60.0, "1:00.0"),
        (0.3, "0:00.3"),
        (1.2, "0:01.2"),
        (3599.9, "59:59.9"),
        (3600.0, "1:00:00"),
    ],
)
def test_clock(seconds: float | None, text: str) -> None:
    assert vm.clock(seconds) == text


def test_rows_of_scores_and_branches() -> None:
    now = estimate(3, ramp(3))
    rows = vm.score_rows(now)
    assert [row.emotion for row in rows] == list(EMOTIONS)
    assert [row.leads for row in rows].index(True) == int(ramp(3).argmax())
    assert rows[0].text == f"{ramp(3)[0]:.2f}"
    branches = vm.contribution_rows(now)
    assert [row.share_text for row in branches] == ["50 %", "30 %", "20 %"]
    assert branches[0].text.startswith(EMOTIONS[int(ramp(3).argmax())])
    assert vm.missing_sentence(now) == ""


def test_missing_is_said_with_its_reason() -> None:
    now = estimate(3, None)
    assert {row.text for row in vm.score_rows(now)} == {"–"}
    assert [row.text for row in vm.contribution_rows(now)] == ["no face", "no speech", "no words"]
    assert [row.share_text for row in vm.contribution_rows(now)] == ["–"] * 3
    assert "voice: no speech" in vm.missing_sentence(now)
    assert vm.describe_scores(now) == "no scores now"
    assert vm.score_rows(None)[0].text == "–"


def test_the_newest_device_event_is_told() -> None:
    event = DeviceEvent(12.3, "clip.mp4", "damaged", "a packet could not be read")
    assert vm.notes_line(("voice: untrained weights",), [event]) == (
        "voice: untrained weights  ·  0:12.3 clip.mp4: a packet could not be read"
    )
    lost = DeviceEvent(12.3, "camera", "lost", "camera 0 has been away for 5.0 s")
    assert vm.notes_line((), [event, lost]) == "0:12.3 camera 0 has been away for 5.0 s"


@pytest.mark.parametrize(
    ("first", "newest", "duration", "span"),
    [
        (0.0, 3.0, 24.0, (0.0, 24.0)),
        (0.0, 3.0, None, (0.0, 60.0)),
        (0.0, 100.0, None, (40.0, 100.0)),
        (0.0, 100.0, 1800.0, (40.0, 100.0)),
        (600.0, 605.0, 630.0, (600.0, 630.0)),
        (600.0, 605.0, 1800.0, (600.0, 660.0)),
    ],
)
def test_visible_span(
    first: float, newest: float, duration: float | None, span: tuple[float, float]
) -> None:
    assert vm.visible_span(first, newest, duration, 60.0) == span


def test_speed() -> None:
    assert [vm.speed_text(v) for v in (None, math.nan, 1.0, 9.96, 12.4)] == [
        "–",
        "–",
        "1.0×",
        "10×",
        "12×",
    ]


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.5, False, "0.50"),
        (0.5, True, "+0.50"),
        (-0.25, True, "\u22120.25"),
        (-0.25, False, "\u22120.25"),
        (-0.004, True, "0.00"),
        (0.004, True, "0.00"),
        (-0.0, False, "0.00"),
        (math.nan, True, "–"),
    ],
)
def test_figures_have_a_true_minus_and_nothing_has_no_sign(
    value: float, signed: bool, text: str
) -> None:
    assert vm.figures(value, signed=signed) == text
