"""Makes recorded.npz: what the encoders really meet, for checking and calibrating engines.

Face crops, mel pieces and pictures come from demo.mp4, through the program's own perception; half
of the crops and pieces are then changed (light, contrast, mirror, level), since one clip has one
face and one voice. The texts are in the file itself.

    python assets/make_recorded.py --output assets/recorded.npz
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.perception.faces.crop import crop_face
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.perception.spectrogram import MelStream
from live_emotion.runtime.encoders import EncoderSet

FACES, PIECES, PICTURES, LONGEST_SIDE = 28, 32, 5, 480
LEAST_LEVEL = -9.0  # Mean of a piece with somebody speaking, log power.

TEXTS = (
    "I am so happy to see you. What a wonderful day!",
    "I miss her every day, and nothing feels right without her.",
    "How dare you speak to me like that!",
    "Please don't leave me alone in here, I'm scared.",
    "That smells disgusting, I think I'm going to be sick.",
    "Oh my god, I did not expect that at all!",
    "The meeting is on Tuesday at three, in the small room.",
    "kids are talking by the door",
    "well um i suppose we could try it again tomorrow",
    "No.",
    "Thank you so much, you have no idea what this means to me.",
    "It's fine. I just wanted things to be different, that's all, and now it is too late for it.",
    "Why would anyone do this? It makes me furious, and I can't even say so.",
    "We won! I can't believe it, we actually won, after all these years of trying!",
    "She told me yesterday that the house had been sold and that we would have to leave by the "
    "end of the month, which I had been afraid of since the spring, although nobody else was.",
    "I was on my way to work when the train stopped in the tunnel, the lights went out, and for "
    "half an hour nobody told us anything; some people laughed, some cried, and I tried to read, "
    "but I read the same line again and again, because I could hear my own heart beating.",
    "ugh, gross, get that away from me",
    "you did what",
    "I don't feel much about it either way.",
    "this is the worst service i have ever had and i will never come back",
    "The bus leaves at nine.",
    "He's been gone for a year and I still set the table for two.",
    "wow okay that is amazing",
    "There is somebody at the window. Don't move. Don't say a word.",
)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).resolve().parent
    parser.add_argument("--clip", type=Path, default=here / "demo.mp4")
    parser.add_argument("--output", type=Path, default=here / "recorded.npz")
    options = parser.parse_args()
    crops, pieces, pictures = watch(options.clip)
    np.savez_compressed(
        options.output,
        faces=np.concatenate((pick(crops, FACES), changed_faces(pick(crops, FACES)))),
        mel=np.concatenate((pick(pieces, PIECES), changed_pieces(pick(pieces, PIECES)))),
        texts=np.array(TEXTS),
        **{f"picture_{k}": jpeg(p) for k, p in enumerate(pick(pictures, PICTURES))},
    )


def watch(clip: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the clip's face crops, its mel pieces with speech, and pictures, in time order."""
    crops: list[np.ndarray] = []
    pictures: list[np.ndarray] = []
    mel = MelStream()
    heard = []
    with (
        EncoderSet.open("live", "openvino", only=("face_finder",)) as encoders,
        MediaFile(clip) as source,
    ):
        finder, tracker = FaceFinder(encoders.face_finder), FaceTracker()
        tick = 0
        for event in source.events():
            if isinstance(event, AudioBlock):
                heard += mel.push(event.samples)
            elif isinstance(event, VideoFrame) and event.t >= 0.4 * (tick + 1):
                pictures.append(event.image)
                main = tracker.main(tracker.update(event.t, finder.find(event.image)))
                crops += [crop_face(event.image, main)] if main is not None else []
                tick += 1
    pieces = [piece for _, piece in heard if piece.mean() > LEAST_LEVEL]
    return np.stack(crops), np.stack(pieces).astype(np.float16), np.stack(pictures)


def pick(items: np.ndarray, count: int) -> np.ndarray:
    """Return `count` items, evenly spaced."""
    return items[np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int)]


def changed_faces(faces: np.ndarray) -> np.ndarray:
    """Return the faces in other light, from a little nearer or farther, mirrored, some grey."""
    rng = np.random.default_rng(1)
    out = []
    for k, face in enumerate(faces):
        scale, angle = rng.uniform(0.85, 1.2), rng.uniform(-12, 12)
        turn = cv2.getRotationMatrix2D((24.0, 24.0), angle, scale)
        moved = cv2.warpAffine(face, turn, (48, 48), borderMode=cv2.BORDER_REPLICATE)
        light = moved.astype(np.float32) * rng.uniform(0.4, 1.5) + rng.uniform(-30, 30)
        if k % 3 == 0:
            light = np.repeat(light.mean(-1, keepdims=True), 3, axis=-1)
        out.append(np.clip(light[:, :: rng.choice((-1, 1))], 0, 255).astype(np.uint8))
    return np.stack(out)


def changed_pieces(pieces: np.ndarray) -> np.ndarray:
    """Return the pieces louder or softer, over some noise, shifted in pitch by a few bands."""
    rng = np.random.default_rng(2)
    out = []
    for piece in pieces.astype(np.float32):
        power = np.exp(piece + rng.uniform(-3, 3)) + np.exp(rng.uniform(-13, -5))
        out.append(np.roll(np.log(power), int(rng.integers(-6, 7)), axis=0))
    return np.stack(out).astype(np.float16)


def jpeg(picture: np.ndarray) -> np.ndarray:
    """Return a picture, made smaller, as the bytes of a JPEG file."""
    height, width = picture.shape[:2]
    ratio = LONGEST_SIDE / max(height, width)
    size = (round(width * ratio), round(height * ratio))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small[:, :, ::-1], (cv2.IMWRITE_JPEG_QUALITY, 90))[1]


if __name__ == "__main__":
    main()
