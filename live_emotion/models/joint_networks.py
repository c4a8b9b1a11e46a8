"""Builds the networks that judge a whole window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from torch import nn

from live_emotion.models.afg import AttentionGuidedFusion
from live_emotion.models.architectures import ARCHITECTURES, FeatureSizes, feature_sizes
from live_emotion.models.joint import FeatureNetwork
from live_emotion.models.lf_lstm import LfLstm
from live_emotion.models.lf_trans import LfTrans
from live_emotion.models.mult import Mult
from live_emotion.models.sizes import TextSizes

_FEATURE_NETWORKS: Final[dict[str, Callable[[FeatureSizes], FeatureNetwork]]] = {
    "lf-lstm": LfLstm,
    "lf-trans": LfTrans,
    "mult": Mult,
}


def build_joint(architecture: str, text: TextSizes) -> nn.Module:
    """Return a joint network with fresh weights.

    Parameters
    ----------
    architecture
        One with `Architecture.joint`.
    text
        Sizes of the words network, whose subword embeddings are the words' features.
    """
    if ARCHITECTURES[architecture].joint == "vectors":
        return AttentionGuidedFusion()
    return _FEATURE_NETWORKS[architecture](feature_sizes(text))
