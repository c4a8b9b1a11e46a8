"""Pictures that nobody looks at are not decoded; those that are looked at stay the same."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import AudioBlock, VideoFrame
from tests.capture.media_maker import Clip

STEP_S = 0.1
_RNG = np.random.default_rng(7)
_UNEVEN = np.cumsum(_RNG.choice([0.011, 0.02, 0.033, 0.05, 0.14, 0.45], 90))

B_FRAMES = {"g": "30", "bf": "2", "threads": "1"}
PYRAMID = {"g": "60", "bf": "5", "x264-params": "b-pyramid=normal:b-adapt=0", "threads": "1"}
OPEN_GOP = {"g": "12", "bf": "3", "x264-params": "open-gop=1:b-adapt=0", "threads": "1"}
CLIPS = {
    "constant": Clip(video_options=B_FRAMES),
    "pyramid": Clip(video_options=PYRAMID),
    "open groups": Clip(video_options=OPEN_GOP),
    "late": Clip(video_from=0.7, origin=3.0, video_options=B_FRAMES),
    "fast": Clip(fps=60, seconds=2.5, flashes=(1.0,), video_options=PYRAMID),
    "slow": Clip(fps=8, video_options=B_FRAMES),
    "film": Clip(fps=24, video_options=PYRAMID),
    "variable": Clip(frame_times=[float(t) for t in _UNEVEN], fps=90, video_options=B_FRAMES),
    "near the lines": Clip(
        frame_times=[n * 0.1 + d for n in range(30) for d in (0.0, 0.0333, 0.0999)],
        video_options=B_FRAMES,
    ),
}


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch):
    monkeypatch.setattr("live_emotion.capture.media_file.os.cpu_count", lambda: 2)


def events(path, step=None, **span):
    with MediaFile(path, **span) as source:
        source.picture_step = step
        taken = [
            (e, e.luma.copy()) if isinstance(e, VideoFrame) else (e, None) for e in source.events()
        ]
    frames = [(e, luma) for e, luma in taken if isinstance(e, VideoFrame)]
    return frames, [e for e, _ in taken if isinstance(e, DeviceEvent)], [e for e, _ in taken]


def steps(frames):
    return [math.floor((f.t + 1e-6) / STEP_S) for f, _ in frames]


def firsts(frames):
    """The first frame of every step, and the last of all."""
    at = steps(frames)
    kept = [f for n, f in enumerate(frames) if n == 0 or at[n] != at[n - 1]]
    return kept if kept[-1] is frames[-1] else [*kept, frames[-1]]


def check_same(full, spared):
    """What was decoded is the same picture at the same time, and holds the first of each step."""
    whole = {f.index: (f, luma) for f, luma in full}
    for frame, luma in spared:
        there, seen = whole[frame.index]
        assert frame.t == there.t
        np.testing.assert_array_equal(luma, seen)
    assert {f.index for f, _ in firsts(full)} <= {f.index for f, _ in spared}
    last = -1
    for frame, _ in spared:
        assert frame.passed_over == frame.index - last - 1
        last = frame.index


def kinds(path):
    """The kind of every picture in the order of display."""
    with av.open(str(path)) as media:
        return [av.video.frame.PictureType(frame.pict_type).name for frame in media.decode(video=0)]


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_first_of_every_step_is_there(tmp_path, name, suffix):
    path = CLIPS[name].write(tmp_path / f"clip{suffix}")
    full, _, _ = events(path)
    spared, damage, _ = events(path, STEP_S)
    assert damage == []
    check_same(full, spared)
    if name == "slow":
        assert len(spared) == len(full)
        return
    assert len(spared) < len(full)
    shown = kinds(path)
    if len(shown) != len(full):
        return  # The container rounds two times to one.
    assert {shown[f.index] for f, _ in full} > {"B"}
    there = {f.index for f, _ in spared}
    assert {shown[f.index] for f, _ in full if f.index not in there} == {"B"}


def test_only_what_is_needed_is_decoded(tmp_path):
    # I b b P b b P ..., three to a step: of each step the first, and what others are drawn from.
    options = {"g": "30", "bf": "2", "x264-params": "b-adapt=0:b-pyramid=none", "threads": "1"}
    path = Clip(video_options=options, seconds=1.0, flashes=(0.5,)).write(tmp_path / "clip.mp4")
    full, _, _ = events(path)
    spared, _, _ = events(path, STEP_S)
    kind = kinds(path)
    assert [f.index for f, _ in spared] == [
        f.index for f, _ in full if f.index % 3 == 0 or kind[f.index] != "B"
    ]


@pytest.mark.parametrize("span", [{"start": 1.05}, {"end": 2.15}, {"start": 0.4, "end": 3.19}])
def test_a_part(tmp_path, span):
    path = Clip(video_options=PYRAMID).write(tmp_path / "clip.mp4")
    full, _, _ = events(path, **span)
    spared, _, _ = events(path, STEP_S, **span)
    check_same(full, spared)
    assert len(spared) < len(full)


def test_sound_is_the_same(tmp_path):
    path = Clip(video_options=PYRAMID).write(tmp_path / "clip.mp4")
    _, _, full = events(path)
    _, _, spared = events(path, STEP_S)
    blocks = [[e for e in each if isinstance(e, AudioBlock)] for each in (full, spared)]
    assert [b.t for b in blocks[0]] == [b.t for b in blocks[1]]
    for one, other in zip(*blocks, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)
    assert all(a.t <= b.t for a, b in pairwise(spared))


@pytest.mark.parametrize(
    ("clip", "suffix"),
    [
        (Clip(video_options={"bf": "0"}), ".mp4"),
        (Clip(video_options=B_FRAMES), ".avi"),
        (Clip(video_codec="mpeg4", video_options={"bf": "2"}, fps=25), ".mp4"),
    ],
    ids=["no B-frames", "no display times", "another codec"],
)
def test_nothing_is_left_out_where_it_cannot_be(tmp_path, clip, suffix):
    path = clip.write(tmp_path / f"clip{suffix}")
    full, _, _ = events(path)
    spared, _, _ = events(path, STEP_S)
    assert [f.t for f, _ in spared] == [f.t for f, _ in full]
    assert not any(f.passed_over for f, _ in spared)


def test_not_with_frames_beside_one_another(tmp_path, monkeypatch):
    monkeypatch.setattr("live_emotion.capture.media_file.os.cpu_count", lambda: 8)
    path = Clip(video_options=B_FRAMES).write(tmp_path / "clip.mp4")
    assert len(events(path, STEP_S)[0]) == len(events(path)[0])


def test_every_picture_from_the_first_damage_on(tmp_path):
    path = replace(Clip(video_options=B_FRAMES), audio_codec=None).write(tmp_path / "clip.mp4")
    hurt, from_t = _hurt(path)
    full, told, _ = events(hurt)
    spared, also_told, _ = events(hurt, STEP_S)
    assert told and also_told
    assert abs(told[0].t - also_told[0].t) <= STEP_S
    before = [f for f in spared if f[0].t < from_t]
    assert any(f.passed_over for f, _ in before)
    # The decoder holds a few pictures back: those were passed over by then.
    after = [f.t for f, _ in spared if f.t > from_t + 0.5]
    assert after == [f.t for f, _ in full if f.t > from_t + 0.5]
    assert {f.t for f, _ in firsts(full)} <= {f.t for f, _ in spared}


def _hurt(path: Path) -> tuple[Path, float]:
    """Overwrite the second keyframe's data; return the file and that keyframe's time."""
    with av.open(str(path)) as media:
        stream = media.streams.video[0]
        keys = [p for p in media.demux(stream) if p.size and p.is_keyframe]
        pos, size, at = keys[1].pos, keys[1].size, float(keys[1].pts * stream.time_base)
    data = bytearray(path.read_bytes())
    data[pos + 40 : pos + size] = bytes(_RNG.integers(0, 256, size - 40, dtype=np.uint8))
    target = path.with_name("hurt.mp4")
    target.write_bytes(data)
    return target, at
