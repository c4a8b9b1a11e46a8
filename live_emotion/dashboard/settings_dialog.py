"""The settings, in one dialog; nothing is changed before it is accepted."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTabWidget, QVBoxLayout, QWidget

from live_emotion.dashboard.deeds import live_menus, replay_menus
from live_emotion.dashboard.device_list import Devices
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.settings import Settings
from live_emotion.dashboard.settings_pages import (
    DevicesPage,
    LookPage,
    MarkersPage,
    NetworksPage,
    StoragePage,
)
from live_emotion.dashboard.shortcut_form import Scope, ShortcutForm


class SettingsDialog(QDialog):
    """All settings, on a tab each kind.

    Parameters
    ----------
    settings
        As they are.
    devices
        What there is to choose, None if not known yet.
    """

    def __init__(
        self,
        settings: Settings,
        devices: Devices | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self.setAccessibleName(self.windowTitle())
        self._before = settings
        self.devices = DevicesPage(settings, devices or Devices())
        self.networks = NetworksPage(settings)
        self.look = LookPage(settings)
        self.markers = MarkersPage(settings)
        self.shortcuts = ShortcutForm(
            (
                Scope(tr("Live window"), live_menus()),
                Scope(tr("Window of a replay"), replay_menus()),
            ),
            settings.shortcuts,
        )
        self.storage = StoragePage(settings)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Groups of settings"))
        for page, title in (
            (self.devices, tr("Devices")),
            (self.networks, tr("Networks")),
            (self.look, tr("Look")),
            (self.markers, tr("Markers")),
            (self.shortcuts, tr("Shortcuts")),
            (self.storage, tr("Storage")),
        ):
            self.tabs.addTab(page, title)
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName(tr("What is wrong"))
        self.problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self._buttons())
        self.resize(640, 520)

    def changes(self) -> dict[str, Any]:
        """Return what was changed, by the names of `Settings`."""
        now: dict[str, Any] = {"shortcuts": MappingProxyType(self.shortcuts.changed())}
        for page in (self.devices, self.networks, self.look, self.markers, self.storage):
            now |= page.chosen()
        return {name: value for name, value in now.items() if value != getattr(self._before, name)}

    def accept(self) -> None:
        """Close, unless two actions have one shortcut."""
        problem = self.shortcuts.problem()
        if problem:
            self.problem.setText(problem)
            self.problem.show()
            self.tabs.setCurrentWidget(self.shortcuts)
            return
        super().accept()

    def _buttons(self) -> QDialogButtonBox:
        kinds = (QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel)
        buttons = QDialogButtonBox(kinds[0] | kinds[1])
        for kind in kinds:
            button = buttons.button(kind)
            if button is not None:
                button.setAccessibleName(button.text().replace("&", ""))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons
