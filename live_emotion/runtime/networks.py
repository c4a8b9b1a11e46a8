"""The networks behind the encoders, built and loaded only when PyTorch is really needed."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import live_emotion.models
from live_emotion.core.emotions import Branch
from live_emotion.core.errors import UserError
from live_emotion.models.presets import Preset
from live_emotion.models.sizes import describe_text
from live_emotion.runtime.engine import EncoderName, Form
from live_emotion.runtime.weights import BranchInfo, text_sizes
from live_emotion.runtime.weights_files import load_state

if TYPE_CHECKING:
    from torch import nn

UNTRAINED_SEED: Final = 1


class Networks:
    """PyTorch modules of one preset.

    Parameters
    ----------
    preset
        Sizes; those of the text network give way to what its weights say of themselves.
    branches
        Where each branch's weights are; without a file the network is drawn from a fixed seed,
        so that a run can be repeated.
    """

    def __init__(self, preset: Preset, branches: Mapping[Branch, BranchInfo]) -> None:
        self.preset = preset
        if "text" in branches:
            self.preset = replace(preset, text=text_sizes(preset, branches["text"]))
        self._infos = branches
        self._loaded: dict[Branch, nn.Module] = {}

    def weights_id(self, branch: Branch) -> str:
        """Return what tells these weights from any others."""
        return self._infos[branch].sha256 or f"seed {UNTRAINED_SEED}"

    def network_id(self, branch: Branch) -> str:
        """Return a hash of the branch's sizes and of the code that defines the networks."""
        sizes = asdict(self.preset) | {"text": describe_text(self.preset.text)}
        own = {name: sizes[name] for name in (branch, "sequence")}
        plain = json.dumps(own, sort_keys=True) + code_hash()
        return hashlib.sha256(plain.encode()).hexdigest()[:16]

    def module(
        self, encoder: EncoderName, branch: Branch, form: Form, *, fused: bool = False
    ) -> nn.Module:
        """Return an encoder's module in evaluation mode.

        Parameters
        ----------
        form
            ``"merged"`` for the plain stack of convolutions that equals the trained network
            (networks without such a form stay as they are), else the network as it was trained.
        fused
            Whether normalisations behind convolutions are drawn into them, which is quicker in
            PyTorch; OpenVINO does so by itself.

        Raises
        ------
        UserError
            If the weights do not fit the preset, or are damaged.
        """
        network = self.branch(branch)
        if encoder == "text":
            return network
        part: nn.Module = network.get_submodule(
            "sequence" if encoder.endswith("_sequence") else "encoder"
        )
        if encoder != "vision_face":
            return part
        from live_emotion.models.merge import fuse_bn, merge
        from live_emotion.models.repvgg import RepVgg, fuse_repvgg
        from live_emotion.models.rfam import Rfam

        if isinstance(part, RepVgg):
            # It has but one form for inference, and no engine finds it by itself.
            return fuse_repvgg(part)
        if not isinstance(part, Rfam) or not (fused or form == "merged"):
            return part
        return merge(part) if form == "merged" else fuse_bn(part)

    def branch(self, branch: Branch) -> nn.Module:
        """Return a whole branch in evaluation mode, loaded once."""
        if branch not in self._loaded:
            self._loaded[branch] = _build(self.preset, self._infos[branch])
        return self._loaded[branch]


def _build(preset: Preset, info: BranchInfo) -> nn.Module:
    import torch

    from live_emotion.models.branches import build_branch

    with torch.random.fork_rng(devices=()):
        torch.manual_seed(UNTRAINED_SEED)
        network = build_branch(info.branch, preset)
    if info.path is not None:
        try:
            network.load_state_dict(load_state(info.path), strict=True)
        except RuntimeError as error:
            raise UserError(
                f"The weights {info.path} do not fit the preset “{preset.name}”: "
                "reinstall live-emotion or train them again."
            ) from error
    return network.requires_grad_(False).eval()


@functools.cache
def code_hash() -> str:
    """Hash the files that define the networks: new code must not meet an engine of the old."""
    digest = hashlib.sha256()
    folder = Path(live_emotion.models.__file__ or "").parent
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
