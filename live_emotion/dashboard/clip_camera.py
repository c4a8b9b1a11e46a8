"""A clip served as a camera on the network, for pictures and trials of the live window."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2

from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import VideoFrame

_MOST_FRAMES: Final = 1800
_QUALITY: Final = 90


class ClipCamera:
    """Plays a clip again and again as ``multipart/x-mixed-replace``; a context manager.

    Parameters
    ----------
    clip
        A video file; its first minute is played.
    """

    def __init__(self, clip: Path) -> None:
        self._jpegs, fps = _jpegs(clip)
        jpegs = self._jpegs

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                due = time.monotonic()
                with contextlib.suppress(OSError):
                    for jpeg in itertools.cycle(jpegs):
                        head = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: "
                        self.wfile.write(f"{head}{len(jpeg)}\r\n\r\n".encode() + jpeg + b"\r\n")
                        due = max(due + 1.0 / fps, time.monotonic() - 1.0 / fps)
                        time.sleep(max(0.0, due - time.monotonic()))

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="clip camera", daemon=True
        )

    @property
    def url(self) -> str:
        """The camera's address."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _jpegs(clip: Path) -> tuple[list[bytes], float]:
    """Return the clip's pictures as JPEG, and how many there are a second."""
    pictures: list[bytes] = []
    with MediaFile(clip) as media:
        fps = media.info.fps or 25.0
        for event in media.events():
            if isinstance(event, VideoFrame):
                bgr = cv2.cvtColor(event.image, cv2.COLOR_RGB2BGR)
                done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
                if done:
                    pictures.append(data.tobytes())
                if len(pictures) >= _MOST_FRAMES:
                    break
    return pictures, fps
