"""A full disk, a kill, a broken line: what was recorded is kept, and nothing looks whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_emotion.core.errors import UserError
from live_emotion.session import read
from live_emotion.session.writer import SessionWriter
from tests.session import samples

REPO = Path(__file__).resolve().parents[2]


def python(code: str, *args: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting a tiny file system needs root")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"no tiny file system can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(writer: SessionWriter) -> int:
    """Write until it fails; return how many estimates went in."""
    for tick in range(10_000):
        try:
            writer.estimate(samples.estimate(tick))
        except UserError as error:
            assert "no room is left" in str(error)
            return tick
    raise AssertionError("the disk was never full")


def assert_kept(folder: Path, count: int) -> None:
    session = read(folder)
    assert len(session) == count > 10
    assert not session.clean
    assert session.end is None
    raw = (folder / "session.jsonl").read_bytes()
    assert raw.endswith(b"\n")
    for line in raw.splitlines():
        json.loads(line)


def test_a_full_disk_keeps_all_that_was_written(tiny_disk: Path) -> None:
    writer = SessionWriter(tiny_disk / "s", samples.META)
    count = fill(writer)
    with pytest.raises(UserError, match="no room"):
        writer.end(samples.Counts(), clean=True)
    writer.close()
    assert_kept(tiny_disk / "s", count)


def test_a_disk_full_from_the_start_leaves_nothing(tiny_disk: Path) -> None:
    with (tiny_disk / "other").open("wb", buffering=0) as other, pytest.raises(OSError):
        while True:
            other.write(b"x" * 4096)
    with pytest.raises(UserError, match="cannot be written"):
        SessionWriter(tiny_disk / "a" / "s", samples.META)
    assert [p.name for p in tiny_disk.iterdir()] == ["other"]


def test_a_limit_on_file_size_acts_like_a_full_disk(tmp_path: Path) -> None:
    child = python(
        """
        import resource, sys
        from pathlib import Path
        from live_emotion.session.writer import SessionWriter
        from tests.session import samples
        from tests.session.test_session_damage import fill
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        writer = SessionWriter(Path(sys.argv[1]), samples.META)
        print(fill(writer))
        writer.close()
        """,
        tmp_path / "s",
    )
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0, err
    assert_kept(tmp_path / "s", int(out))


def test_the_first_error_wins_when_closing_fails_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="first"), SessionWriter(tmp_path / "s", {}) as writer:

        def fail(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        assert writer._file is not None
        real = writer._file
        broken = type("Broken", (), {"close": fail, "closed": False})()
        monkeypatch.setattr(writer, "_file", broken)
        real.close()
        raise RuntimeError("first")


def test_an_error_at_closing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SessionWriter(tmp_path / "s", {})

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    assert writer._file is not None
    writer._file.close()
    monkeypatch.setattr(writer, "_file", type("Broken", (), {"close": fail})())
    with pytest.raises(UserError, match="input/output error"):
        writer.close()
    writer.close()


def test_an_end_that_does_not_reach_the_disk_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SessionWriter(tmp_path / "s", {})
    writer.estimate(samples.estimate(0))

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UserError, match="no room"):
        writer.end(samples.Counts(), clean=True)
    writer.close()
    session = read(tmp_path / "s")
    assert not session.clean
    assert session.end is None
    assert len(session) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_kill_loses_at_most_the_last_line(tmp_path: Path) -> None:
    child = python(
        """
        import sys
        from pathlib import Path
        from live_emotion.session.writer import SessionWriter
        from tests.session import samples
        with SessionWriter(Path(sys.argv[1]), samples.META) as writer:
            for tick in range(10_000_000):
                writer.estimate(samples.estimate(tick))
                if tick % 100 == 99:
                    print(tick + 1, flush=True)
        """,
        tmp_path / "s",
    )
    assert child.stdout is not None
    promised = [int(child.stdout.readline()) for _ in range(5)][-1]
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    session = read(tmp_path / "s")
    assert len(session) >= promised == 500
    assert session.tick.tolist() == list(range(len(session)))
    assert not session.clean
    assert session.meta["preset"] == "live"


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    with SessionWriter(tmp_path / "s", samples.META) as writer:
        for tick in range(3):
            writer.estimate(samples.estimate(tick))
        writer.end(samples.Counts(), clean=True)
    return tmp_path / "s"


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_broken_tail_is_left_out(whole: Path, cut: int) -> None:
    log = whole / "session.jsonl"
    log.write_bytes(log.read_bytes()[:-cut])
    session = read(whole)
    assert len(session) == 3
    assert not session.clean
    assert session.end is None
    assert session.problems


@pytest.mark.parametrize(
    "bad",
    [
        b"\0\0\0\0\n",
        b'{"type":"estimate","t":1.0}\n',
        b'{"type":"health"}\n',
        b'{"type":"transcript","t0":0,"t1":1,"text":"a","final":true,"words":[{}]}\n',
        b"[1,2]\n",
        b"\xff\xfe\n",
        b"\n",
    ],
)
def test_a_broken_line_in_the_middle_is_left_out_and_told(whole: Path, bad: bytes) -> None:
    log = whole / "session.jsonl"
    first, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([first, rest[0], bad, *rest[1:]]))
    session = read(whole)
    assert len(session) == 3
    assert not session.clean
    assert len(session.problems) == 1
    assert "3" in session.problems[0]


def test_unknown_types_and_fields_are_kept(whole: Path) -> None:
    log = whole / "session.jsonl"
    first, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([first, b'{"type":"pulse","t":1,"bpm":60}\n', *rest]))
    session = read(whole)
    assert session.clean
    assert session.other == ({"type": "pulse", "t": 1, "bpm": 60},)


def test_a_lost_meta_is_made_up_from_the_first_line(whole: Path) -> None:
    (whole / "meta.json").unlink()
    session = read(whole)
    assert session.meta["format"] == 1
    assert session.meta["source"] == samples.META["source"]
    assert len(session) == 3
    assert not session.clean


def test_a_newer_format_is_refused(whole: Path) -> None:
    meta = json.loads((whole / "meta.json").read_text())
    (whole / "meta.json").write_text(json.dumps(meta | {"format": 2}))
    with pytest.raises(UserError, match="format 2"):
        read(whole)


def test_what_is_no_session_is_refused(tmp_path: Path, whole: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "session.jsonl").write_text("hello\n")
    (tmp_path / "folder" / "session.jsonl").mkdir(parents=True)
    for path in ("missing", "empty", "text", "folder", "s/meta.json"):
        with pytest.raises(UserError, match="give a session folder"):
            read(tmp_path / path)


def test_an_empty_session_reads_as_empty_arrays(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", {}) as writer:
        writer.end(samples.Counts(0, 0, 0), clean=True)
    session = read(str(tmp_path / "s"))
    assert session.clean
    assert session.scores.shape == session.branch_scores["audio"].shape == (0, 6)
    assert session.window.shape == (0, 2)
    assert session.leading.shape == (0,)
