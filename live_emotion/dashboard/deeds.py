"""What one can do in each window: menus of deeds, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from live_emotion.dashboard.language import numeral, tr
from live_emotion.dashboard.settings import MARKER_COUNT


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do.

    Attributes
    ----------
    name
        By which settings know it; a name that two windows share is one shortcut for both.
    text
        In the menu, with ``&`` before the letter that picks it there.
    keys
        Its shortcut unless changed, in portable text.
    switch
        Whether it is on or off.
    group
        Of several with the same name here just one is on.
    """

    name: str
    text: str
    keys: str
    switch: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu: its title and its deeds, with None for a line between them."""

    title: str
    deeds: tuple[Deed | None, ...]


def live_menus() -> tuple[Menu, ...]:
    """Return the menus of the live window."""
    return (
        Menu(
            tr("&File"),
            (
                *_open(),
                Deed("record", tr("&Record scores and transcript"), "Ctrl+R", switch=True),
                _picture(),
                Deed("folder", tr("Show the &folder of recordings"), "Ctrl+Shift+O"),
                None,
                _settings(),
                Deed("quit", tr("&Quit"), "Ctrl+Q"),
            ),
        ),
        Menu(
            tr("&Capture"),
            (
                Deed("pause", tr("&Pause capture"), "Space", switch=True),
                Deed("devices", tr("&Look for devices again"), "F5"),
                Deed("address", tr("Camera at an &address…"), "Ctrl+Shift+A"),
            ),
        ),
        Menu(
            tr("&Markers"),
            tuple(
                Deed(f"marker_{k}", tr("Mark {}").format(k), str(k))
                for k in range(1, MARKER_COUNT + 1)
            ),
        ),
        _people(),
        Menu(
            tr("&View"),
            (
                *_picture_view(),
                None,
                *_curves_view(),
                None,
                *_look_view(),
                None,
                _full(),
                Deed("small", tr("Small view on to&p of other windows"), "F9", switch=True),
            ),
        ),
        Menu(
            tr("&Help"),
            (
                _shortcuts(),
                Deed("consent", tr("&What is measured"), "Shift+F1"),
            ),
        ),
    )


def replay_menus() -> tuple[Menu, ...]:
    """Return the menus of a replay's window."""
    return (
        Menu(
            tr("&File"),
            (*_open(), _picture(), None, _settings(), Deed("close", tr("&Close"), "Ctrl+W")),
        ),
        Menu(
            tr("&Playback"),
            (
                Deed("play", tr("&Play"), "Space", switch=True),
                None,
                Deed("seek_back", tr("Five seconds &back"), "Left"),
                Deed("seek_forward", tr("Five seconds &ahead"), "Right"),
                Deed("step_back", tr("One score ba&ck"), ","),
                Deed("step_forward", tr("&One score ahead"), "."),
                Deed("to_start", tr("To the &start"), "Home"),
                Deed("to_end", tr("To the &end"), "Shift+End"),
            ),
        ),
        Menu(
            tr("&Speed"),
            (
                Deed("slower", tr("&Slower"), "Shift+Down"),
                Deed("faster", tr("&Faster"), "Shift+Up"),
                None,
                *(
                    Deed(speed_name(speed), speed_text(speed), f"Alt+{k}", True, "speed")
                    for k, speed in enumerate(SPEED_STEPS, 1)
                ),
            ),
        ),
        _people(),
        Menu(
            tr("&View"),
            (*_picture_view(), None, *_curves_view(), None, *_look_view(), None, _full()),
        ),
        Menu(tr("&Help"), (_shortcuts(),)),
    )


# Media seconds a second; None for as fast as possible.
SPEED_STEPS: tuple[float | None, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, None)


def speed_name(speed: float | None) -> str:
    """Return the name of the deed that sets a speed."""
    return "speed_max" if speed is None else f"speed_{speed:g}"


def speed_text(speed: float | None) -> str:
    """Return a speed as a person reads it."""
    return tr("As fast as possible") if speed is None else f"{numeral(speed, 'g')}×"


def _open() -> tuple[Deed, Deed]:
    return (
        Deed("open", tr("&Open a file for replay…"), "Ctrl+O"),
        Deed("open_session", tr("Open a recorded sess&ion…"), "Ctrl+Shift+S"),
    )


def _picture() -> Deed:
    return Deed("picture", tr("&Save a picture of the curves"), "Ctrl+P")


def _settings() -> Deed:
    return Deed("settings", tr("S&ettings…"), "Ctrl+,")


def _full() -> Deed:
    return Deed("full", tr("F&ull screen"), "F11", switch=True)


def _shortcuts() -> Deed:
    return Deed("shortcuts", tr("&Shortcuts"), "F1")


def _people() -> Menu:
    return Menu(
        tr("P&eople"),
        (
            Deed("next_person", tr("Follow the &next person"), "N"),
            Deed("main_person", tr("Follow the &main face again"), "Shift+N"),
            Deed("everyone", tr("&Curves of everyone in sight"), "E", switch=True),
            None,
            Deed("baseline", tr("Take the neutral &baseline (10 s)"), "B"),
            Deed("baseline_clear", tr("C&lear the neutral baseline"), "Shift+B"),
        ),
    )


def _picture_view() -> tuple[Deed, ...]:
    return (
        Deed("mirror", tr("&Mirror the picture"), "M", switch=True),
        Deed("landmarks", tr("Show the points of the &face"), "L", switch=True),
    )


def _curves_view() -> tuple[Deed, ...]:
    return (
        Deed("zoom_in", tr("Curves: shorter &time"), "Ctrl+Up"),
        Deed("zoom_out", tr("Curves: &longer time"), "Ctrl+Down"),
        Deed("back", tr("Curves: &back"), "Ctrl+Left"),
        Deed("forward", tr("Curves: for&ward"), "Ctrl+Right"),
        Deed("follow", tr("Curves: &newest"), "End"),
    )


def _look_view() -> tuple[Deed, ...]:
    return (
        Deed("larger", tr("Lar&ger text"), "Ctrl++"),
        Deed("smaller", tr("Smaller te&xt"), "Ctrl+-"),
        Deed("theme_system", tr("Colours of the &system"), "Ctrl+Alt+0", True, "theme"),
        Deed("theme_light", tr("L&ight colours"), "Ctrl+Alt+1", True, "theme"),
        Deed("theme_dark", tr("&Dark colours"), "Ctrl+Alt+2", True, "theme"),
    )
