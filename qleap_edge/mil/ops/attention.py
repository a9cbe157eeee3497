"""Attention as one op (MIL iOS18: transformers)."""

import math

import torch
from torch import Tensor

from qleap_edge.mil.ops.registry import kernel


@kernel("scaled_dot_product_attention", since="CoreML8")
def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    """``softmax(query @ key.T / sqrt(E) + mask) @ value``; a boolean mask is true where a key may be attended to."""
    scores = torch.matmul(query * (1.0 / math.sqrt(query.shape[-1])), key.transpose(-1, -2))
    if attn_mask is not None:
        allowed = attn_mask.dtype == torch.bool
        scores = scores.masked_fill(~attn_mask, -math.inf) if allowed else scores + attn_mask
    return torch.matmul(torch.softmax(scores, -1), value)
