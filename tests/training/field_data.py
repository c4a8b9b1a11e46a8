"""A data folder with a little of everything, made up: each label looks and sounds of its own."""

from __future__ import annotations

import csv
import wave
from pathlib import Path

import numpy as np

from live_emotion.core.emotions import EMOTIONS

VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
# Index in VOTES of each of the six, then neutral.
COLUMNS = (1, 3, 4, 6, 5, 2, 0)
NAMES = (*EMOTIONS, "neutral")


def write_field(folder: Path, each: int = 4) -> Path:
    """Write faces, clips and texts, `each` of every label for training and as many unseen."""
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for part in ("train", "valid"):
        images, votes = [], []
        for k, column in enumerate(COLUMNS):
            for _ in range(each):
                face = rng.integers(0, 60, (48, 48))
                face[4 + 5 * k : 10 + 5 * k] += 150
                images.append(face)
                votes.append(np.eye(10, dtype=np.int64)[column] * 10)
        np.savez(
            folder / f"faces_{part}.npz",
            images=np.array(images, np.uint8),
            votes=np.array(votes, np.uint8),
            vote_columns=np.array(VOTES),
        )
    rows = []
    for split in ("train", "dev"):
        for k, name in enumerate(NAMES):
            for i in range(each):
                path = f"audio/{split}-{name}-{i}.wav"
                t = np.arange(16_000) / 16_000
                sound = 0.2 * np.sin(2 * np.pi * (120 * 1.3**k + 3 * i) * t)
                _write(folder / path, sound + rng.normal(0, 0.01, len(t)))
                rows.append((path, "made", f"{split}{i}", "F", name, "en", "", split))
    with (folder / "audio.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("path", "dataset", "speaker", "sex", "emotion", "lang", "text", "split"), *rows]
        )
    lines = ["\t".join(("text", *EMOTIONS, "source", "split"))]
    for split in ("train", "dev"):
        for k, name in enumerate(NAMES):
            for i in range(each):
                marks = [str(int(k == j)) for j in range(len(EMOTIONS))]
                lines.append("\t".join((f"{name} {split} dog {i}", *marks, "made", split)))
    (folder / "text.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_rated(folder: Path, rows: int = 60) -> Path:
    """Write sentences whose valence follows from one of their letters."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    with (folder / "text_valence.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("id", "split", "V", "A", "D", "text"))
        for i in range(rows):
            good = i % 2
            words = ["glad" if good else "bad", *rng.choice(["dog", "cat", "sun", "sea"], 3)]
            split = "dev" if i % 5 == 0 else "train"
            rating = 3 + (0.8 if good else -0.8) + rng.normal(0, 0.1)
            out.writerow((str(i), split, f"{rating:.2f}", "3", "3", " ".join([*words, f"{i}"])))
    return folder


def _write(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
