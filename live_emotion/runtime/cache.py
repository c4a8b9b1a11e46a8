"""Where built engines are kept: one folder each, in the user's cache, under a key.

The key is a hash of all that the engine was made from. A folder holds the engine's files and
``key.json``, which lists those ingredients, the error measured when it was built, and the
SHA-256 of every file, so that damage is seen and mended by building anew.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from live_emotion.core.resources import cache_dir
from live_emotion.runtime.room import lacks_room, no_room

_log = logging.getLogger(__name__)

KEY_FILE: Final = "key.json"
COMPILED: Final = "compiled"  # OpenVINO's own cache within an engine's folder
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class EngineKey:
    """What an engine is made from; any difference makes another engine.

    Attributes
    ----------
    encoder, engine, preset, precision, form
        Names.
    weights
        SHA-256 of the weights file, or ``"seed N"`` for an untrained network.
    network
        Hash of the network's sizes and of the code that defines it.
    recipe
        SHA-256 of the recipe, which holds the shapes.
    library
        Version of what runs the engine and of what built it.
    device
        Processor or graphics card, with the features that decide how code is compiled for it.
    """

    encoder: str
    engine: str
    preset: str
    precision: str
    form: str
    weights: str
    network: str
    recipe: str
    library: str
    device: str

    def as_dict(self) -> dict[str, str]:
        """Return the ingredients by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def digest(self) -> str:
        """Hash of the ingredients, 16 hexadecimal digits."""
        plain = json.dumps({"format": _FORMAT, **self.as_dict()}, sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]

    @property
    def folder_name(self) -> str:
        """Readable name of the engine's folder."""
        parts = (self.preset, self.encoder, self.engine, self.precision, self.form, self.digest)
        return "-".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class CachedEngine:
    """An engine in the cache: its folder, its ingredients, and what else was noted of it."""

    folder: Path
    key: Mapping[str, str]
    facts: Mapping[str, Any]
    whole: bool


def engines_cache() -> Path:
    """Return the folder of all built engines.

    It is the user's; where that cannot be written, one that goes when the program ends.
    """
    folder = cache_dir() / "engines"
    try:
        str(folder).encode()  # libraries take no other names than those of UTF-8
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, UnicodeEncodeError):
        return _scratch()
    return folder if os.access(folder, os.W_OK) else _scratch()


@functools.cache
def _scratch() -> Path:
    named = str(cache_dir()).encode(errors="backslashreplace").decode()
    _log.warning("the cache %s cannot be written: engines are built at every start", named)
    folder = Path(tempfile.mkdtemp(prefix="live-emotion-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def is_there(key: EngineKey) -> bool:
    """Whether there is an engine of this key, be it whole or not."""
    return (engines_cache() / key.folder_name).is_dir()


def find(key: EngineKey) -> Path | None:
    """Return the folder of a built engine, or None if there is none that is whole."""
    folder = engines_cache() / key.folder_name
    if not folder.is_dir():
        return None
    entry = _read(folder)
    if entry.whole and dict(entry.key) == key.as_dict():
        with contextlib.suppress(OSError):  # its time says when the engine was last used
            os.utime(folder / KEY_FILE)
        return folder
    _log.warning("cached engine %s is damaged and will be built anew", folder)
    shutil.rmtree(folder, ignore_errors=True)
    return None


@contextlib.contextmanager
def new_folder(key: EngineKey) -> Iterator[Path]:
    """Yield a folder to build an engine in; removed unless `keep` has moved it into place.

    Raises
    ------
    UserError
        If the disk is full.
    """
    root = engines_cache()
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{key.folder_name}-", dir=root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        if lacks_room(root, error):
            raise no_room(root) from error
        raise


def keep(folder: Path, key: EngineKey, facts: Mapping[str, Any]) -> Path:
    """Move a built engine into place in one step and return its folder.

    If another process has been faster, its engine stays and is returned.
    """
    files = {p.name: _sha256(p) for p in sorted(folder.iterdir()) if p.is_file()}
    entry = {"format": _FORMAT, "key": key.as_dict(), "files": files, "facts": dict(facts)}
    (folder / KEY_FILE).write_text(json.dumps(entry, indent=2) + "\n")
    target = engines_cache() / key.folder_name
    try:
        folder.rename(target)
    except OSError:
        if find(key) is None:
            raise
    return target


def note(folder: Path, facts: Mapping[str, Any]) -> None:
    """Add facts to what is noted beside an engine, or change them."""
    entry = json.loads((folder / KEY_FILE).read_text())
    entry["facts"] = {**entry["facts"], **facts}
    beside = folder / f".{KEY_FILE}.part"
    beside.write_text(json.dumps(entry, indent=2) + "\n")
    beside.replace(folder / KEY_FILE)


def entries() -> list[CachedEngine]:
    """Return all engines in the cache, damaged ones too, by folder name."""
    root = engines_cache()
    folders = [p for p in sorted(root.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    return [_read(folder) for folder in folders]


def _read(folder: Path) -> CachedEngine:
    try:
        entry = json.loads((folder / KEY_FILE).read_text())
        files = dict(entry["files"])
        whole = bool(files) and all(_sha256(folder / name) == sha for name, sha in files.items())
        return CachedEngine(folder, dict(entry["key"]), dict(entry["facts"]), whole)
    except (OSError, ValueError, KeyError, TypeError):
        return CachedEngine(folder, {}, {}, False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
