"""A projection that removes one concept from a vector: what no linear reader can find afterwards.

Training fits it (``training/erasing.py``); to the network, and in the saved package, it is one constant map.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Erasure(nn.Module):
    """x → projection · x + offset; the identity until it is fitted."""

    projection: Tensor
    offset: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("projection", torch.eye(width))
        self.register_buffer("offset", torch.zeros(width))

    def forward(self, vectors: Float[Tensor, "b d"]) -> Float[Tensor, "b d"]:
        """Return the vectors without the concept."""
        return nn.functional.linear(vectors, self.projection, self.offset)
