"""`python -m live_emotion` is `live-emotion`."""

from __future__ import annotations

from live_emotion.cli.main import main

if __name__ == "__main__":
    main()
