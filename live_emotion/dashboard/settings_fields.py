"""Fields that the pages of the settings are made of, each with its name for screen readers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from PyQt6.QtGui import QColor, QResizeEvent, QStandardItemModel
from PyQt6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

# Between light and dark: the list's style leaves entries that are off as bright as the others.
_REFUSED: Final = QColor("#808080")


def choice(
    name: str, texts: dict[Any, str], value: Any, refused: Mapping[Any, str] = MappingProxyType({})
) -> QComboBox:
    """Return a list of texts, each for a value, with one of them chosen.

    A value that is not in the list is added to it. Values in `refused` cannot be chosen anew, for
    the reasons there; an empty reason is none.
    """
    box = QComboBox()
    box.setAccessibleName(name)
    for each, text in (texts if value in texts else texts | {value: str(value)}).items():
        reason = refused.get(each, "")
        box.addItem(f"{text} ({reason})" if reason else text, each)
        model = box.model()
        item = model.item(box.count() - 1) if isinstance(model, QStandardItemModel) else None
        if item is not None and reason:
            item.setEnabled(False)
            item.setForeground(_REFUSED)
    box.setCurrentIndex(box.findData(value))
    return box


def chosen_or_typed(box: QComboBox) -> str:
    """Return the value of the text that was chosen in an editable list, or what was typed."""
    text = box.currentText().strip()
    at = box.findText(text)
    return str(box.itemData(at)) if at >= 0 else text


def edit(name: str, text: str = "") -> QLineEdit:
    """Return a line to write in."""
    line = QLineEdit(text)
    line.setAccessibleName(name)
    return line


def switch(text: str, on: bool) -> QCheckBox:
    """Return a box to tick."""
    box = QCheckBox(text)
    box.setAccessibleName(text)
    box.setChecked(on)
    return box


class Hint(QLabel):
    """Words that explain, as high as they are at their width and no higher.

    A label that wraps asks for the height that it would have if it were narrow.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setObjectName("muted")
        self.setWordWrap(True)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Take on the height that goes with the width."""
        super().resizeEvent(event)
        height = self.heightForWidth(self.width())
        if height > 0 and height != self.maximumHeight():
            self.setFixedHeight(height)


def hint(text: str) -> QLabel:
    """Return a line that explains."""
    return Hint(text)


def form_on(page: QWidget) -> QFormLayout:
    """Return the layout of a page: names to the left, fields to the right."""
    form = QFormLayout(page)
    form.setContentsMargins(16, 16, 16, 16)
    form.setVerticalSpacing(10)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form
