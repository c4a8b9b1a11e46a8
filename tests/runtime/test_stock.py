"""The stock of the default preset: the words' network that really runs is in it."""

from __future__ import annotations

from live_emotion.runtime.choice_report import chosen_engines
from live_emotion.runtime.stock import StockKeeper, stock


def test_the_network_of_words_and_valence_is_checked_on_real_sentences() -> None:
    (entry,) = StockKeeper("live", threads=1).check(("words_valence",))
    assert entry.state == "ready"
    assert entry.precision == "float32"
    assert entry.scores is not None and entry.scores < 1e-3
    assert entry.share is not None and 0.0 < entry.share <= 1.0
    assert entry.chosen
    assert entry.name in {e.name for e in stock() if e.encoder == "words_valence" and e.chosen}


def test_it_is_built_with_the_rest_and_timed() -> None:
    (choice,) = chosen_engines("live", encoders=("words_valence",), threads=1)
    assert choice.encoder == "words_valence"
    assert choice.chosen is not None and choice.chosen.engine == "openvino"
    (measured,) = choice.tried
    assert measured.ms is not None and measured.ms > 0.0


def test_it_is_known_in_float32_alone() -> None:
    keeper = StockKeeper("live", threads=1, precisions=("bfloat16",))
    (entry,) = keeper.build(("words_valence",))
    assert (entry.state, entry.reason) == ("refused", "its recipe does not allow bfloat16")
    assert chosen_engines("live", ("bfloat16",), encoders=("words_valence",), threads=1) == []
