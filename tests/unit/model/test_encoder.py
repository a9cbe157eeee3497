"""The hand-written attention and encoder layer give the same as PyTorch's own."""

import torch
from torch import nn

from qleap_edge.model.config import PRESETS
from qleap_edge.model.encoder import EncoderLayer, SelfAttention


def test_attention_agrees_with_torch():
    torch.manual_seed(1)
    ours, theirs = SelfAttention(32, 4), nn.MultiheadAttention(32, 4, batch_first=True)
    parts = (ours.query, ours.key, ours.value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
        theirs.out_proj.load_state_dict(ours.out.state_dict())
        x = torch.randn(2, 50, 32)
        torch.testing.assert_close(ours(x), theirs(x, x, x)[0], atol=1e-5, rtol=1e-5)


def test_encoder_layer_agrees_with_torch():
    torch.manual_seed(2)
    config = PRESETS["tiny"]
    ours = EncoderLayer(config)
    theirs = nn.TransformerEncoderLayer(
        config.d_model, config.heads, config.d_feedforward, 0.0, "gelu", batch_first=True, norm_first=True
    )
    parts = (ours.attention.query, ours.attention.key, ours.attention.value)
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
        theirs.self_attn.out_proj.load_state_dict(ours.attention.out.state_dict())
        theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
        theirs.norm2.load_state_dict(ours.feedforward_norm.state_dict())
        theirs.linear1.load_state_dict(ours.feedforward[0].state_dict())
        theirs.linear2.load_state_dict(ours.feedforward[2].state_dict())
        x = torch.randn(2, 50, config.d_model)
        torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)
