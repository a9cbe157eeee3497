"""The network: size, shapes, and the hand-written blocks against PyTorch's own."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from torch import nn

from qleap_edge.model.config import PRESETS, REFERENCE_PARAMETERS
from qleap_edge.model.encoder import EncoderLayer, SelfAttention
from qleap_edge.model.hdt import HybridDisentanglingTransformer, parameter_count
from qleap_edge.model.smoothing import SMOOTHING_FRAMES, Smoothing, smoothing_matrix


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    return HybridDisentanglingTransformer(PRESETS["tiny"]).eval()


def test_base_has_the_reference_size_within_one_percent():
    count = parameter_count(HybridDisentanglingTransformer(PRESETS["base"]))
    assert count == 6_130_597
    assert abs(count / REFERENCE_PARAMETERS - 1) < 0.01
    config = PRESETS["base"]
    assert (config.layers, config.heads, config.d_model) == (6, 8, 256)


def test_shapes_and_the_pelvis(tiny):
    with torch.no_grad():
        out = tiny(torch.randn(3, 200, 6))
    assert [tuple(t.shape[1:]) for t in out] == [(200, 17, 3), (200, 17, 3), (8,), (5,), (64,), (64,)]
    assert out.pose[:, :, 0].abs().max() == 0.0
    assert out.pose_log_variance[:, :, 0].unique().numel() == 1


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


def test_heads_see_only_their_factor(tiny):
    out = tiny(torch.randn(1, 200, 6))
    factors = [out.what_embedding, out.how_embedding]
    exercise = torch.autograd.grad(out.exercise_logits.sum(), factors, retain_graph=True, allow_unused=True)
    form = torch.autograd.grad(out.form_logits.sum(), factors, allow_unused=True)
    assert exercise[0] is not None and exercise[1] is None
    assert form[0] is None and form[1] is not None


def test_windows_of_a_batch_do_not_see_each_other(tiny):
    x = torch.randn(4, 200, 6)
    with torch.no_grad():
        torch.testing.assert_close(tiny(x).pose[2:3], tiny(x[2:3]).pose, atol=1e-5, rtol=1e-4)


def test_smoothing_keeps_straight_lines_to_the_last_frame():
    time = torch.arange(200, dtype=torch.float64)
    lines = torch.stack([torch.ones_like(time), time, 3.0 - 0.25 * time], dim=1)
    torch.testing.assert_close(smoothing_matrix() @ lines, lines, atol=1e-10, rtol=1e-12)


def test_smoothing_is_a_gaussian_away_from_the_ends():
    """Against SciPy's own filter, whose kernel is cut at the same place."""
    signal = np.random.default_rng(0).normal(size=200)
    ours = smoothing_matrix().numpy() @ signal
    theirs = gaussian_filter1d(signal, SMOOTHING_FRAMES, truncate=4.0)
    np.testing.assert_allclose(ours[8:-8], theirs[8:-8], atol=1e-12)


def test_smoothing_is_no_part_of_a_checkpoint():
    assert not Smoothing().state_dict()
