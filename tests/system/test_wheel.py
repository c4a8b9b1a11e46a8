"""An installed wheel does what a checkout does: weights, recipes and the demo clip come along."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from live_emotion.session import read

pytestmark = pytest.mark.system
REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--wheel-dir", str(folder), str(REPO)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("live_emotion-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_weights_and_recipes(site: Path) -> None:
    bundled = site / "live_emotion" / "_bundled"
    for kind in ("engines/*.toml", "assets/weights/*"):
        inside = {p.name for p in bundled.glob(kind)}
        assert inside == {p.name for p in REPO.glob(kind)}
        assert inside


def test_the_wheel_replays_a_clip(site: Path, program_env: dict[str, str], tmp_path: Path) -> None:
    env = program_env | {"PYTHONPATH": str(site)}

    def python(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = python("-c", "import live_emotion; print(live_emotion.__file__)")
    assert Path(where.strip()).is_relative_to(site)
    clip = site / "live_emotion" / "_bundled" / "assets" / "demo.mp4"
    out = tmp_path / "session"
    python(
        *("-m", "live_emotion", "replay", str(clip), "--end", "4"),
        *("--no-window", "--output", str(out)),
    )
    session = read(out)
    assert session.clean
    assert len(session.t) == 10
    assert np.isfinite(session.scores).all(axis=1).any()
