"""Two calls at the same time: their results, their errors, and where they run."""

from __future__ import annotations

import threading

import pytest

from live_emotion.runtime import beside
from live_emotion.runtime.beside import Beside


def test_both_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "cpu_cores", lambda: 2)
    runner, met = Beside(), threading.Barrier(2)
    # Neither gets past the barrier alone.
    assert runner.both(lambda: met.wait(20) >= 0, lambda: (met.wait(20), 7)[1]) == (True, 7)
    runner.close()


@pytest.mark.parametrize(("cores", "allowed"), [(1, True), (2, False)])
def test_one_after_the_other_on_the_callers_thread(
    monkeypatch: pytest.MonkeyPatch, cores: int, allowed: bool
) -> None:
    monkeypatch.setattr(beside, "cpu_cores", lambda: cores)
    runner = Beside(allowed)
    here = threading.get_ident()
    assert runner.both(threading.get_ident, threading.get_ident) == (here, here)
    runner.close()


@pytest.mark.parametrize("first", [True, False])
def test_an_error_comes_once_both_are_over(monkeypatch: pytest.MonkeyPatch, first: bool) -> None:
    monkeypatch.setattr(beside, "cpu_cores", lambda: 2)
    runner, over = Beside(), []

    def failing() -> None:
        raise ValueError("no")

    def working() -> None:
        over.append(1)

    with pytest.raises(ValueError, match="no"):
        runner.both(*((failing, working) if first else (working, failing)))
    assert over == [1]
    assert runner.both(lambda: 1, lambda: 2) == (1, 2)
    runner.close()
