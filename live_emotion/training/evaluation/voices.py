"""Evaluating the voice branch on clips of speech."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.perception.speech.activity import VoiceActivity
from live_emotion.training.evaluation.encoders import open_encoders, seen_speakers
from live_emotion.training.evaluation.items import Items, group_numbers
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.progress import tracked
from live_emotion.training.evaluation.sound import Gate, cut, read_sound, score_pieces
from live_emotion.training.evaluation.tables import AUDIO_TABLE, Recording, read_recordings

Change = Callable[[FloatArray, Recording], FloatArray]
ChangeMaker = Callable[[EvaluateOptions, Sequence[Recording]], Change]


def voice_items(
    options: EvaluateOptions, make_change: ChangeMaker | None = None, gate: Gate = "voice"
) -> Items:
    """Score the clips of ``audio.csv``, gated by voice activity as live.

    Parameters
    ----------
    options
        Rows marked train and speakers that the weights have heard are left out unless
        ``everything`` is asked for; a folder without such speakers is taken whole.
    make_change
        Makes, of the clips to be scored, what each one's sound goes through before.
    gate
        See `sound.score_pieces`.

    Raises
    ------
    UserError
        If the table or a clip is missing or damaged, or weights are missing.
    """
    clips = read_recordings(options.data / AUDIO_TABLE, ("path", "speaker", "emotion"))
    with open_encoders(options, "audio") as encoders:
        clips, notes = unseen(clips, seen_speakers(encoders.branches["audio"]), options)
        change = None if make_change is None else make_change(options, clips)
        activity = VoiceActivity()
        logits = np.empty((len(clips), len(EMOTIONS)))
        for k, clip in enumerate(tracked(clips, "voices")):
            samples = read_sound(options.data / clip.path)
            if change is not None:
                samples = change(samples, clip)
            logits[k] = score_pieces(encoders, cut(samples, activity), gate)
        probabilities = encoders.calibrate("audio", logits.astype(np.float32)).astype(np.float64)
    labels = np.array([clip.label for clip in clips], dtype=np.int64)
    parts = {"per_dataset": np.array([clip.dataset or options.data.name for clip in clips])}
    if any(clip.sex for clip in clips):
        parts["per_sex"] = np.array([clip.sex or "unknown" for clip in clips])
    return Items(
        probabilities,
        (labels[:, None] == np.arange(len(EMOTIONS))).astype(np.float64),
        labels,
        logits,
        info=encoders.branches["audio"],
        groups=group_numbers([f"{clip.dataset}/{clip.speaker}" for clip in clips]),
        parts=parts,
        notes=notes,
        facts={"speakers": len({(clip.dataset, clip.speaker) for clip in clips})},
    )


def unseen(
    clips: list[Recording], heard: frozenset[str], options: EvaluateOptions
) -> tuple[list[Recording], tuple[str, ...]]:
    """Return the clips that training has not heard, and a sentence on what was left out.

    Parameters
    ----------
    clips
        All rows of a folder.
    heard
        Speakers that the weights name; where they name none, the split alone decides.
    options
        Whether everything is asked for.

    Raises
    ------
    UserError
        If nothing would be left.
    """
    if options.everything:
        return clips, ()
    known = [clip for clip in clips if clip.speaker in heard]
    train = [clip for clip in clips if clip.split == "train"]
    if heard and not known:
        if not train:
            return clips, ()
        return clips, (
            f"The weights have heard none of the speakers here: all rows were taken, "
            f"also the {len(train)} marked train.",
        )
    left = [clip for clip in clips if clip.split != "train" and clip.speaker not in heard]
    if not left:
        raise UserError(
            f"Training has heard every clip of {options.data}: "
            "name a folder with other speakers, or ask for --all."
        )
    if len(left) == len(clips):
        return left, ()
    return left, (
        f"{len(clips) - len(left)} clips were left out: marked train, "
        "or of speakers that the weights have heard.",
    )
