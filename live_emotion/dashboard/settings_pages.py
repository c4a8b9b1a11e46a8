"""The pages of the settings; each tells the settings as they are chosen on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from live_emotion.core.resources import sessions_dir
from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.device_boxes import camera_box, microphone_box
from live_emotion.dashboard.device_list import Devices
from live_emotion.dashboard.engine_offers import engine_offers
from live_emotion.dashboard.language import numeral, tr
from live_emotion.dashboard.names import marker_name
from live_emotion.dashboard.settings import SMOOTHINGS_S, TEXT_SIZES, WINDOW_CHOICES, Settings
from live_emotion.dashboard.settings_fields import (
    choice,
    chosen_or_typed,
    edit,
    form_on,
    hint,
    switch,
)
from live_emotion.models.presets import PRESETS

# Names of faster-whisper's models, from small to large.
_WHISPER: Final = ("tiny", "base", "base.en", "small", "small.en", "medium", "large-v3-turbo")

# Languages that are offered; Whisper knows a hundred, by their codes.
_CODES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "uk", "tr", "ja", "zh")


class DevicesPage(QWidget):
    """Camera and microphone."""

    def __init__(self, settings: Settings, devices: Devices) -> None:
        super().__init__()
        form = form_on(self)
        self.camera, self.microphone = camera_box(self), microphone_box(self)
        for box, chosen, there in (
            (self.camera, settings.camera, devices.cameras),
            (self.microphone, settings.microphone, devices.microphones),
        ):
            box.show_devices(there)
            box.set_choice(chosen)
            box.chosen.connect(box.set_choice)
        self.address = edit(tr("Address of a camera"))
        self.address.setPlaceholderText("http://…, rtsp://…")
        self.address.editingFinished.connect(self._take_address)
        self.camera.address_wanted.connect(lambda: self.address.setFocus())
        form.addRow(tr("Camera"), self.camera)
        form.addRow(tr("or at an address"), self.address)
        form.addRow(tr("Microphone"), self.microphone)

    def chosen(self) -> dict[str, Any]:
        """Return what is chosen, by the names of `Settings`."""
        return {"camera": self.camera.choice, "microphone": self.microphone.choice}

    def _take_address(self) -> None:
        text = self.address.text().strip()
        if text:
            self.camera.set_choice(text)


class NetworksPage(QWidget):
    """Preset, engine, and the speech model."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        form = form_on(self)
        self.preset = choice(tr("Preset"), {name: name for name in PRESETS}, settings.preset)
        engines = engine_offers()
        names = {name: name for name in engines}
        self.engine = choice(tr("Engine"), names, settings.engine, engines)
        came = tr("tiny.en (comes with the program)")
        models = {"": came} | {name: name for name in _WHISPER}
        self.whisper = choice(tr("Speech model"), models, settings.whisper_model)
        self.whisper.setEditable(True)
        self.transcript = switch(
            tr("Transcribe what is said, and score the words"), settings.transcript
        )
        languages = {"": tr("As the speech model tells")} | {code: code for code in _CODES}
        self.language = choice(tr("Language spoken"), languages, settings.speech_language)
        self.language.setEditable(True)
        lengths = {
            ticks: tr("{} s ({} ticks)").format(numeral(ticks * TICK_S, ".1f"), ticks)
            for ticks in WINDOW_CHOICES
        }
        self.window_length = choice(
            tr("Window: how far back a score looks"), lengths, settings.window_ticks
        )
        form.addRow(tr("Preset"), self.preset)
        form.addRow(tr("Engine"), self.engine)
        form.addRow(tr("Speech model"), self.whisper)
        form.addRow("", hint(tr("A name, or a folder that holds a faster-whisper model.")))
        form.addRow(tr("Language spoken"), self.language)
        form.addRow("", hint(tr("A code such as en or de. tiny.en knows English only.")))
        form.addRow("", self.transcript)
        form.addRow(tr("Window"), self.window_length)
        form.addRow("", hint(tr("A change here begins a new session.")))

    def chosen(self) -> dict[str, Any]:
        """Return what is chosen, by the names of `Settings`."""
        return {
            "preset": self.preset.currentData(),
            "engine": self.engine.currentData(),
            "whisper_model": chosen_or_typed(self.whisper),
            "speech_language": chosen_or_typed(self.language),
            "window_ticks": self.window_length.currentData(),
            "transcript": self.transcript.isChecked(),
        }


class LookPage(QWidget):
    """Colours, size of the text, and how the picture is shown."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        form = form_on(self)
        themes = {
            "system": tr("As the system"),
            "light": tr("Light"),
            "dark": tr("Dark"),
        }
        sizes = {size: f"{size} %" for size in TEXT_SIZES}
        self.theme = choice(tr("Colours"), themes, settings.theme)
        self.text_size = choice(tr("Size of the text"), sizes, settings.text_percent)
        self.mirror = switch(tr("Show the picture as in a mirror"), settings.mirror)
        self.landmarks = switch(tr("Show the points of the face"), settings.landmarks)
        form.addRow(tr("Colours"), self.theme)
        smoothings = {
            seconds: tr("{} s").format(numeral(seconds, "g")) if seconds else tr("None")
            for seconds in SMOOTHINGS_S
        }
        self.smoothing = choice(tr("Smoothing of the curves"), smoothings, settings.smoothing_s)
        form.addRow(tr("Size of the text"), self.text_size)
        form.addRow(tr("Smoothing of the curves"), self.smoothing)
        form.addRow(
            "", hint(tr("Smoothing changes what is shown; recordings hold the raw scores."))
        )
        languages = {"system": tr("As the system"), "en": "English", "de": "Deutsch"}
        self.language = choice(tr("Language"), languages, settings.language)
        form.addRow(tr("Language"), self.language)
        form.addRow("", self.mirror)
        form.addRow("", self.landmarks)

    def chosen(self) -> dict[str, Any]:
        """Return what is chosen, by the names of `Settings`."""
        return {
            "theme": self.theme.currentData(),
            "text_percent": self.text_size.currentData(),
            "language": self.language.currentData(),
            "smoothing_s": self.smoothing.currentData(),
            "mirror": self.mirror.isChecked(),
            "landmarks": self.landmarks.isChecked(),
        }


class MarkersPage(QWidget):
    """The labels of the nine markers."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        form = form_on(self)
        form.addRow("", hint(tr("The keys 1 to 9 mark a moment with these labels.")))
        self._before = settings.markers
        self.labels = []
        for k, label in enumerate(settings.markers, 1):
            line = edit(tr("Label of marker {}").format(k), marker_name(label, k))
            line.setMaxLength(60)
            self.labels.append(line)
            form.addRow(str(k), line)

    def chosen(self) -> dict[str, Any]:
        """Return what is chosen, by the names of `Settings`; an empty label stays as it was."""
        found = []
        for k, (line, before) in enumerate(zip(self.labels, self._before, strict=True), 1):
            text = line.text().strip()
            # A label that was never changed is kept as such, in no language.
            found.append(before if text in ("", marker_name(before, k)) else text)
        return {"markers": tuple(found)}


class StoragePage(QWidget):
    """What is kept, and where."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        form = form_on(self)
        form.addRow(
            hint(
                tr(
                    "Nothing is stored unless you record: then scores, transcript and markers "
                    "are. Video and sound are not, unless you turn it on here."
                )
            )
        )
        self.folder = edit(tr("Folder of recordings"), settings.record_folder)
        self.folder.setPlaceholderText(str(sessions_dir()))
        browse = QPushButton(tr("Choose…"))
        browse.setAccessibleName(tr("Choose the folder of recordings"))
        browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.folder, 1)
        line.addWidget(browse)
        self.always = switch(tr("Record every session from its start"), settings.record_always)
        form.addRow(tr("Recordings go to"), line)
        form.addRow("", self.always)
        self.video = switch(tr("Store the camera's video with recordings"), settings.store_video)
        self.sound = switch(
            tr("Store the microphone's sound with recordings"), settings.store_sound
        )
        form.addRow("", self.video)
        form.addRow("", self.sound)
        form.addRow(
            "",
            hint(
                tr(
                    "They stay on this machine, in the folder of the recording: about 10 MB a "
                    "minute for video at 640x480, 2 MB for sound. Everyone in the picture, and "
                    "everyone who is heard, must agree to it. A change counts from the next "
                    "recording on."
                )
            ),
        )

    def chosen(self) -> dict[str, Any]:
        """Return what is chosen, by the names of `Settings`."""
        return {
            "store_video": self.video.isChecked(),
            "store_sound": self.sound.isChecked(),
            "record_folder": self.folder.text().strip(),
            "record_always": self.always.isChecked(),
        }

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Folder of recordings"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setDirectory(self.folder.text() or str(Path.home()))
        dialog.fileSelected.connect(self.folder.setText)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
