"""Gathers every text that a person can see or hear in some widgets."""

from __future__ import annotations

from collections.abc import Iterator

import pyqtgraph as pg
from PyQt6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGraphicsTextItem,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)


def seen(*roots: QWidget) -> Iterator[tuple[str, str]]:
    """Yield what kind of thing says a text, and the text; empty ones are left out."""
    for root in roots:
        for widget in (root, *root.findChildren(QWidget)):
            kind = type(widget).__name__
            for text in _texts(widget):
                if text.strip():
                    yield kind, text


def _texts(widget: QWidget) -> Iterator[str]:
    yield widget.windowTitle()
    yield widget.toolTip()
    yield widget.accessibleName()
    yield widget.accessibleDescription()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(k) for k in range(widget.count()))
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    if isinstance(widget, QLineEdit):
        yield widget.text()
    if isinstance(widget, QTabWidget):
        yield from (widget.tabText(k) for k in range(widget.count()))
    if isinstance(widget, QMenu):
        yield widget.title()
        for action in widget.actions():
            yield action.text()
            yield action.toolTip()
    if isinstance(widget, QMainWindow):
        for action in widget.actions():
            yield action.text()
    if isinstance(widget, pg.PlotWidget):
        for item in widget.scene().items():
            if isinstance(item, QGraphicsTextItem):
                yield item.toPlainText()
