"""Which language the windows speak, Qt's own parts of them too."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from live_emotion.dashboard.language import set_language
from live_emotion.dashboard.settings import LanguageName

# Qt only looks at them, it does not keep them.
_translators: list[QTranslator] = []


def speak(language: LanguageName) -> None:
    """Let all that is made from now on speak a language; what is there keeps its own."""
    code = set_language(language)
    app = QCoreApplication.instance()
    if app is None:
        return
    for translator in _translators:
        app.removeTranslator(translator)
    _translators.clear()
    if code != "en":
        translator = QTranslator()
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if translator.load(f"qtbase_{code}", folder):
            app.installTranslator(translator)
            _translators.append(translator)
