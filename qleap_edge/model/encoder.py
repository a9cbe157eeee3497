"""The transformer encoder, written out: pre-norm blocks of self-attention and a feed-forward network.

Written by hand instead of ``nn.TransformerEncoder`` so that every tensor has a readable name in the exported graph, no fused
kernel replaces the arithmetic, and layers do not start with equal weights.

Source: Vaswani et al., "Attention Is All You Need", 2017; pre-norm after Xiong et al., ICML 2020.
"""

import math

from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.model.config import HDTConfig


class SelfAttention(nn.Module):
    """Multi-head scaled dot-product attention over all tokens; no mask, windows are complete."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.heads, self.head_width = heads, d_model // heads
        self.query = nn.Linear(d_model, d_model)
        self.key = nn.Linear(d_model, d_model)
        self.value = nn.Linear(d_model, d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, tokens: Float[Tensor, "b t d"]) -> Float[Tensor, "b t d"]:
        """Return the attended tokens; with equal scores for all keys it is the mean of the values."""
        batch, count, width = tokens.shape

        def split(projected: Tensor) -> Tensor:
            return projected.reshape(batch, count, self.heads, self.head_width).transpose(1, 2)

        query, key, value = split(self.query(tokens)), split(self.key(tokens)), split(self.value(tokens))
        scores = (query * (1.0 / math.sqrt(self.head_width))) @ key.transpose(-2, -1)
        attended = scores.softmax(dim=-1) @ value
        merged: Tensor = self.out(attended.transpose(1, 2).reshape(batch, count, width))
        return merged


class EncoderLayer(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, config: HDTConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.d_model)
        self.attention = SelfAttention(config.d_model, config.heads)
        self.feedforward_norm = nn.LayerNorm(config.d_model)
        self.feedforward = nn.Sequential(
            nn.Linear(config.d_model, config.d_feedforward), nn.GELU(), nn.Linear(config.d_feedforward, config.d_model)
        )

    def forward(self, tokens: Float[Tensor, "b t d"]) -> Float[Tensor, "b t d"]:
        """Return the tokens after one block."""
        tokens = tokens + self.attention(self.attention_norm(tokens))
        out: Tensor = tokens + self.feedforward(self.feedforward_norm(tokens))
        return out


class Encoder(nn.Module):
    """A stack of layers and a final norm."""

    def __init__(self, config: HDTConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.d_model)

    def forward(self, tokens: Float[Tensor, "b t d"]) -> Float[Tensor, "b t d"]:
        """Return the encoded tokens."""
        for layer in self.layers:
            tokens = layer(tokens)
        encoded: Tensor = self.norm(tokens)
        return encoded
