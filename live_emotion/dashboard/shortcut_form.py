"""A list of all there is to do, where each shortcut can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QFormLayout,
    QFrame,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from live_emotion.dashboard.actions import plain
from live_emotion.dashboard.deeds import Menu
from live_emotion.dashboard.language import tr

_PORTABLE = QKeySequence.SequenceFormat.PortableText


@dataclass(frozen=True)
class Scope:
    """A window and its menus: within it no two actions may have one shortcut."""

    title: str
    menus: Sequence[Menu]


class ShortcutForm(QWidget):
    """One field for each action; an empty one takes its shortcut away.

    Parameters
    ----------
    scopes
        The windows; an action that several have is listed with the first.
    changed
        Shortcuts that differ from the actions' own, in portable text.
    """

    def __init__(self, scopes: Sequence[Scope], changed: Mapping[str, str]) -> None:
        super().__init__()
        self._defaults: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._scopes: list[list[str]] = []
        self.edits: dict[str, QKeySequenceEdit] = {}
        inner = QWidget()
        form = QFormLayout(inner)
        for scope in scopes:
            heading = QLabel(scope.title)
            heading.setObjectName("heading")
            form.addRow(heading)
            names = []
            for menu in scope.menus:
                for deed in menu.deeds:
                    if deed is None:
                        continue
                    names.append(deed.name)
                    if deed.name not in self.edits:
                        keys = changed.get(deed.name, deed.keys)
                        self._defaults[deed.name] = deed.keys
                        self._texts[deed.name] = plain(deed.text)
                        self._add(form, menu, deed.name, keys)
            self._scopes.append(names)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        # Else the list has another colour than its page.
        scroll.setObjectName("plain")
        inner.setObjectName("plain")
        scroll.setAccessibleName(tr("Shortcuts of all actions"))
        reset = QPushButton(tr("All as they were"))
        reset.setAccessibleName(tr("Give all actions their own shortcuts back"))
        reset.clicked.connect(self.reset)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addWidget(reset)

    def reset(self) -> None:
        """Give every action its own shortcut back."""
        for name, edit in self.edits.items():
            edit.setKeySequence(QKeySequence.fromString(self._defaults[name], _PORTABLE))

    def changed(self) -> dict[str, str]:
        """Return the shortcuts that differ from the actions' own, by name."""
        now = {name: edit.keySequence().toString(_PORTABLE) for name, edit in self.edits.items()}
        return {
            name: keys
            for name, keys in now.items()
            if QKeySequence.fromString(self._defaults[name], _PORTABLE)
            != QKeySequence.fromString(keys, _PORTABLE)
        }

    def problem(self) -> str:
        """Return which two actions of a window have one shortcut; empty if none have."""
        for names in self._scopes:
            owners: dict[str, str] = {}
            for name in names:
                sequence = self.edits[name].keySequence()
                keys = sequence.toString(_PORTABLE)
                if keys and keys in owners:
                    return tr("{} is the shortcut of “{}” and of “{}”: change one of them.").format(
                        sequence.toString(QKeySequence.SequenceFormat.NativeText),
                        self._texts[owners[keys]],
                        self._texts[name],
                    )
                owners[keys] = name
        return ""

    def _add(self, form: QFormLayout, menu: Menu, name: str, keys: str) -> None:
        edit = QKeySequenceEdit(QKeySequence.fromString(keys, _PORTABLE))
        edit.setMaximumSequenceLength(1)
        edit.setClearButtonEnabled(True)
        edit.setAccessibleName(tr("Shortcut of: {}").format(self._texts[name]))
        self.edits[name] = edit
        form.addRow(f"{plain(menu.title)}: {self._texts[name]}", edit)
