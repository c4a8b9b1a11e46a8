from __future__ import annotations

from live_emotion.core.estimate import DeviceEvent, Estimate, Health
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.straight_line import StraightLine
from tests.session import samples


class Log(BaseObserver):
    def __init__(self) -> None:
        self.lines: list[object] = []

    def on_estimate(self, estimate: Estimate) -> None:
        self.lines.append(estimate.tick)

    def on_device(self, event: DeviceEvent) -> None:
        self.lines.append(event.state)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        self.lines.append(segment.text)

    def on_health(self, health: Health) -> None:
        self.lines.append("health")


def jump(line: StraightLine, tick: int) -> None:
    line.begin(tick)
    line.on_device(DeviceEvent(0.4 * tick, "clip", "jumped", ""))


def test_a_log_stays_in_order_and_holds_each_tick_once() -> None:
    log = Log()
    line = StraightLine([log])
    for tick in range(3):
        line.on_estimate(samples.estimate(tick))
    jump(line, 10)
    line.on_transcript(samples.words("ahead"))
    line.on_estimate(samples.estimate(10))
    jump(line, 3)
    line.on_estimate(samples.estimate(3))
    line.on_transcript(samples.words("of the gap"))
    line.on_health(samples.health(1.6))
    jump(line, 11)
    line.on_estimate(samples.estimate(11))
    assert log.lines == [0, 1, 2, "jumped", "ahead", 10, "jumped", 11]
    assert line.estimates == 5


def test_a_closed_line_stays_closed() -> None:
    log = Log()
    line = StraightLine([log])
    line.close()
    jump(line, 3)
    line.on_estimate(samples.estimate(3))
    assert log.lines == []
