from __future__ import annotations

import pytest

from live_emotion.core.errors import UserError
from live_emotion.runtime.engine import ENGINES, PRECISIONS_OF
from live_emotion.runtime.wish import EngineWish, parse_wish


def test_engines_and_their_precisions() -> None:
    assert parse_wish("auto") == EngineWish(None, None)
    assert parse_wish("auto:bf16") == EngineWish(None, "bfloat16")
    assert parse_wish("openvino") == EngineWish("openvino", None)
    assert parse_wish("openvino:int8") == EngineWish("openvino", "int8")
    assert parse_wish("openvino", "bf16") == EngineWish("openvino", "bfloat16")
    assert parse_wish("openvino:f32", "bfloat16") == EngineWish("openvino", "float32")
    for engine in ENGINES:
        for precision in PRECISIONS_OF[engine]:
            assert parse_wish(f"{engine}:{precision}") == EngineWish(engine, precision)


def test_the_usual_precision() -> None:
    assert parse_wish("openvino").usual_precision == "float32"
    assert parse_wish("cuda").usual_precision == "float16"
    assert parse_wish("cuda:float32").usual_precision == "float32"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("steam", "no engine “steam”"),
        ("", "no engine “”"),
        ("openvino:float8", "no precision “float8”"),
        ("torch:bfloat16", "torch engine runs in float32 only"),
        ("cuda:int8", "cuda engine runs in float32, float16 only"),
    ],
)
def test_what_is_not_there(text: str, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        parse_wish(text)
