"""Light and dark: the colours of the window, its palette, style sheet and pens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette, QPen
from PyQt6.QtWidgets import QApplication, QWidget

from live_emotion.core.emotions import EMOTION_STYLES, EMOTIONS, LineStyle
from live_emotion.dashboard.settings import ThemeName

TEXT_POINTS: Final = 12
SMALL_POINTS: Final = 11
STATUS_POINTS: Final = 13
CLOCK_POINTS: Final = 15
VALUE_POINTS: Final = 16

# Strokes and gaps in units of the pen's width; every style has its own rhythm.
_DASHES: Final[dict[LineStyle, list[float]]] = {
    "solid": [],
    "dash": [4, 2],
    "dot": [1, 1.6],
    "dash_dot": [5, 2, 1, 2],
    "dash_dot_dot": [6, 1.8, 1, 1.8, 1, 1.8],
    "long_dash": [9, 3],
}


@dataclass(frozen=True)
class Theme:
    """Colours as ``#rrggbb``; text keeps 7 to 1 against its ground, muted text 4.5 to 1.

    `text_percent` makes all text larger or smaller.
    """

    dark: bool
    window: str
    panel: str
    edge: str
    text: str
    muted: str
    accent: str
    grid: str
    warning: str
    warning_text: str
    good: str
    bad: str
    text_percent: int = 100

    def points(self, points: int) -> int:
        """Return a size of text in points as the user wants it."""
        return max(6, round(points * self.text_percent / 100))

    def emotion(self, index: int) -> QColor:
        """Return the colour of the emotion at `index` in `EMOTIONS`."""
        style = EMOTION_STYLES[EMOTIONS[index]]
        return QColor(style.dark if self.dark else style.light)


LIGHT: Final = Theme(
    dark=False,
    window="#eef0f3",
    panel="#ffffff",
    edge="#d3d8df",
    text="#16181d",
    muted="#565e6b",
    accent="#44546a",
    grid="#e1e5ea",
    warning="#ffe9b8",
    warning_text="#4a3200",
    good="#00765c",
    bad="#a63a00",
)
DARK: Final = Theme(
    dark=True,
    window="#0e1014",
    panel="#16181d",
    edge="#2c313a",
    text="#f0f2f5",
    muted="#a3acb9",
    accent="#8fa3bd",
    grid="#272b33",
    warning="#4a3510",
    warning_text="#ffe2a0",
    good="#2fc79e",
    bad="#ff8a3d",
)


def theme_named(name: ThemeName, text_percent: int = 100) -> Theme:
    """Return the theme; "system" asks the desktop and takes light if it does not say."""
    hints = QGuiApplication.styleHints()
    is_dark = name == "dark" or (
        name == "system" and hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
    )
    theme = DARK if is_dark else LIGHT
    return theme if text_percent == 100 else replace(theme, text_percent=text_percent)


def emotion_pen(theme: Theme, index: int, width: float = 2.5) -> QPen:
    """Return the pen of an emotion's curve: its colour and its line style."""
    pen = QPen(theme.emotion(index), width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    dashes = _DASHES[EMOTION_STYLES[EMOTIONS[index]].line]
    if dashes:
        pen.setDashPattern(dashes)
    return pen


def palette(theme: Theme) -> QPalette:
    """Return the palette for what the style sheet leaves to the style."""
    colours = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, theme.window),
        (QPalette.ColorRole.Base, theme.panel),
        (QPalette.ColorRole.AlternateBase, theme.window),
        (QPalette.ColorRole.Button, theme.panel),
        (QPalette.ColorRole.ToolTipBase, theme.panel),
        (QPalette.ColorRole.WindowText, theme.text),
        (QPalette.ColorRole.Text, theme.text),
        (QPalette.ColorRole.ButtonText, theme.text),
        (QPalette.ColorRole.ToolTipText, theme.text),
        (QPalette.ColorRole.PlaceholderText, theme.muted),
        (QPalette.ColorRole.Highlight, theme.accent),
        (QPalette.ColorRole.HighlightedText, theme.panel),
    ):
        colours.setColor(role, QColor(colour))
    return colours


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of a window; sizes in points grow with the screen's density."""
    t = theme
    text, small = f"{t.points(TEXT_POINTS)}pt", f"{t.points(SMALL_POINTS)}pt"
    status, clock = f"{t.points(STATUS_POINTS)}pt", f"{t.points(CLOCK_POINTS)}pt"
    return f"""
    QWidget {{ color: {t.text}; font-size: {text}; }}
    QWidget#window, QDialog, QMainWindow {{ background: {t.window}; }}
    QFrame#panel {{ background: {t.panel}; border: 1px solid {t.edge}; border-radius: 8px; }}
    QLabel, QScrollArea#plain, QWidget#plain {{ background: transparent; }}
    QLabel#title {{ font-size: {clock}; font-weight: 600; }}
    QLabel#heading {{ color: {t.muted}; font-size: {small}; font-weight: 600; }}
    QLabel#status {{ font-size: {status}; font-weight: 600; }}
    QLabel#clock {{ font-size: {clock}; font-weight: 600; }}
    QLabel#branch {{ font-weight: 600; }}
    QLabel#value {{ font-size: {t.points(VALUE_POINTS)}pt; font-weight: 600; }}
    QLabel#muted {{ color: {t.muted}; }}
    QLabel#notes {{ font-size: {small}; }}
    QLabel#problem {{ color: {t.bad}; font-weight: 600; }}
    QLabel#purpose {{ color: {t.muted}; font-size: {small}; }}
    QFrame#message {{ background: {t.warning}; border-radius: 8px; }}
    QFrame#message QLabel {{ color: {t.warning_text}; }}
    QPlainTextEdit {{ background: {t.panel}; border: none; font-size: {t.points(14)}pt;
        placeholder-text-color: {t.muted}; }}
    QPushButton, QToolButton {{ background: {t.panel}; border: 1px solid {t.edge};
        border-radius: 6px; padding: 6px 14px; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {t.accent}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.accent}; padding: 5px 13px; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {t.muted}; }}
    QPushButton:checked, QToolButton:checked {{ background: {t.edge}; }}
    QToolButton#record:checked {{ background: {t.bad}; color: {t.panel}; font-weight: 600; }}
    QSlider::groove {{ background: {t.edge}; height: 6px; border-radius: 3px; }}
    QSlider::sub-page {{ background: {t.accent}; height: 6px; border-radius: 3px; }}
    QSlider::handle {{ background: {t.accent}; width: 14px; margin: -5px 0; border-radius: 7px; }}
    QSlider::handle:focus, QSlider::handle:hover {{ background: {t.text}; }}
    QSlider::groove:disabled, QSlider::sub-page:disabled, QSlider::handle:disabled {{
        background: {t.edge}; }}
    QSplitter::handle {{ background: transparent; }}
    QMenuBar {{ background: {t.window}; font-size: {small}; }}
    QMenuBar::item {{ padding: 3px 10px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {t.edge}; }}
    QMenu {{ background: {t.panel}; border: 1px solid {t.edge}; }}
    QMenu::item {{ padding: 5px 26px; }}
    QMenu::item:selected {{ background: {t.accent}; color: {t.panel}; }}
    QMenu::item:disabled {{ color: {t.muted}; }}
    QMenu::separator {{ height: 1px; background: {t.edge}; margin: 4px 8px; }}
    """


def wear(window: QWidget, theme: Theme) -> None:
    """Give a window, and what the style sheet leaves out, the colours of a theme."""
    # A palette set on the window alone is lost to the style sheet.
    QApplication.setPalette(palette(theme))
    window.setStyleSheet(style_sheet(theme))
