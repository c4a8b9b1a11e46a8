"""The two lists that choose camera and microphone by name."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QPaintEvent
from PyQt6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from live_emotion.capture.choices import DEFAULT, NONE
from live_emotion.dashboard.device_list import Offer, offers
from live_emotion.dashboard.language import tr

_ADDRESS = "\0address"
# Between the text and the edges of its field.
_EDGE = 4


class DeviceBox(QComboBox):
    """Offers what is there, what was chosen, and nothing.

    Parameters
    ----------
    name
        For screen readers.
    default
        Text for the system's choice.
    none
        Text for no device.
    address
        Text of a last entry that asks for an address; empty for none.
    """

    chosen = pyqtSignal(str)
    opening = pyqtSignal()
    address_wanted = pyqtSignal()

    def __init__(self, name: str, default: str, none: str, address: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._name = name
        self.setMinimumHeight(34)
        self.setMinimumContentsLength(14)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._words = {DEFAULT: default, NONE: none, "away": tr("{} (away)")}
        self._address = address
        self._there: tuple[Offer, ...] = ()
        self._choice = DEFAULT
        self._fill()
        self.activated.connect(self._picked)

    @property
    def choice(self) -> str:
        """What is chosen, as the settings keep it."""
        return self._choice

    def show_devices(self, there: tuple[Offer, ...]) -> None:
        """Offer what is there now; the choice stays."""
        if there != self._there:
            self._there = there
            self._fill()

    def set_choice(self, choice: str) -> None:
        """Show a choice; nothing is told."""
        self._choice = choice
        self._fill()

    def showPopup(self) -> None:  # noqa: N802
        """Open the list, and ask for a fresh one."""
        self.opening.emit()
        super().showPopup()

    def shown_text(self) -> str:
        """Return the choice as cut to the present width."""
        option, style = QStyleOptionComboBox(), self.style()
        self.initStyleOption(option)
        room = self.width()
        if style is not None:
            field = QStyle.SubControl.SC_ComboBoxEditField
            whole = QStyle.ComplexControl.CC_ComboBox
            room = style.subControlRect(whole, option, field, self).width()
        middle = Qt.TextElideMode.ElideMiddle
        return self.fontMetrics().elidedText(self.currentText(), middle, room - 2 * _EDGE)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the choice, cut with an ellipsis where it is long."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _fill(self) -> None:
        with QSignalBlocker(self):
            self.clear()
            for offer in offers(self._there, self._choice, self._words):
                self.addItem(offer.text, offer.choice)
            if self._address:
                self.addItem(self._address, _ADDRESS)
            self.setCurrentIndex(self.findData(self._choice))
        self.setToolTip(f"{self._name}: {self.currentText()}")

    def _picked(self, index: int) -> None:
        choice = str(self.itemData(index))
        if choice == _ADDRESS:
            self._fill()
            self.address_wanted.emit()
        elif choice != self._choice:
            self._choice = choice
            self.chosen.emit(choice)


def camera_box(widget: QWidget) -> DeviceBox:
    """Return a list of cameras, in the language of `widget`."""
    return DeviceBox(
        tr("Camera"),
        tr("First camera"),
        tr("No camera"),
        tr("Camera at an address…"),
    )


def microphone_box(widget: QWidget) -> DeviceBox:
    """Return a list of microphones, in the language of `widget`."""
    return DeviceBox(tr("Microphone"), tr("Default microphone"), tr("No microphone"))
