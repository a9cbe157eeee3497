"""The baselines: published sizes to the unit, the recurrence against its equations, and a control that cannot see."""

import math

import numpy as np
import pytest
import torch

from qleap_edge.conversion.onnx import write_onnx
from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.model.baselines.bilstm import BiLSTM, KeyedDropout
from qleap_edge.model.baselines.blind import Blind
from qleap_edge.model.baselines.config import BILSTM_PRESETS, BiLSTMConfig
from qleap_edge.model.config import PRESETS, REFERENCE_PARAMETERS
from qleap_edge.model.hdt import HybridDisentanglingTransformer, parameter_count
from qleap_edge.model.networks import NETWORKS, PoseNetwork, build_network, network_config, network_of

SMALL = BiLSTMConfig(hidden=12)


def seeded(network: type, config: object, seed: int = 0) -> PoseNetwork:
    torch.manual_seed(seed)
    return network(config)


def loss_of(network: PoseNetwork, imu: torch.Tensor) -> torch.Tensor:
    """A loss that every parameter matters to: Gaussian likelihood of a pose, and both classes."""
    out = network(imu)
    z = (torch.ones_like(out.pose) - out.pose) * torch.exp(-0.5 * out.pose_log_variance)
    classes = out.exercise_logits.log_softmax(-1)[:, 0] + out.form_logits.log_softmax(-1)[:, 0]
    return 0.5 * (out.pose_log_variance + z.square())[:, :, 1:].mean() - classes.mean()


@pytest.mark.parametrize(
    ("preset", "pose_part"), [("bilstm-mobileposer-size", 6_116_146), ("bilstm-imuposer-size", 10_610_278)]
)
def test_the_pose_part_has_the_published_size(preset: str, pose_part: int) -> None:
    network = build_network(preset)
    h, n_in, n_out = network.config.hidden, 6, 102
    assert network.pose_parameters() == pose_part
    assert pose_part == h * (n_in + 1) + 40 * h**2 + 32 * h + n_out * (2 * h + 1)
    heads = 2 * 64 * (2 * h + 1) + 65 * (len(EXERCISES) + 5)
    assert parameter_count(network) == pose_part + heads
    assert heads < 0.02 * pose_part


def test_one_baseline_has_the_size_of_the_reference_network() -> None:
    smaller = build_network("bilstm-mobileposer-size").pose_parameters()
    assert abs(smaller / REFERENCE_PARAMETERS - 1) < 0.002
    # MobilePoser's pose part and the whole of it.
    assert 5_395_112 < smaller < 6_674_994


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


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def lstm_direction(x: np.ndarray, weights: dict[str, np.ndarray], suffix: str) -> np.ndarray:
    """One direction of one layer, gate by gate (Hochreiter and Schmidhuber 1997; Gers et al. 2000)."""
    w, u = weights[f"lstm.weight_ih_{suffix}"], weights[f"lstm.weight_hh_{suffix}"]
    b = weights[f"lstm.bias_ih_{suffix}"] + weights[f"lstm.bias_hh_{suffix}"]
    hidden = np.zeros(u.shape[1])
    cell = np.zeros(u.shape[1])
    out = []
    for step in x[::-1] if suffix.endswith("reverse") else x:
        i, f, g, o = np.split(w @ step + u @ hidden + b, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        out.append(hidden)
    return np.array(out[::-1] if suffix.endswith("reverse") else out)


def test_the_network_agrees_with_its_equations() -> None:
    network = seeded(BiLSTM, SMALL, 3).eval()
    network.normalise.mean.copy_(torch.randn(6))
    network.normalise.deviation.copy_(torch.rand(6) + 0.5)
    spread = torch.rand(17, 3) + 0.1
    network.gaussian.set_statistics(torch.randn(17, 3), spread)
    imu = torch.randn(2, 200, 6) * 3
    with torch.no_grad():
        out = network(imu)
    w = {name: tensor.double().numpy() for name, tensor in network.state_dict().items()}
    for row in range(2):
        x = (imu[row].double().numpy() - w["normalise.mean"]) / w["normalise.deviation"]
        x = np.maximum(x @ w["embed.weight"].T + w["embed.bias"], 0.0)
        for layer in ("l0", "l1"):
            x = np.concatenate([lstm_direction(x, w, layer), lstm_direction(x, w, f"{layer}_reverse")], axis=1)
        frames = (x @ w["pose.weight"].T + w["pose.bias"]).reshape(200, 2, 17, 3)
        pose = frames[:, 0, 1:] * spread.numpy()[1:] + w["gaussian.mean"][1:]
        np.testing.assert_allclose(out.pose[row, :, 1:], pose, atol=2e-5)
        log_variance = frames[:, 1, 1:] - 2.0 + 2.0 * np.log(spread.numpy()[1:])
        np.testing.assert_allclose(out.pose_log_variance[row, :, 1:], log_variance, atol=2e-5)
        what = w["what.weight"] @ x.mean(axis=0) + w["what.bias"]
        how = w["how.weight"] @ x.mean(axis=0) + w["how.bias"]
        np.testing.assert_allclose(out.what_embedding[row], what, atol=1e-5)
        np.testing.assert_allclose(
            out.exercise_logits[row], w["exercise.weight"] @ what + w["exercise.bias"], atol=1e-5
        )
        np.testing.assert_allclose(out.form_logits[row], w["form.weight"] @ how + w["form.bias"], atol=1e-5)


def test_another_runtime_agrees(tmp_path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    network = seeded(BiLSTM, SMALL, 4).eval()
    write_onnx(network, tmp_path / "bilstm.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "bilstm.onnx", providers=["CPUExecutionProvider"])
    imu = torch.randn(1, 200, 6)
    with torch.no_grad():
        ours = network(imu)
    for mine, theirs in zip(ours, session.run(list(ours._fields), {"imu": imu.numpy()}), strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs, atol=1e-5)


def test_it_sees_both_ways_in_time() -> None:
    network = seeded(BiLSTM, SMALL).eval()
    imu = torch.randn(1, 200, 6, requires_grad=True)
    network(imu).pose[0, 100, 1:].sum().backward()
    touched = imu.grad[0].abs().sum(dim=1)
    assert touched[95] > 0.0 and touched[105] > 0.0


@pytest.mark.parametrize("kind", ["bilstm", "hdt", "blind hdt"])
def test_gradients_reach_every_parameter(kind: str) -> None:
    torch.manual_seed(0)
    network = network_of(SMALL if kind == "bilstm" else PRESETS["tiny"], blind=kind == "blind hdt")
    loss = loss_of(network, torch.randn(4, 200, 6))
    assert math.isfinite(loss.item())
    loss.backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0.0]
    assert silent == []
    if kind == "blind hdt":  # of its twelve channels only the norm of the mean force is not zero
        learns = network.get_parameter("network.frontend.convolutions.0.weight").grad.abs().sum(dim=(0, 2))
        assert learns[6] > 0.0 and learns[[*range(6), *range(7, 12)]].max() < 1e-4 * learns[6]


@pytest.mark.parametrize("config", [SMALL, BiLSTMConfig(hidden=12, input_dropout=0.2, hidden_dropout=0.4)])
def test_it_learns_a_batch_by_heart(config: BiLSTMConfig) -> None:
    network = seeded(BiLSTM, config).train()
    imu = torch.randn(4, 200, 6)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(15):
        loss = loss_of(network, imu)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 1.0


def test_windows_of_a_batch_do_not_see_each_other() -> None:
    network = seeded(BiLSTM, SMALL).eval()
    imu = torch.randn(4, 200, 6)
    with torch.no_grad():
        torch.testing.assert_close(network(imu).pose[2:3], network(imu[2:3]).pose, atol=1e-6, rtol=1e-5)


def test_the_blind_control_ignores_its_input() -> None:
    blind = Blind(seeded(HybridDisentanglingTransformer, PRESETS["tiny"])).eval()
    blind.normalise.mean.copy_(torch.tensor([9.8, 0.1, -0.2, 0.3, 0.0, -0.1]))
    with torch.no_grad():
        one, other = blind(torch.randn(3, 200, 6)), blind(torch.full((3, 200, 6), 1e6))
        mean = blind.network(blind.normalise.mean.expand(3, 200, 6))
        seeing = blind.network(torch.randn(3, 200, 6))
    for a, b, c in zip(one, other, mean, strict=True):
        assert torch.equal(a, b)
        torch.testing.assert_close(a, c, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(one.pose, seeing.pose)
    assert torch.equal(blind.normalise.mean, blind.network.normalise.mean)


def test_one_repeated_window_gives_the_gradients_of_a_batch_of_them() -> None:
    network = seeded(HybridDisentanglingTransformer, PRESETS["tiny"])
    loss_of(network, network.normalise.mean.expand(5, 200, 6)).backward()
    whole = {name: p.grad.clone() for name, p in network.named_parameters()}
    network.zero_grad()
    loss_of(Blind(network), torch.randn(5, 200, 6)).backward()
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter.grad, whole[name], atol=1e-6, rtol=1e-3)


def test_dropout_thins_out_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropout = KeyedDropout(0.4)
    values = torch.ones(100, 1000)
    thinned = dropout(values)
    assert thinned.unique().tolist() == [0.0, pytest.approx(1 / 0.6)]
    assert thinned.mean().item() == pytest.approx(1.0, abs=5 * math.sqrt(0.4 / 0.6 / 1e5))
    assert not torch.equal(dropout(values), thinned), "a mask of its own each time"
    assert torch.equal(dropout.eval()(values), values)


def test_a_resumed_network_draws_the_masks_of_an_unbroken_one() -> None:
    config = BiLSTMConfig(hidden=12, input_dropout=0.2, hidden_dropout=0.4)
    imu = torch.randn(2, 200, 6)
    unbroken = seeded(BiLSTM, config).train()
    unbroken(imu)
    state = {name: tensor.clone() for name, tensor in unbroken.state_dict().items()}
    second = unbroken(imu).pose
    torch.manual_seed(99)  # neither the global generator nor another key may matter
    resumed = BiLSTM(config).train()
    resumed.load_state_dict(state)
    assert torch.equal(resumed(imu).pose, second)
    assert not torch.equal(seeded(BiLSTM, config, 1).input_dropout.key, unbroken.input_dropout.key)
