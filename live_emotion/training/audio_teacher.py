"""The voice branch's teacher: small networks on what whisper's encoder hears.

They learn the seven classes (the six, and none) from mean and deviation of `SpeechFeatures` over
random windows of the same clips that the branch learns from, and of no others. The branch is then
taught their scores and what their hidden layers hold (Hinton et al., 2015; Romero et al., ICLR
2015): both say more about a window than its label does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.audio_pupils import Pupils
from live_emotion.training.common import cosine_schedule
from live_emotion.training.speech_features import SpeechFeatures

CLASSES: Final = len(EMOTIONS) + 1
# Of all teachers together.
NETWORKS: Final = 4
HIDDEN: Final = 192
STEPS: Final = 1000
BATCH: Final = 256
RATE: Final = 1e-3
WEIGHT_DECAY: Final = 0.1
SMOOTHING: Final = 0.05
# Of the standardised input while learning.
NOISE: Final = 0.5
DROP_INPUT: Final = 0.3
DROP_HIDDEN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the teacher says about windows.

    Attributes
    ----------
    logits
        ``(n, 7)``.
    hidden
        ``(n, h)``, standardised.
    """

    logits: Tensor
    hidden: Tensor


class Reader(nn.Module):
    """One hidden layer on standardised features ``(n, 2 * width)``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.drop_input = nn.Dropout(DROP_INPUT)
        self.first = nn.Linear(2 * width, HIDDEN)
        self.drop_hidden = nn.Dropout(DROP_HIDDEN)
        self.last = nn.Linear(HIDDEN, CLASSES)

    def hidden(self, x: Tensor) -> Tensor:
        """Return what the hidden layer holds, ``(n, HIDDEN)``."""
        return torch.relu(self.first(self.drop_input(x)))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits ``(n, 7)``."""
        out: Tensor = self.last(self.drop_hidden(self.hidden(x)))
        return out


class SpeechTeacher:
    """Trains the readers at once; then says what it makes of windows.

    Parameters
    ----------
    features
        Of all clips.
    pupils
        The clips to learn from.
    seed
        Of all random numbers; the global generators are left alone.
    shortest, longest
        Ticks of a window, drawn evenly between them.
    steps
        Of training, each network.
    networks
        How many readers.
    """

    def __init__(
        self,
        features: SpeechFeatures,
        pupils: Pupils,
        seed: int,
        shortest: int = 3,
        longest: int = 8,
        steps: int = STEPS,
        networks: int = NETWORKS,
    ) -> None:
        self._features = features
        self._spans = (shortest, longest)
        rng = np.random.default_rng(seed)
        x, _ = self._draw(pupils, rng, 4000)
        self._mean, self._deviation = x.mean(0), x.std(0).clamp(min=1e-4)
        with torch.random.fork_rng([]):
            torch.manual_seed(seed)
            self._readers = [self._learn(pupils, rng, steps) for _ in range(networks)]
        hidden = self._hidden(self._standard(x))
        self._hidden_mean, self._hidden_deviation = hidden.mean(0), hidden.std(0).clamp(min=1e-2)

    @property
    def width(self) -> int:
        """Numbers of `Lesson.hidden`."""
        return len(self._hidden_mean)

    def __call__(
        self, rows: NDArray[np.int64], ticks: NDArray[np.int64], present: Tensor
    ) -> Lesson:
        """Return what the teacher says about windows.

        Parameters
        ----------
        rows
            ``(n,)`` clips.
        ticks
            ``(n, t)`` the ticks of the clip that lie nearest to those of the window.
        present
            ``(n, t)`` bool; the others count for nothing.
        """
        x = self._standard(self._summary(rows, ticks, present))
        with torch.no_grad():
            logits = torch.stack([r(x) for r in self._readers]).mean(0)
        hidden = (self._hidden(x) - self._hidden_mean) / self._hidden_deviation
        return Lesson(logits, hidden)

    def _learn(self, pupils: Pupils, rng: np.random.Generator, steps: int) -> Reader:
        reader = Reader(self._features.width)
        optimizer = torch.optim.AdamW(reader.parameters(), RATE, weight_decay=WEIGHT_DECAY)
        schedule = cosine_schedule(optimizer, steps, warmup_steps=min(50, steps))
        discount = torch.from_numpy(pupils.trust).log()
        classes = torch.from_numpy(pupils.classes)
        for _ in range(steps):
            x, at = self._draw(pupils, rng, BATCH)
            x = self._standard(x)
            logits = reader(x + NOISE * torch.randn_like(x)) + discount[at]
            loss = F.cross_entropy(logits, classes[at], label_smoothing=SMOOTHING)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        return reader.eval().requires_grad_(False)

    def _draw(self, pupils: Pupils, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """Return features of random windows ``(count, 2 * width)`` and whose they are."""
        at = rng.choice(len(pupils.rows), count, p=pupils.chances)
        rows = pupils.rows[at]
        lengths = np.array([self._features.ticks(int(r)) for r in rows])
        spans = np.minimum(rng.integers(self._spans[0], self._spans[1] + 1, count), lengths)
        starts = rng.integers(0, lengths - spans + 1)
        steps = np.arange(self._spans[1])
        present = torch.from_numpy(steps < spans[:, None])
        return self._summary(rows, starts[:, None] + steps, present), torch.from_numpy(at)

    def _summary(
        self, rows: NDArray[np.int64], ticks: NDArray[np.int64], present: Tensor
    ) -> Tensor:
        """Return mean and deviation of the features over the ticks that are present."""
        heard = torch.from_numpy(self._features.at(rows, ticks))
        weight = present[..., None].float()
        count = weight.sum(1).clamp(min=1.0)
        mean = (heard * weight).sum(1) / count
        variance = ((heard - mean[:, None]).square() * weight).sum(1) / count
        return torch.cat((mean, variance.sqrt()), dim=1)

    def _standard(self, x: Tensor) -> Tensor:
        return (x - self._mean) / self._deviation

    @torch.no_grad()
    def _hidden(self, x: Tensor) -> Tensor:
        return torch.cat([r.hidden(x) for r in self._readers], dim=1)
