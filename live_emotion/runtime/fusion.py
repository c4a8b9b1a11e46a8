"""Join the branches: a weighted mean of the logits that are there, then a calibration.

Jia et al. (PMLR 260, 2025, section 3.4): one weight for each branch, no bias. Any subset of the
branches can be joined; each has a calibration of its own, because a mean of two is not spread
like a mean of three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from live_emotion.core.emotions import BRANCHES, EMOTIONS, Branch
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import no_scores
from live_emotion.core.media import FloatArray
from live_emotion.models.metadata import Platt, WeightsMetadata
from live_emotion.runtime.weights import BranchInfo
from live_emotion.runtime.weights_files import read_header, read_tensors, verified, weights_dir

Logits = Mapping[Branch, FloatArray | None]


def subset_key(branches: tuple[Branch, ...]) -> str:
    """Return the name of a subset of branches, such as ``"vision+audio"``."""
    return "+".join(branch for branch in BRANCHES if branch in branches)


@dataclass(frozen=True, slots=True, eq=False)
class Fusion:
    """How the branches are joined.

    Attributes
    ----------
    trained
        Whether the weights were fitted to data. If not, branches with trained weights count
        alike, and untrained ones only where there is no trained one.
    weights
        By branch, not negative.
    calibration
        By subset, see `subset_key`. Empty when untrained: then each logit is calibrated as its
        branch says before the mean is taken.
    thresholds
        ``(6,)`` float32, the probability from which an emotion counts as shown.
    branches
        The branches to be joined.
    sha256
        Of the fusion's file, ``""`` without one.
    """

    trained: bool
    weights: Mapping[Branch, float]
    calibration: Mapping[str, Platt]
    thresholds: FloatArray
    branches: Mapping[Branch, BranchInfo]
    sha256: str = ""

    def fuse(self, logits: Logits) -> tuple[FloatArray, dict[Branch, float]]:
        """Return the joint probabilities and each branch's share.

        Parameters
        ----------
        logits
            ``(6,)`` by branch; None, no entry, or NaN where the branch is missing.

        Returns
        -------
        scores
            ``(6,)`` float32 in 0..1; NaN if every branch is missing.
        shares
            By branch, their sum is 1; 0 for missing ones.
        """
        there = {
            branch: z
            for branch in BRANCHES
            if (z := logits.get(branch)) is not None and not np.isnan(z).any()
        }
        shares = self.shares(tuple(there))
        if not there:
            return no_scores(), shares
        platt = Platt()
        if self.trained:
            platt = self.calibration[subset_key(tuple(there))]
        else:
            there = {b: self._calibrated(b, z) for b, z in there.items()}
        mean = np.zeros(len(EMOTIONS))
        for branch, z in there.items():
            mean += shares[branch] * z
        return platt.apply(mean), shares

    def shares(self, there: tuple[Branch, ...]) -> dict[Branch, float]:
        """Return each branch's share of the fused logits when these branches are there."""
        counted = {branch: self.weights[branch] for branch in there}
        if not self.trained and any(self.branches[branch].trained for branch in there):
            counted = {b: w for b, w in counted.items() if self.branches[b].trained}
        total = sum(counted.values())
        if counted and total <= 0.0:
            counted, total = dict.fromkeys(counted, 1.0), float(len(counted))
        return {branch: counted.get(branch, 0.0) / (total or 1.0) for branch in BRANCHES}

    def _calibrated(self, branch: Branch, logits: FloatArray) -> FloatArray:
        platt = self.branches[branch].calibration
        scale, shift = np.array(platt.scale, np.float32), np.array(platt.shift, np.float32)
        return scale * logits + shift


def find_fusion(
    preset: str, branches: Mapping[Branch, BranchInfo], folder: Path | None = None
) -> Fusion:
    """Return the fusion of a preset, having checked its file if there is one.

    Raises
    ------
    UserError
        If the file is damaged, belongs to another preset, or lacks a subset.
    """
    found = verified(folder or weights_dir(), f"{preset}-fusion.safetensors")
    if found is None:
        half = np.full(len(EMOTIONS), 0.5, dtype=np.float32)
        return Fusion(False, dict.fromkeys(BRANCHES, 1.0), {}, half, branches)
    path, digest = found
    about = WeightsMetadata.from_header(read_header(path), str(path))
    weight = np.asarray(read_tensors(path).get("weight", np.zeros(0)), dtype=np.float64)
    whole = (
        (about.preset, about.branch) == (preset, "fusion")
        and weight.shape == (len(BRANCHES),)
        and bool(np.isfinite(weight).all() and (weight >= 0.0).all())
        and all(key in about.calibration for key in _SUBSETS)
    )
    if not whole:
        raise UserError(
            f"The fusion weights {path} are not those of the preset “{preset}”: "
            "reinstall live-emotion or train the fusion again."
        )
    thresholds = np.array([about.thresholds.get(e, 0.5) for e in EMOTIONS], dtype=np.float32)
    weights = {b: float(w) for b, w in zip(BRANCHES, weight, strict=True)}
    return Fusion(about.trained, weights, about.calibration, thresholds, branches, digest)


_SUBSETS = tuple(
    subset_key(tuple(b for k, b in enumerate(BRANCHES) if bits >> k & 1)) for bits in range(1, 8)
)
