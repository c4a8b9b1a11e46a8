"""A camera on the network that paints the time into every picture that it sends.

``python -m live_emotion.bench.stamping_camera PORT FILE``: FILE is a numpy array ``(n, h, w, 3)``
uint8 BGR, played to and fro at 30 a second as ``multipart/x-mixed-replace`` JPEG. The bar in the
top left corner holds `time.monotonic` in tenths of a millisecond, taken just before the picture is
painted, coded and sent.
"""

from __future__ import annotations

import http.server
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from live_emotion.core import codebar

FPS: Final = 30.0
CELL: Final = 16
_QUALITY: Final = 90


def to_and_fro(count: int) -> Iterator[int]:
    """Yield 0, 1 .. count - 1 and back, over and over: a clip without a jump."""
    return itertools.cycle([*range(count), *range(count - 2, 0, -1)])


def stamped(picture: NDArray[np.uint8], seconds: float) -> bytes:
    """Return a picture as JPEG with a time painted into it."""
    image = picture.copy()
    codebar.paint(image, round(seconds * 1e4) & codebar.MOST, CELL)
    coded: bytes = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
    return coded


def serve(port: int, pictures: NDArray[np.uint8]) -> None:
    """Serve until the process is ended."""

    class Camera(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            due = time.monotonic()
            try:
                for number in to_and_fro(len(pictures)):
                    jpeg = stamped(pictures[number], time.monotonic())
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}"
                    self.wfile.write(head.encode() + b"\r\n\r\n" + jpeg + b"\r\n")
                    due = max(due + 1.0 / FPS, time.monotonic() - 1.0 / FPS)
                    time.sleep(max(0.0, due - time.monotonic()))
            except OSError:
                pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Camera).serve_forever()


if __name__ == "__main__":
    cv2.setNumThreads(1)
    serve(int(sys.argv[1]), np.load(Path(sys.argv[2]), mmap_mode="r"))
