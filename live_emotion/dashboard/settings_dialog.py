"""The settings, in one dialog; nothing is changed before it is accepted."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from live_emotion.core.resources import sessions_dir
from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.device_boxes import camera_box, microphone_box
from live_emotion.dashboard.device_list import Devices
from live_emotion.dashboard.settings import TEXT_SIZES, Settings
from live_emotion.dashboard.shortcut_form import ShortcutForm
from live_emotion.models.presets import PRESETS
from live_emotion.runtime.engine import ENGINE_CHOICES

# Names of faster-whisper's models, from small to large.
_WHISPER: Final = ("tiny", "base", "base.en", "small", "small.en", "medium", "large-v3-turbo")


class SettingsDialog(QDialog):
    """All settings on five tabs.

    Parameters
    ----------
    settings
        As they are.
    devices
        What there is to choose, None if not known yet.
    actions
        Whose shortcuts can be changed.
    """

    def __init__(
        self,
        settings: Settings,
        devices: Devices | None,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setAccessibleName(self.windowTitle())
        self._before = settings
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(self.tr("Groups of settings"))
        self._add_devices(settings, devices or Devices())
        self._add_networks(settings)
        self._add_look(settings)
        self._add_markers(settings)
        self.shortcuts = ShortcutForm(actions, settings.shortcuts)
        self.tabs.addTab(self.shortcuts, self.tr("Shortcuts"))
        self._add_storage(settings)
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName(self.tr("What is wrong"))
        self.problem.hide()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        for kind in (QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel):
            button = buttons.button(kind)
            if button is not None:
                button.setAccessibleName(button.text().replace("&", ""))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        self.resize(640, 520)

    def changes(self) -> dict[str, Any]:
        """Return what was changed, by the names of `Settings`."""
        now: dict[str, Any] = {
            "camera": self.camera.choice,
            "microphone": self.microphone.choice,
            "preset": self.preset.currentData(),
            "engine": self.engine.currentData(),
            "whisper_model": self._whisper_model(),
            "transcript": self.transcript.isChecked(),
            "theme": self.theme.currentData(),
            "text_percent": self.text_size.currentData(),
            "mirror": self.mirror.isChecked(),
            "landmarks": self.landmarks.isChecked(),
            "markers": tuple(
                edit.text().strip() or before
                for edit, before in zip(self.markers, self._before.markers, strict=True)
            ),
            "shortcuts": MappingProxyType(self.shortcuts.changed()),
            "record_folder": self.folder.text().strip(),
        }
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

    def _add_devices(self, settings: Settings, devices: Devices) -> None:
        form = self._tab(self.tr("Devices"))
        self.camera, self.microphone = camera_box(self), microphone_box(self)
        for box, choice, there in (
            (self.camera, settings.camera, devices.cameras),
            (self.microphone, settings.microphone, devices.microphones),
        ):
            box.show_devices(there)
            box.set_choice(choice)
            box.chosen.connect(box.set_choice)
        self.camera.address_wanted.connect(lambda: self.address.setFocus())
        self.address = self._edit(self.tr("Address of a camera"))
        self.address.setPlaceholderText("http://…, rtsp://…")
        self.address.editingFinished.connect(self._take_address)
        form.addRow(self.tr("Camera"), self.camera)
        form.addRow(self.tr("or at an address"), self.address)
        form.addRow(self.tr("Microphone"), self.microphone)

    def _add_networks(self, settings: Settings) -> None:
        form = self._tab(self.tr("Networks"))
        self.preset = self._choice(self.tr("Preset"), {name: name for name in PRESETS})
        self.engine = self._choice(self.tr("Engine"), {name: name for name in ENGINE_CHOICES})
        came = self.tr("tiny.en (comes with the program)")
        self.whisper = self._choice(
            self.tr("Speech model"), {"": came} | {name: name for name in _WHISPER}
        )
        self.whisper.setEditable(True)
        self.transcript = QCheckBox(self.tr("Transcribe what is said, and score the words"))
        self.transcript.setAccessibleName(self.transcript.text())
        for box, value in ((self.preset, settings.preset), (self.engine, settings.engine)):
            box.setCurrentIndex(box.findData(value))
        at = self.whisper.findData(settings.whisper_model)
        if at >= 0:
            self.whisper.setCurrentIndex(at)
        else:
            self.whisper.setEditText(settings.whisper_model)
        self.transcript.setChecked(settings.transcript)
        form.addRow(self.tr("Preset"), self.preset)
        form.addRow(self.tr("Engine"), self.engine)
        form.addRow(self.tr("Speech model"), self.whisper)
        form.addRow(
            "", self._hint(self.tr("A name, or a folder that holds a faster-whisper model."))
        )
        form.addRow("", self.transcript)
        form.addRow("", self._hint(self.tr("A change here begins a new session.")))

    def _add_look(self, settings: Settings) -> None:
        form = self._tab(self.tr("Look"))
        themes = {
            "system": self.tr("As the system"),
            "light": self.tr("Light"),
            "dark": self.tr("Dark"),
        }
        self.theme = self._choice(self.tr("Colours"), themes)
        self.text_size = self._choice(
            self.tr("Size of the text"), {size: f"{size} %" for size in TEXT_SIZES}
        )
        self.mirror = QCheckBox(self.tr("Show the picture as in a mirror"))
        self.landmarks = QCheckBox(self.tr("Show the points of the face"))
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        self.text_size.setCurrentIndex(self.text_size.findData(settings.text_percent))
        form.addRow(self.tr("Colours"), self.theme)
        form.addRow(self.tr("Size of the text"), self.text_size)
        for box, on in ((self.mirror, settings.mirror), (self.landmarks, settings.landmarks)):
            box.setChecked(on)
            box.setAccessibleName(box.text())
            form.addRow("", box)

    def _add_markers(self, settings: Settings) -> None:
        form = self._tab(self.tr("Markers"))
        form.addRow("", self._hint(self.tr("The keys 1 to 9 mark a moment with these labels.")))
        self.markers = []
        for k, label in enumerate(settings.markers, 1):
            edit = self._edit(self.tr("Label of marker {}").format(k), label)
            edit.setMaxLength(60)
            self.markers.append(edit)
            form.addRow(str(k), edit)

    def _add_storage(self, settings: Settings) -> None:
        form = self._tab(self.tr("Storage"))
        form.addRow(
            self._hint(
                self.tr(
                    "Nothing is stored unless you record: then scores, transcript and markers "
                    "are. Video and sound are never stored."
                )
            )
        )
        self.folder = self._edit(self.tr("Folder of recordings"), settings.record_folder)
        self.folder.setPlaceholderText(str(sessions_dir()))
        browse = QPushButton(self.tr("Choose…"))
        browse.setAccessibleName(self.tr("Choose the folder of recordings"))
        browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.addWidget(self.folder, 1)
        line.addWidget(browse)
        form.addRow(self.tr("Recordings go to"), line)

    def _tab(self, title: str) -> QFormLayout:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.tabs.addTab(page, title)
        return form

    def _take_address(self) -> None:
        text = self.address.text().strip()
        if text:
            self.camera.set_choice(text)

    def _whisper_model(self) -> str:
        text = self.whisper.currentText().strip()
        at = self.whisper.findText(text)
        return str(self.whisper.itemData(at)) if at >= 0 else text

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder of recordings"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setDirectory(self.folder.text() or str(Path.home()))
        dialog.fileSelected.connect(self.folder.setText)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @staticmethod
    def _choice(name: str, texts: dict[Any, str]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for value, text in texts.items():
            box.addItem(text, value)
        return box

    @staticmethod
    def _edit(name: str, text: str = "") -> QLineEdit:
        edit = QLineEdit(text)
        edit.setAccessibleName(name)
        return edit

    @staticmethod
    def _hint(text: str) -> QLabel:
        label = QLabel(text)
        label.setObjectName("muted")
        label.setWordWrap(True)
        return label
