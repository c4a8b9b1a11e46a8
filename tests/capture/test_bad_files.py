"""Whatever cannot be played is refused in one sentence; what is damaged plays on."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import av
import numpy as np
import pytest

from live_emotion.capture.damage import MAX_EVENTS, DamageReport
from live_emotion.capture.media_file import MediaFile
from live_emotion.core.errors import UserError
from tests.capture.media_maker import Clip, play

TEXT = b"Dear reader,\n\nthis is a letter and no film.\n" * 40


def _refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        MediaFile(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_no_such_file(tmp_path: Path) -> None:
    assert "no file" in _refusal(tmp_path / "nothing.mp4")


def test_a_folder(tmp_path: Path) -> None:
    assert "folder" in _refusal(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert "empty" in _refusal(path)


@pytest.mark.parametrize("name", ["letter.mp4", "letter.txt", "letter.nfo", "letter", "a.srt"])
def test_a_text_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(TEXT)
    assert "not a media file" in _refusal(path)


def test_a_playlist_never_reaches_out(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    assert "not a media file" in _refusal(path)


def test_random_bytes(tmp_path: Path) -> None:
    path = tmp_path / "noise.mkv"
    path.write_bytes(np.random.default_rng(3).bytes(100_000))
    _refusal(path)


def test_an_mp4_without_its_index(tmp_path: Path) -> None:
    path = Clip().write(tmp_path / "clip.mp4")
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 200])
    assert "moov" in _refusal(path)


def test_neither_stream(tmp_path: Path) -> None:
    path = tmp_path / "words.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n")
    assert "neither video nor sound" in _refusal(path)


def test_a_still_picture(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
    frame.save(str(path))
    assert "still picture" in _refusal(path)


def test_an_unknown_codec(tmp_path: Path) -> None:
    path = Clip(audio_codec=None).write(tmp_path / "clip.mkv")
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_NOSUCH/CODEC1"))
    assert "decoded" in _refusal(path)


def test_an_unknown_video_codec_leaves_the_sound(tmp_path: Path) -> None:
    path = Clip().write(tmp_path / "clip.mkv")
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_NOSUCH/CODEC1"))
    with MediaFile(path) as source:
        assert not source.info.has_video
        assert source.info.has_audio
    played = play(path)
    assert not played.frames
    assert len(played.sound) == pytest.approx(4 * 16_000, abs=1_000)
    assert any("video stream" in event.message for event in played.devices)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = Clip().write(tmp_path / "clip.mp4")
    path.chmod(0)
    assert "permissions" in _refusal(path)


def test_no_sound_and_no_video(tmp_path: Path) -> None:
    silent = Clip(audio_codec=None).write(tmp_path / "silent.mp4")
    blind = Clip(video_codec=None).write(tmp_path / "blind.m4a")
    with MediaFile(silent) as source:
        assert (source.info.has_video, source.info.has_audio) == (True, False)
    with MediaFile(blind) as source:
        info = source.info
        assert (info.has_video, info.has_audio, info.width, info.fps) == (False, True, 0, 0.0)
    assert len(play(silent).frames) == 120
    assert play(blind).beeps() == pytest.approx([1.0, 2.0, 3.0], abs=0.005)


def test_cover_art_is_not_video(tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
    frame.save(str(cover))
    sound = Clip(video_codec=None).write(tmp_path / "plain.m4a")
    path = tmp_path / "song.mp4"
    with av.open(str(sound)) as a, av.open(str(cover)) as b, av.open(str(path), "w") as out:
        audio = out.add_stream_from_template(a.streams.audio[0])
        image = out.add_stream_from_template(b.streams.video[0])
        image.disposition = av.stream.Disposition.attached_pic
        for source, stream in ((b, image), (a, audio)):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    with av.open(str(path)) as check:
        assert len(check.streams.video) == 1
    with MediaFile(path) as source:
        assert not source.info.has_video


@pytest.mark.parametrize("suffix", ["mkv", "ts", "mp4"])
def test_damage_in_the_middle_is_told_and_played_over(suffix: str, tmp_path: Path) -> None:
    clip = Clip(seconds=10.0, flashes=tuple(range(1, 10)), size=(320, 240))
    path = clip.write(tmp_path / f"clip.{suffix}")
    whole = play(path)
    data = bytearray(path.read_bytes())
    low, high = int(len(data) * 0.45), int(len(data) * 0.55)
    data[low:high] = np.random.default_rng(1).bytes(high - low)
    path.write_bytes(data)
    played = play(path)
    assert 1 <= len(played.devices) <= 2 * MAX_EVENTS
    assert all(event.state == "damaged" for event in played.devices)
    assert all(event.device == path.name for event in played.devices)
    assert len(played.frames) > 0.7 * len(whole.frames)
    # What comes after the damage is still in its place.
    assert played.frames[-1].t == whole.frames[-1].t
    assert len(played.sound) == pytest.approx(len(whole.sound), abs=400)
    assert played.beeps()[-1] == pytest.approx(whole.beeps()[-1], abs=0.001)
    assert played.flashes()[-1] == whole.flashes()[-1]


def test_a_file_cut_short_plays_what_is_there(tmp_path: Path) -> None:
    path = Clip(seconds=8.0, flashes=(1.0, 2.0, 7.0)).write(tmp_path / "clip.mkv")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    played = play(path)
    assert played.beeps()[:2] == pytest.approx([1.0, 2.0], abs=0.005)
    assert "cut short" in played.devices[-1].message
    assert 2.0 < played.devices[-1].t < 7.0
    assert "cut short" in play(path, start=1.0, end=7.5).devices[-1].message
    assert play(path, start=1.0, end=2.5).devices == []


def test_reports_of_damage_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    report = DamageReport("film.mp4")
    with caplog.at_level(logging.CRITICAL):
        for n in range(1_000):
            report.add(2.0 * n, "broken", kind="a")
    events = report.take()
    assert len(events) == MAX_EVENTS
    assert report.count == 1_000
    assert report.take() == []
    assert "further" in events[-1].message


def test_streams_far_apart_stay_bounded(tmp_path: Path) -> None:
    from live_emotion.capture.packets import PacketQueue, Wait

    path = Clip(seconds=6.0).write(tmp_path / "clip.mkv")
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        queue = PacketQueue(container, [video, audio], max_bytes=4_000)
        while (answer := queue.next(audio)) is not Wait.OTHERS_FIRST:
            assert answer is not Wait.END
        assert queue.waiting_bytes < 40_000
        assert not isinstance(queue.next(video), Wait)
