"""The disentangling decoder: two embeddings, *what* is done and *how* it is done, and a pose that depends on both.

The exercise head reads only *what*, the form head only *how*; the pose decoder reads the tokens, scaled and shifted by both
(feature-wise linear modulation; Perez et al., AAAI 2018). From each embedding the label of the other one is erased.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.contract import EMBEDDING_SIZE
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_COUNT
from qleap_edge.model.config import HDTConfig
from qleap_edge.model.heads import NUMBERS_PER_FRAME
from qleap_edge.model.smoothing import Smoothing


class Erasure(nn.Module):
    """x → projection · x + offset: removes one concept from an embedding; the identity until it is fitted.

    ``training/concept_erasure.py`` fits it; in the network and in the saved package it is one constant map.
    """

    projection: Tensor
    offset: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("projection", torch.eye(width))
        self.register_buffer("offset", torch.zeros(width))

    def forward(self, vectors: Float[Tensor, "b d"]) -> Float[Tensor, "b d"]:
        """Return the vectors without the concept."""
        return nn.functional.linear(vectors, self.projection, self.offset)


class FactorBranch(nn.Module):
    """Pooled tokens to one factor of the motion, from which the other factor's label is erased."""

    def __init__(self, config: HDTConfig) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(config.d_model, config.factor_hidden), nn.GELU(), nn.Linear(config.factor_hidden, EMBEDDING_SIZE)
        )
        self.erasure = Erasure(EMBEDDING_SIZE)

    def forward(self, pooled: Float[Tensor, "b d"]) -> Float[Tensor, "b 64"]:
        """Return the embedding."""
        embedding: Tensor = self.erasure(self.layers(pooled))
        return embedding


class PoseDecoder(nn.Module):
    """Each token, modulated by *what* and *how*, gives mean and log variance for its frames (normalised units)."""

    def __init__(self, config: HDTConfig) -> None:
        super().__init__()
        self.frames_per_token = config.frames_per_token
        self.modulation = nn.Linear(2 * EMBEDDING_SIZE, 2 * config.d_model)
        self.hidden = nn.Linear(config.d_model, config.pose_hidden)
        self.out = nn.Linear(config.pose_hidden, self.frames_per_token * NUMBERS_PER_FRAME)
        self.smoothing = Smoothing()

    def forward(
        self, tokens: Float[Tensor, "b t d"], what: Float[Tensor, "b 64"], how: Float[Tensor, "b 64"]
    ) -> tuple[Float[Tensor, "b 200 17 3"], Float[Tensor, "b 200 17 3"]]:
        """Return mean and log variance in normalised units."""
        width = tokens.shape[-1]
        scale_shift = self.modulation(torch.cat([what, how], dim=-1)).unsqueeze(1)
        modulated = tokens * (1.0 + scale_shift[..., :width]) + scale_shift[..., width:]
        frames = self.out(nn.functional.gelu(self.hidden(modulated)))
        smooth = self.smoothing(frames.reshape(tokens.shape[0], WINDOW_STEPS, NUMBERS_PER_FRAME))
        gaussian = smooth.reshape(tokens.shape[0], WINDOW_STEPS, 2, JOINT_COUNT, 3)
        return gaussian[:, :, 0], gaussian[:, :, 1]
