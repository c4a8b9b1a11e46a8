"""The engines command: built, listed, checked, cleaned, on one small encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from live_emotion.cli.engines_table import engines_lines
from live_emotion.models.presets import PRESETS
from live_emotion.runtime import cache, stock
from live_emotion.runtime.check import CheckReport, ErrorReport
from live_emotion.runtime.stock import StockEntry
from live_emotion.runtime.timing import Timing
from tests.cli.conftest import Invoke
from tests.runtime.small_preset import SMALL, write_weights

ONE = ("--preset", "small", "--encoder", "vision_sequence", "--threads", "1")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    write_weights(tmp_path / "weights")
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(tmp_path / "weights"))


def test_built_listed_checked_and_cleaned(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "None are built yet" in invoke("engines", "list").stdout
    built = invoke("engines", "build", "--engine", "openvino", "--precision", "float32", *ONE)
    assert built.exit_code == 0, built.output
    first, line = built.stderr.splitlines()
    assert "once" in first
    assert line == "  building vision_sequence openvino float32"
    assert "vision_sequence  openvino float32" in built.stdout

    done = invoke("engines", "list", "--json")
    (entry,) = json.loads(done.stdout)["engines"]
    assert done.stderr == ""
    assert entry["state"] == "ready"
    assert 0.0 <= entry["share"] <= 1.0
    assert entry["ms"] > 0.0
    assert entry["size_mb"] > 0.0

    checked = invoke("engines", "check", "--precision", "float32", "--json", *ONE)
    assert checked.exit_code == 0, checked.output
    assert checked.stderr == "", "nothing is built again"
    (again,) = json.loads(checked.stdout)["engines"]
    assert again["name"] == entry["name"]
    assert again["error"] == entry["error"]

    # What is off when it is checked again is not used from then on.
    off = CheckReport(ErrorReport(0.5, 9.0, "logits"))
    monkeypatch.setattr(stock, "checked", lambda *_: (off, Timing(1.0, 1.0)))
    failed = invoke("engines", "check", "--precision", "float32", *ONE)
    assert failed.exit_code == 1
    assert "refused: off by 0.5 in logits" in failed.stdout
    (refused,) = json.loads(invoke("engines", "list", "--json").stdout)["engines"]
    assert refused["state"] == "refused"
    assert refused["name"] == entry["name"]

    assert "0 engines removed" in invoke("engines", "clean").stdout
    assert "1 engines removed" in invoke("engines", "clean", "--all").stdout
    assert cache.entries() == []


def test_what_was_damaged_is_built_anew_and_said(invoke: Invoke) -> None:
    asked = ("--precision", "float32", *ONE)
    invoke("engines", "build", "--engine", "openvino", *asked)
    (built,) = cache.entries()
    next(built.folder.glob("*.bin")).write_bytes(b"no network")
    assert "damaged; is built anew when needed" in invoke("engines", "list").stdout
    checked = invoke("engines", "check", *asked)
    assert checked.exit_code == 0, checked.output
    assert "was damaged, built anew" in checked.stdout
    assert "damaged" not in invoke("engines", "check", *asked).stdout


def test_auto_finds_the_fastest_and_remembers(invoke: Invoke) -> None:
    done = invoke("engines", "build", "--json", *ONE)
    assert done.exit_code == 0, done.output
    (choice,) = json.loads(done.stdout)["choices"]
    assert choice["encoder"] == "vision_sequence"
    tried = {(m["engine"], m["precision"]) for m in map(flat, choice["tried"])}
    assert {("torch", "float32"), ("openvino", "float32")} <= tried
    again = invoke("engines", "build", *ONE)
    assert again.stderr == ""
    assert again.stdout.startswith(f"vision_sequence: {choice['chosen']['engine']}")
    entries = json.loads(invoke("engines", "list", "--json").stdout)["engines"]
    taken = [e for e in entries if e["chosen"]]
    assert len(taken) == (choice["chosen"]["engine"] != "torch")


def flat(tried: dict[str, Any]) -> dict[str, Any]:
    return {**tried["candidate"], **tried}


def test_an_engine_without_its_card_is_one_sentence(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    from live_emotion.runtime import kits

    monkeypatch.setattr(kits, "cuda_problem", lambda: "there is no NVIDIA card")
    done = invoke("engines", "build", "--engine", "cuda", *ONE)
    assert done.exit_code == 2
    assert done.stderr.strip() == (
        "The cuda engine cannot run (there is no NVIDIA card): choose --engine auto."
    )
    done = invoke("replay", "clip.mp4", "--engine", "steam")
    assert done.exit_code == 2
    assert "no engine “steam”" in done.stderr


def test_a_precision_that_the_recipe_does_not_allow(invoke: Invoke) -> None:
    done = invoke("engines", "build", "--engine", "openvino", "--precision", "int8", *ONE)
    assert "refused: its recipe does not allow int8" in done.stdout
    assert done.exit_code == 1, "nothing of what was asked for is there"
    some = invoke(
        *("engines", "build", "--engine", "openvino", *ONE),
        *("--precision", "int8", "--precision", "float32"),
    )
    assert some.exit_code == 0, some.output


def test_a_network_that_the_preset_lacks_is_one_sentence(invoke: Invoke) -> None:
    asked = ("--preset", "small", "--encoder", "words_valence", "--threads", "1")
    for command in (("build",), ("build", "--engine", "openvino"), ("check",)):
        done = invoke("engines", *command, *asked)
        assert done.exit_code == 2
        assert done.stderr.startswith("Nothing fits all that was asked for: leave out --encoder")
        assert done.stderr.count("\n") == 1


def test_the_table_names_everything() -> None:
    entries = [
        StockEntry(
            "live", "text", "openvino", "float32", "", "ready", ms=2.5, error=1e-6, used=0.0
        ),
        StockEntry("live", "text", "openvino", "int8", "", "damaged"),
    ]
    head, first, second = engines_lines(entries)
    assert " ".join(head.split()) == "preset encoder engine ms error scores allowed MB used"
    assert "2.50" in first
    assert "1.0e-06" in first
    assert second.endswith("damaged; is built anew when needed")
