"""The sizes that each kind of network has, and how a text network's are written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

VECTOR_WIDTH: Final = 64


@dataclass(frozen=True, slots=True)
class RfamSizes:
    """Residual-free attention network: channels and blocks of each stage."""

    widths: tuple[int, ...]
    depths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FocalNetSizes:
    """Focal modulation network: channels and blocks of each stage, focal levels and window.

    Attributes
    ----------
    widths, depths
        Channels and blocks of each stage.
    patch
        Factor by which the first stage is smaller than the input, in both directions.
    focal_levels, focal_window
        Levels of context, and the kernel of the first.
    mlp_ratio
        Hidden channels of a block's perceptron against its own.
    stem
        Channels of a convolutional stem; 0 cuts the input into patches, as published.
    layer_scale
        What each block's branches are scaled by at first; 0 leaves the scales out.
    """

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    patch: int = 4
    focal_levels: int = 2
    focal_window: int = 3
    mlp_ratio: float = 4.0
    stem: int = 0
    layer_scale: float = 0.0


@dataclass(frozen=True, slots=True)
class RepVggSizes:
    """RepVGG of V2EM: channels of the stem, of every block by stage, hidden linear width."""

    stem: int
    stages: tuple[tuple[int, ...], ...]
    hidden: int = 1024


@dataclass(frozen=True, slots=True)
class VggSizes:
    """VGG of FE2E: channels of the stem, of every block by stage, hidden linear width."""

    stem: int
    stages: tuple[tuple[int, ...], ...]
    hidden: int = 1024


@dataclass(frozen=True, slots=True)
class NestSizes:
    """NesT: channels, layers and heads of each level, side of a block, hidden linear width."""

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    block: int = 8
    mlp_ratio: float = 4.0
    hidden: int = 1024


@dataclass(frozen=True, slots=True)
class AlbertSizes:
    """ALBERT: embedding, hidden and feed-forward widths, layers, heads, vocabulary."""

    embedding: int
    hidden: int
    feed_forward: int
    layers: int
    heads: int
    vocabulary: int = 30_000
    positions: int = 512


@dataclass(frozen=True, slots=True)
class BertSizes:
    """BERT: hidden and feed-forward widths, layers, heads, vocabulary."""

    hidden: int
    feed_forward: int
    layers: int
    heads: int
    vocabulary: int = 30_522
    positions: int = 512


TextSizes = AlbertSizes | BertSizes
_TEXT_NETWORKS: Final[dict[str, type[TextSizes]]] = {"albert": AlbertSizes, "bert": BertSizes}


@dataclass(frozen=True, slots=True)
class SequenceSizes:
    """Sequence encoder over ticks: a transformer with a learned first token."""

    width: int = VECTOR_WIDTH
    layers: int = 4
    heads: int = 4
    feed_forward: int = 2048


VisionSizes = RfamSizes | RepVggSizes | VggSizes
AudioSizes = FocalNetSizes | NestSizes | VggSizes


def describe_text(sizes: TextSizes) -> dict[str, Any]:
    """Return the kind and sizes of a text network as its weights' metadata stores them."""
    kinds = {kind: name for name, kind in _TEXT_NETWORKS.items()}
    return {"network": kinds[type(sizes)], **asdict(sizes)}


def described_text(description: Mapping[str, Any]) -> TextSizes:
    """Return the sizes that `describe_text` described; without a kind they are an ALBERT's.

    Raises
    ------
    ValueError
        If it names another network, or lacks a size.
    """
    sizes = dict(description)
    network = sizes.pop("network", "albert")
    try:
        return _TEXT_NETWORKS[network](**{name: int(size) for name, size in sizes.items()})
    except (KeyError, TypeError) as error:
        raise ValueError(f"no text network is described by {description!r}") from error
