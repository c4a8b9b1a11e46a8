"""Keep the cache of engines small: old ones go, those in use stay."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from live_emotion.runtime import cache
from live_emotion.runtime.in_use import in_use
from live_emotion.runtime.remembered import forget

# Two of a kind, so that two sets of weights can take turns.
_KEPT_OF_A_KIND: Final = 2
_MOST_BYTES: Final = 3_000_000_000
# Another program may have an engine open that was used this lately.
_IN_USE_S: Final = 3600.0
_KEPT_CHOICES: Final = 60

_log = logging.getLogger(__name__)

Kind = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of the cache, when it was last used, and its size in bytes."""

    folder: Path
    used: float
    size: int


def prune(*, now: float | None = None, most_bytes: int = _MOST_BYTES) -> list[Path]:
    """Remove engines that newer ones have taken the place of, and return their folders.

    Of each kind (preset, encoder, engine, precision, form) the two that were used last stay, and
    whatever was used within the hour; beyond `most_bytes` in all the oldest go, too.
    """
    now = time.time() if now is None else now
    gone = replaced(now=now, most_bytes=most_bytes)
    for folder in (*gone, *_abandoned(cache.engines_cache(), now)):
        shutil.rmtree(folder, ignore_errors=True)
    if gone:
        _log.info("%d old engines were removed from the cache", len(gone))
    forget(_KEPT_CHOICES)
    return gone


def replaced(
    *,
    now: float | None = None,
    most_bytes: int = _MOST_BYTES,
    kept_of_a_kind: int = _KEPT_OF_A_KIND,
) -> list[Path]:
    """Return the folders that `prune` would remove."""
    now = time.time() if now is None else now
    root = cache.engines_cache()
    kinds: dict[Kind, list[Kept]] = defaultdict(list)
    for folder in root.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            kinds[_kind(folder)].append(_kept(folder))
    old: list[Kept] = []
    for kept in kinds.values():
        kept.sort(key=lambda k: k.used, reverse=True)
        old += kept[_KEPT_OF_A_KIND:]
        del kept[_KEPT_OF_A_KIND:]
    rest = sorted((k for kept in kinds.values() for k in kept), key=lambda k: k.used)
    spared = [k for k in old if now - k.used < _IN_USE_S]
    too_much = sum(k.size for k in (*rest, *spared)) - most_bytes
    for kept_one in rest:
        if too_much <= 0:
            break
        old.append(kept_one)
        too_much -= kept_one.size
    return [k.folder for k in old if now - k.used >= _IN_USE_S and not in_use(k.folder)]


def used_now() -> list[Path]:
    """Return the folders of engines that a program has open."""
    return [entry.folder for entry in cache.entries() if in_use(entry.folder)]


def clean(names: Collection[str] | None = None) -> tuple[int, int]:
    """Remove engines by folder name, or all and every remembered choice; but none that is open.

    Returns
    -------
    count, size
        How many were removed, and their bytes.
    """
    root = cache.engines_cache()
    folders = [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")]
    if names is None:
        forget()
        for folder in _abandoned(root, time.time()):
            shutil.rmtree(folder, ignore_errors=True)
    else:
        folders = [folder for folder in folders if folder.name in names]
    folders = [folder for folder in folders if not in_use(folder)]
    size = sum(_kept(folder).size for folder in folders)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders), size


def folder_bytes(folder: Path) -> int:
    """Return the size of a folder's files; one that is shared counts for each of its owners.

    What another program removes at this moment takes no room.
    """
    size = 0
    with contextlib.suppress(OSError):
        for path in folder.rglob("*"):
            with contextlib.suppress(OSError):
                size += path.stat().st_size if path.is_file() else 0
    return size


def last_used(folder: Path) -> float:
    """Return when an engine was last opened, in seconds since 1970; 0 for one that is gone."""
    for path in (folder / cache.KEY_FILE, folder):
        with contextlib.suppress(OSError):
            return path.stat().st_mtime
    return 0.0


def _kind(folder: Path) -> Kind:
    return tuple(folder.name.split("-")[:-1])


def _kept(folder: Path) -> Kept:
    return Kept(folder, last_used(folder), folder_bytes(folder))


def _abandoned(root: Path, now: float) -> list[Path]:
    """Return folders of builds that never ended."""
    found = []
    for path in root.glob(".*-*"):
        try:
            if path.is_dir() and now - path.stat().st_mtime > _IN_USE_S:
                found.append(path)
        except OSError:
            continue
    return found
