"""The menus of a window: one action for each deed, with a shortcut that can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu, QMenuBar

from live_emotion.dashboard.deeds import Deed, Menu
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.names import marker_name

_PORTABLE = QKeySequence.SequenceFormat.PortableText


class Actions(QObject):
    """Makes the menus of a window and the actions in them.

    Parameters
    ----------
    window
        Whose menu bar is filled.
    menus
        What there is to do.

    Attributes
    ----------
    by_name
        The actions by the names that settings know them by.
    defaults
        Their shortcuts unless changed, in portable text.
    menus
        For each action the title of its menu.
    """

    def __init__(self, window: QMainWindow, menus: Sequence[Menu]) -> None:
        super().__init__(window)
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self.by_name: dict[str, QAction] = {}
        self.defaults: dict[str, str] = {}
        self.menus: dict[str, str] = {}
        for menu in menus:
            self._add_menu(menu)
        self.set_shortcuts({})

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def set_shortcuts(self, changed: Mapping[str, str]) -> None:
        """Give every action its shortcut: the one it was changed to, else its own."""
        for name, action in self.by_name.items():
            keys = QKeySequence.fromString(changed.get(name, self.defaults[name]), _PORTABLE)
            action.setShortcut(keys)
            hint = keys.toString(QKeySequence.SequenceFormat.NativeText)
            text = plain(action.text())
            action.setToolTip(f"{text} ({hint})" if hint else text)

    def name_markers(self, labels: tuple[str, ...]) -> None:
        """Show the labels of the nine markers."""
        for k, label in enumerate(labels, 1):
            text = tr("Mark “{}”").format(marker_name(label, k).replace("&", "&&"))
            self.by_name[f"marker_{k}"].setText(text)

    def sheet(self) -> list[tuple[str, str, str]]:
        """Return menu, text and shortcut of every action, in the order of the menus."""
        return [
            (
                self.menus[name],
                plain(action.text()),
                action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            )
            for name, action in self.by_name.items()
        ]

    def switch(self, on: Mapping[str, bool]) -> None:
        """Turn switches on or off, as `retire` told of them."""
        for name, checked in on.items():
            self.by_name[name].setChecked(checked)

    def retire(self) -> dict[str, bool]:
        """Take menus and actions out of the window, so that others can take their place.

        Returns
        -------
        dict
            Which switches were on.
        """
        on = {name: a.isChecked() for name, a in self.by_name.items() if a.isCheckable()}
        for action in self.by_name.values():
            self._window.removeAction(action)
            action.deleteLater()
        # The old bar goes, with its menus.
        self._window.setMenuBar(QMenuBar())
        self.deleteLater()
        return on

    def _add_menu(self, menu: Menu) -> None:
        bar = self._window.menuBar()
        made = bar.addMenu(menu.title) if bar is not None else None
        for deed in menu.deeds:
            if deed is not None:
                self._add(deed, menu, made)
            elif made is not None:
                made.addSeparator()

    def _add(self, deed: Deed, menu: Menu, made: QMenu | None) -> None:
        action = QAction(deed.text, self._window)
        action.setObjectName(deed.name)
        action.setCheckable(deed.switch)
        if deed.group:
            if deed.group not in self._groups:
                self._groups[deed.group] = QActionGroup(self)
            self._groups[deed.group].addAction(action)
        self.by_name[deed.name] = action
        self.defaults[deed.name] = deed.keys
        self.menus[deed.name] = plain(menu.title)
        # The window, too, so that shortcuts work where its menu bar is hidden.
        self._window.addAction(action)
        if made is not None:
            made.addAction(action)


def plain(text: str) -> str:
    """Return the text of a menu without the marks of the letters that pick it."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
