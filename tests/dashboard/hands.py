"""Does what a person's hands do: press keys, pick in a menu."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QMainWindow, QMenu, QWidget
from pytestqt.qtbot import QtBot


def press_keys(qtbot: QtBot, target: QWidget, action: QAction) -> None:
    """Press the shortcut of an action in a window."""
    with qtbot.waitActive(target):
        target.activateWindow()
    keys = action.shortcut()
    assert not keys.isEmpty(), action.objectName()
    QTest.keyClick(target, keys[0].key(), keys[0].keyboardModifiers())


def pick_in_menu(qtbot: QtBot, window: QMainWindow, action: QAction) -> None:
    """Open the menu that an action is in, and click on it."""
    bar = window.menuBar()
    assert bar is not None
    menus = [each.menu() for each in bar.actions()]
    menu = next(m for m in menus if isinstance(m, QMenu) and action in m.actions())
    menu.popup(QPoint(0, 0))
    qtbot.waitUntil(menu.isVisible)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    menu.hide()
