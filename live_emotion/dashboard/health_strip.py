"""One line at the foot of the live window: how the flow is doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.view_model import MISSING

# Shares of the width, after the longest that each usually has to say.
_ROOM: Final = {"rate": 3, "latency": 10, "cpu": 5, "memory": 4, "engine": 10, "dropped": 9}


class HealthStrip(QWidget):
    """Names and values side by side; only the longest value is cut short where room is scarce."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Health"))
        parts = {
            "rate": (tr("Pictures"), tr("Pictures a second from the camera")),
            "latency": (
                tr("Latency"),
                tr(
                    "From capture to score: half of the scores are faster than the first "
                    "figure, 19 of 20 faster than the second"
                ),
            ),
            "cpu": (tr("Processor"), tr("Processor cores in use by this program")),
            "memory": (tr("Memory"), tr("Memory in use by this program")),
            "engine": (tr("Engine"), tr("What runs the networks, and how precisely")),
            "dropped": (tr("Left out"), tr("What was left out since the start")),
        }
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 0, 2, 0)
        line.setSpacing(6)
        self._values: dict[str, QLabel] = {}
        for name, (text, hint) in parts.items():
            # What matters most comes first.
            caption, value = QLabel(text), ElidedLabel(MISSING, Qt.TextElideMode.ElideRight)
            caption.setObjectName("purpose")
            value.setObjectName("notes")
            value.setAccessibleName(text)
            value.setAccessibleDescription(hint)
            caption.setToolTip(hint)
            value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            line.addWidget(caption)
            line.addWidget(value, _ROOM[name])
            self._values[name] = value

    def show_texts(self, texts: Mapping[str, str]) -> None:
        """Show the values by the names of the parts."""
        for name, text in texts.items():
            label = self._values[name]
            if label.text() != text:
                label.setText(text)
                label.setToolTip(text)

    def texts(self) -> dict[str, str]:
        """Return the values as they are."""
        return {name: label.text() for name, label in self._values.items()}
