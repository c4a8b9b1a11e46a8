"""A camera on the network: plays JPEG pictures as multipart/x-mixed-replace.

`python http_camera.py PORT FILE [RATE]`, where FILE holds for each picture its length in
four bytes, then its bytes, and RATE is how many are sent a second, 30 unless given. Only the
standard library, so that it starts at once.
"""

from __future__ import annotations

import http.server
import itertools
import sys
import time
from pathlib import Path


def read(path: Path) -> list[bytes]:
    data, at, pictures = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        pictures.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return pictures


class Camera(http.server.BaseHTTPRequestHandler):
    pictures: list[bytes]
    fps: float

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        due = time.monotonic()
        try:
            for picture in itertools.cycle(self.pictures):
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}"
                self.wfile.write(head.encode() + b"\r\n\r\n" + picture + b"\r\n")
                # After a freeze it goes on in real time; it does not catch up.
                due = max(due + 1.0 / self.fps, time.monotonic() - 1.0 / self.fps)
                time.sleep(max(0.0, due - time.monotonic()))
        except OSError:
            pass


if __name__ == "__main__":
    Camera.pictures = read(Path(sys.argv[2]))
    Camera.fps = float(sys.argv[3]) if len(sys.argv) > 3 else 30.0
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Camera).serve_forever()
