"""Light and dark: the colours of the window, its palette, style sheet and pens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette, QPen

from live_emotion.core.emotions import EMOTION_STYLES, EMOTIONS, LineStyle

ThemeName = Literal["system", "light", "dark"]

TEXT_POINTS: Final = 12
STATUS_POINTS: Final = 13
CLOCK_POINTS: Final = 15

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
    """Colours as ``#rrggbb``; text keeps 7 to 1 against its ground, muted text 4.5 to 1."""

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
)


def theme_named(name: ThemeName) -> Theme:
    """Return the theme; "system" asks the desktop and takes light if it does not say."""
    if name == "system":
        hints = QGuiApplication.styleHints()
        is_dark = hints is not None and hints.colorScheme() == Qt.ColorScheme.Dark
        return DARK if is_dark else LIGHT
    return DARK if name == "dark" else LIGHT


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
    """Return the style sheet of the window; sizes in points grow with the screen's density."""
    t = theme
    return f"""
    QWidget {{ color: {t.text}; font-size: {TEXT_POINTS}pt; }}
    QWidget#window {{ background: {t.window}; }}
    QFrame#panel {{ background: {t.panel}; border: 1px solid {t.edge}; border-radius: 8px; }}
    QLabel {{ background: transparent; }}
    QLabel#title {{ font-size: 15pt; font-weight: 600; }}
    QLabel#heading {{ color: {t.muted}; font-size: 11pt; font-weight: 600; }}
    QLabel#status {{ font-size: {STATUS_POINTS}pt; font-weight: 600; }}
    QLabel#clock {{ font-size: {CLOCK_POINTS}pt; font-weight: 600; }}
    QLabel#branch {{ font-weight: 600; }}
    QLabel#value {{ font-size: 16pt; font-weight: 600; }}
    QLabel#muted {{ color: {t.muted}; }}
    QLabel#notes {{ font-size: 11pt; }}
    QLabel#purpose {{ color: {t.muted}; font-size: 11pt; }}
    QFrame#message {{ background: {t.warning}; border-radius: 8px; }}
    QFrame#message QLabel {{ color: {t.warning_text}; }}
    QPlainTextEdit {{ background: {t.panel}; border: none; font-size: 14pt;
        placeholder-text-color: {t.muted}; }}
    QPushButton {{ background: {t.panel}; border: 1px solid {t.edge};
        border-radius: 6px; padding: 6px 14px; }}
    QPushButton:hover {{ border-color: {t.accent}; }}
    QPushButton:focus {{ border: 2px solid {t.accent}; padding: 5px 13px; }}
    QPushButton:disabled {{ color: {t.muted}; }}
    QPushButton:checked {{ background: {t.edge}; }}
    QProgressBar {{ background: {t.edge}; border: none; border-radius: 3px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
    QSplitter::handle {{ background: transparent; }}
    """
