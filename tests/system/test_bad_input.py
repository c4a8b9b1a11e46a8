"""Bad input: one clear sentence, exit code 2, and nothing left that looks whole."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from live_emotion.core.resources import assets_dir
from live_emotion.session import read
from tests.system.conftest import Run, ffmpeg

pytestmark = pytest.mark.system
DEMO = assets_dir() / "demo.mp4"


def missing(tmp: Path) -> Path:
    return tmp / "missing.mp4"


def folder(tmp: Path) -> Path:
    (tmp / "folder.mp4").mkdir()
    return tmp / "folder.mp4"


def empty(tmp: Path) -> Path:
    (tmp / "empty.mp4").touch()
    return tmp / "empty.mp4"


def text(tmp: Path) -> Path:
    (tmp / "text.mp4").write_text("This is no video at all.\n" * 200)
    return tmp / "text.mp4"


def truncated(tmp: Path) -> Path:
    """A plain MP4 cut before its index, which stands at its end."""
    whole = tmp / "whole.mp4"
    ffmpeg("-i", DEMO, "-t", "3", "-c", "copy", whole)
    data = whole.read_bytes()
    assert b"moov" in data[len(data) // 2 :]
    (tmp / "truncated.mp4").write_bytes(data[: len(data) // 2])
    return tmp / "truncated.mp4"


def neither_stream(tmp: Path) -> Path:
    """A file whose only stream is a subtitle."""
    (tmp / "words.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nhello\n")
    ffmpeg("-i", tmp / "words.srt", tmp / "neither.mkv")
    return tmp / "neither.mkv"


@pytest.mark.parametrize("make", [missing, folder, empty, text, truncated, neither_stream])
def test_a_file_that_cannot_be_replayed(
    make: Callable[[Path], Path], live_emotion: Run, tmp_path: Path
) -> None:
    path = make(tmp_path)
    done = live_emotion("replay", path, "--no-window", "--output", tmp_path / "out")
    assert_one_sentence(done.returncode, done.stderr, path.name)
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_holds_a_session(live_emotion: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "session.jsonl").write_text('{"type":"session"}\n')
    done = live_emotion("replay", DEMO, "--no-window", "--output", out)
    assert_one_sentence(done.returncode, done.stderr, "out")
    assert [p.name for p in out.iterdir()] == ["session.jsonl"]
    assert (out / "session.jsonl").read_text() == '{"type":"session"}\n'


def test_an_unknown_preset(live_emotion: Run, tmp_path: Path) -> None:
    done = live_emotion("replay", DEMO, "--no-window", "--output", tmp_path / "o", "--preset", "x")
    assert_one_sentence(done.returncode, done.stderr, "live", "paper")
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("branch", ["vision", "audio", "text"])
def test_damaged_weights(branch: str, live_emotion: Run, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    shutil.copytree(assets_dir() / "weights", weights)
    file = weights / f"live-{branch}.safetensors"
    data = bytearray(file.read_bytes())
    data[-100] ^= 0xFF
    file.write_bytes(data)
    done = live_emotion(
        *("replay", DEMO, "--no-window", "--output", tmp_path / "out"),
        env={"LIVE_EMOTION_WEIGHTS": str(weights)},
    )
    assert_one_sentence(done.returncode, done.stderr, file.name)
    assert not (tmp_path / "out").exists()


def test_no_room_on_the_disk(live_emotion: Run, tmp_path: Path) -> None:
    """A limit on file size stands in for a full disk: writing fails in the same place."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))

    clip = tmp_path / "clip.mp4"
    shutil.copy(DEMO, clip)
    part = ("replay", clip, "--no-window", "--end", "10")
    warm = live_emotion(*part, "--output", tmp_path / "warm", "--json")
    assert warm.returncode == 0, warm.stderr
    out = tmp_path / "out"
    done = live_emotion(*part, "--output", out, preexec_fn=limit)
    assert_one_sentence(done.returncode, done.stderr, "out")
    session = read(out)
    assert not session.clean
    assert 0 < len(session.t) < len(read(tmp_path / "warm").t)


def test_a_missing_whisper_model(live_emotion: Run, tmp_path: Path) -> None:
    done = live_emotion(
        *("replay", DEMO, "--no-window", "--output", tmp_path / "out"),
        *("--whisper-model", tmp_path / "no-such-model"),
    )
    assert_one_sentence(done.returncode, done.stderr, "no-such-model")
    assert not (tmp_path / "out").exists()


def assert_one_sentence(code: int, stderr: str, *mentions: str) -> None:
    assert code == 2, stderr
    lines = [line for line in stderr.strip().splitlines() if line.strip()]
    assert len(lines) == 1, stderr
    assert "Traceback" not in stderr
    assert lines[0].rstrip().endswith(".")
    for mention in mentions:
        assert mention in lines[0]
