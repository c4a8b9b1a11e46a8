from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from live_emotion.runtime import cache, cache_care
from live_emotion.runtime.remembered import (
    Candidate,
    Choice,
    Measured,
    choices,
    forget,
    recall,
    remember,
)
from tests.runtime.test_cache import KEY

NOW = 1_900_000_000.0
HOUR = 3600.0


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path))
    return tmp_path / "engines"


def store(hours_ago: float, size: int = 10, **changes: str) -> Path:
    key = replace(KEY, **changes)
    with cache.new_folder(key) as folder:
        (folder / "engine.xml").write_bytes(b"x" * size)
        kept = cache.keep(folder, key, {})
    used = NOW - hours_ago * HOUR
    os.utime(kept / cache.KEY_FILE, (used, used))
    return kept


def test_the_two_used_last_of_each_kind_stay() -> None:
    sets = [store(h, weights=str(h)) for h in (50, 10, 30, 20)]
    other = store(90, encoder="audio_piece")
    assert sorted(cache_care.prune(now=NOW)) == sorted([sets[0], sets[2]])
    assert [folder.exists() for folder in sets] == [False, True, False, True]
    assert other.exists()
    assert cache_care.prune(now=NOW) == []


def test_what_was_used_within_the_hour_stays() -> None:
    sets = [store(h, weights=str(h)) for h in (0.1, 0.2, 0.3, 2.0)]
    assert cache_care.prune(now=NOW) == [sets[3]]
    assert cache_care.prune(now=NOW, most_bytes=1) == []


def test_opening_counts_as_use() -> None:
    folder = store(1e5)
    assert cache.find(KEY) == folder
    assert time.time() - cache_care.last_used(folder) < 600


def test_beyond_the_bound_the_oldest_go() -> None:
    kept = [store(h, size=10_000, encoder=str(h)) for h in (5, 4, 3)]
    assert cache_care.prune(now=NOW, most_bytes=25_000) == [kept[0]]


def test_builds_that_never_ended_go(own_cache: Path) -> None:
    store(1)
    old, young = own_cache / ".live-text-openvino-x", own_cache / ".live-text-openvino-y"
    for folder, hours in ((old, 2.0), (young, 0.5)):
        folder.mkdir()
        os.utime(folder, (NOW - hours * HOUR, NOW - hours * HOUR))
    cache_care.prune(now=NOW)
    assert not old.exists()
    assert young.exists()
    os.utime(young, (time.time() - 2 * HOUR,) * 2)
    cache_care.clean()
    assert not young.exists()


def test_cleaning() -> None:
    first, second = store(1, size=1000), store(1, size=1000, weights="other")
    remember(CHOICE, {"a": "b"})
    assert cache_care.clean([first.name])[0] == 1
    assert second.exists()
    assert recall("live", "text", {"a": "b"}) == CHOICE
    count, size = cache_care.clean()
    assert count == 1
    assert size > 1000
    assert recall("live", "text", {"a": "b"}) is None


CHOICE = Choice(
    "text",
    "live",
    Candidate("openvino", "bfloat16", ""),
    (
        Measured(Candidate("openvino", "float32", ""), 2.5),
        Measured(Candidate("openvino", "bfloat16", ""), 1.5),
        Measured(Candidate("openvino", "int8", ""), None, "off by 3"),
    ),
)


def test_a_choice_is_remembered_under_its_conditions(own_cache: Path) -> None:
    assert recall("live", "text", {"cpu": "x"}) is None
    remember(CHOICE, {"cpu": "x"})
    assert recall("live", "text", {"cpu": "x"}) == CHOICE
    assert recall("live", "text", {"cpu": "y"}) is None
    assert choices() == [CHOICE]
    assert cache.entries() == []  # a choice is no engine
    (path,) = (own_cache / ".choices").glob("*.json")
    path.write_text(path.read_text().replace('"openvino"', '"steam"', 1))
    assert recall("live", "text", {"cpu": "x"}) is None
    forget()
    assert not path.exists()


def test_what_another_program_removes_meanwhile_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "engines" / "gone"
    assert cache_care.last_used(gone) == 0.0
    assert cache_care.folder_bytes(gone) == 0
    remember(CHOICE, {"cpu": "x"})
    (path,) = (tmp_path / "engines" / ".choices").glob("*.json")
    monkeypatch.setattr(Path, "glob", lambda *_: iter([path.with_name("gone.json"), path]))
    assert choices() == [CHOICE]
    forget()
    assert not path.exists()
