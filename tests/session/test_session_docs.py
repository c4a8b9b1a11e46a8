"""The documented format is the one that is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live_emotion.core.estimate import DROP_NAMES, DeviceEvent, Marker
from live_emotion.session.reader import raw_records
from live_emotion.session.writer import SessionWriter
from tests.session import samples

DOCS = Path(__file__).resolve().parents[2] / "docs" / "session-log.md"


def sections() -> dict[str, str]:
    text = DOCS.read_text(encoding="utf-8").split("## The same file")[0]
    return {part.split("`")[0]: part for part in text.split("### `")[1:]}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("session")
    with SessionWriter(folder, {"source": {"name": "clip"}}) as writer:
        writer.estimate(samples.estimate(0))
        writer.transcript(samples.words("kids are"))
        writer.marker(Marker(1.0, "here"))
        writer.device(DeviceEvent(0.5, "clip.mp4", "damaged", "one packet"))
        writer.health(samples.health(2.0))
        writer.end(samples.Counts(), clean=True)
    return {record["type"]: record for record in raw_records(folder)}


def test_every_type_and_field_is_documented(written: dict[str, dict[str, Any]]) -> None:
    documented = sections()
    assert set(documented) == set(written)
    for kind, record in written.items():
        for field in record.keys() - {"type"}:
            assert f"`{field}`" in documented[kind], (kind, field)
    for field in written["estimate"]["face"]:
        assert f"`face.{field}`" in documented["estimate"]
    for field in written["estimate"]["branches"]["text"]:
        assert f"`branches.*.{field}`" in documented["estimate"]
    for field in written["estimate"]["people"][0]:
        assert f"`people.*.{field}`" in documented["estimate"]
    for field in written["estimate"]["interval"]:
        assert f"`{field}`" in documented["estimate"]
    for field in written["transcript"]["words"][0]:
        assert f"`{field}`" in documented["transcript"]
    for name in DROP_NAMES:
        assert f"`{name}`" in documented["end"]


def test_the_program_imports_of_the_documentation_exist() -> None:
    from live_emotion.session import read
    from live_emotion.session.compare import differences

    text = DOCS.read_text(encoding="utf-8")
    assert f"from live_emotion.session import {read.__name__}" in text
    assert f"live_emotion.session.compare.{differences.__name__}" in text
