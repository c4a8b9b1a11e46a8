"""The language of the windows: texts are English in the code, and looked up in a catalogue.

Catalogues are gettext's ``.po`` files in ``locale``, read as they are; English needs none.
"""

from __future__ import annotations

import ast
import gettext
import locale
import logging
import os
from importlib import resources
from typing import Final

from live_emotion.dashboard.settings import LanguageName

_LOG = logging.getLogger(__name__)
LANGUAGES: Final[tuple[LanguageName, ...]] = ("en", "de")
# They write 0,5 and 1.000 where English writes 0.5 and 1,000.
_DECIMAL_COMMA: Final = frozenset({"de"})
_SWAPPED: Final = str.maketrans(".,", ",.")
_PACKAGE: Final = "live_emotion.dashboard"


class Catalogue(gettext.NullTranslations):
    """Texts by their English original; what is not there stays English.

    Parameters
    ----------
    texts
        Original to translation.
    """

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__()
        self.texts = texts

    def gettext(self, message: str) -> str:
        """Return a text in the catalogue's language."""
        return self.texts.get(message) or message


_now: gettext.NullTranslations = gettext.NullTranslations()
_comma = False


def tr(text: str) -> str:
    """Return a text of the windows in their language."""
    return _now.gettext(text)


def numeral(value: float, form: str) -> str:
    """Return a number as the windows' language writes it; `form` as `format` takes it."""
    return written(format(value, form))


def written(text: str) -> str:
    """Return a number that English wrote as the windows' language writes it."""
    return text.translate(_SWAPPED) if _comma else text


def spoken() -> gettext.NullTranslations:
    """Return the catalogue that texts are looked up in now."""
    return _now


def tr_later(text: str) -> str:
    """Mark a text for the catalogues that is looked up only when it is shown."""
    return text


def set_language(name: LanguageName) -> str:
    """Take on a language for all that is shown from now on; return its code."""
    global _now, _comma
    code = _of_the_system() if name == "system" else name
    _now = catalogue(code) if code != "en" else gettext.NullTranslations()
    _comma = code in _DECIMAL_COMMA
    return code


def catalogue(code: str) -> Catalogue:
    """Return the catalogue of a language; an empty one if it cannot be read."""
    try:
        text = resources.files(_PACKAGE).joinpath("locale", f"{code}.po").read_text("utf-8")
    except OSError:
        _LOG.warning("no catalogue for %s", code, exc_info=True)
        return Catalogue({})
    return Catalogue(parse(text))


def parse(text: str) -> dict[str, str]:
    """Return the texts of a ``.po`` file by their originals; untranslated ones are left out."""
    texts: dict[str, str] = {}
    entry = {"msgid": "", "msgstr": ""}
    field = ""
    for line in (*text.splitlines(), 'msgid ""'):
        if line.startswith(("msgid ", "msgstr ")):
            field, _, line = line.partition(" ")
            if field == "msgid":
                if entry["msgid"] and entry["msgstr"]:
                    texts[entry["msgid"]] = entry["msgstr"]
                entry = {"msgid": "", "msgstr": ""}
        if field and line.startswith('"'):
            # Strings are escaped as in C, which Python reads alike.
            entry[field] += ast.literal_eval(line)
    return texts


def _of_the_system() -> str:
    """Return the code of the desktop's language, English if there is no catalogue for it."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").partition(":")[0]
        if value:
            break
    else:
        value = locale.getlocale()[0] or ""
    code = value.lower().partition("_")[0].partition(".")[0]
    return code if code in LANGUAGES else "en"
