"""What doctor finds, and displays that do or do not answer."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from live_emotion.cli import check_devices, check_system
from live_emotion.cli.check_models import check_models
from live_emotion.cli.check_weights import check_other_weights
from live_emotion.cli.display import display_available
from live_emotion.cli.findings import Finding
from live_emotion.core.resources import assets_dir
from tests.cli.conftest import Invoke


def by_name(findings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {finding["name"]: finding for finding in findings}


def test_json_names_everything_that_was_looked_at(invoke: Invoke) -> None:
    done = invoke("doctor", "--json")
    whole = json.loads(done.stdout)
    found = by_name(whole["findings"])
    for name in (
        *("program", "python", "display", "window", "video files", "ffmpeg", "cpu", "gpu"),
        *("cameras", "microphones", "openvino", "torch", "engines", "face finder"),
        *("speech model", "sessions folder", "cache folder", "log folder"),
    ):
        assert name in found
    assert any(name.startswith("weights") for name in found)
    assert all(f["advice"] for f in whole["findings"] if f["state"] != "ok")
    assert whole["ok"] == all(f["state"] != "broken" for f in whole["findings"])
    assert done.exit_code == (0 if whole["ok"] else 1)


def test_one_line_a_finding_and_1_when_something_is_broken(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    from live_emotion.cli import check_models

    broken = Finding("weights x", "broken", "damaged", "restore\nit")
    monkeypatch.setattr(check_system, "check_system", lambda: iter([Finding("a", "ok", "b")]))
    monkeypatch.setattr(check_devices, "check_devices", lambda: iter([]))
    monkeypatch.setattr(check_models, "check_models", lambda: iter([broken]))
    done = invoke("doctor")
    assert done.exit_code == 1
    assert done.stdout == "ok       a: b\nbroken   weights x: damaged; restore it\n"


def test_missing_weights_are_untrained_and_damaged_ones_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(tmp_path))
    states = {f.name: f for f in check_models()}
    assert states["weights live"].state == "missing"
    assert "train" in states["weights live"].advice
    (tmp_path / "live-vision.safetensors").write_bytes(b"damaged")
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  live-vision.safetensors\n")
    states = {f.name: f for f in check_models()}
    assert states["weights live-vision.safetensors"].state == "broken"
    assert states["weights live-vision.safetensors"].advice


def test_valence_and_joint_networks_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = {f.name: f for f in check_other_weights()}
    assert states["weights valence live"].state == "ok"
    assert "live-valence.safetensors" in states["weights valence live"].found
    assert states["weights joint live"].state == "ok"
    assert all(name in states["weights joint live"].found for name in ("lf-lstm", "mult", "afg"))
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(tmp_path))
    shutil.copy(assets_dir() / "weights" / "live-valence.safetensors", tmp_path)
    states = {f.name: f for f in check_other_weights()}
    assert "other weights of the words" in states["weights valence live"].found
    assert "train valence" in states["weights valence live"].advice
    for name in ("live-valence", "live-mult"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"damaged")
    (tmp_path / "SHA256SUMS").write_text(
        f"{'0' * 64}  live-valence.safetensors\n{'0' * 64}  live-mult.safetensors\n"
    )
    states = {f.name: f for f in check_other_weights()}
    assert states["weights valence live"].state == "broken"
    assert states["weights mult live"].state == "broken"
    assert states["weights mult live"].advice
    for path in tmp_path.iterdir():
        path.unlink()
    states = {f.name: f for f in check_other_weights()}
    assert states["weights valence live"].state == "missing"
    assert "none" in states["weights valence live"].found


def test_linux_cameras_have_their_names(tmp_path: Path) -> None:
    for number in (0, 2):
        (tmp_path / "dev").mkdir(exist_ok=True)
        (tmp_path / "dev" / f"video{number}").touch()
    name = tmp_path / "sys" / "class" / "video4linux" / "video0" / "name"
    name.parent.mkdir(parents=True)
    name.write_text("A camera\n")
    found = check_devices._linux_cameras(tmp_path / "dev", tmp_path / "sys")
    assert found == [f"{tmp_path}/dev/video0 (A camera)", f"{tmp_path}/dev/video2 (no name)"]


class NoPortAudio:
    """Importing sounddevice without PortAudio raises OSError."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")


def test_without_portaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPortAudio(), *sys.meta_path])
    found = check_devices._microphones()
    assert found.state == "missing"
    assert found.found == "PortAudio library not found"
    assert "libportaudio2" in found.advice


def test_a_full_disk_and_a_missing_library_have_advice() -> None:
    assert "apt-get" in check_system._qt_advice("libEGL.so.1: cannot open") or sys.platform in (
        *("win32", "darwin"),
    )
    assert check_system._disk("cache", Path("/")).name == "cache folder"


linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux displays")


@linux_only
def test_a_display_counts_only_if_it_answers(tmp_path: Path) -> None:
    wayland = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert not display_available({})
    assert not display_available(wayland)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        assert display_available(wayland)
    assert not display_available(wayland)


@linux_only
@pytest.mark.parametrize("name", [":4242", ":4242.0", "127.0.0.1:4242", "nonsense", "::", "/no/x"])
def test_x11_displays_that_do_not_answer(name: str) -> None:
    assert not display_available({"DISPLAY": name})


@linux_only
def test_an_x11_display_that_answers() -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X4243")
        server.listen(4)
        assert display_available({"DISPLAY": ":4243"})
        assert display_available({"DISPLAY": ":4243.1"})
