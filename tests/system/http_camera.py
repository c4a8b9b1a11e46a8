"""A camera on the network: plays JPEG pictures as multipart/x-mixed-replace at 30 a second.

`python http_camera.py PORT FILE`, where FILE holds for each picture its length in
four bytes, then its bytes. Only the standard library, so that it starts at once.
"""

from __future__ import annotations

import http.server
import itertools
import sys
import time
from pathlib import Path

FPS = 30.0


def read(path: Path) -> list[bytes]:
    data, at, pictures = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        pictures.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return pictures


class Camera(http.server.BaseHTTPRequestHandler):
    pictures: list[bytes]

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
                due = max(due + 1.0 / FPS, time.monotonic() - 1.0 / FPS)
                time.sleep(max(0.0, due - time.monotonic()))
        except OSError:
            pass


if __name__ == "__main__":
    Camera.pictures = read(Path(sys.argv[2]))
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Camera).serve_forever()
