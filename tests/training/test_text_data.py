import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_emotion.core.errors import UserError
from live_emotion.training.text_batches import in_order, length_buckets, pad
from live_emotion.training.text_data import held_out, read_text_rows, read_unlabelled
from live_emotion.training.text_noise import TextNoise, as_recognised, without_punctuation

HEADER = "text\thappy\tsad\tangry\tfearful\tdisgusted\tsurprised\tsource\tsplit"


def _write(folder: Path, *lines: str) -> Path:
    (folder / "text.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_reads_labels_gaps_and_quotes_as_they_stand(tmp_path: Path) -> None:
    rows = read_text_rows(
        _write(
            tmp_path,
            HEADER,
            'He said "no\t0\t0\t1\t0\t\t0\tmeld\ttrain',
            "Oh — wow\t1\t0\t0\t0\t0\t1\tgo\tdev",
        )
    )
    assert rows.texts == ('He said "no', "Oh — wow")
    np.testing.assert_array_equal(rows.targets[0], [0, 0, 1, 0, np.nan, 0])
    assert rows.sources.tolist() == ["meld", "go"]
    dev = rows.take(rows.splits == "dev")
    assert len(dev) == 1
    assert dev.texts == ("Oh — wow",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("text\thappy",), "lacks the column “sad”"),
        ((HEADER, "a\t2\t0\t0\t0\t0\t0\tx\ttrain"), "Line 2"),
        ((HEADER, "a\t1\t0"), "Line 2"),
        ((HEADER,), "holds no rows"),
    ],
)
def test_bad_tables_are_told_in_a_sentence(
    tmp_path: Path, lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read_text_rows(_write(tmp_path, *lines))


def test_missing_table(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no text\.tsv"):
        read_text_rows(tmp_path)


def test_unlabelled_leaves_out_measured_rows(tmp_path: Path) -> None:
    assert read_unlabelled(tmp_path) == []
    with lzma.open(tmp_path / "text_unlabelled.txt.xz", "wt", encoding="utf-8") as file:
        file.write("I am here.\n\nI am HERE\nYou are not\n")
    assert read_unlabelled(tmp_path, ["i am here!"]) == ["You are not"]


def test_near_copies_share_a_fold() -> None:
    texts = [f"sentence number {i}" for i in range(600)]
    apart = held_out(texts)
    assert 20 < apart.sum() < 90
    loud = [text.upper() + "!!" for text in texts]
    np.testing.assert_array_equal(apart, held_out(loud))
    folds = sum(held_out(texts, fold=k).astype(int) for k in range(12))
    np.testing.assert_array_equal(folds, 1)


@given(st.lists(st.integers(1, 90), min_size=1, max_size=60), st.booleans())
def test_buckets_hold_every_row_once_within_the_budget(lengths: list[int], shuffled: bool) -> None:
    rng = np.random.default_rng(1) if shuffled else None
    batches = length_buckets(np.asarray(lengths), 100, rng)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or longest * len(batch) <= 100


def test_padding() -> None:
    ids, mask = pad([[2, 5, 3], [2, 3]], 0)
    assert ids.tolist() == [[2, 5, 3], [2, 3, 0]]
    assert mask.tolist() == [[True, True, True], [True, True, False]]
    batches = list(in_order([[2, 5, 3], [2, 3]], 3, 0))
    assert [batch.tolist() for batch, _, _ in batches] == [[1], [0]]


def test_noise_is_repeatable_and_never_empties() -> None:
    noise = TextNoise(strip=1.0, apostrophe=0.0, damage=1.0, drop=1.0)
    assert as_recognised("Really?!", np.random.default_rng(0), noise) == "Really?!"
    text = "Well, I can't say that it was much of a surprise -- was it?"
    changed = [as_recognised(text, np.random.default_rng(3), TextNoise()) for _ in range(2)]
    assert changed[0] == changed[1]
    rng = np.random.default_rng(0)
    assert len({as_recognised(text, rng, TextNoise()) for _ in range(40)}) > 10


def test_noise_strips_as_a_transcript() -> None:
    assert without_punctuation("Oh, NO -- don't!") == "oh no don't"
    bare = TextNoise(strip=1.0, apostrophe=1.0, damage=0.0)
    assert as_recognised("Oh, NO -- don't!", np.random.default_rng(0), bare) == "oh no dont"
    untouched = TextNoise(strip=0.0, damage=0.0)
    assert as_recognised("Oh, NO!", np.random.default_rng(0), untouched) == "Oh, NO!"
