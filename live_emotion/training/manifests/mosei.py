"""CMU-MOSEI (Zadeh et al., ACL 2018) in its raw folders.

``Raw/Videos/Full/Combined/<id>.mp4``; ``Raw/Transcript/Segmented/Combined/<id>.txt`` with lines
``id___clip___start___end___text``; labels as CSV, either the annotators' own answers
(``Raw/Labels/*.csv``, one row an annotator) or one row a clip (``Labels.csv``); and the standard
folds, which are lists of video ids.
"""

from __future__ import annotations

import ast
import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from live_emotion.core.emotions import EMOTIONS, Emotion
from live_emotion.core.errors import UserError
from live_emotion.training.manifests.rows import ManifestRow

FOLDS_FILE: Final = "cmu_mosei_std_folds.py"
_SPLITS: Final = {"train": "train", "valid": "dev", "test": "test"}
_ID_COLUMNS: Final = ("Input.VIDEO_ID", "video_id", "file", "id")
_CLIP_COLUMNS: Final = ("Input.CLIP", "clip_id", "clip", "index")
_EMOTION_COLUMNS: Final[dict[Emotion, tuple[str, ...]]] = {
    "happy": ("Answer.happiness", "happiness", "happy"),
    "sad": ("Answer.sadness", "sadness", "sad"),
    "angry": ("Answer.anger", "anger", "angry"),
    "fearful": ("Answer.fear", "fear"),
    "disgusted": ("Answer.disgust", "disgust"),
    "surprised": ("Answer.surprise", "surprise"),
}
Labels = dict[tuple[str, str], dict[Emotion, float]]


def is_mosei(folder: Path) -> bool:
    """Whether a folder looks like CMU-MOSEI's raw release."""
    return (_raw(folder) / "Transcript" / "Segmented" / "Combined").is_dir()


def read_mosei(folder: Path) -> list[ManifestRow]:
    """Read the labelled clips with their mean intensities, 0 to 3, over the annotators.

    An emotion counts as shown when its intensity is above 0, as in the paper. Every video is
    taken for one speaker.

    Raises
    ------
    UserError
        If the folder is not CMU-MOSEI's, or labels, folds or a video are missing.
    """
    raw = _raw(folder)
    labels, folds = _labels(folder, raw), _folds(folder, raw)
    rows = []
    for path in sorted((raw / "Transcript" / "Segmented" / "Combined").glob("*.txt")):
        split = folds.get(path.stem)
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            parts = line.strip().split("___", 4)
            emotions = labels.get((parts[0], parts[1])) if len(parts) == 5 else None
            if emotions is not None and split is not None:
                rows.append(_row(raw, parts, emotions, split))
    if not rows:
        raise UserError(
            f"{folder} is not CMU-MOSEI: no clip of Raw/Transcript/Segmented/Combined has both "
            "a label and a fold."
        )
    return rows


def _row(raw: Path, parts: list[str], emotions: Mapping[Emotion, float], split: str) -> ManifestRow:
    video, clip, start, end, text = parts
    media = raw / "Videos" / "Full" / "Combined" / f"{video}.mp4"
    if not media.is_file():
        raise UserError(f"{media} is missing: unpack all of CMU-MOSEI's videos.")
    try:
        span = float(start), float(end)
    except ValueError:
        raise UserError(f"Clip {clip} of {video} has no times: unpack CMU-MOSEI anew.") from None
    return ManifestRow(
        id=f"{video}_{clip}",
        media=media,
        start=span[0],
        end=span[1],
        text=" ".join(text.split()),
        label="",
        emotions=dict(emotions),
        speaker=f"mosei-{video}",
        sex="",
        split=split,
        video=media,
        video_start=span[0],
        video_end=span[1],
        extra={"clip": clip},
    )


def _raw(folder: Path) -> Path:
    return folder / "Raw" if (folder / "Raw").is_dir() else folder


def _labels(folder: Path, raw: Path) -> Labels:
    paths = sorted((raw / "Labels").glob("*.csv"))
    paths += [p for p in (folder / "Labels.csv", raw / "Labels.csv") if p.is_file()]
    answers: dict[tuple[str, str], list[dict[Emotion, float]]] = defaultdict(list)
    for path in dict.fromkeys(paths):
        for key, values in _answers(path):
            answers[key].append(values)
    if not answers:
        raise UserError(
            f"{folder} holds no labels: CMU-MOSEI's CSV files belong in Raw/Labels, or one "
            "Labels.csv with the columns video_id, clip and the six emotions."
        )
    return {
        key: {e: sum(one[e] for one in given) / len(given) for e in EMOTIONS}
        for key, given in answers.items()
    }


def _answers(path: Path) -> Iterator[tuple[tuple[str, str], dict[Emotion, float]]]:
    """Yield video id and clip with the six intensities; tables of other columns yield nothing."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        table = csv.DictReader(file)
        names = table.fieldnames or []
        video = next((c for c in _ID_COLUMNS if c in names), None)
        clip = next((c for c in _CLIP_COLUMNS if c in names), None)
        columns = {
            e: next((c for c in known if c in names), None) for e, known in _EMOTION_COLUMNS.items()
        }
        if video is None or clip is None or None in columns.values():
            return
        for row in table:
            try:
                values = {e: float(row[c] or 0.0) for e, c in columns.items() if c is not None}
            except ValueError:
                continue  # an annotator who did not answer
            yield (row[video].strip(), row[clip].strip()), values


def _folds(folder: Path, raw: Path) -> dict[str, str]:
    """Return ``train``, ``dev`` or ``test`` by video id."""
    for place in (folder, raw):
        lists = [place / f"{name}.txt" for name in _SPLITS]
        if all(path.is_file() for path in lists):
            return {
                video: _SPLITS[path.stem]
                for path in lists
                for video in path.read_text(encoding="utf-8").split()
            }
        if (place / FOLDS_FILE).is_file():
            return _python_folds(place / FOLDS_FILE)
    raise UserError(
        f"{folder} holds no standard folds: put {FOLDS_FILE} of the CMU Multimodal SDK there, "
        "or train.txt, valid.txt and test.txt with one video id a line."
    )


def _python_folds(path: Path) -> dict[str, str]:
    """Read the lists ``standard_train_fold`` and so on; nothing in the file is run."""
    folds: dict[str, str] = {}
    try:
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                split = _SPLITS.get(name.removeprefix("standard_").removesuffix("_fold"))
                if split is not None:
                    folds |= dict.fromkeys(map(str, ast.literal_eval(statement.value)), split)
    except (SyntaxError, ValueError, UnicodeDecodeError, TypeError) as error:
        raise UserError(
            f"{path} holds no lists of video ids: take it from the SDK anew."
        ) from error
    return folds
