from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from live_emotion.runtime import cache

KEY = cache.EngineKey(
    encoder="text",
    engine="openvino",
    preset="live",
    precision="float32",
    form="",
    weights="abc",
    network="def",
    recipe="123",
    library="openvino 1",
    device="CPU",
)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def store(content: bytes = b"network", key: cache.EngineKey = KEY) -> Path:
    with cache.new_folder(key) as folder:
        (folder / "engine.xml").write_bytes(content)
        return cache.keep(folder, key, {"error": 1e-6})


@pytest.mark.parametrize("name", [f.name for f in fields(cache.EngineKey)])
def test_the_key_changes_with_each_ingredient(name: str) -> None:
    other = replace(KEY, **{name: "other"})
    assert other.digest != KEY.digest
    assert other.folder_name != KEY.folder_name


def test_kept_and_found_with_its_facts() -> None:
    assert cache.find(KEY) is None
    folder = store()
    assert cache.find(KEY) == folder
    (entry,) = cache.entries()
    assert entry.whole
    assert entry.key == KEY.as_dict()
    assert entry.facts == {"error": 1e-6}


def test_nothing_is_left_of_a_build_that_fails(own_cache: Path) -> None:
    with pytest.raises(RuntimeError), cache.new_folder(KEY) as folder:
        (folder / "engine.xml").write_bytes(b"half")
        raise RuntimeError
    assert list((own_cache / "engines").iterdir()) == []
    assert cache.find(KEY) is None


@pytest.mark.parametrize("damage", ["flip", "cut", "lose", "key", "no key", "other key"])
def test_a_damaged_entry_is_removed_and_can_be_built_anew(damage: str) -> None:
    folder = store()
    engine, key = folder / "engine.xml", folder / cache.KEY_FILE
    match damage:
        case "flip":
            engine.write_bytes(b"netwprk")
        case "cut":
            engine.write_bytes(b"net")
        case "lose":
            engine.unlink()
        case "key":
            key.write_text(key.read_text()[:20])
        case "no key":
            key.unlink()
        case "other key":
            key.write_text(key.read_text().replace("abc", "abd"))
    assert cache.find(KEY) is None
    assert not folder.exists()
    assert cache.find(KEY) is None
    assert cache.find(KEY) != store()
    assert cache.find(KEY) == folder


def test_the_faster_of_two_builders_wins() -> None:
    with cache.new_folder(KEY) as slow:
        (slow / "engine.xml").write_bytes(b"slow")
        fast = store(b"fast")
        assert cache.keep(slow, KEY, {}) == fast
    assert (fast / "engine.xml").read_bytes() == b"fast"


def test_a_cache_that_cannot_be_written_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path / "file"))
    assert store().is_dir()
    assert cache.find(KEY) is not None
