from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.errors import UserError
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.tables import Recording, read_recordings, read_texts
from live_emotion.training.evaluation.texts import _unseen as unseen_texts
from live_emotion.training.evaluation.voices import unseen
from live_emotion.training.metrics import NO_LABEL

HEADER = "path,dataset,speaker,sex,emotion,lang,text,split"
TEXT_HEADER = "text\thappy\tsad\tangry\tfearful\tdisgusted\tsurprised\tsource"


def table(folder: Path, *lines: str) -> Path:
    path = folder / "audio.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def clips(*rows: tuple[str, str]) -> list[Recording]:
    return [Recording(f"{k}.ogg", "sad", speaker=s, split=p) for k, (s, p) in enumerate(rows)]


def options(tmp_path: Path, **more: object) -> EvaluateOptions:
    return EvaluateOptions(tmp_path, **more)  # type: ignore[arg-type]


def test_recordings_are_read(tmp_path: Path) -> None:
    rows = read_recordings(
        table(
            tmp_path, HEADER, "a/b.ogg,rav,rav01,F,happy,en,Hi,dev", "c.ogg,rav,rav02,M,calm,en,,"
        )
    )
    assert [(r.path, r.speaker, r.sex, r.split, r.label) for r in rows] == [
        ("a/b.ogg", "rav01", "F", "dev", 0),
        ("c.ogg", "rav02", "M", "", NO_LABEL),
    ]


def test_columns_of_origin_may_be_missing_and_a_subject_is_a_speaker(tmp_path: Path) -> None:
    (row,) = read_recordings(table(tmp_path, "path,emotion,subject", "x.mp4,fearful,rav05"))
    assert (row.speaker, row.dataset, row.split, row.label) == ("rav05", "", "", 3)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("path,dataset",), "lacks the column"),
        (("dataset,emotion", "x,sad"), "lacks the column “path”"),
        (("path,emotion",), "holds no rows"),
        (("path,emotion", "x.ogg,sleepy"), "Line 2 .* “sleepy”"),
        (("path,emotion", ",sad"), "Line 2 .* no file"),
        (("path,emotion", "x.ogg"), "Line 2"),
    ],
)
def test_bad_tables_are_told_in_a_sentence(
    tmp_path: Path, lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read_recordings(table(tmp_path, *lines))


def test_missing_and_binary_tables(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        read_recordings(tmp_path / "audio.csv")
    (tmp_path / "audio.csv").write_bytes(b"path,emotion\n\xff\xfe\x00\n")
    with pytest.raises(UserError, match="cannot be read"):
        read_recordings(tmp_path / "audio.csv")
    (tmp_path / "text.tsv").write_bytes(TEXT_HEADER.encode() + b"\n\xff\xfe\n")
    with pytest.raises(UserError, match="cannot be read"):
        read_texts(tmp_path)


def test_marked_rows_and_heard_speakers_are_left_out(tmp_path: Path) -> None:
    rows = clips(("a", "train"), ("a", "dev"), ("b", "dev"), ("c", "train"), ("d", "test"))
    kept, (note,) = unseen(rows, frozenset({"a"}), options(tmp_path))
    assert [r.speaker for r in kept] == ["b", "d"]
    assert note.startswith("3 clips were left out")
    assert unseen(rows, frozenset({"a"}), options(tmp_path, everything=True)) == (rows, ())


def test_a_folder_of_new_people_is_taken_whole(tmp_path: Path) -> None:
    rows = clips(("x", "train"), ("y", "dev"))
    kept, (note,) = unseen(rows, frozenset({"a"}), options(tmp_path))
    assert kept == rows
    assert "heard none of the speakers" in note
    fresh = clips(("x", ""), ("y", "test"))
    assert unseen(fresh, frozenset({"a"}), options(tmp_path)) == (fresh, ())


def test_without_names_in_the_weights_the_split_decides(tmp_path: Path) -> None:
    kept, _ = unseen(clips(("x", "train"), ("y", "dev")), frozenset(), options(tmp_path))
    assert [r.speaker for r in kept] == ["y"]


def test_a_folder_that_training_has_heard_is_refused(tmp_path: Path) -> None:
    for rows in (clips(("a", "train")), clips(("a", ""), ("a", "test"))):
        with pytest.raises(UserError, match="has heard every clip"):
            unseen(rows, frozenset({"a"}), options(tmp_path))


def test_texts_without_split_or_all_marked_train_are_taken_whole(tmp_path: Path) -> None:
    row = "so glad\t1\t0\t0\t0\t0\t0\tx"
    (tmp_path / "text.tsv").write_text(f"{TEXT_HEADER}\n{row}\n{row}\n", encoding="utf-8")
    rows = read_texts(tmp_path)
    assert len(unseen_texts(rows, options(tmp_path))[0]) == 2
    (tmp_path / "text.tsv").write_text(
        f"{TEXT_HEADER}\tsplit\n{row}\ttrain\n{row}\ttrain\n", encoding="utf-8"
    )
    kept, (note,) = unseen_texts(read_texts(tmp_path), options(tmp_path))
    assert len(kept) == 2
    assert "marked train" in note
    (tmp_path / "text.tsv").write_text(
        f"{TEXT_HEADER}\tsplit\n{row}\ttrain\n{row}\tdev\n", encoding="utf-8"
    )
    kept, (note,) = unseen_texts(read_texts(tmp_path), options(tmp_path))
    assert kept.splits.tolist() == ["dev"]
    np.testing.assert_array_equal(kept.targets, [[1, 0, 0, 0, 0, 0]])
    assert note.startswith("1 rows marked train")
