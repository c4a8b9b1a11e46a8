from __future__ import annotations

import subprocess
import sys

import pytest

from live_emotion.cli.steady_memory import steady_memory

# One large block freed, then many smaller ones below one that stays.
HOARD = """
import sys
import numpy as np
import psutil
from live_emotion.cli.steady_memory import steady_memory

if sys.argv[1] == "steady":
    assert steady_memory()
me = psutil.Process()
for _ in range(3):
    large = np.ones(24 << 20, np.uint8)
    del large
before = me.memory_info().rss
blocks = [np.ones(6 << 20, np.uint8) for _ in range(20)]
last = blocks.pop()
del blocks
print(me.memory_info().rss - before)
"""


def left_over(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", HOARD, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux")
def test_what_is_let_go_of_is_given_back() -> None:
    if not steady_memory():
        pytest.skip("another C library than glibc")
    assert left_over("steady") < 16 << 20
    # Without it blocks of 6 MB are held: the pattern would show it.
    assert left_over("plain") > 48 << 20


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not steady_memory()
