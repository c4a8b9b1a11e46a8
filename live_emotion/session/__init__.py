"""Session logs: written line by line, read back, reported."""

from live_emotion.session.reader import Session, read

__all__ = ["Session", "read"]
