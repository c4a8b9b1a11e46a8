"""Small data folders, and weights of the small preset to score them with."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import torch

from live_emotion.models.branches import build_branch
from live_emotion.models.metadata import Platt
from live_emotion.training.export import export_weights
from live_emotion.training.text_vocabulary import train_vocabulary
from tests.runtime.small_preset import SMALL, metadata, write_weights

REPO = Path(__file__).resolve().parents[2]
SENTENCE = "so glad that it rains and we are here but they were sad about the old angry dog"


def write_small_weights(folder: Path, heard: Sequence[str] = ("old01",)) -> Path:
    """All branches, a vocabulary, and a fusion; the voice has heard `heard`."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    sentences = [" ".join(random.permutation(SENTENCE.split())) for _ in range(200)]
    train_vocabulary(sentences, folder / "small-text.model", size=60)
    write_weights(folder)
    torch.manual_seed(5)
    audio = build_branch("audio", SMALL)
    export_weights(audio.state_dict(), metadata("audio", seen_speakers=tuple(heard)), folder)
    subsets = ("vision", "audio", "text", "vision+audio", "vision+text", "audio+text")
    calibration = {key: Platt() for key in (*subsets, "vision+audio+text")}
    export_weights(
        {"weight": torch.tensor([0.5, 0.3, 0.2])},
        metadata("fusion", calibration=calibration),
        folder,
    )
    return folder


def write_wave(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def demo_part(path: Path, start: float, seconds: float, *options: str) -> Path:
    """A part of the demo clip, in which someone talks."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-ss", str(start)]
    command += ["-t", str(seconds), "-i", str(REPO / "assets" / "demo.mp4"), *options, str(path)]
    subprocess.run(command, check=True)
    return path


def write_audio(folder: Path) -> Path:
    """Five clips: two of talk, one of silence, one of a heard speaker, one marked train."""
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    sound = ("-vn", "-ac", "1", "-ar", "16000")
    demo_part(folder / "audio" / "a.wav", 2.0, 2.0, *sound)
    demo_part(folder / "audio" / "b.wav", 4.0, 6.0, *sound)
    write_wave(folder / "audio" / "c.wav", np.zeros(16_000))
    rows = [
        "path,dataset,speaker,sex,emotion,lang,text,split",
        "audio/a.wav,one,new01,F,happy,en,,dev",
        "audio/b.wav,two,new02,M,sad,en,,dev",
        "audio/c.wav,two,new02,M,angry,en,,dev",
        "audio/a.wav,one,old01,F,angry,en,,dev",
        "audio/b.wav,one,new03,F,neutral,en,,train",
    ]
    (folder / "audio.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def write_texts(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    head = "text\thappy\tsad\tangry\tfearful\tdisgusted\tsurprised\tsource\tsplit"
    rows = [
        "So glad, it rains!\t1\t0\t0\t0\t0\t0\tone\tdev",
        "they were sad about the dog\t0\t1\t0\t0\t\t0\ttwo\tdev",
        "...\t0\t0\t1\t0\t0\t0\tone\tdev",
        "we are here\t0\t0\t0\t0\t0\t0\tone\tdev",
        "the old dog\t0\t0\t1\t0\t0\t0\tone\ttrain",
    ]
    (folder / "text.tsv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder
