"""Every network that a recipe can name has one interface, and gradients reach all of its parameters."""

import math

import pytest
import torch

from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.model.baselines.blind import Blind
from qleap_edge.model.baselines.config import BILSTM_PRESETS, BiLSTMConfig
from qleap_edge.model.config import PRESETS
from qleap_edge.model.hdt import parameter_count
from qleap_edge.model.networks import NETWORKS, PoseNetwork, build_network, network_config, network_of

SMALL = BiLSTMConfig(hidden=12)


def loss_of(network: PoseNetwork, imu: torch.Tensor) -> torch.Tensor:
    """A loss that every parameter matters to: Gaussian likelihood of a pose, and both classes."""
    out = network(imu)
    z = (torch.ones_like(out.pose) - out.pose) * torch.exp(-0.5 * out.pose_log_variance)
    classes = out.exercise_logits.log_softmax(-1)[:, 0] + out.form_logits.log_softmax(-1)[:, 0]
    return 0.5 * (out.pose_log_variance + z.square())[:, :, 1:].mean() - classes.mean()


@pytest.mark.parametrize("preset", NETWORKS)
def test_every_network_has_one_interface(preset: str) -> None:
    network = build_network(preset).eval()
    assert network_config(preset) == network.config
    network.normalise.mean.copy_(torch.arange(6.0))
    network.gaussian.set_statistics(torch.full((17, 3), 0.5), torch.full((17, 3), 0.1))
    with torch.no_grad():
        out = network(torch.randn(2, 200, 6))
    shapes = [(200, 17, 3), (200, 17, 3), (len(EXERCISES),), (5,), (64,), (64,)]
    assert [tuple(part.shape) for part in out] == [(2, *shape) for shape in shapes]
    assert out.pose[:, :, 0].abs().max() == 0.0, "the pelvis is the origin"
    assert all(part.isfinite().all() for part in out)
    copy = network_of(network.config).eval()
    copy.load_state_dict(network.state_dict())
    assert torch.equal(copy(torch.ones(1, 200, 6)).pose, network(torch.ones(1, 200, 6)).pose)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(UsageError, match=r"bilstm-mobileposer-size.*'mobileposer'"):
        build_network("mobileposer")
    with pytest.raises(UsageError, match="blind control"):
        build_network("bilstm-imuposer-size", blind=True)
    blind = build_network("tiny", blind=True)
    assert isinstance(blind, Blind) and parameter_count(blind) == parameter_count(build_network("tiny"))
    assert set(NETWORKS) == {*PRESETS, *BILSTM_PRESETS}


@pytest.mark.parametrize("kind", ["bilstm", "hdt", "blind hdt"])
def test_gradients_reach_every_parameter(kind: str) -> None:
    torch.manual_seed(0)
    network = network_of(SMALL if kind == "bilstm" else PRESETS["tiny"], blind=kind == "blind hdt")
    loss = loss_of(network, torch.randn(4, 200, 6))
    assert math.isfinite(loss.item())
    loss.backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0.0]
    # A constant input has no integrals, and less its mean it is zero: nothing for the first weights to learn from.
    assert silent == (["network.frontend.convolutions.0.weight"] if kind == "blind hdt" else [])
