"""Joins what one can do with people, in either window, to what is watched."""

from __future__ import annotations

from collections.abc import Callable

from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.body import Body
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.message_bar import MessageBar
from live_emotion.dashboard.people_model import next_person
from live_emotion.pipeline.orders import Followable


def wire_people(
    body: Body,
    deeds: Actions,
    target: Callable[[], Followable | None],
    message: MessageBar,
) -> None:
    """Connect the clicks on people and the actions about them.

    Parameters
    ----------
    body
        Where people are seen.
    deeds
        The window's actions.
    target
        Returns what follows people; None if nothing does.
    message
        Tells the user a sentence, and offers to take a baseline again.
    """

    def with_target(do: Callable[[Followable], None]) -> None:
        found = target()
        if found is None:
            message.say(tr("Nobody can be followed here: nothing is being scored."))
        else:
            do(found)

    def follow(face_id: int | None) -> None:
        with_target(lambda found: found.follow(face_id))

    def follow_next() -> None:
        face_id = next_person(body.shown)
        if face_id is None:
            message.say(tr("There is nobody else to follow."))
        else:
            follow(face_id)

    body.follow_wanted.connect(follow)
    body.people_line.set_action(deeds["baseline"])
    deeds["next_person"].triggered.connect(lambda _=False: follow_next())
    deeds["main_person"].triggered.connect(lambda _=False: follow(None))
    deeds["baseline"].triggered.connect(
        lambda _=False: with_target(lambda found: found.begin_baseline())
    )
    deeds["baseline_clear"].triggered.connect(
        lambda _=False: with_target(lambda found: found.clear_baseline())
    )
    message.again_wanted.connect(deeds["baseline"].trigger)
    deeds["everyone"].setChecked(True)
    deeds["everyone"].toggled.connect(body.everyone.set_wanted)
