"""A full disk is told as one, and no slower engine is remembered for it."""

from __future__ import annotations

import errno
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from live_emotion.core.errors import UserError
from live_emotion.runtime import cache, room
from live_emotion.runtime.remembered import choices
from tests.runtime.test_cache import KEY
from tests.runtime.test_choosing import MadeKit, chooser

Usage = namedtuple("Usage", "total used free")
STREAM = RuntimeError("basic_ios::clear: iostream error")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path))
    return tmp_path / "engines"


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: Usage(10**10, 10**10 - size, size))


@pytest.mark.parametrize(
    ("error", "left", "lacks"),
    [
        (STREAM, 100_000_000, True),
        (STREAM, 10**9, False),
        (RuntimeError("the compiler gave up"), 100_000_000, False),
        (RuntimeError("the compiler gave up"), 1_000, True),
        (OSError(errno.ENOSPC, "No space left on device"), 10**9, True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 10**9, True),
        (OSError(errno.EACCES, "Permission denied"), 1_000, False),
    ],
)
def test_what_a_full_disk_looks_like(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, left: int, lacks: bool
) -> None:
    free(monkeypatch, left)
    assert room.lacks_room(tmp_path, error) == lacks


def test_a_build_without_room_is_no_refusal_that_is_remembered(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    kit = MadeKit({"float32": 0.0})

    def build(*_: Any) -> None:
        raise STREAM

    monkeypatch.setattr(kit, "build", build)
    free(monkeypatch, 1_000_000)
    with pytest.raises(UserError, match=r"no room for engines in .*LIVE_EMOTION_CACHE\.$"):
        chooser(kit).open()
    assert choices() == []
    assert list(own_cache.iterdir()) == []
    # With room again, what the compiler says counts.
    free(monkeypatch, 10**10)
    assert chooser(kit).open()[1].tried[0].refusal.startswith("it could not be built: basic_ios")


def test_nothing_is_kept_where_there_is_no_room_for_a_key(
    monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UserError, match="no room"), cache.new_folder(KEY) as folder:
        cache.keep(folder, KEY, {})
    assert list(own_cache.iterdir()) == []
    monkeypatch.setattr(cache.tempfile, "mkdtemp", full)
    with pytest.raises(UserError, match="no room"), cache.new_folder(KEY):
        pass


def test_a_name_that_no_library_takes_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # What a folder with an umlaut is called where the system speaks no UTF-8.
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path / "K\udcfcche"))
    folder = cache.engines_cache()
    assert folder.is_dir()
    str(folder).encode()
    shutil.rmtree(folder)
    cache._scratch.cache_clear()
