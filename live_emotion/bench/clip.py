"""A talking clip to replay: the demo's, 720p at 30 frames a second, as long as is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from live_emotion.core.errors import UserError
from live_emotion.core.resources import assets_dir


def demo_clip() -> Path:
    """Return the path of the demo clip.

    Raises
    ------
    UserError
        If it is missing.
    """
    path = assets_dir() / "demo.mp4"
    if not path.is_file():
        raise UserError(f"The demo clip {path} is missing: give a file, or reinstall the program.")
    return path


def looped(source: Path, target: Path, seconds: float) -> Path:
    """Write a clip played over and over, without encoding it anew.

    Parameters
    ----------
    source
        Clip with one video and one sound stream.
    target
        File to write; its ending names the format.
    seconds
        Length of the result; the last round is cut at a packet.
    """
    import av

    with av.open(str(source)) as clip:
        packets = [
            (_seconds(p, p.dts), _seconds(p, p.dts + (p.duration or 0))) for p in _packets(clip)
        ]
    if not packets:
        raise UserError(f"{source} holds nothing to play: choose another clip.")
    # Decoding times may begin below zero, and sound and picture do not end together.
    first = min(begin for begin, _ in packets)
    length = max(end for _, end in packets) - first
    with av.open(str(target), "w") as out, av.open(str(source)) as template:
        written = {
            stream.index: out.add_stream_from_template(stream)
            for stream in template.streams
            if stream.type in ("video", "audio")
        }
        begin = Fraction(0)
        while begin < seconds:
            with av.open(str(source)) as clip:
                for packet in _packets(clip):
                    if begin + _seconds(packet, packet.dts) - first >= seconds:
                        continue
                    shift = round(begin / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = written[packet.stream.index]
                    out.mux(packet)
            begin += length
    return target


def _packets(clip: Any) -> Iterator[Any]:
    """Yield the packets that hold picture or sound."""
    for packet in clip.demux():
        timed = packet.dts is not None and packet.pts is not None
        if timed and packet.stream.type in ("video", "audio"):
            yield packet


def _seconds(packet: Any, count: int) -> Fraction:
    return count * Fraction(packet.time_base)
