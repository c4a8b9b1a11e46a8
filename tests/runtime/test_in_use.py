"""An engine that is open is not removed beneath the program that runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from live_emotion.cli.engines import command
from live_emotion.runtime import cache, cache_care
from live_emotion.runtime.in_use import Hold, in_use
from live_emotion.runtime.recipe_file import load_recipe
from tests.runtime.test_build import opened, source
from tests.runtime.test_cache_care import HOUR, NOW, store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses by itself")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path))


def test_what_is_held_is_in_use_until_the_last_lets_go(tmp_path: Path) -> None:
    assert not in_use(tmp_path)
    one, other = Hold(tmp_path), Hold(tmp_path)
    one.release()
    one.release()
    assert in_use(tmp_path)
    other.release()
    assert not in_use(tmp_path)
    Hold(tmp_path / "gone").release()
    assert not in_use(tmp_path / "gone")


def test_a_program_that_dies_lets_go(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from live_emotion.runtime.in_use import Hold;"
        "hold = Hold(Path(sys.argv[1])); print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"1\n"
        assert in_use(tmp_path)
        other.kill()
        other.wait()
        assert not in_use(tmp_path)


def test_an_open_engine_outlives_cleaning(rng) -> None:
    engine = opened(load_recipe("vision_face"), source())
    idle = store(50)
    cleaned = CliRunner().invoke(command, ["clean", "--all"])
    assert cleaned.stdout.startswith("1 engines removed")
    assert "1 stay, for a program has them open" in cleaned.stdout
    assert not idle.exists()
    # A size that it has not met makes it read its file again.
    for faces in (1, 3, 64):
        assert engine.run({"faces": rng.random((faces, 3, 48, 48), "f")})["vectors"].shape[0] == (
            faces
        )
    engine.close()
    assert cache_care.clean()[0] == 1
    assert cache.entries() == []


def test_pruning_spares_what_is_open() -> None:
    old = [store(h, weights=str(h)) for h in (50, 40, 30, 20)]
    hold = Hold(old[0])
    assert cache_care.prune(now=NOW) == [old[1]]
    hold.release()
    assert cache_care.prune(now=NOW + HOUR) == [old[0]]
