"""People in the window: clicks, who speaks, how loud, panels for everyone, the baseline."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.estimate import DeviceEvent, Estimate
from live_emotion.dashboard import people_model as model
from live_emotion.dashboard.body import Body
from live_emotion.dashboard.level_meter import LevelMeter
from live_emotion.dashboard.newest import NewestState, Picture
from live_emotion.dashboard.people_history import MOST_PEOPLE, PeopleHistory
from live_emotion.dashboard.theme import DARK, LIGHT, Theme
from live_emotion.dashboard.video_view import VideoView
from tests.dashboard.scripted_replay import estimate, face, picture, ramp

FACES = (face(0.0, 1, (100, 50, 200, 200)), face(0.0, 2, (400, 50, 150, 200)))


def two(tick: int, **changes: object) -> Estimate:
    return dataclasses.replace(estimate(tick, ramp(tick), face(0.0, 1), (2,)), **changes)  # type: ignore[arg-type]


@pytest.fixture
def view(qtbot: QtBot) -> VideoView:
    view = VideoView()
    qtbot.addWidget(view)
    view.resize(640, 400)
    view.show_picture(Picture(0.0, picture(640, 360), 1.0, FACES), 1)
    return view


def test_a_click_names_the_face_in_the_picture_or_in_the_mirror(
    qtbot: QtBot, view: VideoView
) -> None:
    told: list[object] = []
    view.clicked.connect(told.append)
    for x, y in ((200, 170), (450, 170), (350, 170), (200, 390)):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPointF(x, y).toPoint())
    view.set_mirror(True)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPointF(640 - 450, 170).toPoint())
    QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=QPointF(640 - 450, 170).toPoint())
    assert told == [1, 2, None, None, 2]


def test_of_overlapping_faces_the_smaller_is_meant(qtbot: QtBot, view: VideoView) -> None:
    inner = face(0.0, 7, (150, 100, 50, 50))
    view.show_picture(Picture(0.0, picture(640, 360), 1.0, (*FACES, inner)), 1)
    assert view.face_at(QPointF(170, 140)) == 7
    view.clear()
    assert view.face_at(QPointF(170, 140)) is None


@pytest.fixture
def body(qtbot: QtBot) -> Body:
    body = Body()
    qtbot.addWidget(body)
    body.resize(1200, 700)
    body.set_theme(LIGHT)
    body.show()
    return body


def shown(body: Body, newest: NewestState) -> Body:
    body.refresh(newest)
    return body


def test_a_click_follows_and_a_second_one_goes_back(qtbot: QtBot, body: Body) -> None:
    wanted: list[object] = []
    body.follow_wanted.connect(wanted.append)
    newest = NewestState()
    newest.on_estimate(two(0))
    shown(body, newest).video.clicked.emit(2)
    newest.on_device(DeviceEvent(0.4, "people", "followed", "person 2 is followed"))
    changed = [dataclasses.replace(p, followed=p.face.id == 2) for p in two(1).people]
    newest.on_estimate(two(1, people=tuple(changed)))
    shown(body, newest).video.clicked.emit(2)
    body.video.clicked.emit(None)
    body.everyone.panels[0].clicked.emit(1)
    newest.on_device(DeviceEvent(0.8, "people", "main", "the main face is followed"))
    shown(body, newest).video.clicked.emit(None)
    assert wanted == [2, None, None, 1]


def test_a_jump_in_a_replay_forgets_who_was_chosen() -> None:
    events = [DeviceEvent(0.4, "people", "followed", "person 1 is followed")]
    assert model.chosen_person(two(1), events) == 1
    events.append(DeviceEvent(2.0, "clip.mp4", model.JUMPED, "jumped"))
    assert model.chosen_person(two(6), events) is None
    begun = DeviceEvent(4.0, "baseline", "begun", "")
    assert model.hold_sentence([begun, *events[1:]], 5.0) == ""


def test_curves_are_the_chosen_persons_whole_past(body: Body) -> None:
    newest = NewestState()
    for tick in range(20):
        newest.on_estimate(two(tick))
    np.testing.assert_allclose(shown(body, newest).curves.drawn(0)[1][-1], ramp(19)[0], atol=1e-6)
    newest.on_device(DeviceEvent(8.0, "people", "followed", "person 2 is followed"))
    changed = [dataclasses.replace(p, followed=p.face.id == 2) for p in two(20).people]
    newest.on_estimate(two(20, people=tuple(changed), scores=ramp(20)[::-1]))
    t, values = shown(body, newest).curves.drawn(0)
    assert len(t) == 21
    np.testing.assert_allclose(values, [ramp(tick)[5] for tick in range(21)], atol=1e-6)


def test_panels_show_everyone_when_there_is_more_than_one(body: Body) -> None:
    newest = NewestState()
    newest.on_estimate(estimate(0, ramp(0), face(0.0, 1)))
    assert not shown(body, newest).everyone.isVisible()
    newest.on_estimate(two(1, speaker=2, speaker_sure=True))
    shown(body, newest)
    assert [p.isVisible() for p in body.everyone.panels] == [True, True, False, False]
    first, second = (p.text for p in body.everyone.panels[:2])
    assert first.startswith("person 1: ")
    assert second.startswith("person 2: ") and second.endswith("speaks")
    assert body.everyone.panels[1].accessibleName() == second
    body.everyone.set_wanted(False)
    assert not shown(body, newest).everyone.isVisible()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_panels_draw_their_curves(body: Body, theme: Theme) -> None:
    body.set_theme(theme)
    newest = NewestState()
    for tick in range(40):
        newest.on_estimate(two(tick))
    shown(body, newest)
    image = body.everyone.panels[1].grab().toImage()
    colours = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(30, image.height())
    }
    # Solid lines are drawn in full somewhere.
    assert theme.emotion(EMOTIONS.index("happy")).name() in colours
    assert len(colours) > 20


def test_panels_are_followed_by_key_and_click(qtbot: QtBot, body: Body) -> None:
    newest = NewestState()
    newest.on_estimate(two(0))
    shown(body, newest)
    with qtbot.waitSignal(body.follow_wanted) as asked:
        qtbot.keyClick(body.everyone.panels[1], Qt.Key.Key_Return)
    assert asked.args == [2]
    with qtbot.waitSignal(body.follow_wanted) as asked:
        qtbot.mouseClick(body.everyone.panels[0], Qt.MouseButton.LeftButton)
    assert asked.args == [1]


def test_the_line_says_who_speaks_and_what_was_told(body: Body) -> None:
    newest = NewestState()
    label = body.people_line.sentence
    newest.on_estimate(two(0, speaker=2, speaker_sure=True, voice_level_db=-30.0))
    assert shown(body, newest).people_line.meter.share == pytest.approx(0.5)
    assert label.text() == "voice and words: person 2"
    newest.on_estimate(two(1, speaker=1, speaker_sure=False))
    shown(body, newest)
    assert label.text().startswith("speaker unsure")
    assert math.isnan(body.people_line.meter.share)
    newest.on_device(DeviceEvent(0.8, "people", "lost", "person 2 has been out of sight"))
    shown(body, newest)
    assert label.text() == "person 2 has been out of sight"
    newest.on_estimate(two(30))
    shown(body, newest)
    assert label.text() == ""


def test_the_hint_counts_down_while_a_baseline_is_taken() -> None:
    begun = DeviceEvent(4.0, "baseline", "begun", "person 1: hold")
    said = [model.hold_sentence([begun], t) for t in (4.0, 9.2, 13.9, 16.0)]
    assert said == [
        *("hold a neutral face: 10 s", "hold a neutral face: 5 s", "hold a neutral face: 1 s", "")
    ]
    assert model.hold_sentence([begun, DeviceEvent(9.0, "baseline", "failed", "")], 9.2) == ""
    assert model.hold_sentence([begun], 9.2, seen=False) == "no face is seen now: 5 s"


def test_with_a_baseline_curves_and_bars_show_the_change(body: Body) -> None:
    newest = NewestState()
    change = np.linspace(-0.5, 0.4, 6).astype(np.float32)
    interval = np.stack((ramp(0) - 0.1, ramp(0) + 0.1))
    newest.on_estimate(two(0))
    newest.on_estimate(two(1, scores=ramp(0), change=change, interval=interval))
    shown(body, newest)
    assert body.curves.change
    assert body.scores.texts()[0] == "\u22120.50"
    assert body.scores.texts()[5] == "+0.40"
    np.testing.assert_allclose(body.scores.ranges()[5], (0.3, 0.5), atol=1e-6)
    _, values = body.curves.drawn(5)
    assert np.isnan(values[0])
    assert values[-1] == pytest.approx(0.4)
    headings = [label.text() for label in body._headings.values()]
    assert all("hange from" in text for text in headings)
    assert "change from neutral" in body.scores.accessibleDescription()
    # The raw scores are still those of the history.
    np.testing.assert_allclose(newest.history.since().scores[-1], ramp(0))
    newest.on_estimate(two(2))
    shown(body, newest)
    assert not body.curves.change
    assert body.scores.texts()[0] == f"{ramp(2)[0]:.2f}"


def test_the_next_person_goes_round() -> None:
    assert model.next_person(None) is None
    assert model.next_person(estimate(0, ramp(0), face(0.0, 1))) is None
    assert model.next_person(two(0)) == 2
    turned = [dataclasses.replace(p, followed=p.face.id == 2) for p in two(0).people]
    assert model.next_person(two(0, people=tuple(turned))) == 1


@pytest.mark.parametrize(
    ("level", "text", "share"),
    [
        (None, "no sound", math.nan),
        (-120.0, "silence", 0.0),
        (-30.4, "\u221230 dB", 0.493),
        (0.0, "0 dB", 1.0),
    ],
)
def test_levels(qtbot: QtBot, level: float | None, text: str, share: float) -> None:
    meter = LevelMeter()
    qtbot.addWidget(meter)
    meter.show_level(level)
    assert meter.accessibleDescription() == text
    assert meter.share == pytest.approx(share, abs=1e-3, nan_ok=True)


def test_only_so_many_people_are_remembered() -> None:
    history = PeopleHistory(ticks=10)
    for tick in range(3 * MOST_PEOPLE):
        history.add(estimate(tick, ramp(tick), face(0.0, tick + 1)))
    assert history.of(1) is None
    assert history.of(3 * MOST_PEOPLE) is not None
    assert len(history._people) == MOST_PEOPLE
