"""Makes demo.mp4: a public-domain portrait that moves, speaks and changes its expression.

The picture is NASA's portrait of the astronaut Eileen Collins (public domain), which
scikit-image carries as `skimage.data.astronaut()`; the speech is made by espeak-ng. The same
versions of those and of PyAV give the same clip.

    python assets/make_demo.py --output assets/demo.mp4
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH, HEIGHT, FPS = 1280, 720, 30
SOUND_RATE = 48_000
LEAD_S, PAUSE_S, TAIL_S = 0.8, 0.6, 0.8
AWAY_S = 3.2  # How long the face is out of the picture, between two sentences.

# The portrait is enlarged once; all places below are pixels of the original, 512x512.
ENLARGE = 3
MARGIN = 520  # Backdrop that is painted around it.
PATCH = (120, 30, 330, 200)  # Left, top, right, bottom of what the expression moves.
EYES = ((203.0, 101.0), (246.8, 102.8))
BROWS = ((202.0, 91.0), (247.0, 93.0))
BROWS_INNER = ((211.5, 93.0), (239.5, 94.5))
CORNERS = ((204.5, 140.5), (243.0, 141.8))
MOUTH = (223.8, 149.2)  # Where the upper teeth end, in the middle.


@dataclass(frozen=True)
class Line:
    """A sentence, how it is spoken, and the face that goes with it (1 is a strong form)."""

    text: str
    pitch: int
    speed: int
    volume: float
    smile: float = 0.0
    brows_up: float = 0.0
    brows_in: float = 0.0
    eyes: float = 0.0
    light: tuple[float, float, float] = (1.0, 1.0, 1.0)


LINES = (
    Line(
        "I am so happy to see you. What a wonderful day!",
        62,
        150,
        0.8,
        smile=1.0,
        brows_up=0.3,
        light=(1.06, 1.02, 0.96),
    ),
    Line(
        "Oh, what a surprise! I did not expect that.",
        75,
        155,
        0.8,
        smile=-0.2,
        brows_up=1.0,
        eyes=1.0,
    ),
    Line(
        "I feel so sad and lonely since my friend is gone.",
        32,
        128,
        0.55,
        smile=-1.0,
        brows_in=-0.8,
        eyes=-0.4,
        light=(0.74, 0.80, 0.92),
    ),
    Line(
        "That makes me furious. I am very angry with you!",
        45,
        165,
        1.0,
        smile=-0.7,
        brows_up=-0.6,
        brows_in=1.0,
        eyes=0.2,
        light=(1.0, 0.84, 0.78),
    ),
    Line(
        "I am terribly afraid. Please help me!",
        82,
        160,
        0.65,
        smile=-0.6,
        brows_up=0.8,
        brows_in=-0.6,
        eyes=0.9,
        light=(0.66, 0.72, 0.80),
    ),
)
AWAY_AFTER = 1  # The face leaves after this line.


def speak(line: Line, folder: Path) -> np.ndarray:
    """Return the sentence as float samples at `SOUND_RATE`."""
    program = shutil.which("espeak-ng")
    if program is None:
        sys.exit("espeak-ng is not installed: install it (Debian: apt install espeak-ng).")
    path = folder / "line.wav"
    command = [program, "-v", "en-us+f3", "-p", str(line.pitch), "-s", str(line.speed)]
    subprocess.run([*command, "-w", str(path), line.text], check=True)
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
    voice = raw.astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(voice) > 0.01)
    voice = voice[loud[0] : loud[-1] + 1]
    t = np.arange(int(len(voice) * SOUND_RATE / rate)) / SOUND_RATE
    voice = np.interp(t, np.arange(len(voice)) / rate, voice).astype(np.float32)
    return line.volume * 0.9 * voice / np.abs(voice).max()


@dataclass(frozen=True)
class Plan:
    """When each line begins and ends, when the face is away, and the whole sound."""

    spans: list[tuple[float, float]]
    away: tuple[float, float]
    sound: np.ndarray
    seconds: float


def make_plan() -> Plan:
    """Speak all lines and lay them out in time."""
    with tempfile.TemporaryDirectory() as folder:
        voices = [speak(line, Path(folder)) for line in LINES]
    spans, t, away = [], LEAD_S, (0.0, 0.0)
    for number, voice in enumerate(voices):
        spans.append((t, t + len(voice) / SOUND_RATE))
        t = spans[-1][1] + PAUSE_S
        if number == AWAY_AFTER:
            away = (t, t + AWAY_S)
            t += AWAY_S + PAUSE_S / 2
    seconds = math.ceil((t - PAUSE_S + TAIL_S) * FPS) / FPS
    sound = np.random.default_rng(1).normal(0.0, 3e-4, round(seconds * SOUND_RATE))
    for (start, _), voice in zip(spans, voices, strict=True):
        at = round(start * SOUND_RATE)
        sound[at : at + len(voice)] += voice
    return Plan(spans, away, sound.astype(np.float32), seconds)


def smooth(x: float) -> float:
    """Return the smooth step from 0 at x <= 0 to 1 at x >= 1."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)


def weight(span: tuple[float, float], t: float, ramp: float = 0.35) -> float:
    """Return how much a line's face shows at `t`: it comes shortly before the words."""
    return smooth((t - span[0] + ramp) / ramp) * smooth((span[1] + 0.25 + ramp - t) / ramp)


class Portrait:
    """The enlarged portrait in its backdrop, with a face that can be moved."""

    def __init__(self) -> None:
        from skimage.data import astronaut

        picture = astronaut().astype(np.float32)
        size = (picture.shape[1] * ENLARGE, picture.shape[0] * ENLARGE)
        large = cv2.resize(picture, size, interpolation=cv2.INTER_LANCZOS4)
        self._canvas = self._in_backdrop(np.clip(large, 0, 255))
        left, top, right, bottom = PATCH
        x = np.arange(left * ENLARGE, right * ENLARGE, dtype=np.float32) / ENLARGE
        y = np.arange(top * ENLARGE, bottom * ENLARGE, dtype=np.float32) / ENLARGE
        self._x, self._y = np.meshgrid(x, y)
        self._at = np.s_[
            MARGIN + top * ENLARGE : MARGIN + bottom * ENLARGE,
            MARGIN + left * ENLARGE : MARGIN + right * ENLARGE,
        ]
        self._still = self._canvas[self._at].copy()

    @staticmethod
    def _in_backdrop(large: np.ndarray) -> np.ndarray:
        """Lay the portrait into a soft backdrop of its own colours; its edges fade into it."""
        h, w = large.shape[:2]
        rng = np.random.default_rng(7)
        cloud = cv2.resize(
            rng.normal(0.0, 1.0, (9, 9, 1)).astype(np.float32),
            (w + 2 * MARGIN, h + 2 * MARGIN),
            interpolation=cv2.INTER_CUBIC,
        )
        tone = np.median(large[60 : 160 * ENLARGE // 2, 300 * ENLARGE : 360 * ENLARGE], axis=(0, 1))
        canvas = np.clip(tone + 7.0 * cloud[..., None], 0, 255).astype(np.float32)
        fade = 45 * ENLARGE
        ramp = np.clip(np.minimum(np.arange(w), np.arange(w)[::-1]) / fade, 0, 1)
        mask = np.tile((ramp * ramp * (3 - 2 * ramp)).astype(np.float32), (h, 1))[..., None]
        inside = canvas[MARGIN : MARGIN + h, MARGIN : MARGIN + w]
        inside += mask * (large - inside)
        # Above the portrait its first row goes on; the view hardly reaches there.
        above = canvas[:MARGIN, MARGIN : MARGIN + w]
        above += mask[:1] * (large[:1] - above)
        return canvas

    def _bump(self, place: tuple[float, float], sx: float, sy: float) -> np.ndarray:
        dx, dy = (self._x - place[0]) / sx, (self._y - place[1]) / sy
        return np.exp(-0.5 * (dx * dx + dy * dy))

    def show(self, face: dict[str, float], mouth: float, blink: float) -> np.ndarray:
        """Return the canvas with the expression: weights as in `Line`, mouth and lids 0..1."""
        # Where each shown point comes from, as offsets from itself.
        ox, oy = np.zeros_like(self._x), np.zeros_like(self._y)
        for side, corner in zip((-1, 1), CORNERS, strict=True):
            down = face["smile"] < 0
            pull = self._bump(corner, 11.0 if down else 9.0, 9.0 if down else 7.0)
            ox -= pull * side * 2.2 * face["smile"]
            oy += pull * (8.0 if down else 3.0) * face["smile"]
        for side, brow, inner in zip((-1, 1), BROWS, BROWS_INNER, strict=True):
            oy += self._bump(brow, 11.0, 4.5) * 4.0 * face["brows_up"]
            pull = self._bump(inner, 6.0, 4.5) * face["brows_in"]
            oy -= pull * 3.2
            ox += pull * side * 1.8
        for eye in EYES:
            wide = 0.32 * face["eyes"] * self._bump(eye, 10.0, 5.0)
            oy -= (self._y - eye[1]) * (wide - 1.6 * blink * self._bump(eye, 9.0, 3.2))
        self._canvas[self._at] = self._moved(self._open_mouth(mouth), ox, oy)
        return self._canvas

    def _moved(self, patch: np.ndarray, ox: np.ndarray, oy: np.ndarray) -> np.ndarray:
        map_x = (self._x + ox - PATCH[0]) * ENLARGE
        map_y = (self._y + oy - PATCH[1]) * ENLARGE
        return cv2.remap(patch, map_x, map_y, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)

    def _open_mouth(self, mouth: float) -> np.ndarray:
        """Return the face with the jaw lowered below the upper teeth, dark in between."""
        side = (self._x - MOUTH[0]) / 16.0
        line = MOUTH[1] - 7.0 * side * side
        drop = 7.5 * mouth * np.clip(1.0 - side * side, 0.0, 1.0)
        below = self._y - line - drop
        # Skin around the mouth follows the jaw, less and less down to the neck and aside.
        fall = np.where(below > 0, np.exp(-0.5 * (below / 16.0) ** 2), 0.0) * (self._y < 196)
        around = 7.5 * mouth * np.exp(-0.5 * (side / 0.9) ** 2)
        blend = np.clip(below / 10.0, 0.0, 1.0)
        oy = (-fall * (drop + blend * (around - drop))).astype(np.float32)
        moved = self._moved(self._still, np.zeros_like(oy), oy)
        inside = np.clip((self._y - line) / 0.8, 0, 1) * np.clip(-below / 0.8, 0, 1)
        inside = (inside * np.clip(drop / 1.5, 0, 1)).astype(np.float32)[..., None]
        dark = np.float32([58.0, 22.0, 22.0])
        return moved + inside * (dark - moved)


def envelope(sound: np.ndarray, frames: int) -> np.ndarray:
    """Return the mouth opening per frame, 0..1, from the sound's loudness."""
    step = SOUND_RATE // FPS
    parts = np.pad(sound, (0, step))[: frames * step].reshape(frames, step)
    loud = np.sqrt((parts**2).mean(axis=1))
    loud = np.convolve(np.pad(loud, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return np.clip((loud - 0.02) / 0.2, 0.0, 1.0) ** 0.7


class Scene:
    """The clip's pictures, by time."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._portrait = Portrait()
        self.frames = round(plan.seconds * FPS)
        self._mouths = envelope(plan.sound, self.frames)
        self._shade = np.linspace(-1.0, 1.0, WIDTH, dtype=np.float32)[None, :, None]

    def picture(self, n: int) -> np.ndarray:
        """Return frame `n`, ``(720, 1280, 3)`` uint8 RGB."""
        t = n / FPS
        parts = [
            (weight(span, t), line) for span, line in zip(self._plan.spans, LINES, strict=True)
        ]
        face = {
            key: sum(w * getattr(line, key) for w, line in parts)
            for key in ("smile", "brows_up", "brows_in", "eyes")
        }
        light = 1.0 + sum(w * (np.float32(line.light) - 1.0) for w, line in parts)
        blink = max(0.0, 1.0 - abs((t + 0.9) % 3.1 - 0.1) / 0.1)
        canvas = self._portrait.show(face, float(self._mouths[n]), blink)
        view = cv2.warpAffine(
            canvas,
            camera(self._plan, t),
            (WIDTH, HEIGHT),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        sweep = 0.10 * math.sin(2 * math.pi * t / 9.0)
        return np.clip(view * light * (1.0 + sweep * self._shade), 0, 255).astype(np.uint8)


def camera(plan: Plan, t: float) -> np.ndarray:
    """Return the affine map from canvas to picture at `t`: slow pan, zoom and sway."""
    start, end = plan.away
    gone = smooth((t - start) / 0.8) * smooth((end - t) / 0.8)
    zoom = (2.5 + 0.2 * math.sin(2 * math.pi * t / 14.0)) / ENLARGE
    turn = 1.8 * math.sin(2 * math.pi * t / 5.3)
    x = MARGIN + ENLARGE * (236 + 14 * math.sin(2 * math.pi * t / 8.0) + 380 * gone)
    y = MARGIN + ENLARGE * (152 + 3 * math.sin(2 * math.pi * t / 3.7))
    matrix = cv2.getRotationMatrix2D((x, y), turn, zoom)
    matrix[:, 2] += (WIDTH / 2 - x, HEIGHT / 2 - y)
    return matrix


def write(path: Path, plan: Plan) -> None:
    """Encode the clip."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        out.metadata["title"] = "live-emotion demo clip"
        out.metadata["comment"] = (
            "Portrait of Eileen Collins: NASA, public domain. Speech: espeak-ng."
        )
        options = {"crf": "24", "preset": "slow", "maxrate": "1200k", "bufsize": "2400k"}
        video = out.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.thread_count = 2
        audio = out.add_stream("aac", rate=SOUND_RATE, layout="mono")
        audio.bit_rate = 96_000
        at = 0
        scene = Scene(plan)
        for n in range(scene.frames):
            frame = av.VideoFrame.from_ndarray(scene.picture(n), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            out.mux(video.encode(frame))
            while at < len(plan.sound) and at <= (n + 1) * SOUND_RATE / FPS:
                block = plan.sound[at : at + 1024][None, :]
                piece = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(block), format="fltp", layout="mono"
                )
                piece.sample_rate, piece.pts = SOUND_RATE, at
                piece.time_base = Fraction(1, SOUND_RATE)
                out.mux(audio.encode(piece))
                at += 1024
        for stream in (video, audio):
            out.mux(stream.encode(None))


def main() -> None:
    """Read the command line and make the clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).with_name("demo.mp4")
    parser.add_argument("--output", type=Path, default=default, help="where the clip goes")
    parser.add_argument("--plan", action="store_true", help="only print when what happens")
    parser.add_argument("--still", type=float, help="only write the picture at this second (PNG)")
    options = parser.parse_args()
    plan = make_plan()
    for (start, end), line in zip(plan.spans, LINES, strict=True):
        print(f"{start:6.2f} to {end:6.2f} s  {line.text}")
    print(f"{plan.away[0]:6.2f} to {plan.away[1]:6.2f} s  (no face)")
    if options.still is not None:
        image = Scene(plan).picture(round(options.still * FPS))
        cv2.imwrite(str(options.output.with_suffix(".png")), image[:, :, ::-1])
    elif not options.plan:
        write(options.output, plan)
        print(f"{options.output}: {plan.seconds:.2f} s, {options.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
