"""OpenVINO's own cache of compiled networks, made safe against silent damage.

OpenVINO notices a file that is cut short, but loads one with flipped bits and computes nonsense.
So the SHA-256 of each file is written down once it is there, and a file that does not match at
the next start is removed, whereupon OpenVINO compiles again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)

SEALS_FILE: Final = "seals.json"


class CompiledFolder:
    """A folder for OpenVINO's ``CACHE_DIR``.

    Parameters
    ----------
    path
        Of the folder; made when there is something to keep.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # What was read once need not be read again while its time and size stand.
        self._read: dict[tuple[str, int, int], str] = {}

    def verify(self) -> None:
        """Remove every file that is not as it was when it was sealed."""
        seals = self._seals()
        for file in self._files():
            if seals.get(file.name) != self._sha256(file):
                _log.warning("%s is damaged and will be compiled anew", file)
                with contextlib.suppress(OSError):
                    file.unlink()

    def seal(self) -> None:
        """Write down what the files are now."""
        seals = {file.name: self._sha256(file) for file in self._files()}
        if seals == self._seals():
            return
        beside = self.path / f".{SEALS_FILE}.part"
        with contextlib.suppress(OSError):  # a full disk costs only the next start's speed
            beside.write_text(json.dumps(seals, indent=2))
            beside.replace(self.path / SEALS_FILE)

    def _sha256(self, file: Path) -> str:
        found = file.stat()
        mark = (file.name, found.st_size, found.st_mtime_ns)
        if mark not in self._read:
            with file.open("rb") as opened:
                self._read[mark] = hashlib.file_digest(opened, "sha256").hexdigest()
        return self._read[mark]

    def _files(self) -> list[Path]:
        return sorted(self.path.glob("*.blob"))

    def _seals(self) -> dict[str, str]:
        try:
            return dict(json.loads((self.path / SEALS_FILE).read_text()))
        except (OSError, ValueError, TypeError):
            return {}
