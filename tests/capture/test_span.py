"""A part of a file equals that part of the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.errors import UserError
from tests.capture.media_maker import Clip, Played, play

LONG = Clip(seconds=12.0, flashes=tuple(np.arange(0.5, 12.0, 0.5).tolist()), rate=44_100)


@pytest.fixture(scope="module", params=["mp4", "mkv", "ts", "mov"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("span") / f"long.{request.param}"
    LONG.write(path)
    return path, play(path)


def _samples(played: Played) -> tuple[int, np.ndarray]:
    return round(played.blocks[0].t * 16_000), played.sound


@pytest.mark.parametrize(
    ("start", "end"), [(0.0, 2.5), (0.4, 3.0), (3.2, 5.61), (7.123, None), (9.6, 9.9)]
)
def test_a_part_equals_the_same_part_of_the_whole(
    whole: tuple[Path, Played], start: float, end: float | None
) -> None:
    path, all_of_it = whole
    part = play(path, start=start, end=end)
    stop = 1e9 if end is None else end
    wanted = [f.t for f in all_of_it.frames if start - 1e-9 <= f.t < stop - 1e-9]
    assert [f.t for f in part.frames] == wanted
    np.testing.assert_array_equal(
        part.frames[0].image, next(f for f in all_of_it.frames if f.t == wanted[0]).image
    )
    whole_at, whole_sound = _samples(all_of_it)
    at, sound = _samples(part)
    assert at == max(whole_at, round(start * 16_000))
    same = whole_sound[at - whole_at :][: len(sound)]
    last = len(whole_sound) + whole_at if end is None else round(end * 16_000)
    assert at + len(sound) == last
    # The resampler's edge at a cut end, and a decoder that began elsewhere, differ by a hair.
    np.testing.assert_allclose(sound[:-20], same[:-20], atol=2e-3)


@pytest.mark.parametrize("suffix", ["aac", "wav", "mp3"])
def test_sound_files_without_an_index_can_be_entered(suffix: str, tmp_path: Path) -> None:
    codec = {"aac": "aac", "wav": "pcm_s16le", "mp3": "libmp3lame"}[suffix]
    form = "s16" if suffix == "wav" else "fltp"
    clip = Clip(
        seconds=8.0, flashes=(1.0, 5.0), video_codec=None, audio_codec=codec, sample_format=form
    )
    path = clip.write(tmp_path / f"sound.{suffix}")
    whole, part = play(path), play(path, start=4.0)
    assert part.blocks[0].t == 4.0
    assert part.beeps()[0] == pytest.approx(whole.beeps()[1], abs=1e-3)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [(99.0, None, "cannot start"), (-1.0, None, "0 s or later"), (2.0, 1.0, "after the start")],
)
def test_impossible_spans_are_refused(
    start: float, end: float | None, words: str, tmp_path: Path
) -> None:
    path = Clip(seconds=2.0).write(tmp_path / "short.mp4")
    with pytest.raises(UserError, match=words):
        MediaFile(path, start=start, end=end)


def test_sound_alone_may_be_over_where_the_pictures_go_on(tmp_path: Path) -> None:
    clip = Clip(seconds=6.0, audio_to=2.0, file_options={"live": "1"})
    path = clip.write(tmp_path / "stream.mkv")
    with MediaFile(path, start=4.0, pictures=False) as media:
        assert media.info.has_audio
        assert list(media.events()) == []
    assert play(path, start=4.0).frames[0].t == pytest.approx(4.0, abs=0.05)
    with pytest.raises(UserError, match="ends before"):
        play(path, start=9.0)


def test_a_start_past_an_unknown_end_is_refused_when_it_shows(tmp_path: Path) -> None:
    path = Clip(seconds=2.0, audio_codec=None).write(tmp_path / "raw.h264")
    with pytest.raises(UserError, match="ends before"):
        play(path, start=50.0)
