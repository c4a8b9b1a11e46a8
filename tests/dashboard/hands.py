"""Does what a person's hands do: press keys, pick in a menu, drop files."""

from __future__ import annotations

from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QMainWindow, QMenu, QWidget
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


def drop(window: QWidget, *urls: QUrl) -> bool:
    """Drag something over a widget and let it go there; return whether it was taken."""
    data = QMimeData()
    data.setUrls(list(urls))
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), action, data, button, none)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), action, data, button, none))
    return enter.isAccepted()
