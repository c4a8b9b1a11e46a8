"""Finds what a screen reader would have no name for."""

from __future__ import annotations

from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabWidget,
    QWidget,
)

KINDS = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QTabWidget,
)


def nameless(*roots: QWidget) -> list[tuple[str, str]]:
    """Return the kinds of all controls in some widgets that have no name, with their owners'."""
    found = []
    for root in roots:
        for kind in KINDS:
            for control in root.findChildren(kind):
                owner = control.parentWidget()
                # Qt's own parts of a control go by the control's name.
                inside = isinstance(owner, QComboBox | QKeySequenceEdit | QLineEdit)
                own = control.objectName().startswith("qt_") or isinstance(control, QScrollBar)
                scroll = "QTabBar" in type(owner).__name__
                if not (control.accessibleName() or inside or own or scroll):
                    found.append((type(control).__name__, type(owner).__name__))
    return found
