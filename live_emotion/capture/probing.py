"""A first look at a file: which streams can be played, and how the picture is shown."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from live_emotion.capture.decoding import PacketDecoder
from live_emotion.capture.opening import choose_streams, open_container
from live_emotion.capture.packets import PacketQueue, Wait
from live_emotion.capture.picture import Picture, pixel_aspect
from live_emotion.capture.source import SourceInfo
from live_emotion.capture.timestamps import (
    frame_rate,
    length_is_declared,
    media_duration,
    media_zero,
)
from live_emotion.core.errors import UserError

# A stream of which none of so many packets can be decoded counts as one without a decoder.
_TRIES: Final = 200
# How far to look for a stream's first packets.
_LOOK_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What the first look found.

    Attributes
    ----------
    info
        For the user of the source.
    zero
        Container seconds of media second 0.
    exact_length
        Whether the duration is the header's word, not a guess from the bit rate.
    notes
        Streams that cannot be played, a sentence each.
    """

    info: SourceInfo
    zero: Fraction
    exact_length: bool
    notes: tuple[str, ...]


def probe(path: Path) -> Found:
    """Decode the first frame of each stream and describe the file.

    Raises
    ------
    UserError
        If the file cannot be opened or nothing in it can be played.
    """
    container = open_container(path)
    try:
        return _describe(path, container)
    finally:
        container.close()


def _describe(path: Path, container: Any) -> Found:
    video, audio = choose_streams(container)
    if video is None and audio is None:
        raise UserError(
            f"{path} holds neither video nor sound: give a file with at least one of them."
        )
    known = [s for s in (video, audio) if s is not None and s.codec_context is not None]
    found, empty = _first_frames(container, known)
    first = dict.fromkeys((s.index for s in known), None) | found
    notes = []
    playable = []
    for stream in (video, audio):
        if stream is None:
            continue
        if first.get(stream.index) is not None:
            playable.append(stream)
        elif stream.index not in empty or not found:
            notes.append(f"the {stream.type} stream ({_codec(stream)}) cannot be decoded")
    if not playable:
        raise UserError(
            f"Nothing in {path} can be decoded ({'; '.join(notes)}): "
            "convert it to H.264 and AAC, or copy it again if it was cut short."
        )
    zero = media_zero(playable)
    width = height = 0
    fps = 0.0
    has_video = video in playable
    if video is not None and has_video:
        picture = first[video.index]
        if isinstance(picture, Picture):
            width, height = picture.width, picture.height
        fps = float(frame_rate(video) or 0.0)
    info = SourceInfo(
        name=path.name,
        has_video=has_video,
        has_audio=audio in playable,
        width=width,
        height=height,
        fps=fps,
        duration=media_duration(container, playable, zero),
    )
    # With a late zero writers disagree on what the header's length counts from.
    exact = length_is_declared(container.format.name) and abs(zero) < 1
    return Found(info, zero, exact, tuple(notes))


def _first_frames(container: Any, streams: list[Any]) -> tuple[dict[int, Any], set[int]]:
    """Return by stream index the first picture, or True for sound or for "not looked at".

    Also the indexes of streams that hold nothing at all.
    """
    queue = PacketQueue(container, streams, max_bytes=_LOOK_BYTES)
    first: dict[int, Any] = {}
    empty: set[int] = set()
    for stream in streams:
        # One thread returns the first frame after the fewest packets.
        stream.thread_type = "NONE"
        decoder = PacketDecoder(stream, lambda message: None)
        for tried in range(_TRIES):
            packet = queue.next(stream)
            if packet is Wait.OTHERS_FIRST:
                first[stream.index] = True  # It begins late; there is no reason to doubt it.
                break
            frames = decoder.drain() if packet is Wait.END else decoder.decode(packet)
            if frames:
                is_video = stream.type == "video"
                first[stream.index] = Picture(frames[0], pixel_aspect(stream)) if is_video else True
                break
            if packet is Wait.END:
                if tried == 0:
                    empty.add(stream.index)
                break
    return first, empty


def _codec(stream: Any) -> str:
    context = stream.codec_context
    return context.name if context is not None else "unknown codec"
