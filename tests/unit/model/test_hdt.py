"""The network: its size, the shapes of its outputs, and which embedding each head reads."""

import pytest
import torch

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.model.config import PRESETS, REFERENCE_PARAMETERS
from qleap_edge.model.hdt import HybridDisentanglingTransformer, parameter_count


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(0)
    return HybridDisentanglingTransformer(PRESETS["tiny"]).eval()


def test_base_has_the_reference_size_within_one_percent():
    count = parameter_count(HybridDisentanglingTransformer(PRESETS["base"]))
    assert count == 6_122_431
    assert abs(count / REFERENCE_PARAMETERS - 1) < 0.01
    config = PRESETS["base"]
    assert (config.layers, config.heads, config.d_model) == (6, 8, 256)


def test_shapes_and_the_pelvis(tiny):
    with torch.no_grad():
        out = tiny(torch.randn(3, 200, 6))
    assert [tuple(t.shape[1:]) for t in out] == [(200, 17, 3), (200, 17, 3), (len(EXERCISES),), (5,), (64,), (64,)]
    assert out.pose[:, :, 0].abs().max() == 0.0
    assert out.pose_log_variance[:, :, 0].unique().numel() == 1


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
