"""Faces changed as a room and a webcam change them, always the same way, to measure with.

The changes are done with OpenCV on 8-bit pictures, apart from the augmentation that trains, so
that one does not flatter the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import ByteImage
from live_emotion.core.percepts import Face
from live_emotion.perception.faces.crop import crop_face
from live_emotion.perception.faces.detection import Detection
from live_emotion.perception.faces.finder import FaceFinder

_TINT: Final = (1.2, 0.95, 0.75)  # a warm lamp
_BLUR: Final = 1.0  # deviation in pixels of a 48 x 48 face
_JPEG: Final = 40
_ROLL: Final = 15.0
_PICTURE: Final = (480, 640)
_PASTED: Final = 192  # side of a face in the larger picture
_MOST_OFF: Final = 0.35  # of a pasted face's side: a detection farther off is another thing


def changed(faces: ByteImage, name: str) -> ByteImage:
    """Return faces under one of `CHANGES`.

    Parameters
    ----------
    faces
        ``(n, 48, 48, 3)`` uint8 RGB.
    name
        ``light50`` half as much light again, ``dark50`` half the light, ``blur`` a Gaussian of
        1 pixel, ``jpeg40`` JPEG of quality 40, ``roll15`` and ``roll-15`` turned by 15 degrees,
        ``tint`` a warm lamp's colour.

    Raises
    ------
    KeyError
        If there is no such change.
    """
    change = CHANGES[name]
    return np.stack([change(face) for face in faces]) if len(faces) else faces


def found_again(faces: ByteImage, finder: FaceFinder) -> tuple[ByteImage, NDArray[np.bool_]]:
    """Put each face into a larger picture, find it there, and cut it out as the program does.

    Parameters
    ----------
    faces
        ``(n, 48, 48, 3)`` uint8 RGB.
    finder
        The program's own.

    Returns
    -------
    crops, found
        ``(n, 48, 48, 3)`` uint8 and ``(n,)`` bool; a face that was not found comes back as it
        was.
    """
    crops, found = faces.copy(), np.zeros(len(faces), dtype=np.bool_)
    for k, face in enumerate(faces):
        picture, corner = in_picture(face, k)
        there = _nearest(finder.find(picture), corner)
        if there is not None:
            seen = Face(0.0, 1, there.box, there.confidence, there.landmarks)
            crops[k], found[k] = crop_face(picture, seen), True
    return crops, found


def in_picture(face: ByteImage, number: int = 0) -> tuple[ByteImage, tuple[int, int]]:
    """Return a picture ``(480, 640, 3)`` with the face enlarged in it, and its left top corner.

    The background has the shades of the face's border, as if the scene went on behind it;
    `number` says where the face stands.
    """
    high, wide = _PICTURE
    random = np.random.default_rng(number)
    x = int(random.integers(0, wide - _PASTED))
    y = int(random.integers(0, high - _PASTED))
    large = cv2.resize(face, (_PASTED, _PASTED), interpolation=cv2.INTER_CUBIC)
    picture = cv2.copyMakeBorder(
        large, y, high - _PASTED - y, x, wide - _PASTED - x, cv2.BORDER_REPLICATE
    )
    picture = cv2.GaussianBlur(picture, (0, 0), 12.0)
    picture[y : y + _PASTED, x : x + _PASTED] = large
    return np.asarray(picture, np.uint8), (x, y)


def _nearest(detections: Sequence[Detection], corner: tuple[int, int]) -> Detection | None:
    """Return the detection whose middle is nearest to the pasted face's, if it is near."""
    middle = np.array(corner) + _PASTED / 2
    best, least = None, _MOST_OFF * _PASTED
    for detection in detections:
        x, y, w, h = detection.box
        off = float(np.hypot(*(np.array([x + w / 2, y + h / 2]) - middle)))
        if off < least:
            best, least = detection, off
    return best


def _scaled(face: ByteImage, gain: float | Sequence[float]) -> ByteImage:
    scaled = np.clip(np.rint(face * np.asarray(gain)), 0, 255)
    return np.asarray(scaled, dtype=np.uint8)


def _blurred(face: ByteImage) -> ByteImage:
    return np.asarray(cv2.GaussianBlur(face, (0, 0), _BLUR), np.uint8)


def _compressed(face: ByteImage) -> ByteImage:
    bgr = cv2.cvtColor(face, cv2.COLOR_RGB2BGR)
    data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG])[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _rolled(face: ByteImage, degrees: float) -> ByteImage:
    high, wide = face.shape[:2]
    turn = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), degrees, 1.0)
    turned = cv2.warpAffine(face, turn, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


CHANGES: Final[dict[str, Callable[[ByteImage], ByteImage]]] = {
    "light50": lambda face: _scaled(face, 1.5),
    "dark50": lambda face: _scaled(face, 0.5),
    "blur": _blurred,
    "jpeg40": _compressed,
    "roll15": lambda face: _rolled(face, _ROLL),
    "roll-15": lambda face: _rolled(face, -_ROLL),
    "tint": lambda face: _scaled(face, _TINT),
}
