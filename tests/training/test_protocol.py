"""The paper's protocol on made-up IEMOCAP and CMU-MOSEI folders."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from live_emotion.cli.evaluate import command
from live_emotion.cli.protocol_tables import print_tables
from live_emotion.core.errors import UserError
from live_emotion.models.presets import PRESETS, PUBLISHED
from live_emotion.training.metrics import weighted_accuracy
from live_emotion.training.protocol import utterances as reading
from live_emotion.training.protocol.run import ROWS, best_thresholds, measure
from live_emotion.training.protocol.utterances import part_of, spread_ticks
from tests.models.test_field import SMALL_FE2E, SMALL_V2EM
from tests.runtime.small_preset import SMALL, write_bert, write_weights
from tests.training.test_manifests import FOLDS, iemocap, mosei, small_video  # noqa: F401


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setitem(PUBLISHED, "v2em", replace(SMALL_V2EM, name="v2em"))
    monkeypatch.setitem(PUBLISHED, "fe2e", replace(SMALL_FE2E, name="fe2e"))
    folder = tmp_path / "weights"
    folder.mkdir()
    write_weights(folder)
    write_bert(folder)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(folder))


def run(*folders: Path) -> list[dict[str, Any]]:
    named = [part for folder in folders for part in ("--data", str(folder))]
    ran = CliRunner().invoke(
        command,
        [
            *("tables", *named, "--preset", "small", "--steps", "2"),
            *("--device", "cpu", "--threads", "1", "--json"),
        ],
        catch_exceptions=False,
    )
    assert ran.exit_code == 0, ran.output
    made: list[dict[str, Any]] = json.loads(ran.stdout)["datasets"]
    return made


def test_both_run_through_every_row_of_all_five_tables(
    small: None,
    mosei: Path,  # noqa: F811
    iemocap: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "_VALID_ONE_IN", 2)
    (mosei / "cmu_mosei_std_folds.py").write_text(
        FOLDS.replace("standard_test_fold = []", 'standard_test_fold = ["none"]')
    )
    reports = run(mosei, iemocap)
    assert [report["dataset"] for report in reports] == ["mosei", "iemocap"]
    assert reports[0]["utterances"] == {"train": 2, "valid": 1, "test": 1}
    assert reports[1]["utterances"]["test"] == 4
    assert "frustrated" in reports[1]["labels"] and "fearful" in reports[0]["labels"]
    for report in reports:
        assert report["steps"] == 2
        assert [row["name"] for row in report["rows"]] == list(ROWS)
        assert [row["name"] for row in report["mixed"]] == ["v2em + focal", "v2em + rfam"]
        assert set(report["seconds"]) == set(report["parameters"]) == {"fe2e", "v2em", "rfam"}
        for row in (*report["rows"], *report["mixed"]):
            assert list(row["per_label"]) == report["labels"]
            known = [v["acc"] for v in row["per_label"].values() if v["acc"] is not None]
            assert row["acc"] == pytest.approx(np.mean(known), abs=0.01)
            assert all(0.0 <= value <= 100.0 for value in known)
    console = Console(record=True, width=200, file=io.StringIO())
    print_tables(reports, console)
    text = console.export_text()
    places = [
        text.index(table)
        for table in (
            *("Table 1: IEMOCAP", "Table 2: CMU-MOSEI", "Table 3", "Table 4: IEMOCAP"),
            *("Table 4: CMU-MOSEI", "Table 5"),
        )
    ]
    assert places == sorted(places)
    assert text.count("lf-lstm") == 2 and text.count("v2em + focal") == 2
    assert "4 utterances" in text and "1 utterances" in text


def test_iemocap_has_parts_by_session(
    small: None,
    iemocap: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "_VALID_ONE_IN", 2)
    found: list[reading.Utterance] = []
    name, found = reading.read_utterances(iemocap, None)  # type: ignore[arg-type]
    assert name == "iemocap"
    assert {u.part for u in found} == {"train", "valid", "test"}
    assert sum(u.part == "test" for u in found) == 4
    # Exactly one of the paper's six labels each, half a second of sound, no picture.
    assert all(u.targets.sum() == 1 for u in found)
    assert all(u.heard.tolist() == [True, True] + [False] * 10 for u in found)
    assert not any(u.seen.any() for u in found)
    monkeypatch.setattr(reading, "_VALID_ONE_IN", 10**9)
    with pytest.raises(UserError, match="valid part"):
        reading.read_utterances(iemocap, None)  # type: ignore[arg-type]


def test_parts_of_mosei_are_its_folds(mosei: Path) -> None:  # noqa: F811
    from live_emotion.training.manifests.mosei import read_mosei

    rows = read_mosei(mosei)
    assert {(row.split, part_of(row, "mosei")) for row in rows} == {
        ("train", "train"),
        ("dev", "valid"),
    }


def test_long_utterances_are_spread_over() -> None:
    assert spread_ticks(5).tolist() == [0, 1, 2, 3, 4]
    long = spread_ticks(40)
    assert len(long) == 12 and long[0] == 0 and long[-1] == 39
    assert set(np.diff(long)) <= {3, 4}


def test_thresholds_are_those_of_the_best_weighted_accuracy() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(60, 6))
    targets = (logits + rng.normal(size=(60, 6)) > 0.8).astype(np.float64)
    targets[:, 5] = 0.0
    chosen = best_thresholds(logits, targets)
    for k in range(5):
        best = weighted_accuracy(logits[:, k] >= chosen[k], targets[:, k] == 1)
        for cut in np.linspace(-3, 3, 200):
            assert weighted_accuracy(logits[:, k] >= cut, targets[:, k] == 1) <= best + 1e-12
    assert chosen[5] == 0.0


def test_measures_by_hand() -> None:
    logits = np.array([[1.0], [1.0], [-1.0], [-1.0], [-1.0]]).repeat(6, axis=1)
    targets = np.array([[1.0], [0.0], [1.0], [0.0], [0.0]]).repeat(6, axis=1)
    made = measure(logits, targets, np.zeros(6), list("abcdef"))
    assert made["acc"] == pytest.approx(60.0)
    assert made["wacc"] == pytest.approx(100 * (1 / 2 + 2 / 3) / 2)
    assert made["f1"] == pytest.approx(100 * 0.5)
