"""Weights of joint networks: what is known of them, and the network that takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.models.architectures import Choice
from live_emotion.models.metadata import Platt, WeightsMetadata
from live_emotion.models.sizes import TextSizes
from live_emotion.runtime.networks import UNTRAINED_SEED
from live_emotion.runtime.weights_files import load_state, read_header, verified, weights_dir

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, eq=False)
class JointInfo:
    """What is known of a joint network's weights; see `BranchInfo`."""

    trained: bool
    path: Path | None
    sha256: str
    calibration: Platt
    thresholds: FloatArray


def find_joint(choice: Choice, folder: Path | None = None) -> JointInfo:
    """Return what is known of a joint network's weights, having checked the file if there is one.

    Raises
    ------
    UserError
        If the file is damaged or belongs to something else.
    """
    found = verified(folder or weights_dir(), f"{choice.joint_name}.safetensors")
    if found is None:
        return JointInfo(False, None, "", Platt(), np.full(len(EMOTIONS), 0.5, np.float32))
    path, digest = found
    about = WeightsMetadata.from_header(read_header(path), str(path))
    if (about.preset, about.branch) != (choice.preset, choice.architecture.name):
        raise UserError(
            f"The weights file {path} is for {about.branch} of the preset “{about.preset}”, "
            f"not {choice.architecture.name} of “{choice.preset}”: restore the file."
        )
    thresholds = np.array([about.thresholds.get(e, 0.5) for e in EMOTIONS], dtype=np.float32)
    return JointInfo(about.trained, path, digest, about.calibration.get("", Platt()), thresholds)


def load_joint(choice: Choice, text: TextSizes, info: JointInfo) -> nn.Module:
    """Return the network in evaluation mode, drawn from a fixed seed where there are no weights.

    Raises
    ------
    UserError
        If the weights are damaged or do not fit.
    """
    import torch

    from live_emotion.models.joint_networks import build_joint

    with torch.random.fork_rng(devices=()):
        torch.manual_seed(UNTRAINED_SEED)
        network = build_joint(choice.architecture.name, text)
    if info.path is not None:
        try:
            network.load_state_dict(load_state(info.path), strict=True)
        except RuntimeError as error:
            raise UserError(
                f"The weights {info.path} do not fit the architecture "
                f"“{choice.architecture.name}”: restore them or train them again."
            ) from error
    return network.requires_grad_(False).eval()
