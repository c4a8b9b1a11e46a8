"""Everything one can do in the live window: one action each, in a menu, with a shortcut."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from live_emotion.dashboard.settings import MARKER_COUNT

_PORTABLE = QKeySequence.SequenceFormat.PortableText


class Actions(QObject):
    """Makes the menus of a window and the actions in them.

    Attributes
    ----------
    by_name
        The actions by the names that settings know them by.
    defaults
        Their shortcuts unless changed, in portable text.
    menus
        For each action the title of its menu.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.by_name: dict[str, QAction] = {}
        self.defaults: dict[str, str] = {}
        self.menus: dict[str, str] = {}
        self._menu: QMenu | None = None
        self._group: QActionGroup | None = None
        self._make()

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def set_shortcuts(self, changed: Mapping[str, str]) -> None:
        """Give every action its shortcut: the one it was changed to, else its own."""
        for name, action in self.by_name.items():
            keys = QKeySequence.fromString(changed.get(name, self.defaults[name]), _PORTABLE)
            action.setShortcut(keys)
            hint = keys.toString(QKeySequence.SequenceFormat.NativeText)
            text = action.text().replace("&", "")
            action.setToolTip(f"{text} ({hint})" if hint else text)

    def name_markers(self, labels: tuple[str, ...]) -> None:
        """Show the labels of the nine markers."""
        for k, label in enumerate(labels, 1):
            text = self.tr("Mark “{}”").format(label.replace("&", "&&"))
            self.by_name[f"marker_{k}"].setText(text)

    def sheet(self) -> list[tuple[str, str, str]]:
        """Return menu, text and shortcut of every action, in the order of the menus."""
        return [
            (
                self.menus[name],
                action.text().replace("&&", "\0").replace("&", "").replace("\0", "&"),
                action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            )
            for name, action in self.by_name.items()
        ]

    def _make(self) -> None:
        self._begin(self.tr("&File"))
        self._add("open", self.tr("&Open a file for replay…"), "Ctrl+O")
        self._add("record", self.tr("&Record scores and transcript"), "Ctrl+R", switch=True)
        self._add("picture", self.tr("&Save a picture of the curves"), "Ctrl+P")
        self._add("folder", self.tr("Show the &folder of recordings"), "Ctrl+Shift+O")
        self._line()
        self._add("settings", self.tr("S&ettings…"), "Ctrl+,")
        self._add("quit", self.tr("&Quit"), "Ctrl+Q")

        self._begin(self.tr("&Capture"))
        self._add("pause", self.tr("&Pause capture"), "Space", switch=True)
        self._add("devices", self.tr("&Look for devices again"), "F5")
        self._add("address", self.tr("Camera at an &address…"), "Ctrl+Shift+A")

        self._begin(self.tr("&Markers"))
        for k in range(1, MARKER_COUNT + 1):
            self._add(f"marker_{k}", self.tr("Mark {}").format(k), str(k))

        self._begin(self.tr("&View"))
        self._add("mirror", self.tr("&Mirror the picture"), "M", switch=True)
        self._add("landmarks", self.tr("Show the points of the &face"), "L", switch=True)
        self._line()
        self._add("zoom_in", self.tr("Curves: shorter &time"), "Ctrl+Up")
        self._add("zoom_out", self.tr("Curves: &longer time"), "Ctrl+Down")
        self._add("back", self.tr("Curves: &back"), "Ctrl+Left")
        self._add("forward", self.tr("Curves: for&ward"), "Ctrl+Right")
        self._add("follow", self.tr("Curves: &newest"), "End")
        self._line()
        self._add("larger", self.tr("Lar&ger text"), "Ctrl++")
        self._add("smaller", self.tr("Smaller te&xt"), "Ctrl+-")
        self._group = QActionGroup(self)
        self._add("theme_system", self.tr("Colours of the &system"), "Ctrl+Alt+0", switch=True)
        self._add("theme_light", self.tr("L&ight colours"), "Ctrl+Alt+1", switch=True)
        self._add("theme_dark", self.tr("&Dark colours"), "Ctrl+Alt+2", switch=True)
        self._group = None
        self._line()
        self._add("full", self.tr("F&ull screen"), "F11", switch=True)
        self._add("small", self.tr("Small view on to&p of other windows"), "F9", switch=True)

        self._begin(self.tr("&Help"))
        self._add("shortcuts", self.tr("&Shortcuts"), "F1")
        self._add("consent", self.tr("&What is measured"), "Shift+F1")

    def _begin(self, title: str) -> None:
        bar = self._window.menuBar()
        self._menu = bar.addMenu(title) if bar is not None else None

    def _line(self) -> None:
        if self._menu is not None:
            self._menu.addSeparator()

    def _add(self, name: str, text: str, keys: str, *, switch: bool = False) -> None:
        action = QAction(text, self._window)
        action.setObjectName(name)
        action.setCheckable(switch)
        if self._group is not None:
            self._group.addAction(action)
        self.by_name[name] = action
        self.defaults[name] = keys
        # The window, too, so that shortcuts work where its menu bar is hidden.
        self._window.addAction(action)
        if self._menu is not None:
            self._menu.addAction(action)
            self.menus[name] = self._menu.title().replace("&", "")
