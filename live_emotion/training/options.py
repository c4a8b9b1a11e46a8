"""What every training command takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from live_emotion.core.emotions import Branch
from live_emotion.models.presets import DEFAULT_PRESET


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Options of one training run.

    Attributes
    ----------
    data
        Folder with the files that the branch needs, by their usual names.
    preset
        Name of the sizes to train, see `live_emotion.models.presets`.
    device
        ``auto``, ``cpu`` or ``cuda``.
    resume
        Go on from the last checkpoint in `output`, if there is one.
    epochs
        Passes over the data; None takes the branch's own number.
    seed
        Of every random number; the same seed on the same machine and number of threads
        gives the same weights.
    output
        Folder of the run: checkpoints, curves, and the weights unless `weights` is given.
    threads
        CPU threads; None leaves the library's choice.
    weights
        Folder that receives ``<preset>-<branch>.safetensors`` and its checksum; None means
        ``<output>/weights``. Give the program's own ``assets/weights`` to put the result to use.
    init
        Text: folder or name of the BERT or ALBERT whose weights training starts from. Vision and
        audio: folder with weights of the same preset to start from. None starts afresh.
    teacher
        Text: folder or name of a BERT that is fine-tuned first and whose scores are then
        learned beside the labels; None learns from the labels alone. Audio: folder or name of
        the whisper model whose encoder the teacher hears through, or several with commas between
        them; None takes the one that came with the program, ``none`` the labels alone. Vision:
        folder of a network that knows faces, see `live_emotion.training.vision_teacher_network`;
        None learns from the votes alone.
    network
        Text only: ``albert``, of the preset's sizes, or ``bert``, the one that `init` names.
    variant
        Text only: name under which the weights stand beside the preset's own, as in
        ``live-text-<variant>.safetensors``; None makes them the preset's own.
    steps
        At most so many batches, for a short and equal budget; None for whole epochs. Face and
        voice then learn by the plain loop of `live_emotion.training.budget`.
    folds
        Audio only: measure on so many folds of speakers in turn instead of exporting weights,
        see `live_emotion.training.audio_folds`.
    """

    data: Path
    preset: str = DEFAULT_PRESET
    device: str = "auto"
    resume: bool = False
    epochs: int | None = None
    seed: int = 0
    output: Path = Path("runs")
    threads: int | None = None
    weights: Path | None = None
    init: str | None = None
    teacher: str | None = None
    network: str = "albert"
    variant: str | None = None
    steps: int | None = None
    folds: int | None = None

    @property
    def weights_dir(self) -> Path:
        """Folder that receives the exported weights."""
        return self.output / "weights" if self.weights is None else self.weights

    def run_name(self, branch: Branch | str) -> str:
        """Return ``<preset>-<branch>``, the stem of every file of the run."""
        return f"{self.preset}-{branch}"
