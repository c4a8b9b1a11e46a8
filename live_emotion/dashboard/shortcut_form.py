"""A list of all actions where each shortcut can be changed."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QFormLayout,
    QFrame,
    QKeySequenceEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from live_emotion.dashboard.actions import Actions

_PORTABLE = QKeySequence.SequenceFormat.PortableText


class ShortcutForm(QWidget):
    """One field for each action; an empty one takes its shortcut away.

    Parameters
    ----------
    actions
        The actions.
    changed
        Shortcuts that differ from the actions' own, in portable text.
    """

    def __init__(self, actions: Actions, changed: Mapping[str, str]) -> None:
        super().__init__()
        self._defaults = dict(actions.defaults)
        self._texts: dict[str, str] = {}
        self.edits: dict[str, QKeySequenceEdit] = {}
        inner = QWidget()
        form = QFormLayout(inner)
        for (name, default), (menu, text, _) in zip(
            self._defaults.items(), actions.sheet(), strict=True
        ):
            edit = QKeySequenceEdit(QKeySequence.fromString(changed.get(name, default), _PORTABLE))
            edit.setMaximumSequenceLength(1)
            edit.setClearButtonEnabled(True)
            edit.setAccessibleName(self.tr("Shortcut of: {}").format(text))
            self.edits[name] = edit
            self._texts[name] = text
            form.addRow(f"{menu}: {text}", edit)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("Shortcuts of all actions"))
        reset = QPushButton(self.tr("All as they were"))
        reset.setAccessibleName(self.tr("Give all actions their own shortcuts back"))
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
        """Return which two actions have one shortcut, in words; empty if none have."""
        owners: dict[str, str] = {}
        for name, edit in self.edits.items():
            keys = edit.keySequence().toString(_PORTABLE)
            if keys and keys in owners:
                return self.tr(
                    "{} is the shortcut of “{}” and of “{}”: change one of them."
                ).format(
                    edit.keySequence().toString(QKeySequence.SequenceFormat.NativeText),
                    self._texts[owners[keys]],
                    self._texts[name],
                )
            owners[keys] = name
        return ""
