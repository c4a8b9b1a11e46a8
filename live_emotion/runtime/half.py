"""A network in half precision whose types are written into it.

Convolutions, matrix products and attention run in float16; what sums many values or divides by
them (normalisations, SimAM, the mean over a map) in float32, since float16 ends at 65,504 and has
three digits. The casts are modules of the network, so that PyTorch, TensorRT (which follows the
types it is given) and ONNX all compute the same.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from live_emotion.models.attention import SelfAttention, SimAM

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_HALF = (nn.Conv2d, nn.Linear, SelfAttention)
_IN_FULL = (nn.LayerNorm, nn.BatchNorm2d, nn.GroupNorm, SimAM)


class InHalf(nn.Module):
    """Runs a module in float16 and returns float16."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner.half()

    def forward(self, *given: Any) -> Any:
        """Return the module's result; what is no tensor of floats is given as it is."""
        return self.inner(*(_halved(x) for x in given))


def _halved(given: Any) -> Any:
    return given.half() if isinstance(given, Tensor) and given.is_floating_point() else given


class InFull(nn.Module):
    """Runs a module in float32 and returns what type it was given."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner.float()

    def forward(self, x: Tensor) -> Tensor:
        """Return the module's result in the type of `x`."""
        out: Tensor = self.inner(x.float()).to(x.dtype)
        return out


class Whole(nn.Module):
    """A network whose results are float32, whatever it computes in."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, *given: Tensor) -> Any:
        """Return the network's result, or tuple of results, in float32."""
        out = self.inner(*given)
        if isinstance(out, tuple | list):
            return tuple(x.float() for x in out)
        return out.float()


def in_half(network: nn.Module) -> nn.Module:
    """Return a copy of a network, in evaluation mode, that computes in float16 where it may."""
    made = copy.deepcopy(network).eval().requires_grad_(False).float()
    _cast(made)
    return Whole(made).eval()


def casts(network: nn.Module) -> Iterator[nn.Module]:
    """Yield the modules of a network that fix a type."""
    return (m for m in network.modules() if isinstance(m, InHalf | InFull))


def _cast(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, _IN_HALF):
            setattr(module, name, InHalf(child))
        elif isinstance(child, _IN_FULL):
            setattr(module, name, InFull(child))
        else:
            _cast(child)


def computed_in(network: nn.Module, precision: str) -> nn.Module:
    """Return a network that computes in ``float32`` or ``float16``.

    Raises
    ------
    ValueError
        On any other precision.
    """
    if precision == "float32":
        return network.eval()
    if precision == "float16":
        return in_half(network)
    raise ValueError(f"{precision} is neither float32 nor float16")
