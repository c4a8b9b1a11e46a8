from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PyQt6.QtGui import QStandardItemModel
from pytestqt.qtbot import QtBot

from live_emotion.dashboard import engine_offers
from live_emotion.dashboard.settings import (
    SMOOTHINGS_S,
    TEXT_SIZES,
    Settings,
    load,
    parse,
    save,
    settings_path,
)
from live_emotion.dashboard.settings_fields import Hint
from live_emotion.dashboard.settings_pages import NetworksPage
from live_emotion.dashboard.settings_values import CHECKS
from live_emotion.runtime.engine import ENGINE_CHOICES

LINE = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)
NAME = LINE.filter(lambda text: bool(text.strip()))

CHOICES = st.builds(
    Settings,
    consent=st.integers(0, 3),
    camera=NAME,
    microphone=NAME,
    preset=st.sampled_from(["live", "paper"]),
    engine=st.sampled_from(["auto", "torch", "openvino"]),
    whisper_model=LINE,
    transcript=st.booleans(),
    theme=st.sampled_from(["system", "light", "dark"]),
    text_percent=st.sampled_from(TEXT_SIZES),
    speech_language=LINE,
    window_ticks=st.integers(3, 12),
    smoothing_s=st.sampled_from(SMOOTHINGS_S),
    language=st.sampled_from(["system", "en", "de"]),
    mirror=st.booleans(),
    mirror_replay=st.booleans(),
    landmarks=st.booleans(),
    markers=st.lists(NAME, min_size=9, max_size=9).map(tuple),
    shortcuts=st.dictionaries(NAME, LINE, max_size=3).map(MappingProxyType),
    record_folder=LINE,
    store_video=st.booleans(),
    store_sound=st.booleans(),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
ONE_FOLDER = hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@ONE_FOLDER
@given(CHOICES)
def test_what_is_saved_is_read_again(tmp_path: Path, chosen: Settings) -> None:
    path = tmp_path / "folder" / "settings.json"
    save(chosen, path)
    read = load(path)
    assert read.problem is None
    assert read.settings == chosen


@ONE_FOLDER
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_file_is_fatal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    read = load(path)
    assert isinstance(read.settings, Settings)
    aside = path.with_name("settings.json.damaged")
    if read.problem is None:
        assert path.read_bytes() == content
    else:
        assert not path.exists()
        assert aside.read_bytes() == content


@given(st.dictionaries(st.sampled_from(sorted(CHECKS)), JSON))
def test_any_object_gives_settings_that_can_be_used(raw: dict[str, object]) -> None:
    settings, _ = parse(raw)
    assert len(settings.markers) == 9
    assert settings.text_percent in TEXT_SIZES
    assert 3 <= settings.window_ticks <= 12
    assert settings.smoothing_s in SMOOTHINGS_S
    assert settings.theme in ("system", "light", "dark")
    assert settings.camera.strip()


def test_every_setting_is_checked() -> None:
    assert set(CHECKS) == {field.name for field in dataclasses.fields(Settings)}


def test_a_damaged_file_is_set_aside_and_what_is_in_order_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "dark", "text_percent": "huge", "camera": "Desk cam"}))
    read = load(path)
    assert read.settings == Settings(theme="dark", camera="Desk cam")
    assert read.problem is not None
    assert "settings.json.damaged" in read.problem
    assert path.with_name("settings.json.damaged").exists()


def test_a_first_run_and_a_newer_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    assert load(path).settings == Settings()
    assert load(path).problem is None
    assert not Settings().consented
    path.write_text(json.dumps({"theme": "light", "of_tomorrow": [1, 2]}))
    assert load(path) == load(path)
    assert load(path).settings.theme == "light"
    assert path.exists()


def test_an_unreadable_place_is_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.mkdir()
    read = load(path)
    assert read.settings == Settings()
    assert read.problem is not None


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    save(Settings(theme="dark"), path)

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        save(Settings(theme="light"), path)
    monkeypatch.undo()
    assert load(path).settings.theme == "dark"


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIVE_EMOTION_CONFIG", str(tmp_path))
    assert settings_path() == tmp_path / "settings.json"
    monkeypatch.delenv("LIVE_EMOTION_CONFIG")
    assert settings_path().name == "settings.json"
    assert "live-emotion" in str(settings_path())


@pytest.mark.parametrize(
    ("driver", "modules", "usable"),
    [
        (False, True, set()),
        (True, False, {"cuda"}),
        (True, True, {"cuda", "tensorrt", "rtx"}),
    ],
)
def test_engines_that_cannot_run_here_are_listed_with_the_reason(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, driver: bool, modules: bool, usable: set[str]
) -> None:
    monkeypatch.setattr(engine_offers, "nvidia_driver", lambda: driver)
    monkeypatch.setattr(engine_offers, "importable", lambda module: modules)
    page = NetworksPage(Settings(engine="torch"))
    qtbot.addWidget(page)
    model = page.engine.model()
    assert isinstance(model, QStandardItemModel)
    for k, name in enumerate(ENGINE_CHOICES):
        can = name in usable | {"auto", "torch", "openvino"}
        assert page.engine.itemData(k) == name
        assert model.item(k).isEnabled() == can  # type: ignore[union-attr]
        assert (page.engine.itemText(k) == name) == can
    assert page.chosen()["engine"] == "torch"


def test_what_was_chosen_for_one_run_only_stays_chosen_in_the_dialog(qtbot: QtBot) -> None:
    chosen = Settings(engine="openvino:bfloat16", preset="live+vision=resnet", whisper_model="/w")
    page = NetworksPage(chosen)
    qtbot.addWidget(page)
    now = page.chosen()
    assert {name: now[name] for name in ("engine", "preset", "whisper_model")} == {
        "engine": "openvino:bfloat16",
        "preset": "live+vision=resnet",
        "whisper_model": "/w",
    }


def test_hints_are_as_high_as_their_words(qtbot: QtBot) -> None:
    page = NetworksPage(Settings())
    qtbot.addWidget(page)
    page.show()
    for width in (560, 420, 700):
        page.resize(width, 500)
        qtbot.wait(30)
        hints = page.findChildren(Hint)
        assert len(hints) == 3
        for hint in hints:
            assert hint.height() == hint.heightForWidth(hint.width())
