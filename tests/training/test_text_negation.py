from __future__ import annotations

import numpy as np

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.text_data import TextRows
from live_emotion.training.text_negation import SOURCE, negation_rows


def test_denied_and_stated_feelings_stand_side_by_side() -> None:
    rows = negation_rows(1200, seed=0)
    assert set(rows.sources) == {SOURCE}
    assert rows.targets.shape == (1200, 6)
    # One of two is stated, each emotion equally often; a denial says yes to nothing.
    np.testing.assert_array_equal((rows.targets == 1).sum(axis=0), 100)
    for k, emotion in enumerate(EMOTIONS):
        pair = (np.arange(1200) // 2) % 6 == k
        denied, stated = rows.targets[pair][::2], rows.targets[pair][1::2]
        assert (denied[:, k] == 0).all(), emotion
        assert (stated[:, k] == 1).all(), emotion
        assert not np.isnan(stated).any()
        assert np.isnan(denied).any(axis=1).all()


def test_sentences_are_many_plain_and_repeatable() -> None:
    texts = negation_rows(1200, seed=0).texts
    assert texts == negation_rows(1200, seed=0).texts
    assert texts != negation_rows(1200, seed=1).texts
    assert len(set(texts)) > 900
    assert all(not set("{}") & set(t) and "amn't" not in t and t[0].isupper() for t in texts)
    assert any("not happy" in t for t in texts)


def test_rows_join_in_order() -> None:
    made = negation_rows(4, seed=0)
    other = TextRows(
        ("a",), np.full((1, 6), np.nan, np.float32), np.array(["x"]), np.array(["dev"])
    )
    both = other.join(made)
    assert both.texts == ("a", *made.texts)
    assert both.sources.tolist() == ["x", *[SOURCE] * 4]
    assert both.splits.tolist() == ["dev", *["train"] * 4]
    np.testing.assert_array_equal(both.targets[1:], made.targets)
