"""The blind control ignores its input and has the gradients of a batch of equal windows."""

import torch

from qleap_edge.model.baselines.blind import Blind
from qleap_edge.model.config import PRESETS
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.model.networks import PoseNetwork


def seeded(network: type, config: object, seed: int = 0) -> PoseNetwork:
    torch.manual_seed(seed)
    return network(config)


def loss_of(network: PoseNetwork, imu: torch.Tensor) -> torch.Tensor:
    """A loss that every parameter matters to: Gaussian likelihood of a pose, and both classes."""
    out = network(imu)
    z = (torch.ones_like(out.pose) - out.pose) * torch.exp(-0.5 * out.pose_log_variance)
    classes = out.exercise_logits.log_softmax(-1)[:, 0] + out.form_logits.log_softmax(-1)[:, 0]
    return 0.5 * (out.pose_log_variance + z.square())[:, :, 1:].mean() - classes.mean()


def test_the_blind_control_ignores_its_input() -> None:
    blind = Blind(seeded(HybridDisentanglingTransformer, PRESETS["tiny"])).eval()
    blind.normalise.mean.copy_(torch.tensor([9.8, 0.1, -0.2, 0.3, 0.0, -0.1]))
    with torch.no_grad():
        one, other = blind(torch.randn(3, 200, 6)), blind(torch.full((3, 200, 6), 1e6))
        mean = blind.network(blind.normalise.mean.expand(3, 200, 6))
        with_input = blind.network(torch.randn(3, 200, 6))
    for a, b, c in zip(one, other, mean, strict=True):
        assert torch.equal(a, b)
        torch.testing.assert_close(a, c, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(one.pose, with_input.pose)
    assert torch.equal(blind.normalise.mean, blind.network.normalise.mean)


def test_one_repeated_window_gives_the_gradients_of_a_batch_of_them() -> None:
    network = seeded(HybridDisentanglingTransformer, PRESETS["tiny"])
    loss_of(network, network.normalise.mean.expand(5, 200, 6)).backward()
    whole = {name: p.grad.clone() for name, p in network.named_parameters()}
    network.zero_grad()
    loss_of(Blind(network), torch.randn(5, 200, 6)).backward()
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter.grad, whole[name], atol=1e-6, rtol=1e-3)
