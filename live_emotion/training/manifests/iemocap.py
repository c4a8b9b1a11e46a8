"""IEMOCAP (Busso et al., 2008) in its released folders.

``Session<k>/dialog/EmoEvaluation/*.txt`` name utterances with times and labels,
``Session<k>/dialog/transcriptions/*.txt`` hold their words, ``Session<k>/sentences/wav`` one wave
file each, ``Session<k>/dialog/avi/DivX`` the dialogues' videos (both actors in one picture).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from live_emotion.core.emotions import EMOTIONS, Emotion
from live_emotion.core.errors import UserError
from live_emotion.training.manifests.rows import ManifestRow

# The six that Jia et al. (2025) and their predecessors score on IEMOCAP, and the rarer ones.
LABELS: Final = {
    "ang": "angry",
    "hap": "happy",
    "exc": "excited",
    "sad": "sad",
    "fru": "frustrated",
    "neu": "neutral",
    "fea": "fearful",
    "sur": "surprised",
    "dis": "disgusted",
}
PAPER_LABELS: Final = ("angry", "happy", "excited", "sad", "frustrated", "neutral")
# Excitement is joy here; frustration is none of the six, so it has no emotions at all.
_OURS: Final[dict[str, Emotion | None]] = {
    "angry": "angry",
    "happy": "happy",
    "excited": "happy",
    "sad": "sad",
    "fearful": "fearful",
    "surprised": "surprised",
    "disgusted": "disgusted",
    "neutral": None,
}
_DEV_SESSION: Final = 5
_EVALUATION: Final = re.compile(
    r"^\[\s*(?P<start>[\d.]+)\s*-\s*(?P<end>[\d.]+)\s*\]\s+(?P<id>Ses\d\d[FM]_\w+)\s+(?P<label>\w{3})\b"
)
_WORDS: Final = re.compile(r"^(?P<id>Ses\d\d[FM]_\w+)\s*\[[^\]]*\]:\s*(?P<text>.*)$")


def is_iemocap(folder: Path) -> bool:
    """Whether a folder looks like IEMOCAP's release."""
    return any(folder.glob("Session[1-5]/dialog/EmoEvaluation"))


def read_iemocap(folder: Path) -> list[ManifestRow]:
    """Read the utterances on which the annotators agreed.

    Utterances without agreement (``xxx``) or labelled "other" are left out. Sessions 1 to 4
    are marked train, session 5 dev, so that no speaker stands in both.

    Raises
    ------
    UserError
        If the folder is not IEMOCAP's, or an utterance's wave file is missing.
    """
    rows = []
    for session in sorted(folder.glob("Session[1-5]")):
        words = _transcriptions(session)
        for path in sorted((session / "dialog" / "EmoEvaluation").glob("Ses*.txt")):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                found = _EVALUATION.match(line.strip())
                label = LABELS.get(found["label"]) if found else None
                if found and label is not None:
                    rows.append(_row(session, path.stem, found, label, words))
    if not rows:
        raise UserError(
            f"{folder} is not IEMOCAP: it has no Session1/dialog/EmoEvaluation/Ses*.txt with "
            "labelled utterances."
        )
    return rows


def _row(
    session: Path, dialog: str, found: re.Match[str], label: str, words: dict[str, str]
) -> ManifestRow:
    name = found["id"]
    wav = session / "sentences" / "wav" / dialog / f"{name}.wav"
    if not wav.is_file():
        raise UserError(f"{wav} is missing: unpack all of IEMOCAP's {session.name}.")
    video = session / "dialog" / "avi" / "DivX" / f"{dialog}.avi"
    number, sex = int(name[3:5]), name.rsplit("_", 1)[1][0]
    known = label in _OURS
    return ManifestRow(
        id=name,
        media=wav,
        start=0.0,
        end=None,
        text=words.get(name, ""),
        label=label,
        emotions={e: float(_OURS[label] == e) for e in EMOTIONS} if known else {},
        speaker=f"iem{number:02d}{sex}",
        sex=sex,
        split="dev" if number == _DEV_SESSION else "train",
        video=video if video.is_file() else None,
        video_start=float(found["start"]),
        video_end=float(found["end"]),
        extra={"session": session.name, "dialog": dialog},
    )


def _transcriptions(session: Path) -> dict[str, str]:
    words = {}
    for path in sorted((session / "dialog" / "transcriptions").glob("Ses*.txt")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            found = _WORDS.match(line.strip())
            if found:
                words[found["id"]] = " ".join(found["text"].split())
    return words
